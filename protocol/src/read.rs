//! Payloads of the read position.

use serde::{Deserialize, Serialize};

use crate::{RoomId, RoomName, messages::Validate};

/// Payload of `read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Read {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The last `seq` that the user has read; later messages are unread. A value past the end of
    /// the room log means its end.
    pub seq: u64,
}

impl Validate for Read {}

/// The user's read position in a room: payload of `read_response` and of the event `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadPosition {
    /// The room.
    pub room: RoomId,
    /// The last `seq` that the user has read; later messages are unread.
    pub seq: u64,
}
