//! The HTTP calls (CONTRACT section 4). JSON in and out; errors are RFC 9457.

pub mod accounts;
pub mod rooms;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{error::Error, state::App};

/// A JSON body. An empty one counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| Error::Unreadable(rejection.status(), rejection.body_text()))?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        let is_json = content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if !is_json {
            let detail = "The body must be JSON, with Content-Type: application/json.";
            return Err(Error::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.into()));
        }
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // A derived struct would take an array for its fields in order.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    match serde_json::from_slice(bytes) {
        Ok(value) if is_object => Ok(value),
        Ok(_) => Err(Error::field("", "must be a JSON object")),
        Err(error) if error.is_data() => Err(Error::Invalid(vec![protocol::envelope::field_error(&error)])),
        Err(_) => Err(Error::NotJson),
    }
}

/// `GET /healthz`: the process lives.
pub async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether it serves.
pub async fn readyz(State(app): State<App>) -> Response {
    let unready = |status: &str, detail: &str| {
        let body = json!({ "status": status, "detail": detail, "code": ErrorCode::Unavailable });
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(body)).into_response()
    };
    if app.shutdown.is_draining() {
        return unready("draining", "the server is about to end");
    }
    match app.store.ping().await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            unready("unavailable", "the store is away")
        }
    }
}

/// Any other address under `/api`.
pub async fn not_found() -> Error {
    Error::NotFound("call")
}
