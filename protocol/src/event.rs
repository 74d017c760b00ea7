//! What the server says unasked.

use serde::{Deserialize, Serialize};

use crate::{
    ClientId, Empty, Message, MessageId, ReadPosition, RoomId, Sender, Timestamp, User, UserId,
    messages::messages,
};

messages! {
    /// What the server says unasked.
    pub enum Event from Server {
        /// The first message of an authenticated connection.
        Welcome(Box<Welcome>) = "welcome",
        /// A message in a room that one follows, one's own included.
        Chat(Message) = "chat",
        /// A message's text was changed.
        ChatEdited(ChatEdited) = "chat_edited",
        /// A message was deleted.
        ChatDeleted(ChatDeleted) = "chat_deleted",
        /// Somebody reacted to a message, or took that back.
        ChatReacted(ChatReacted) = "chat_reacted",
        /// Somebody is writing; holds for some seconds.
        Typing(TypingUser) = "typing",
        /// One has read a room so far, on another of one's devices.
        Read(ReadPosition) = "read",
        /// Somebody came, went or was removed.
        System(System) = "system",
        /// The heartbeat; the client answers `{"type":"pong"}`.
        Ping(Empty) = "ping",
        /// The answer to a client's `ping`.
        Pong(Empty) = "pong",
    }
}

/// Payload of `welcome`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Welcome {
    /// This connection.
    pub client_id: ClientId,
    /// Whom it belongs to.
    pub user: User,
    /// How the server finds dead connections.
    pub heartbeat: Heartbeat,
    /// Which node serves it.
    pub node: String,
    /// The version of this contract that the server speaks.
    pub protocol: u32,
    /// Which build of the page the server holds. An open page of another build offers to reload.
    pub build: String,
    /// The room of `/ws/{room}`, subscribed from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_room: Option<DefaultRoom>,
}

/// Any frame from the client is a sign of life; without one for interval + timeout the socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heartbeat {
    /// How often the server pings, in milliseconds.
    pub interval_ms: u64,
    /// How long it waits for an answer, in milliseconds.
    pub timeout_ms: u64,
}

/// Where the live stream of `/ws/{room}` begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DefaultRoom {
    /// The room.
    pub room: RoomId,
    /// Events after this `seq` follow.
    pub seq: u64,
    /// Names the history that `seq` counts in.
    pub epoch: String,
}

/// Payload of `chat_edited`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatEdited {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// The change's own place in the room's log.
    pub seq: u64,
    /// The message's place in it.
    pub message_seq: u64,
    /// The new text; none in a replay where the message was deleted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the server took the change.
    pub edited_at: Timestamp,
}

/// Payload of `chat_deleted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatDeleted {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// The change's own place in the room's log.
    pub seq: u64,
    /// The message's place in it.
    pub message_seq: u64,
}

/// Payload of `chat_reacted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatReacted {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// The change's own place in the room's log.
    pub seq: u64,
    /// The message's place in it.
    pub message_seq: u64,
    /// Who.
    pub user: UserId,
    /// With what.
    pub emoji: String,
    /// Whether it is there now.
    pub on: bool,
}

/// Payload of `typing` from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypingUser {
    /// Where.
    pub room: RoomId,
    /// Who.
    pub user: Sender,
}

/// Payload of `system`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct System {
    /// Where.
    pub room: RoomId,
    /// What happened.
    pub event: SystemEvent,
    /// To whom.
    pub user: User,
    /// The same for a person, `ada joined`.
    pub text: String,
}

/// What a `system` event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemEvent {
    /// A person's first socket follows the room.
    Joined,
    /// A person's last socket left it.
    Left,
    /// A person is not a member any more.
    Removed,
}

impl System {
    /// That `user` joined, left or was removed from `room`.
    #[must_use]
    pub fn new(room: RoomId, event: SystemEvent, user: User) -> Self {
        let verb = match event {
            SystemEvent::Joined => "joined",
            SystemEvent::Left => "left",
            SystemEvent::Removed => "was removed",
        };
        Self { room, event, text: format!("{} {verb}", user.name), user }
    }
}
