//! Reading the room in view.

use std::ops::Range;

use protocol::{ReadPosition, RoomId, is_mentioned, limits::MAX_UNREAD};

use super::Model;
use crate::state::conversation::Conversation;

impl Model {
    pub(super) fn mark_new(&mut self) {
        let room = self.room_in_view.and_then(|room| self.rooms.find(room));
        self.read_state.mark_new(room);
    }

    /// Returns the `seq` after which messages are new, if that position is among the loaded
    /// messages of a room or a thread.
    #[must_use]
    pub fn new_after_in(&self, place: impl Into<Conversation>) -> Option<u64> {
        let place = place.into();
        let (new_after, log) = match self.thread(place) {
            Some(thread) => (thread.new_after?, &thread.log),
            None => {
                let is_in_view = place.thread.is_none() && self.room_in_view == Some(place.room);
                let new_after = self.read_state.new_after.filter(|_| is_in_view)?;
                (new_after, &self.opened_rooms.get(&place.room)?.log)
            }
        };
        let first = log.shown().first();
        (!log.has_older() || first.is_some_and(|first| first.seq <= new_after)).then_some(new_after)
    }

    /// Records that the user saw a room up to a message, and all before it.
    pub fn read_up_to(&mut self, room: RoomId, seq: u64) {
        let Some(known) = self.rooms.find(room) else { return };
        if self.room_in_view != Some(room) || known.unread == 0 || seq <= known.read_seq {
            return;
        }
        // If the rest cannot be counted here, the list is loaded again once the server confirms.
        if let Some((unread, mentions)) = self.count_after(room, seq) {
            self.rooms.mark_read(ReadPosition { room, seq, ..Default::default() });
            if let Some(known) = self.rooms.find_mut(room) {
                (known.unread, known.mentions) = (unread, mentions);
            }
        }
        self.read_state.unconfirmed.insert(room, seq);
    }

    /// Counts the messages of other users after a loaded one, and those that mention the user.
    /// Returns `None` if the loaded messages do not tell.
    fn count_after(&self, room: RoomId, seq: u64) -> Option<(u64, u64)> {
        let known = self.rooms.find(room)?;
        let log = &self.opened_rooms.get(&room)?.log;
        let messages = log.shown();
        let count = |range: Range<usize>| {
            let others = messages[range]
                .iter()
                .filter(|message| message.sender.id != self.me.id && !message.deleted)
                .filter(|message| message.is_shown_in_room());
            let mentions = others.clone().filter(|message| {
                let text = message.text.as_deref();
                text.is_some_and(|text| is_mentioned(text, &self.me.username))
            });
            (others.clone().count() as u64, mentions.count() as u64)
        };
        let is_loaded_from =
            |seq| !log.has_older() || messages.first().is_some_and(|first| first.seq <= seq + 1);
        let after = |seq| messages.partition_point(|message| message.seq <= seq);
        if log.is_latest() && log.seq >= known.seq && is_loaded_from(seq) {
            let (unread, mentions) = count(after(seq)..messages.len());
            Some((unread.min(MAX_UNREAD), mentions.min(MAX_UNREAD)))
        } else if known.unread < MAX_UNREAD
            && is_loaded_from(known.read_seq)
            && messages.last().is_some_and(|last| last.seq >= seq)
        {
            let (unread, mentions) = count(after(known.read_seq)..after(seq));
            Some((known.unread.saturating_sub(unread), known.mentions.saturating_sub(mentions)))
        } else {
            None
        }
    }

    /// Records whether the user sees the end of a room, and what stands before it. If so, all its
    /// messages count as read.
    pub fn set_at_end(&mut self, room: RoomId, at_end: bool) {
        if self.room_in_view != Some(room) {
            return;
        }
        self.read_state.at_end = at_end;
        if let Some(seq) = self.to_read(room) {
            self.rooms.mark_read(ReadPosition { room, seq, ..Default::default() });
            self.read_state.unconfirmed.insert(room, seq);
        }
    }

    /// Returns the `seq` up to which the room in view has to be marked as read.
    #[must_use]
    pub fn to_read(&self, room: RoomId) -> Option<u64> {
        let is_reading = self.read_state.at_end && self.room_in_view == Some(room);
        let seen = self.opened_rooms.get(&room).filter(|_| is_reading)?.log.seq;
        let known = self.rooms.find(room)?;
        (known.unread > 0 && seen > known.read_seq).then_some(seen)
    }
}
