//! Rooms and their members.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ListRooms, Room, RoomName, RoomsPage,
    http::{NewDirect, NewMember, NewRoom, RoomAddress, Rooms, UpdateRoom},
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

/// `GET /api/rooms/{room}`
pub async fn one(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
) -> Result<Json<Room>, Error> {
    let room = app.store.room_access(session.user.id, RoomName(room)).await?.room;
    let room = app.store.room_seen_by(session.user.id, room).await?;
    Ok(Json(room.ok_or(Error::NotFound("room"))?))
}

/// `PATCH /api/rooms/{room}`
pub async fn update(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(room): Path<String>,
    Body(update): Body<UpdateRoom>,
) -> Result<Json<Room>, Error> {
    Ok(Json(app.rooms.update(&session.user, RoomName(room), update).await?))
}

/// `POST /api/direct`
pub async fn direct(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Body(new): Body<NewDirect>,
) -> Result<(StatusCode, Json<Room>), Error> {
    let (room, is_new) = app.rooms.direct(&session.user, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(room)))
}

/// The name of a room that may be made.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Named {
    /// The name.
    name: String,
}

/// `GET /api/room-address`
pub async fn address(
    State(app): State<App>,
    CurrentUser(_): CurrentUser,
    Query(Named { name }): Query<Named>,
) -> Result<Json<RoomAddress>, Error> {
    Ok(Json(RoomAddress { slug: app.rooms.slug_for(&name).await? }))
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
