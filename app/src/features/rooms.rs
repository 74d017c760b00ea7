//! The room list, and the form for a new room.

mod address;
pub mod list;
pub mod new;
