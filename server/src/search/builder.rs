//! Builds the index in the background.

use std::time::Duration;

use protocol::Timestamp;
use uuid::Uuid;

use super::SearchService;
use crate::{
    base::clock::now,
    store::{BuildRules, BuildStep},
};

/// The time between two looks for new messages.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long one node builds before another may.
const LEASE: Duration = Duration::from_secs(60);

impl SearchService {
    /// Builds the index from new messages. Never returns.
    pub async fn build(self) {
        let holder = Uuid::new_v4();
        loop {
            let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
            let until = Timestamp::from_millis(now().as_millis().saturating_add(lease));
            match self.store.build_search((holder, until), BuildRules::default()).await {
                Ok(BuildStep::Done) => continue,
                Ok(BuildStep::Idle) => {}
                // The store has logged it.
                Err(error) if error.is_outage() => {}
                Err(error) => tracing::warn!(%error, "search was not indexed; trying again"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
