//! The thread in view.

use protocol::{MessageId, ReadPosition, RoomId};

use super::Model;
use crate::state::{
    conversation::Conversation,
    room::{RoomLog, Thread},
};

impl Model {
    /// Opens a thread, and its room if that is not open. With a reply, its thread is opened.
    /// Returns the message that begins the thread.
    pub fn open_thread(&mut self, room: RoomId, message: MessageId) -> MessageId {
        let is_new = !self.recent.contains(&room);
        let state = self.opened_rooms.entry(room).or_default();
        let thread = state.find(message).and_then(|message| message.thread).unwrap_or(message);
        if is_new {
            // The room in view stays the last one.
            self.recent.insert(self.recent.len().saturating_sub(1), room);
        }
        let is_other = self.thread_in_view != Some((room, thread));
        if is_other {
            self.close_thread(); // drops what is not loaded yet: the next one is opened after it
        }
        self.opened_rooms.entry(room).or_default().open_thread(thread);
        if is_other {
            self.thread_in_view = Some((room, thread));
            self.mark_new_replies();
        }
        thread
    }

    /// Closes the thread in view.
    pub fn close_thread(&mut self) {
        let room = self.thread_in_view.take().map(|(room, _)| room);
        if let Some(room) = room.and_then(|room| self.opened_rooms.get_mut(&room)) {
            room.close_threads();
        }
    }

    /// Returns an opened thread.
    #[must_use]
    pub fn thread(&self, place: Conversation) -> Option<&Thread> {
        self.opened_rooms.get(&place.room)?.threads.find(place.thread?)
    }

    /// Returns the loaded messages of an opened room or thread.
    #[must_use]
    pub fn log(&self, place: Conversation) -> Option<&RoomLog> {
        match place.thread {
            None => Some(&self.opened_rooms.get(&place.room)?.log),
            Some(_) => Some(&self.thread(place)?.log),
        }
    }

    /// Marks the unread replies of the thread in view as new, unless it is marked already.
    pub(crate) fn mark_new_replies(&mut self) {
        let Some((room, id)) = self.thread_in_view else { return };
        let known = self.threads.find(id).filter(|known| known.unread > 0);
        let new_after = known.map(|known| known.read_seq);
        let room = self.opened_rooms.get_mut(&room);
        if let Some(thread) = room.and_then(|room| room.threads.find_mut(id)) {
            thread.new_after = new_after;
        }
    }

    /// Marks the unread replies of the thread in view as new, if none are marked.
    pub(crate) fn mark_new_replies_if_unmarked(&mut self) {
        let Some((room, id)) = self.thread_in_view else { return };
        let thread = self.thread(Conversation::thread(room, id));
        if thread.is_some_and(|thread| thread.new_after.is_none()) {
            self.mark_new_replies();
        }
    }

    /// Records that the user saw the replies of a thread up to a `seq`.
    pub fn read_thread(&mut self, room: RoomId, thread: MessageId, seq: u64) {
        let Some(position) = self.position_in_thread(room, thread, seq) else { return };
        self.threads.read(position);
    }

    /// Returns whether [`read_thread`](Self::read_thread) would change anything.
    #[must_use]
    pub fn is_thread_unread(&self, room: RoomId, thread: MessageId, seq: u64) -> bool {
        let before = self.threads.unconfirmed.get(&thread).map_or(0, |sent| sent.position.seq);
        let is_unread = match self.threads.find(thread) {
            Some(known) => known.unread > 0 && known.read_seq < seq,
            // Mentions are counted in the room, whether the user follows the thread or not.
            None => self.rooms.find(room).is_some_and(|room| room.mentions > 0),
        };
        is_unread && before < seq
    }

    fn position_in_thread(
        &self,
        room: RoomId,
        thread: MessageId,
        seq: u64,
    ) -> Option<ReadPosition> {
        let open = self.thread(Conversation::thread(room, thread))?;
        if !open.is_loaded || !self.is_thread_unread(room, thread, seq) {
            return None;
        }
        let rest = open.log.messages.iter().filter(|message| {
            message.seq > seq && message.sender.id != self.me.id && !message.deleted
        });
        let mentions = rest.clone().filter(|message| message.mentions(&self.me.username));
        Some(ReadPosition {
            room,
            seq,
            thread: Some(thread),
            read_seq: seq,
            unread: rest.clone().count() as u64,
            mentions: mentions.count() as u64,
        })
    }
}
