//! The users of the installation.

use axum::{Json, extract::State};
use protocol::{User, UserId, http::UsersPage, limits::MAX_PAGE_USERS};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    error::Error,
    http::{
        extract::{CurrentUser, Path, Query},
        state::App,
    },
};

/// Selects a page of the users.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UsersCursor {
    /// Each word of it must be the beginning of a word of a name or username. Without it, all users
    /// are listed.
    query: Option<String>,
    /// The page begins after the user with this id. Without it, with the first one.
    after: Option<UserId>,
    /// The number of users, clamped to 100; 100 by default.
    limit: Option<u64>,
}

/// `GET /api/users`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Query(UsersCursor { query, after, limit }): Query<UsersCursor>,
) -> Result<Json<UsersPage>, Error> {
    let _permit = app.store.user_permit(session.user.id).await?;
    let limit = limit.unwrap_or(MAX_PAGE_USERS).clamp(1, MAX_PAGE_USERS) as usize;
    let (query, inviters) = (query.unwrap_or_default(), session.user.role.may_invite());
    let (users, has_more) = app.store.list_users(query, after, limit, inviters).await?;
    Ok(Json(UsersPage { users, has_more }))
}

/// `GET /api/users/{user}`
pub async fn one(
    State(app): State<App>,
    CurrentUser(_): CurrentUser,
    Path(user): Path<String>,
) -> Result<Json<User>, Error> {
    Ok(Json(app.store.user(user).await?))
}
