//! The room list, and the form for a new room.

pub mod account;
mod address;
pub mod drafts;
pub mod entries;
pub mod list;
pub mod new;
pub mod place;
pub mod section;
pub mod unsent;
