//! Rooms, people and messages for unit tests.

use protocol::{Message, MessageId, Role, Room, RoomId, Sender, Timestamp, User, UserId};
use uuid::Uuid;

/// A person; the name makes the id.
pub(crate) fn user(name: &str) -> User {
    let id = name.bytes().fold(0u128, |id, byte| id * 256 + u128::from(byte));
    User {
        id: UserId(Uuid::from_u128(id)),
        username: name.to_owned(),
        name: name[..1].to_uppercase() + &name[1..],
        role: Role::Member,
    }
}

/// The one room.
pub(crate) fn room() -> Room {
    Room {
        id: RoomId(Uuid::from_u128(1)),
        slug: "general".to_owned(),
        name: "general".to_owned(),
        private: false,
        member: true,
        seq: 0,
        read_seq: 0,
        unread: 0,
        mentions: 0,
    }
}

/// Bo's message at a place of the room's log, one each minute.
pub(crate) fn message(seq: u64) -> Message {
    Message {
        id: MessageId(Uuid::from_u128(seq.into())),
        room: room().id,
        seq,
        sender: Sender::from(user("bo")),
        text: Some(format!("message {seq}")),
        sent_at: Timestamp::from_millis(
            1_764_000_000_000 + i64::try_from(seq).unwrap_or_default() * 60_000,
        ),
        edited_at: None,
        reactions: Vec::new(),
        deleted: false,
    }
}
