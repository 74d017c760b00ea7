//! What a message list shows: a room, or a thread in it.

use protocol::{MessageId, RoomId};
use uuid::Uuid;

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

    /// Reads a room, or a room and a thread after a slash, as the browser's storage names them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (room, thread) = match text.split_once('/') {
            Some((room, thread)) => (room, Some(MessageId(Uuid::try_parse(thread).ok()?))),
            None => (text, None),
        };
        Some(Self { room: RoomId(Uuid::try_parse(room).ok()?), thread })
    }
}

impl From<RoomId> for Conversation {
    fn from(room: RoomId) -> Self {
        Self { room, thread: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_stored() {
        let (room, thread) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(Conversation::parse(&room.to_string()), Some(RoomId(room).into()));
        let place = Conversation::thread(RoomId(room), MessageId(thread));
        assert_eq!(Conversation::parse(&format!("{room}/{thread}")), Some(place));
        for other in ["", "general", &format!("{room}/"), &format!("{room}/x")] {
            assert_eq!(Conversation::parse(other), None, "{other}");
        }
    }
}
