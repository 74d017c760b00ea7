//! The HTTP API (docs/protocol.md). JSON in and out; errors are RFC 9457 problem documents.

pub mod accounts;
pub mod emoji;
pub mod files;
pub mod messages;
pub mod operations;
pub mod people;
pub mod push;
pub mod rooms;
pub mod search;
pub mod uploads;
pub mod users;

use axum::http::StatusCode;

use super::respond::http_error;
use crate::error::Error;

/// Answers a method that an existing address does not support.
pub async fn method_not_allowed() -> Error {
    http_error(StatusCode::METHOD_NOT_ALLOWED, "This address does not support that method.")
}

/// Answers an unknown address under `/api`.
pub async fn not_found() -> Error {
    Error::NotFound("call")
}
