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

use crate::{
    cluster::Nodes, error::Error, http::state::App, hub::Hub, limits::Limits, metrics::Gauges,
};

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

/// `GET /metrics`: what this node counts, in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Result<Response, Error> {
    let gauges = gauges(&app.hub, &app.limits, &app.nodes);
    let text = app.metrics.render(gauges).map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}

fn gauges(hub: &Hub, limits: &Limits, cluster: &Nodes) -> Gauges {
    let (counts, (outbox_bytes, outbox_max_bytes)) = (hub.counts(), hub.waiting_bytes());
    Gauges {
        sockets: limits.socket_counts().0,
        connections: counts.clients,
        users: counts.users,
        rooms: counts.rooms,
        subscriptions: counts.subscriptions,
        outbox_bytes,
        outbox_max_bytes,
        redis_up: cluster.are_many() && !cluster.are_cut_off(),
        nodes: cluster.living().len(),
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use protocol::{ClientId, Role, SessionId, User, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::{limits::testing::limits, metrics::Metrics, websocket::outbox::testing};

    #[tokio::test]
    async fn waiting_bytes_are_reported_for_all_readers_and_for_the_slowest() {
        let (metrics, hub) = (Metrics::new().unwrap(), Hub::default());
        let limits = limits(&[]);
        let mut connections = Vec::new();
        for bytes in [10, 20] {
            let (outbox, line) = testing::outbox().await;
            let user = User {
                id: UserId(Uuid::new_v4()),
                username: "x".into(),
                name: "x".into(),
                role: Role::Member,
            };
            let ids = (ClientId(Uuid::new_v4()), SessionId(Uuid::new_v4()));
            connections
                .push((hub.connect(ids.0, user, ids.1, outbox.clone(), Arc::default()), line));
            outbox.push_event(Bytes::from(vec![0; bytes]));
        }
        let text = metrics.render(gauges(&hub, &limits, &Nodes::default())).unwrap();
        for line in ["banter_outbox_bytes 30", "banter_outbox_max_bytes 20", "banter_connections 2"]
        {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }
}
