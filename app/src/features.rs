//! The parts of pages, one folder for each noun.

pub mod admin;
pub mod browse;
pub mod composer;
pub mod direct;
pub mod entry;
pub mod invitations;
pub mod invite;
pub mod people;
pub mod room;
pub mod rooms;
pub mod settings;
pub mod status;
pub mod threads;
pub mod timeline;
pub mod unread;
