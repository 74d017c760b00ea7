//! Payloads of pinned messages and of the earlier texts of a message.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_PINS;
use crate::{Message, MessageId, OpId, RoomId, RoomName, Timestamp, UserId, messages::Validate};

/// Payload of `chat_pin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatPin {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message to pin.
    pub id: MessageId,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id changes nothing and receives the first response again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// True to pin the message, false to take the pin away.
    pub on: bool,
}

impl Validate for ChatPin {
    fn has_retry_id(&self) -> bool {
        self.op.is_some()
    }
}

/// Payload of `chat_pinned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatPinned {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the change in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The position of the message in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub message_seq: u64,
    /// The user who pinned the message, or took the pin away.
    pub user: UserId,
    /// True if the message was pinned, false if the pin was taken away.
    pub on: bool,
}

/// Payload of `pins`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pins {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Returns the messages that were pinned before this one, the last of an earlier response. Its
    /// pin may have been taken away since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MessageId>,
}

impl Validate for Pins {}

/// Payload of `pins_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PinsPage {
    /// The room.
    pub room: RoomId,
    /// The pinned messages, the newest pin first.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_PINS)))]
    pub messages: Vec<Message>,
    /// True if more messages are pinned. Send another `pins`, `after` the last one.
    #[serde(default)]
    pub has_more: bool,
}

/// Payload of `edits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Edits {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message.
    pub id: MessageId,
    /// Returns the texts after this `seq`, that of the last text of an earlier response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

impl Validate for Edits {}

/// Payload of `edits_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EditsPage {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The texts before the present one, the original first. Empty once the message is deleted.
    pub edits: Vec<EarlierText>,
    /// True if more texts follow. Send another `edits`, `after` the `seq` of the last one.
    #[serde(default)]
    pub has_more: bool,
}

/// A text that a message had before an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierText {
    /// The text.
    pub text: String,
    /// The time at which it was written.
    pub edited_at: Timestamp,
    /// The position in the room log of the message or edit that wrote it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
}
