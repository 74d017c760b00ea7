//! Rooms and their messages.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    History, HistoryPage, Room, RoomName,
    http::{NewMember, NewRoom, Rooms},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Body, Path, Query};
use crate::{auth::CurrentUser, error::Error, http::state::App};

/// `GET /api/rooms`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Rooms>, Error> {
    Ok(Json(Rooms { rooms: app.store.rooms(session.user.id).await? }))
}

/// `POST /api/rooms`
pub async fn create(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Body(new): Body<NewRoom>,
) -> Result<(StatusCode, Json<Room>), Error> {
    Ok((StatusCode::CREATED, Json(app.rooms.create(&session.user, new).await?)))
}

/// `POST /api/rooms/{room}/members`
pub async fn add_member(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
    Body(new): Body<NewMember>,
) -> Result<StatusCode, Error> {
    app.rooms.add_member(&session.user, RoomName(room), new.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/rooms/{room}/members/{user}`
pub async fn remove_member(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path((room, user)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    app.rooms.remove_member(&session.user, RoomName(room), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which page of a room's messages.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Cursor {
    /// The page that ends just before this `seq`; left out: the newest one.
    before: Option<u64>,
    /// How many messages, 50 unless given, clamped to 100.
    limit: Option<u64>,
}

/// `GET /api/rooms/{room}/messages`
pub async fn messages(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<HistoryPage>, Error> {
    let history = History { before: cursor.before, limit: cursor.limit, ..History::default() };
    Ok(Json(app.chat.history_page(session.user.id, RoomName(room), history).await?))
}
