//! The messages of a room.

pub mod actions;
pub mod announcer;
pub mod jump;
pub mod list;
pub mod note;
pub mod placeholder;
mod press;
pub mod reactions;
pub mod row;
pub mod sheet;
pub mod strip;
