//! How the installation is, for the owner and admins.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Response of `GET /api/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// The version of the node that answers.
    pub version: String,
    /// The time at which that node started.
    pub started_at: Timestamp,
    /// The number of WebSocket connections to that node.
    pub connections: u64,
    /// The number of users who are not banned.
    pub users: u64,
    /// The number of users with a connection to any node.
    pub users_here: u64,
    /// The database.
    pub store: StoreHealth,
    /// The files of messages.
    pub files: FilesHealth,
    /// The disk of the data folder. Missing if that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskHealth>,
    /// Redis. Missing if none is configured: there is one node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<RedisHealth>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoreHealth {
    /// What it is.
    pub kind: StoreKind,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL database.
    Postgresql,
}

/// The files of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FilesHealth {
    /// Their bytes, with those of unfinished uploads. Previews are not counted.
    pub bytes: u64,
    /// The most bytes that they may have. Missing if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DiskHealth {
    /// The bytes that the server may still write.
    pub free: u64,
    /// The bytes of the disk.
    pub size: u64,
}

/// Redis, which connects the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedisHealth {
    /// Whether the node that answers is connected to it.
    pub connected: bool,
    /// The number of live nodes, as far as that node knows.
    pub nodes: u64,
}
