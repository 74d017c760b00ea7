//! Hostile and broken clients do not affect other users.

mod disconnects;
mod messages;
mod slow_readers;
