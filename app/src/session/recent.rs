//! The rooms that the user had open last on this device.

use leptos::prelude::*;
use protocol::{RoomId, UserId};
use uuid::Uuid;

use super::Session;
use crate::browser::storage::Area;

/// The rooms that are remembered.
const MAX_RECENT: usize = 50;

fn key(user: UserId) -> String {
    format!("banter/{user}/recent")
}

/// Returns the rooms that a user had open last, the latest first.
pub(crate) fn recent_rooms(user: UserId) -> Vec<RoomId> {
    let stored = Area::Device.get(&key(user)).unwrap_or_default();
    let ids = stored.split(' ').filter_map(|id| Uuid::try_parse(id).ok());
    ids.map(RoomId).take(MAX_RECENT).collect()
}

impl Session {
    /// Returns the rooms that the user had open last, the latest first.
    pub(crate) fn recent_rooms(self) -> Vec<RoomId> {
        recent_rooms(self.model.with_untracked(|model| model.me.id))
    }

    /// Remembers that the user opened a room.
    pub(crate) fn remember_room(self, room: RoomId) {
        let mut rooms = self.recent_rooms();
        if rooms.first() == Some(&room) {
            return;
        }
        rooms.retain(|other| *other != room);
        rooms.insert(0, room);
        let ids: Vec<_> = rooms.iter().take(MAX_RECENT).map(ToString::to_string).collect();
        let user = self.model.with_untracked(|model| model.me.id);
        Area::Device.set(&key(user), &ids.join(" "));
    }
}
