//! Serves the pictures of users and of custom emoji.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    extract::{CurrentUser, OptionalQuery, Path},
    state::App,
};
use crate::{
    error::Error,
    store::{EmojiPicture, StoredPicture},
};

/// The policy of a browser that opens a picture as a page of its own.
const POLICY: HeaderValue =
    HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'");
/// The picture of a version never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// Without its version, an address shows the present picture.
const FOR_NOW: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The version in the address of a picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    v: Option<i64>,
}

/// `GET /pictures/{user}?v=…`
pub(super) async fn serve(
    State(app): State<App>,
    CurrentUser(_): CurrentUser,
    Path(user): Path<String>,
    OptionalQuery(Version { v }): OptionalQuery<Version>,
) -> Result<Response, Error> {
    let StoredPicture { version, media_type, bytes } = app.store.picture(user).await?;
    let cached = if v == Some(version) { FOREVER } else { FOR_NOW };
    respond(&media_type, cached, bytes)
}

/// `GET /emoji/{id}`
pub(super) async fn serve_emoji(
    State(app): State<App>,
    CurrentUser(_): CurrentUser,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let EmojiPicture { media_type, bytes } = app.emoji.picture(&id).await?;
    respond(&media_type, FOREVER, bytes)
}

fn respond(media_type: &str, cached: HeaderValue, bytes: Vec<u8>) -> Result<Response, Error> {
    let media_type =
        HeaderValue::from_str(media_type).map_err(|error| Error::Internal(error.into()))?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, cached),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, bytes).into_response())
}
