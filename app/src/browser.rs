//! Thin wrappers around browser APIs. They know nothing of the session.
//!
//! Most calls happen after hydration only; on the server they compile but are never reached.

pub mod address;
pub(crate) mod appearance;
pub(crate) mod badge;
pub(crate) mod calls;
pub(crate) mod case;
pub(crate) mod clipboard;
pub mod clock;
mod database;
pub mod drafts;
pub(crate) mod drop;
pub(crate) mod emoji;
pub(crate) mod favicon;
pub(crate) mod field;
pub(crate) mod focus;
pub(crate) mod form;
pub(crate) mod history;
mod js;
pub(crate) mod kept_files;
pub(crate) mod keyboard;
#[cfg(feature = "hydrate")]
pub(crate) mod mark;
pub(crate) mod push;
pub(crate) mod rich_text;
pub(crate) mod room_copies;
pub(crate) mod room_links;
pub(crate) mod search;
pub(crate) mod shared;
pub(crate) mod storage;
pub(crate) mod tabs;
pub(crate) mod trays;
pub(crate) mod uploads;
pub(crate) mod window;
pub(crate) mod worker;
