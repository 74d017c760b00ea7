//! Health, readiness and metrics, for operators and their tools.

use std::path::PathBuf;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    ErrorCode,
    http::{DiskHealth, FilesHealth, Health, Readiness, ReadyStatus, RedisHealth},
};

use crate::{
    cluster::Cluster,
    error::Error,
    http::{extract::CurrentUser, state::App},
    hub::Hub,
    limits::Limits,
    metrics::Gauges,
    store::{Figures, StoreError},
};

const STORE_FULL: &str =
    "the disk of the message store is full: nothing is saved until there is space";

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
        Ok(()) if app.cluster.is_disconnected() => {
            let detail =
                "Redis is not available: events of other nodes are read from the room logs";
            ready(ReadyStatus::Degraded, Some(detail))
        }
        Ok(()) => ready(ReadyStatus::Ready, None),
        Err(StoreError::Full(_)) => not_ready(ReadyStatus::Unavailable, STORE_FULL),
        Err(_) => not_ready(ReadyStatus::Unavailable, "the message store is not available"),
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

/// `GET /api/health`: sizes and counts of the installation, for the owner and admins.
pub async fn health(
    State(app): State<App>,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Health>, Error> {
    if !session.user.role.may_invite() {
        return Err(Error::Forbidden("Only the owner and admins see this.".into()));
    }
    let _permit = app.store.user_permit(session.user.id).await?;
    let Figures { users, file_bytes, store } = app.store.figures().await?;
    let redis = app.cluster.is_clustered().then(|| RedisHealth {
        connected: !app.cluster.is_disconnected(),
        nodes: app.cluster.live_nodes().len() as u64,
    });
    Ok(Json(Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.started_at,
        connections: app.hub.counts().clients as u64,
        users,
        users_here: app.hub.users_anywhere() as u64,
        store,
        files: FilesHealth { bytes: file_bytes, limit: app.config.max_storage.map(|max| max.0) },
        disk: disk(app.config.data_dir.clone()).await,
        redis,
    }))
}

/// Returns the space of the disk with this folder.
async fn disk(folder: PathBuf) -> Option<DiskHealth> {
    let read = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&folder));
    let found = read.await.ok()?.ok()?;
    Some(DiskHealth {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        size: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// `GET /metrics`: the metrics of this node, in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Result<Response, Error> {
    let gauges = gauges(&app.hub, &app.limits, &app.cluster);
    let text = app.metrics.render(gauges).map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}

fn gauges(hub: &Hub, limits: &Limits, cluster: &Cluster) -> Gauges {
    let counts = hub.counts();
    Gauges {
        sockets: limits.socket_counts().sockets,
        connections: counts.clients,
        users: counts.users,
        rooms: counts.rooms,
        subscriptions: counts.subscriptions,
        redis_up: cluster.is_clustered() && !cluster.is_disconnected(),
        nodes: cluster.live_nodes().len(),
    }
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
            let (outbox, line) = testing::outbox_of(metrics.clone()).await;
            let user = User {
                id: UserId(Uuid::new_v4()),
                username: "x".into(),
                name: "x".into(),
                role: Role::Member,
                ..User::default()
            };
            let ids = (ClientId(Uuid::new_v4()), SessionId(Uuid::new_v4()));
            connections
                .push((hub.connect(ids.0, user, ids.1, outbox.clone(), Arc::default()), line));
            outbox.push_event(Bytes::from(vec![0; bytes]));
        }
        let text = metrics.render(gauges(&hub, &limits, &Cluster::default())).unwrap();
        for line in ["banter_outbox_bytes 30", "banter_outbox_max_bytes 31", "banter_connections 2"]
        {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }
}
