//! The user's choices for a room that the server has not confirmed: the level of its notifications,
//! and whether it is a favourite. They are shown at once.

use std::collections::HashMap;

use protocol::{NotifyLevel, Room, RoomId};

/// The choices that the server has not confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The new levels.
    pub(crate) notify: HashMap<RoomId, NotifyLevel>,
    /// The rooms that became favourites (true) or no longer are.
    pub(crate) favourite: HashMap<RoomId, bool>,
    /// The last choice that the server refused, and why.
    pub(crate) refused: Option<(RoomId, String)>,
}

impl Choices {
    /// Returns which messages of a room notify the user.
    #[must_use]
    pub fn notify(&self, room: &Room) -> NotifyLevel {
        self.notify.get(&room.id).copied().unwrap_or(room.notify)
    }

    /// Returns whether a room is a favourite of the user.
    #[must_use]
    pub fn favourite(&self, room: &Room) -> bool {
        self.favourite.get(&room.id).copied().unwrap_or(room.favourite)
    }

    /// Chooses a level.
    pub fn set_notify(&mut self, room: RoomId, level: NotifyLevel) {
        self.refused = None;
        self.notify.insert(room, level);
    }

    /// Makes a room a favourite, or no longer one.
    pub fn set_favourite(&mut self, room: RoomId, on: bool) {
        self.refused = None;
        self.favourite.insert(room, on);
    }

    /// Returns why the server refused the last choice for a room.
    #[must_use]
    pub fn refusal(&self, room: RoomId) -> Option<&str> {
        self.refused.as_ref().filter(|(refused, _)| *refused == room).map(|(_, why)| why.as_str())
    }
}
