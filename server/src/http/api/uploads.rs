//! Resumable uploads: tus 1.0 (<https://tus.io/protocols/resumable-upload>) with the extensions
//! creation, termination and expiration.

use std::time::{Duration, UNIX_EPOCH};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::TryStreamExt as _;
use protocol::Timestamp;
use uuid::Uuid;

use crate::{
    error::Error,
    files::{FileLabel, UploadState},
    http::{
        extract::{CurrentUser, Path},
        respond::http_error,
        state::App,
    },
};

/// What the paths of uploads begin with. Their bodies are not read as a whole.
pub const UPLOADS_PATH: &str = "/api/uploads/";

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue = HeaderValue::from_static("creation,termination,expiration");
const BYTES: &str = "application/offset+octet-stream";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
/// The id of the file, once all bytes have arrived.
const BANTER_FILE: HeaderName = HeaderName::from_static("banter-file");

/// Adds the version of tus to each response.
pub async fn add_version(mut response: Response) -> Response {
    response.headers_mut().insert(TUS_RESUMABLE, VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert(TUS_VERSION, VERSION);
    }
    response
}

/// `OPTIONS /api/uploads`
pub async fn options(State(app): State<App>) -> impl IntoResponse {
    let max = HeaderValue::from(app.files.max_file());
    let headers = [
        (TUS_VERSION, VERSION),
        (HeaderName::from_static("tus-extension"), EXTENSIONS),
        (HeaderName::from_static("tus-max-size"), max),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// `POST /api/uploads`
pub async fn create(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    headers: HeaderMap,
) -> Result<Response, Error> {
    check_version(&headers)?;
    let length = number(&headers, &UPLOAD_LENGTH)?;
    let label = file_label(&headers)?;
    let upload = app.files.begin_upload(&session, label, length).await?;
    let location = format!("{UPLOADS_PATH}{}", upload.id);
    let location = HeaderValue::from_str(&location).map_err(internal)?;
    let mut response = (StatusCode::CREATED, [(header::LOCATION, location)]).into_response();
    describe(response.headers_mut(), &upload)?;
    Ok(response)
}

/// `HEAD /api/uploads/{id}`
pub async fn head(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    check_version(&headers)?;
    let upload = app.files.upload(&session, upload_id(&id)?).await?;
    let mut response = StatusCode::OK.into_response();
    describe(response.headers_mut(), &upload)?;
    response.headers_mut().insert(UPLOAD_LENGTH, upload.length.into());
    Ok(response)
}

/// `PATCH /api/uploads/{id}`
pub async fn append(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let headers = request.headers();
    check_version(headers)?;
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != BYTES) {
        return Err(Error::Unsupported(format!("The Content-Type must be {BYTES}.")));
    }
    let offset = number(headers, &UPLOAD_OFFSET)?;
    let body = request.into_body().into_data_stream().map_err(std::io::Error::other);
    let upload = app.files.append(&session, upload_id(&id)?, offset, body).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    describe(response.headers_mut(), &upload)?;
    Ok(response)
}

/// `DELETE /api/uploads/{id}`
pub async fn end(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Error> {
    check_version(&headers)?;
    app.files.end_upload(session.user.id, upload_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/uploads/{id}`: for clients that can send no `PATCH`.
pub async fn overridden(
    app: State<App>,
    user: CurrentUser,
    id: Path<String>,
    request: Request,
) -> Result<Response, Error> {
    match request.headers().get(METHOD_OVERRIDE).map(HeaderValue::as_bytes) {
        Some(method) if method == Method::PATCH.as_str().as_bytes() => {
            append(app, user, id, request).await
        }
        Some(method) if method == Method::DELETE.as_str().as_bytes() => {
            let headers = request.headers().clone();
            end(app, user, id, headers).await.map(IntoResponse::into_response)
        }
        _ => Err(crate::http::api::method_not_allowed().await),
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    if headers.get(TUS_RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    let detail = "The request must have Tus-Resumable: 1.0.0.";
    Err(http_error(StatusCode::PRECONDITION_FAILED, detail))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Error> {
    let number = headers
        .get(name)
        .and_then(|number| number.to_str().ok())
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    // A number that is too large is larger than every file.
    let number = number.map(|number| number.parse().unwrap_or(u64::MAX));
    number.ok_or_else(|| {
        http_error(StatusCode::BAD_REQUEST, format!("The request must have {name}, a number."))
    })
}

/// Returns the name and the description of the file in `Upload-Metadata`.
fn file_label(headers: &HeaderMap) -> Result<FileLabel, Error> {
    let wrong = || http_error(StatusCode::BAD_REQUEST, "Upload-Metadata is not valid.");
    let Some(metadata) = headers.get("upload-metadata") else { return FileLabel::new("", "") };
    let metadata = metadata.to_str().map_err(|_| wrong())?;
    let (mut name, mut description) = (String::new(), String::new());
    for pair in metadata.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let known = match key {
            "filename" => &mut name,
            "description" => &mut description,
            _ => continue,
        };
        *known = String::from_utf8(value).map_err(|_| wrong())?;
    }
    FileLabel::new(&name, &description)
}

fn upload_id(id: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(id).map_err(|_| Error::NotFound("upload"))
}

/// Adds the headers that say how far an upload is.
fn describe(headers: &mut HeaderMap, upload: &UploadState) -> Result<(), Error> {
    headers.insert(UPLOAD_OFFSET, upload.offset.into());
    let expires = HeaderValue::from_str(&http_date(upload.expires_at)).map_err(internal)?;
    headers.insert(HeaderName::from_static("upload-expires"), expires);
    if let Some(file) = upload.file {
        let file = HeaderValue::from_str(&file.to_string()).map_err(internal)?;
        headers.insert(BANTER_FILE, file);
    }
    Ok(())
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(error.into())
}

/// Returns a time in the form of HTTP (RFC 9110, section 5.6.7).
fn http_date(time: Timestamp) -> String {
    let millis = u64::try_from(time.as_millis()).unwrap_or_default();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(millis))
}
