//! Rooms and their members.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ListRooms, Room, RoomName, RoomsPage,
    http::{NewMember, NewRoom, Rooms},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    error::Error,
    http::{
        extract::{Body, CurrentUser, Path, Query},
        state::App,
    },
};

/// Selects a page of the rooms.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RoomsCursor {
    /// The page begins after this room, given by id or slug. Without it, with the first one.
    after: Option<String>,
    /// The number of rooms; as many as fit by default.
    limit: Option<u64>,
}

/// `GET /api/rooms`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Query(cursor): Query<RoomsCursor>,
) -> Result<Json<Rooms>, Error> {
    let RoomsCursor { after, limit } = cursor;
    let list = ListRooms { after: after.map(RoomName), limit, changed_since: None };
    let RoomsPage { rooms, has_more, .. } = app.store.rooms(session.user.id, list).await?;
    Ok(Json(Rooms { rooms, has_more }))
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
