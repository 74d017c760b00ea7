//! The HTTP calls (docs/protocol.md). JSON in and out; errors are RFC 9457.

pub mod accounts;
pub mod rooms;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use protocol::{
    ErrorCode,
    envelope::read_body,
    http::{Readiness, ReadyStatus},
};
use serde::de::DeserializeOwned;

use crate::{error::Error, http::state::App};

/// The query of an address; what does not fit is answered like any other fault.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|query| Self(query.0))
            .map_err(|fault| Error::Unreadable(fault.status(), fault.body_text()))
    }
}

/// What an address names; what is not UTF-8 is answered like any other fault.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|fault| Error::Unreadable(fault.status(), fault.body_text()))
    }
}

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
        let media_type =
            content_type.as_ref().and_then(|kind| kind.to_str().ok()?.split(';').next());
        let is_json =
            media_type.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            let detail = "The body must be JSON, with Content-Type: application/json.";
            return Err(Error::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.into()));
        }
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    read_body(bytes).map_err(|fault| match fault.code {
        ErrorCode::InvalidJson => Error::NotJson,
        _ => Error::Invalid(fault.errors),
    })
}

/// `GET /healthz`: the process lives.
pub async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether it serves.
pub async fn readyz(State(app): State<App>) -> Response {
    let unready = |status, detail: &str| {
        let body = Readiness {
            status,
            detail: Some(detail.to_owned()),
            code: Some(ErrorCode::Unavailable),
        };
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(body)).into_response()
    };
    if app.shutdown.is_draining() {
        return unready(ReadyStatus::Draining, "the server is about to end");
    }
    match app.store.ping().await {
        Ok(()) if app.nodes.are_cut_off() => {
            let detail = Some("Redis is away: other nodes are read from the log".to_owned());
            Json(Readiness { status: ReadyStatus::Degraded, detail, code: None }).into_response()
        }
        Ok(()) => {
            Json(Readiness { status: ReadyStatus::Ready, detail: None, code: None }).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "not ready");
            unready(ReadyStatus::Unavailable, "the store is away")
        }
    }
}

/// `GET /metrics`: what this node counts, as Prometheus reads it.
pub async fn metrics(State(app): State<App>) -> Result<Response, Error> {
    let text = app
        .metrics
        .render(&app.hub, &app.admission, &app.nodes)
        .map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}

/// Any other method on an address that exists.
pub async fn method_not_allowed() -> Error {
    Error::Unreadable(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address does not take that method.".into(),
    )
}

/// Any other address under `/api`.
pub async fn not_found() -> Error {
    Error::NotFound("call")
}
