//! The parts of pages, one folder for each noun.

pub mod admin;
pub mod attachments;
pub mod browse;
pub mod composer;
pub mod custom_emoji;
pub mod direct;
pub mod emoji;
pub mod entry;
pub mod invitations;
pub mod invite;
pub mod jump;
pub mod later;
mod link_previews;
pub mod notifications;
pub mod offline;
pub mod people;
pub mod room;
pub mod rooms;
pub mod search;
pub mod settings;
pub mod shortcuts;
pub mod status;
pub mod switcher;
mod text;
pub mod threads;
pub mod timeline;
pub mod unread;
