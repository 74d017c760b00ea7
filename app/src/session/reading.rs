//! What the user marks as read and unread, and jumps to messages.

use leptos::prelude::*;
use protocol::{MessageId, RoomId};

use super::{Session, threads::Target};
use crate::{
    browser::address,
    page::address::Address,
    state::{conversation::Conversation, model::Model},
};

impl Session {
    /// Marks a message and all after it as unread.
    pub fn mark_unread(self, room: RoomId, message: MessageId) {
        let seq = self.model.with_untracked(|model| {
            let log = &model.opened_rooms.get(&room)?.log;
            log.find(|known| known.id == message).map(|message| message.seq)
        });
        if let Some(seq) = seq {
            self.model.update(|model| model.mark_unread(room, seq));
            self.tell("Unread from here");
        }
    }

    /// Puts the read position of the room in view back to where it was when the user entered it.
    /// Returns whether there was anything unread.
    pub fn put_back(self) -> bool {
        let can = self.model.with_untracked(|model| model.read_state.entered.is_some());
        if can {
            self.model.update(|model| {
                model.put_back();
            });
            self.tell("Put back: it is unread again");
        }
        can
    }

    /// Lets what stands in view of a room count as read again.
    pub fn resume_reading(self, room: RoomId) {
        if self.model.with_untracked(|model| model.read_state.held == Some(room)) {
            self.model.update(|model| model.resume_reading(room));
        }
    }

    /// Shows or hides the view of everything unread.
    pub fn open_unread(self, is_open: bool) {
        self.model.try_update(|model| model.unread.open(is_open));
    }

    /// Asks for the last message that was read of a room or a thread, to tell why it is unread.
    pub fn ask_why(self, place: Conversation) {
        self.model.update(|model| {
            let after = model.unread_in(place).map_or(0, |unread| unread.after);
            model.unread.preview_mut(place, after).wants_last_read = true;
        });
    }

    /// Marks all messages of rooms and threads as read, from the view of everything unread.
    pub fn clear_unread(self, places: &[Conversation]) {
        self.model.update(|model| model.clear_unread(places));
    }

    /// Puts back what was marked as read last. Returns the first room or thread of it.
    pub fn restore_unread(self) -> Option<Conversation> {
        self.model.try_update(Model::restore_last_cleared).flatten()
    }

    /// Opens a room, or a thread beside its room, where the user stopped reading.
    pub fn open_conversation(self, place: Conversation) {
        let Conversation { room, thread } = place;
        let slug =
            self.model.with_untracked(|model| model.rooms.find(room).map(|room| room.slug.clone()));
        if let Some(slug) = slug {
            address::go(self.address, Address::Room(slug));
        }
        if let Some(thread) = thread {
            self.open_thread(room, thread);
        }
    }

    /// Opens a room or a thread at a message, which is marked, and counts nothing as read by that.
    pub fn show_message(self, place: Conversation, message: MessageId, seq: u64) {
        if place.thread.is_some() {
            self.open_conversation(place);
            self.mark_in_thread(Target { place, id: message, seq });
            self.target.set(Some(Target { place, id: message, seq }));
        } else {
            self.jump(place.room, seq, Some(message));
        }
    }

    /// Opens a room at a `seq`.
    pub fn jump(self, room: RoomId, seq: u64, marked: Option<MessageId>) {
        let slug =
            self.model.with_untracked(|model| model.rooms.find(room).map(|room| room.slug.clone()));
        let Some(slug) = slug else { return };
        if self.room_in_view().get_untracked().is_none_or(|open| open.id != room) {
            address::go(self.address, Address::Room(slug));
        }
        self.model.update(|model| model.jump(room, seq, marked));
    }

    /// Tells the user what has happened, for some seconds.
    pub fn tell(self, text: &'static str) {
        self.notice.set(Some(text));
    }
}
