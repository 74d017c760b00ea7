//! The custom emoji.

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::StatusCode,
};
use protocol::{
    http::{AddedEmoji, CustomEmojiList},
    limits::MAX_EMOJI_BYTES,
};

use crate::{
    error::Error,
    http::{
        extract::{ClientAddress, CurrentUser, Path},
        respond::http_error,
        state::App,
    },
};

/// How the paths of single emoji begin. The body of `PUT` is an image.
pub const EMOJI_PATHS: &str = "/api/emoji/";

/// `GET /api/emoji`
pub async fn list(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<CustomEmojiList>, Error> {
    Ok(Json(app.emoji.list(&session.user).await?))
}

/// `PUT /api/emoji/{name}`
pub async fn add(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    CurrentUser(session): CurrentUser,
    Path(name): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<AddedEmoji>), Error> {
    // It is in memory already (`http/middleware.rs`).
    let body = axum::body::to_bytes(request.into_body(), MAX_EMOJI_BYTES).await;
    let body: Bytes =
        body.map_err(|_| http_error(StatusCode::BAD_REQUEST, "The body cannot be read."))?;
    let emoji = app.emoji.add(from, session, name, body.into()).await?;
    Ok((StatusCode::CREATED, Json(AddedEmoji { emoji })))
}

/// `DELETE /api/emoji/{name}`
pub async fn remove(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(name): Path<String>,
) -> Result<StatusCode, Error> {
    app.emoji.remove(session, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
