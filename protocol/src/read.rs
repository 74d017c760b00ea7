//! Payloads of the read position.

use serde::{Deserialize, Serialize};

use crate::{MessageId, RoomId, RoomName, messages::Validate};

/// Payload of `read`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Read {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The last `seq` that the user has read; later messages are unread. A value past the end of
    /// the room log means its end.
    pub seq: u64,
    /// The message that begins a thread: sets the position in that thread. `seq` is then a
    /// reply's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True to set the position to just before `seq`, so that the message is unread. Without it, a
    /// position never moves back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}

impl Validate for Read {}

/// The user's read position in a room: payload of `read_response` and of the event `read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadPosition {
    /// The room.
    pub room: RoomId,
    /// The last `seq` that the user has read; later messages are unread.
    pub seq: u64,
    /// The thread, if the position is that in a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// The read position, equal to `seq`.
    #[serde(default)]
    pub read_seq: u64,
    /// The number of unread messages after it in the room, or in the thread. Counted up to 1,000.
    #[serde(default)]
    pub unread: u64,
    /// The number of unread messages that mention the user, in the room and its threads, or in the
    /// thread. Counted up to 1,000.
    #[serde(default)]
    pub mentions: u64,
}
