//! Payload of the room list.

use serde::{Deserialize, Serialize};

use crate::Room;

/// Payload of `rooms_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsPage {
    /// All rooms that the user can see, sorted by name.
    pub rooms: Vec<Room>,
}
