//! Bodies of HTTP requests about rooms and their members.

use serde::{Deserialize, Serialize};

use crate::Room;
#[cfg(feature = "schema")]
use crate::limits::{MAX_ROOM_NAME_CHARS, MAX_TOPIC_CHARS};

/// Body of `POST /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRoom {
    /// The display name, 1 to 80 characters.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_ROOM_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    pub name: String,
    /// The unique name in URLs: `[a-z0-9][a-z0-9-]{0,63}`. Defaults to one made of `name`, with a
    /// suffix where that is taken; for a private room, to a random one.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// True if only members can see the room.
    #[serde(default)]
    pub private: bool,
}

/// Response of `GET /api/room-address`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomAddress {
    /// The slug that a public room of that name would get. Missing if it would be a random one.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

/// Body of `POST /api/rooms/{room}/members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewMember {
    /// The id or username of the user to add.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub user: String,
}

/// Response of `GET /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    /// Rooms that the user can see, sorted by name.
    pub rooms: Vec<Room>,
    /// True if more rooms follow. Ask again, `after` the last one.
    #[serde(default)]
    pub has_more: bool,
}

/// Body of `POST /api/direct`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewDirect {
    /// The ids or usernames of up to 8 other users. Without any, the room is for notes to oneself.
    pub users: Vec<String>,
}

/// Body of `PATCH /api/rooms/{room}`. Fields that are left out stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateRoom {
    /// The display name, 1 to 80 characters.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_ROOM_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The unique name in URLs: `[a-z0-9][a-z0-9-]{0,63}`. The former one leads to the room for 90
    /// days.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The subject of the room, up to 250 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TOPIC_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// True to archive the room, false to bring it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}
