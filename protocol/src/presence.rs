//! Payloads of short-lived events: users who are typing, come online, go offline or are removed.

use serde::{Deserialize, Serialize};

use crate::{RoomId, RoomName, Sender, User, messages::Validate};

/// Payload of `typing` from a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
}

impl Validate for Typing {}

/// Payload of `typing` from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypingUser {
    /// The room.
    pub room: RoomId,
    /// The user who is typing.
    pub user: Sender,
}

/// Payload of `system`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct System {
    /// The room.
    pub room: RoomId,
    /// The kind of change.
    pub event: SystemEvent,
    /// The user that the change concerns.
    pub user: User,
    /// A readable form of the change, such as `ada joined`.
    pub text: String,
}

/// The kind of change that a `system` event reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemEvent {
    /// The user came online: the first connection of the user subscribed to the room.
    Joined,
    /// The user went offline: the last subscription of the user to the room ended.
    Left,
    /// The user is no longer a member.
    Removed,
}

impl System {
    /// Creates the event and its readable text.
    #[must_use]
    pub fn new(room: RoomId, event: SystemEvent, user: User) -> Self {
        let verb = match event {
            SystemEvent::Joined => "joined",
            SystemEvent::Left => "left",
            SystemEvent::Removed => "was removed",
        };
        let handle = if user.alike { format!(" @{}", user.username) } else { String::new() };
        Self { room, event, text: format!("{}{handle} {verb}", user.name), user }
    }
}
