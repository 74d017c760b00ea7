//! Reading the room in view.

use protocol::{ReadPosition, RoomId};

use super::Model;

impl Model {
    pub(super) fn mark_new(&mut self) {
        let room = self.room_in_view.and_then(|room| self.rooms.find(room));
        self.read_state.mark_new(room);
    }

    /// Returns the `seq` after which messages are new, if that position is among the loaded
    /// messages of `room`.
    #[must_use]
    pub fn new_after_in(&self, room: RoomId) -> Option<u64> {
        let new_after = self.read_state.new_after.filter(|_| self.room_in_view == Some(room))?;
        let log = &self.opened_rooms.get(&room)?.log;
        let first = log.messages.first();
        (!log.has_more || first.is_some_and(|first| first.seq <= new_after)).then_some(new_after)
    }

    /// Records whether the user sees the end of a room. If so, all its messages count as read.
    pub fn set_at_end(&mut self, room: RoomId, at_end: bool) {
        if self.room_in_view != Some(room) {
            return;
        }
        self.read_state.at_end = at_end;
        if let Some(seq) = self.to_read(room) {
            self.rooms.mark_read(ReadPosition { room, seq });
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
