//! The messages of a room.

use axum::{Json, extract::State};
use protocol::{History, HistoryPage, RoomName};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    error::Error,
    http::{
        extract::{CurrentUser, Path, Query},
        state::App,
    },
};

/// Selects a page of a room's messages.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Cursor {
    /// The page ends just before this `seq`. Without it, the newest page.
    before: Option<u64>,
    /// The number of messages, clamped to 100; 50 by default.
    limit: Option<u64>,
}

/// `GET /api/rooms/{room}/messages`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<HistoryPage>, Error> {
    let history = History { before: cursor.before, limit: cursor.limit, ..History::default() };
    Ok(Json(app.chat.history_page(session.user.id, RoomName(room), history).await?))
}
