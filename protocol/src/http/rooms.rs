//! Bodies of HTTP requests about rooms and their members.

use serde::{Deserialize, Serialize};

use crate::Room;
#[cfg(feature = "schema")]
use crate::limits::MAX_ROOM_NAME_CHARS;

/// Body of `POST /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRoom {
    /// The display name, 1 to 80 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_ROOM_NAME_CHARS)))]
    pub name: String,
    /// The unique name in URLs: `[a-z0-9][a-z0-9-]{0,63}`. Defaults to one derived from `name`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// True if only members can see the room.
    #[serde(default)]
    pub private: bool,
}

/// Body of `POST /api/rooms/{room}/members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewMember {
    /// The id or username of the user to add.
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
