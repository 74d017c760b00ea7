//! The room list, and the form for a new room.

mod address;
pub mod entries;
pub mod list;
pub mod new;
pub mod place;
pub mod section;
