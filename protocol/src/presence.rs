//! Payloads of short-lived events: users who are typing, come online, go offline or are removed.

use serde::{Deserialize, Serialize};

use crate::{MessageId, RoomId, RoomName, Sender, User, UserId, messages::Validate};

/// Payload of `typing` from a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message that begins the thread in which the user is typing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
}

impl Validate for Typing {}

/// Payload of `typing` from the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypingUser {
    /// The room.
    pub room: RoomId,
    /// The user who is typing.
    pub user: Sender,
    /// The message that begins the thread in which the user is typing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
}

/// Whether a user is here.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The user has no connection.
    #[default]
    Offline,
    /// The user has connections, but no page has been visible for 5 minutes.
    Away,
    /// The user has a visible page, or a connection that never sent `presence`.
    Online,
}

/// Payload of `presence` from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Visibility {
    /// True if the page is visible and has the focus.
    pub visible: bool,
}

impl Validate for Visibility {}

/// Payload of `presence` from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceChanged {
    /// The user.
    pub user: UserId,
    /// Whether the user is here.
    pub presence: Presence,
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
