//! Payloads of authentication and of `welcome`, the first event after it.

use serde::{Deserialize, Serialize};

use crate::{ClientId, RoomId, User, messages::Validate};

/// Payload of `auth`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Auth {
    /// The JWT returned by registration or login.
    pub token: String,
}

impl Validate for Auth {}

/// Omits the token, which must not appear in logs.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth { token: … }")
    }
}

/// Payload of `auth_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Authenticated {
    /// The user that the connection belongs to.
    pub user: User,
}

/// Payload of `welcome`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Welcome {
    /// The id of this connection.
    pub client_id: ClientId,
    /// The user that the connection belongs to.
    pub user: User,
    /// The times by which the server detects dead connections.
    pub heartbeat: Heartbeat,
    /// The node that serves the connection.
    pub node: String,
    /// The version of this contract that the server implements.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub protocol: u32,
    /// The build of the web client that the server delivers. A page of another build should offer
    /// to reload.
    pub build: String,
    /// The room of `/ws/{room}`, which is subscribed from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_room: Option<DefaultRoom>,
}

/// The times by which the server detects dead connections. The server closes a connection from
/// which it receives no frame for `interval_ms` + `timeout_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heartbeat {
    /// The time between two pings of the server, in milliseconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000, max = 3_600_000)))]
    pub interval_ms: u64,
    /// The time that the server waits for a frame after a ping, in milliseconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000, max = 3_600_000)))]
    pub timeout_ms: u64,
}

/// The subscription that a connection to `/ws/{room}` starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DefaultRoom {
    /// The room.
    pub room: RoomId,
    /// The last `seq` before the subscription. The client receives all events after it.
    pub seq: u64,
    /// The epoch that `seq` belongs to.
    pub epoch: String,
}
