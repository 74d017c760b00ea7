//! Rooms, users and messages for unit tests.

use protocol::{
    MembersPage, Message, MessageId, Role, Room, RoomId, Sender, Timestamp, User, UserId,
};
use uuid::Uuid;

use super::model::Model;
use crate::page::{OpenRoom, Workspace};

/// Creates a user, whose id is derived from the name.
pub(crate) fn user(name: &str) -> User {
    let id = name.bytes().fold(0u128, |id, byte| id * 256 + u128::from(byte));
    User {
        id: UserId(Uuid::from_u128(id)),
        username: name.to_owned(),
        name: name[..1].to_uppercase() + &name[1..],
        role: Role::Member,
        ..User::default()
    }
}

/// Creates the room `general`.
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
        ..Room::default()
    }
}

/// Creates Bo's message at a `seq` of the room log, one for each minute.
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
        ..Message::default()
    }
}

/// Creates Ada's page, with the room open at `seq` 2.
pub(crate) fn open_page() -> Model {
    let members = MembersPage {
        room: room().id,
        members: Vec::new(),
        total: 0,
        total_online: 0,
        has_more: false,
    };
    let open = OpenRoom {
        room: Room { seq: 2, ..room() },
        messages: vec![message(1), message(2)],
        has_more: false,
        members,
        place: None,
    };
    Model::from_page(Workspace {
        user: user("ada"),
        rooms: vec![room()],
        open: Some(open),
        invite: None,
        custom_emoji: Vec::new(),
        registration_closed: false,
        epoch: "e".to_owned(),
        unsent: None,
    })
}
