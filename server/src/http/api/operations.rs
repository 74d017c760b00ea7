//! Health, readiness and metrics, for operators and their tools.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    ErrorCode,
    http::{Readiness, ReadyStatus},
};

use crate::{error::Error, http::state::App};

/// `GET /healthz`: the process is alive.
pub async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: whether the server can serve requests.
pub async fn readyz(State(app): State<App>) -> Response {
    if app.shutdown.is_draining() {
        return not_ready(ReadyStatus::Draining, "the server is shutting down");
    }
    match app.store.ping().await {
        Ok(()) if app.nodes.are_cut_off() => {
            let detail =
                "Redis is not available: events of other nodes are read from the room logs";
            ready(ReadyStatus::Degraded, Some(detail))
        }
        Ok(()) => ready(ReadyStatus::Ready, None),
        Err(error) => {
            tracing::error!(%error, "not ready");
            not_ready(ReadyStatus::Unavailable, "the message store is not available")
        }
    }
}

fn ready(status: ReadyStatus, detail: Option<&str>) -> Response {
    Json(Readiness { status, detail: detail.map(str::to_owned), code: None }).into_response()
}

fn not_ready(status: ReadyStatus, detail: &str) -> Response {
    let body =
        Readiness { status, detail: Some(detail.to_owned()), code: Some(ErrorCode::Unavailable) };
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(body)).into_response()
}

/// `GET /metrics`: the metrics of this node, in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Result<Response, Error> {
    let text = app
        .metrics
        .render(&app.hub, &app.admission, &app.nodes)
        .map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
