//! Payloads of the room list, and of the events that keep it up to date.

use serde::{Deserialize, Serialize};

use crate::{Room, RoomId, RoomName, Timestamp, messages::Validate};

/// Payload of `rooms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListRooms {
    /// Returns the rooms that sort after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RoomName>,
    /// The number of rooms. Defaults to as many as fit the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Returns only rooms with an event or a new membership after this time, the `as_of` of an
    /// earlier response. Rooms that changed shortly before it may be included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<Timestamp>,
}

impl Validate for ListRooms {}

/// Payload of `rooms_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsPage {
    /// Rooms that the user can see, sorted by name.
    pub rooms: Vec<Room>,
    /// True if more rooms follow. Send another `rooms`, `after` the last one.
    #[serde(default)]
    pub has_more: bool,
    /// The time of this state, for `changed_since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// Payload of `room_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomChanged {
    /// The room as the receiving user sees it.
    pub room: Room,
}

/// Payload of `room_gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomGone {
    /// The room, which the user can no longer see.
    pub room: RoomId,
}
