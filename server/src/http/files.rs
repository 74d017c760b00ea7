//! Serves files of messages.

mod range;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use protocol::File;
use uuid::Uuid;

use super::{
    api::files::file_id,
    extract::{CurrentUser, Path},
    links::escape,
    state::App,
};
use crate::{
    base::picture::Picture,
    error::Error,
    files::{is_shown_inline, served_type},
};
use range::{Part, requested_part};

/// The policy of a browser that opens a file as a page of its own. Its viewers of images and media
/// load the file itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'",
);
/// Each use asks again: rights come first.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// `GET /files/{id}/{name}`
pub(super) async fn serve(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path((id, name)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let file = app.files.file(session.user.id, file_id(&id)?).await?;
    if file.name != name {
        return Ok(Redirect::to(&file.url).into_response());
    }
    let etag = etag(&file.id.to_string())?;
    let mut response = match requested_part(&request, &etag, file.size) {
        Part::None => StatusCode::NOT_MODIFIED.into_response(),
        Part::All => {
            let bytes = app.files.read(file.id, 0..file.size).await?;
            with_length(Body::from_stream(bytes).into_response(), file.size)
        }
        Part::Some(range) => {
            let bytes = app.files.read(file.id, range.clone()).await?;
            let body = Body::from_stream(bytes);
            let mut response = (StatusCode::PARTIAL_CONTENT, body).into_response();
            let of_all = format!("bytes {}-{}/{}", range.start, range.end - 1, file.size);
            response.headers_mut().insert(header::CONTENT_RANGE, value(&of_all)?);
            with_length(response, range.end - range.start)
        }
        Part::Unsatisfiable => {
            let all = value(&format!("bytes */{}", file.size))?;
            let headers = [(header::CONTENT_RANGE, all), (header::CACHE_CONTROL, ASK_AGAIN)];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    describe(response.headers_mut(), &file)?;
    response.headers_mut().insert(header::ETAG, etag);
    Ok(response)
}

/// `GET /previews/{id}`
pub(super) async fn preview(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let id = file_id(&id)?;
    let picture = app.files.preview(session.user.id, id).await?;
    serve_picture(picture, &format!("{id}-preview"), &request)
}

/// `GET /link-pictures/{id}`
pub(super) async fn link_picture(
    State(app): State<App>,
    CurrentUser(_): CurrentUser,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let id = Uuid::try_parse(&id).map_err(|_| Error::NotFound("picture"))?;
    app.files.check_link_picture(id).await?;
    // It never changes: who has it needs no bytes.
    let etag = etag(&id.to_string())?;
    if matches!(requested_part(&request, &etag, 0), Part::None) {
        let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, ASK_AGAIN)];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let picture = app.files.link_picture(id).await?;
    serve_picture(picture, &id.to_string(), &request)
}

fn serve_picture(picture: Picture, name: &str, request: &HeaderMap) -> Result<Response, Error> {
    let Picture { media_type, bytes } = picture;
    let etag = etag(name)?;
    let mut response = match requested_part(request, &etag, bytes.len() as u64) {
        Part::None => StatusCode::NOT_MODIFIED.into_response(),
        _ => bytes.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ETAG, etag);
    headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}

/// `GET /files/{id}`
pub(super) async fn lead_to_name(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<Redirect, Error> {
    let file = app.files.file(session.user.id, file_id(&id)?).await?;
    Ok(Redirect::to(&file.url))
}

/// Adds the headers that say what a file is.
fn describe(headers: &mut HeaderMap, file: &File) -> Result<(), Error> {
    let is_inline = is_shown_inline(&file.media_type);
    let disposition = if is_inline { "inline" } else { "attachment" };
    let disposition = format!("{disposition}; filename*=UTF-8''{}", escape(&file.name));
    headers.insert(header::CONTENT_TYPE, value(served_type(&file.media_type))?);
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition)?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(())
}

fn with_length(mut response: Response, bytes: u64) -> Response {
    response.headers_mut().insert(header::CONTENT_LENGTH, bytes.into());
    response
}

/// Returns the tag of bytes that never change.
fn etag(name: &str) -> Result<HeaderValue, Error> {
    value(&format!("\"{name}\""))
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|error| Error::Internal(error.into()))
}
