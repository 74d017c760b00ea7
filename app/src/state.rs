//! The state of an open page, and the effects of events on it. Pure: knows nothing of Leptos or the
//! browser.

pub mod access;
pub mod announcements;
pub mod bidi;
pub mod choices;
pub mod chord;
pub(crate) mod code;
pub mod commands;
pub mod completion;
pub mod connection;
pub mod conversation;
pub mod custom_emoji;
pub mod day;
pub mod diff;
pub mod drafts;
pub mod edits;
pub mod emoji;
pub mod files;
pub mod health;
pub mod hues;
pub mod later;
pub mod model;
pub mod names;
pub mod outbox;
pub mod pending;
pub mod people;
pub mod places;
pub mod presences;
pub mod push;
pub mod reactions;
pub mod read_state;
pub mod room;
pub mod room_people;
pub mod rooms;
pub mod search;
pub mod share;
pub mod switcher;
pub mod threads;
pub mod timeline;
pub mod tray;
pub mod unread;
pub mod updates;
pub mod viewer;
pub mod when;
pub mod writing;

#[cfg(test)]
pub(crate) mod fixtures;
