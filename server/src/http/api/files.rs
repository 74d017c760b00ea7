//! Files of messages.

use axum::{
    Json,
    body::HttpBody as _,
    extract::{Request, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use protocol::{
    FileId,
    http::{DescribeFile, UploadedFile},
    limits::MAX_DESCRIPTION_CHARS,
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    error::Error,
    files::FileLabel,
    http::{
        extract::{Body, CurrentUser, Path, Query},
        state::App,
    },
};

/// The path of the call that sends a file. Its body is not read as a whole.
pub const FILES_PATH: &str = "/api/files";

/// Names the file that is sent, and says what is in it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewFile {
    /// The name of the file. Its last part is kept, without control characters.
    #[serde(default)]
    name: String,
    /// What is to be seen or heard in it: one line of at most 1,000 characters.
    #[serde(default)]
    #[schemars(length(max = MAX_DESCRIPTION_CHARS))]
    description: String,
}

/// `POST /api/files?name=&description=`
pub async fn send(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Query(NewFile { name, description }): Query<NewFile>,
    request: Request,
) -> Result<impl IntoResponse, Error> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    if media_type.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/")) {
        let detail = "The body must be the bytes of the file alone, not a form.";
        return Err(Error::Unsupported(detail.to_owned()));
    }
    let label = FileLabel::new(&name, &description)?;
    let body = request.into_body();
    let length = body.size_hint().exact();
    let file = app.files.receive(&session, label, length, body.into_data_stream()).await?;
    Ok((StatusCode::CREATED, Json(UploadedFile { file })))
}

/// `GET /api/files/{id}`
pub async fn get(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
) -> Result<Json<UploadedFile>, Error> {
    let file = app.files.own(session.user.id, file_id(&id)?).await?;
    Ok(Json(UploadedFile { file }))
}

/// `PATCH /api/files/{id}`
pub async fn describe(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
    Body(DescribeFile { description }): Body<DescribeFile>,
) -> Result<Json<UploadedFile>, Error> {
    let file = app.files.describe(&session, file_id(&id)?, &description).await?;
    Ok(Json(UploadedFile { file }))
}

/// Reads the id of a file in a path.
pub(in crate::http) fn file_id(id: &str) -> Result<FileId, Error> {
    Uuid::try_parse(id).map(FileId).map_err(|_| Error::NotFound("file"))
}
