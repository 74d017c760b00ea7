//! Around a room's messages: its header and its member panel.

pub mod about;
pub mod closed;
pub mod files;
pub mod header;
pub mod members;
pub mod pins;
