//! Reading the room in view.

use std::ops::Range;

use protocol::{ReadPosition, Room, RoomId, limits::MAX_UNREAD};

use super::Model;
use crate::state::conversation::Conversation;

impl Model {
    pub(super) fn mark_new(&mut self) {
        let room = self.room_in_view.and_then(|room| self.rooms.find(room));
        self.read_state.mark_new(room);
    }

    /// Notes that the user enters the room in view.
    pub(super) fn enter(&mut self) {
        self.mark_new();
        let room = self.room_in_view.and_then(|room| self.rooms.find(room));
        self.read_state.enter(room);
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
        if self.room_in_view != Some(room)
            || self.read_state.held == Some(room)
            || known.unread == 0
            || seq <= known.read_seq
        {
            return;
        }
        // If the rest cannot be counted here, the list is loaded again once the server confirms.
        if let Some((unread, mentions)) = self.count_after(room, seq) {
            self.rooms.mark_read(ReadPosition { room, seq, ..Default::default() });
            if let Some(known) = self.rooms.find_mut(room) {
                (known.unread, known.mentions) = (unread, mentions);
            }
        }
        self.read_state.read(room, seq);
    }

    /// Counts the messages after a loaded one that are unread until they are read, and those that
    /// mention the user.
    /// Returns `None` if the loaded messages do not tell.
    fn count_after(&self, room: RoomId, seq: u64) -> Option<(u64, u64)> {
        let known = self.rooms.find(room)?;
        let log = &self.opened_rooms.get(&room)?.log;
        let messages = log.shown();
        let count = |range: Range<usize>| {
            let others = messages[range]
                .iter()
                .filter(|message| message.counts_for(self.me.id) && message.is_shown_in_room());
            let mentions = others
                .clone()
                .filter(|message| message.mentions(&self.me.username) && !message.reminder);
            (others.clone().count() as u64, mentions.count() as u64)
        };
        let is_loaded_from =
            |seq| !log.has_older() || messages.first().is_some_and(|first| first.seq <= seq + 1);
        let after = |seq| messages.partition_point(|message| message.seq <= seq);
        if log.is_latest() && log.seq >= known.seq && is_loaded_from(seq) {
            let (unread, mentions) = count(after(seq)..messages.len());
            // Those in threads, which this log lacks, are known by their number alone.
            let mentions = if seq < known.seq && is_loaded_from(known.read_seq) {
                let (from, to) = (known.read_seq.min(seq), known.read_seq.max(seq));
                let (_, passed) = count(after(from)..after(to));
                if seq < known.read_seq {
                    known.mentions + passed
                } else {
                    known.mentions.saturating_sub(passed)
                }
            } else {
                mentions
            };
            Some((unread.min(MAX_UNREAD), mentions.min(MAX_UNREAD)))
        } else if seq < known.read_seq {
            let reaches = messages.last().is_some_and(|last| last.seq >= known.read_seq);
            let is_known = is_loaded_from(seq) && reaches;
            let (unread, mentions) = is_known.then(|| count(after(seq)..after(known.read_seq)))?;
            let total = |known: u64, added: u64| (known + added).min(MAX_UNREAD);
            Some((total(known.unread, unread), total(known.mentions, mentions)))
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
            self.read_state.read(room, seq);
        }
    }

    /// Returns the `seq` up to which the room in view has to be marked as read.
    #[must_use]
    pub fn to_read(&self, room: RoomId) -> Option<u64> {
        let is_reading = self.read_state.at_end
            && self.room_in_view == Some(room)
            && self.read_state.held != Some(room);
        let seen = self.opened_rooms.get(&room).filter(|_| is_reading)?.log.seq;
        let known = self.rooms.find(room)?;
        (known.unread > 0 && seen > known.read_seq).then_some(seen)
    }

    /// Marks a message and all after it as unread.
    pub fn mark_unread(&mut self, room: RoomId, seq: u64) {
        let position = seq.saturating_sub(1);
        if self.rooms.find(room).is_none() {
            return;
        }
        // If the rest cannot be counted here, the list is loaded again once the server confirms.
        if let Some((unread, mentions)) = self.count_after(room, position)
            && let Some(known) = self.rooms.find_mut(room)
        {
            (known.read_seq, known.unread, known.mentions) = (position, unread, mentions);
        }
        self.read_state.set_back(room, position);
        if self.room_in_view == Some(room) {
            self.read_state.hold(room, position);
        }
    }

    /// Puts the read position of the room in view back to where it was when the user entered the
    /// room. Returns whether there was one.
    pub fn put_back(&mut self) -> bool {
        let Some((room, position)) = self.read_state.entered.take() else { return false };
        self.mark_unread(room, position + 1);
        true
    }

    /// Lets what stands in view count as read again, after messages were marked as unread.
    pub fn resume_reading(&mut self, room: RoomId) {
        self.read_state.held.take_if(|held| *held == room);
    }

    /// Marks all messages of a room as read, without showing them.
    pub fn mark_room_read(&mut self, room: RoomId) {
        let Some(known) = self.rooms.find(room).filter(|known| known.unread > 0) else { return };
        let seq = known.seq;
        self.rooms.mark_read(ReadPosition { room, seq, ..Default::default() });
        self.read_state.read(room, seq);
    }

    /// Takes [`mark_room_read`](Self::mark_room_read) back. `before` is the room as it was then.
    pub fn restore_unread(&mut self, before: &Room) {
        let Some(known) = self.rooms.find_mut(before.id) else { return };
        known.read_seq = before.read_seq;
        // Messages may have arrived since.
        known.unread = (known.unread + before.unread).min(MAX_UNREAD);
        known.mentions = (known.mentions + before.mentions).min(MAX_UNREAD);
        self.read_state.set_back(before.id, before.read_seq);
    }
}

#[cfg(test)]
mod tests;
