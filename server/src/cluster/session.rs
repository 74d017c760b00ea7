//! Keeps this node connected to Redis.

mod active;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{Client, RedisResult};
use tokio::sync::mpsc;

use super::{
    BACKOFF, ClusterState, LocalCounts, LogEvent, OutgoingMessage, RENEWALS_PER_LEASE,
    redis::{self as redis_client, connection::RedisConnection, push::PushConnection},
};
use crate::{base::random::jitter, hub::Hub};
use active::ActiveSession;

/// The pause before the log repeats that Redis is unavailable.
const WARN_INTERVAL: Duration = Duration::from_secs(30);

/// The exchange with the other nodes. [`run`](Self::run) keeps it connected.
#[derive(Debug)]
pub struct ClusterSession {
    state: Arc<ClusterState>,
    clients: Vec<Client>,
    outgoing: mpsc::Receiver<OutgoingMessage>,
    log_events: mpsc::Sender<LogEvent>,
}

impl ClusterSession {
    pub(super) fn new(
        state: Arc<ClusterState>,
        clients: Vec<Client>,
        outgoing: mpsc::Receiver<OutgoingMessage>,
        log_events: mpsc::Sender<LogEvent>,
    ) -> Self {
        Self { state, clients, outgoing, log_events }
    }

    /// Exchanges messages with the other nodes, and reconnects when a connection ends. Never
    /// returns.
    pub async fn run(mut self, hub: Hub, counts: Arc<dyn LocalCounts>) {
        let (mut pause, mut warn_at) = (BACKOFF.0, Instant::now());
        loop {
            let start = Instant::now();
            let ended = self.connect_and_run(&hub, &*counts).await;
            if start.elapsed() >= self.state.lease / RENEWALS_PER_LEASE {
                (pause, warn_at) = (BACKOFF.0, Instant::now());
            }
            match ended {
                Ok(reason) => tracing::info!(reason, "reconnecting to Redis"),
                Err(error) if Instant::now() >= warn_at => {
                    warn_at = Instant::now() + WARN_INTERVAL;
                    let at = redis_client::addresses(&self.clients);
                    tracing::warn!(at, error, "Redis is unavailable");
                }
                Err(_) => {}
            }
            self.back_off(&hub, pause.mul_f32(0.5 + jitter())).await;
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    /// Connects once. Returns the reason to reconnect, or the error that ended the connection.
    async fn connect_and_run(
        &mut self,
        hub: &Hub,
        counts: &dyn LocalCounts,
    ) -> Result<&'static str, String> {
        let (connection, push_connection) = redis_client::connect(&self.clients)
            .await
            .map_err(|error| redis_client::explain(&error, &self.clients))?;
        let ended = self.run_session(connection, push_connection, hub, counts).await;
        self.state.client.set_connection(None);
        self.state.live_nodes().clear();
        // Messages in transit are lost, and the room logs are read more often from now on.
        hub.mark_all_stale();
        ended.map_err(|error| error.to_string())
    }

    async fn run_session(
        &mut self,
        connection: RedisConnection,
        push_connection: PushConnection,
        hub: &Hub,
        counts: &dyn LocalCounts,
    ) -> RedisResult<&'static str> {
        let mut active =
            ActiveSession::open(self, connection, push_connection, hub, counts).await?;
        active.run().await
    }

    /// Waits before the next attempt. Discards updates while disconnected; the next session sends
    /// full snapshots.
    async fn back_off(&mut self, hub: &Hub, pause: Duration) {
        let _ = hub.drain_updates();
        // The queue does not close: `state` holds a sender.
        let discard = async { while self.outgoing.recv().await.is_some() {} };
        let _ = tokio::time::timeout(pause, discard).await;
    }
}
