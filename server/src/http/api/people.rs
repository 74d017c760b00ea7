//! The profile of the user, their sessions, and links for new passwords.

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use protocol::{
    SessionId,
    http::{PasswordReset, Profile, Sessions, UpdateProfile},
    limits::MAX_PICTURE_BYTES,
};
use uuid::Uuid;

use crate::{
    error::Error,
    http::{
        extract::{Body, ClientAddress, CurrentUser, Path},
        respond::http_error,
        state::App,
    },
};

/// The path of the call that sets a picture. Its body is an image, larger than all others.
pub const PICTURE_PATH: &str = "/api/me/picture";

/// `GET /api/me`
pub async fn me(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Profile>, Error> {
    Ok(Json(app.accounts.profile(&session).await?))
}

/// `PATCH /api/me`
pub async fn update_me(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Body(update): Body<UpdateProfile>,
) -> Result<Json<Profile>, Error> {
    Ok(Json(app.accounts.change_profile(session, update).await?))
}

/// `PUT /api/me/picture`
pub async fn set_picture(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    CurrentUser(session): CurrentUser,
    request: Request,
) -> Result<StatusCode, Error> {
    // It is in memory already (`http/middleware.rs`).
    let body = axum::body::to_bytes(request.into_body(), MAX_PICTURE_BYTES).await;
    let body: Bytes =
        body.map_err(|_| http_error(StatusCode::BAD_REQUEST, "The body cannot be read."))?;
    app.accounts.set_picture(from, session, body.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/me/picture`
pub async fn remove_picture(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<StatusCode, Error> {
    app.accounts.remove_picture(session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/sessions`
pub async fn sessions(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Sessions>, Error> {
    Ok(Json(Sessions { sessions: app.accounts.sessions(&session).await? }))
}

/// `DELETE /api/sessions/{id}`
pub async fn end_session(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    // The nil id, which no session has, stands for a text that is not an id.
    let id = SessionId(Uuid::try_parse(&id).unwrap_or_default());
    app.accounts.end_session(&session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/sessions`
pub async fn end_other_sessions(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<StatusCode, Error> {
    app.accounts.end_other_sessions(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/users/{user}/reset`
pub async fn make_reset(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<impl IntoResponse, Error> {
    let (token, expires_at) = app.accounts.make_reset(&session.user, user).await?;
    let url = app.origins.reset_url(&headers, &token);
    Ok((StatusCode::CREATED, Json(PasswordReset { url, expires_at })))
}
