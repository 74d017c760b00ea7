//! The message list of a room, as it derives from the model.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use protocol::{MessageId, RoomId, User};

use super::Model;
use crate::state::{
    outbox::PendingMessage,
    room::{Jump, LogVersion, RoomState},
    timeline::Timeline,
    updates::Updates,
};

/// What the rows of a room depend on. While it stays equal, they need not be derived again: most
/// changes of the model, such as a typing signal, do not concern them.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineVersion {
    log: Option<LogVersion>,
    pending: Vec<PendingMessage>,
    updates: Updates,
    me: User,
    new_after: Option<u64>,
    /// A hash of the members' names, if reactions or pins show them.
    names: u64,
}

impl Model {
    /// Returns what the rows of a room derive from. Of a room that the server refused, only the
    /// user's unsent messages are shown.
    #[must_use]
    pub fn timeline(&self, room: RoomId) -> Timeline<'_> {
        let shown = self.shown(room);
        Timeline {
            messages: shown.map_or(&[], |room| room.log.shown()),
            is_latest: shown.is_none_or(|room| room.log.is_latest()),
            pending: self.outbox.of(room).collect(),
            updates: &self.updates,
            members: shown.map_or(&[], |room| &room.members.list),
            me: &self.me,
            new_after: self.new_after_in(room),
        }
    }

    /// Returns the version of the rows of a room.
    #[must_use]
    pub fn timeline_version(&self, room: RoomId) -> TimelineVersion {
        let shown = self.shown(room);
        TimelineVersion {
            log: shown.map(|room| room.log.version()),
            pending: self.outbox.of(room).cloned().collect(),
            updates: self.updates.clone(),
            me: self.me.clone(),
            new_after: self.new_after_in(room),
            names: shown.map_or(0, |room| self.hash_names(room)),
        }
    }

    /// Opens a room at a message. Marks the message if `marked` names it. What stands around it does
    /// not count as read by that.
    pub fn jump(&mut self, room: RoomId, seq: u64, marked: Option<MessageId>) {
        self.open(Some(room));
        let Some(room) = self.opened_rooms.get_mut(&room) else { return };
        let number = room.jump.map_or(0, |jump| jump.number.wrapping_add(1));
        room.marked = marked;
        room.jump = Some(Jump { seq, number });
        room.load_jump();
    }

    fn hash_names(&self, room: &RoomState) -> u64 {
        let mut hasher = DefaultHasher::new();
        let has_names = |message: &protocol::Message| {
            !message.reactions.is_empty() || message.pinned_by.is_some()
        };
        if !self.updates.items().is_empty() || room.log.shown().iter().any(has_names) {
            for member in &room.members.list {
                let User { id, name, username, alike, .. } = &member.user;
                (id, name, username, alike).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    fn shown(&self, room: RoomId) -> Option<&RoomState> {
        self.opened_rooms.get(&room).filter(|room| !room.is_refused())
    }
}
