//! The user's actions on threads.

use leptos::prelude::*;
use protocol::{MessageId, RoomId};

use super::{Panel, Session};

impl Session {
    /// Opens the thread that a message of `room` begins, in the panel beside the room.
    pub fn open_thread(self, room: RoomId, thread: MessageId) {
        let _ = room;
        self.panel.set(Some(Panel::Thread(thread)));
    }
}
