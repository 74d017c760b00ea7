//! One module for each kind of page.

pub mod entry;
pub mod error;
pub mod new_room;
pub mod room;
pub mod workspace;
