//! The message list of a room or a thread, as it derives from the model.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use protocol::{Message, MessageId, RoomId, User};

use super::Model;
use crate::state::{
    conversation::Conversation,
    outbox::PendingMessage,
    room::{Jump, LogVersion, RoomLog, RoomState},
    timeline::Timeline,
    updates::Updates,
};

/// What the rows of a room or a thread depend on. While it stays equal, they need not be derived
/// again: most changes of the model, such as a typing signal, do not concern them.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineVersion {
    log: Option<LogVersion>,
    /// The first message of a thread, and whether its replies are loaded.
    first: Option<Message>,
    is_loaded: bool,
    pending: Vec<PendingMessage>,
    updates: Updates,
    me: User,
    new_after: Option<u64>,
    /// A hash of the members' names, if reactions or pins show them.
    names: u64,
}

impl Model {
    /// Returns what the rows of a room or a thread derive from. Of one that the server refused,
    /// only the user's unsent messages are shown.
    #[must_use]
    pub fn timeline(&self, place: impl Into<Conversation>) -> Timeline<'_> {
        let place = place.into();
        let (shown, log) = (self.shown(place.room), self.shown_log(place));
        Timeline {
            thread: place.thread,
            first: self.thread(place).and_then(|thread| thread.first.as_ref()),
            messages: log.map_or(&[], RoomLog::shown),
            is_latest: log.is_none_or(RoomLog::is_latest),
            pending: self.outbox.shown_in(place).collect(),
            updates: &self.updates,
            members: shown.map_or(&[], |room| &room.members.list),
            me: &self.me,
            new_after: self.new_after_in(place),
        }
    }

    /// Returns the version of the rows of a room or a thread.
    #[must_use]
    pub fn timeline_version(&self, place: impl Into<Conversation>) -> TimelineVersion {
        let place = place.into();
        let thread = self.thread(place);
        TimelineVersion {
            log: self.shown_log(place).map(RoomLog::version),
            first: thread.and_then(|thread| thread.first.clone()),
            is_loaded: thread.is_some_and(|thread| thread.is_loaded),
            pending: self.outbox.shown_in(place).cloned().collect(),
            updates: self.updates.clone(),
            me: self.me.clone(),
            new_after: self.new_after_in(place),
            names: self.shown(place.room).map_or(0, |room| self.hash_names(room)),
        }
    }

    /// Opens a room at a message. Marks the message if `marked` names it. What stands around it
    /// does not count as read by that.
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
        let mut replies = room.threads.iter().flat_map(|thread| thread.log.shown());
        if !self.updates.items().is_empty()
            || room.log.shown().iter().any(has_names)
            || replies.any(has_names)
        {
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

    fn shown_log(&self, place: Conversation) -> Option<&RoomLog> {
        let room = self.shown(place.room)?;
        match place.thread {
            None => Some(&room.log),
            Some(thread) => Some(&room.threads.find(thread)?.log),
        }
    }
}
