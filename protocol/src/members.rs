//! Payloads of reading the members of a room.

use serde::{Deserialize, Serialize};

use crate::{Member, RoomId, RoomName, messages::Validate};

/// Payload of `members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// Returns the members whose usernames sort after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The number of members. Defaults to the maximum, 500, and is clamped to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Validate for Members {}

/// Payload of `members_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MembersPage {
    /// The room.
    pub room: RoomId,
    /// The members, sorted by username.
    pub members: Vec<Member>,
    /// The number of all members of the room.
    pub total: u64,
    /// The number of members who are online in the room.
    pub total_online: u64,
    /// True if the room has members after these.
    pub has_more: bool,
}
