//! The parts of pages, one folder for each noun.

pub mod composer;
pub mod entry;
pub mod invitations;
pub mod invite;
pub mod room;
pub mod rooms;
pub mod status;
pub mod timeline;
