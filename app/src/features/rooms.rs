//! The room list, and the form for a new room.

pub mod account;
mod address;
pub mod list;
pub mod new;
