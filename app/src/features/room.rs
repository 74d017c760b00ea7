//! Around a room's messages: its header and its member panel.

pub mod header;
pub mod members;
