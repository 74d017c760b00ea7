//! The messages of a room.

pub mod actions;
pub mod announcer;
mod choices;
pub mod copy;
pub mod history;
pub mod jump;
mod keys;
pub mod list;
pub mod menu;
pub mod note;
pub mod place;
pub mod placeholder;
mod press;
pub mod quote;
pub mod reactions;
pub mod row;
pub mod rows;
pub mod sheet;
pub mod strip;
pub mod thread;
pub mod thread_link;
