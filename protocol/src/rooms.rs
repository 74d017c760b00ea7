//! Payloads of the room list, and of the events that keep it up to date.

use serde::{Deserialize, Serialize};

use crate::{Room, RoomId, RoomName, Timestamp, User, messages::Validate};

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
    /// Returns only rooms with an event, a new membership or another setting after this time, the
    /// `as_of` of an earlier response. Rooms that changed shortly before it may be included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<Timestamp>,
}

impl Validate for ListRooms {}

/// Payload of `rooms_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsPage {
    /// Rooms that the user can see, sorted by name; direct rooms come first.
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

/// Which messages of a room notify a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevel {
    /// All messages of others. The default in direct rooms.
    All,
    /// Messages that mention the user. The default in other rooms.
    #[default]
    Mentions,
    /// None. Only mentions by name count as unread mentions.
    Nothing,
}

/// Payload of `notify` and of `notify_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notify {
    /// The room. `channel` is an alias. The response has its id.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// Which messages of the room notify the user.
    pub level: NotifyLevel,
}

impl Validate for Notify {}

/// Payload of `favourite` and of `favourite_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Favourite {
    /// The room. `channel` is an alias. The response has its id.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// True to list the room among the user's favourites.
    pub on: bool,
}

impl Validate for Favourite {}

/// Payload of `user_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserChanged {
    /// The user as everybody sees them.
    pub user: User,
}
