//! Keeps the sessions of open connections from expiring.

use std::time::Duration;

use crate::{hub::Hub, store::Store};

/// Interval at which the sessions of open connections are marked as used.
const RENEW_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Marks the sessions of all open connections as used, once per interval. Never returns.
pub async fn run(hub: Hub, store: Store) {
    loop {
        tokio::time::sleep(RENEW_INTERVAL).await;
        let sessions = hub.sessions().into_iter().map(|(session, _)| session).collect();
        if let Err(error) = store.touch_sessions(sessions).await {
            tracing::warn!(%error, "sessions of open connections could not be renewed");
        }
    }
}
