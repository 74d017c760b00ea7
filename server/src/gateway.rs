//! One WebSocket connection, from its upgrade to its close.

pub mod connection;
pub mod pipeline;
