//! What a message list shows: a room, or a thread in it.

use protocol::{MessageId, RoomId};

/// A room, or one of its threads. Each has its own list of messages, composer and read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conversation {
    /// The room.
    pub room: RoomId,
    /// The message that begins the thread, if it is one.
    pub thread: Option<MessageId>,
}

impl Conversation {
    /// Returns a thread of a room.
    #[must_use]
    pub fn thread(room: RoomId, thread: MessageId) -> Self {
        Self { room, thread: Some(thread) }
    }
}

impl From<RoomId> for Conversation {
    fn from(room: RoomId) -> Self {
        Self { room, thread: None }
    }
}
