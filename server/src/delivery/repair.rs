//! Brings this node back in step with the store.
//!
//! Events may not have arrived, and sessions or memberships may have ended elsewhere: after the
//! connection to Redis was lost, after this node started to listen to a room, or after this process
//! stalled. On a single node with its own SQLite file nothing is ever missing.

mod backfill;
mod reconcile;
mod unreadable;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    cluster::Cluster,
    hub::Hub,
    store::{Result, Store, StoreError},
};
use unreadable::Unreadable;

/// The longest pause between two checks of all rooms while Redis is away.
const CHECK_INTERVAL_ALONE: Duration = Duration::from_secs(1);

/// Repairs one node.
#[derive(Clone, Debug)]
pub struct Repair {
    hub: Hub,
    store: Store,
    cluster: Cluster,
    unreadable: Arc<Unreadable>,
}

impl Repair {
    /// Creates the repair of the node with this hub.
    #[must_use]
    pub fn new(hub: Hub, store: Store, cluster: Cluster) -> Self {
        Self { hub, store, cluster, unreadable: Arc::default() }
    }

    /// Repairs what is reported missing at once, and checks everything at intervals. Never returns.
    pub async fn run(self) {
        // Other nodes write to the room logs, or the result of a commit here may have been lost.
        let checks_all = self.cluster.is_clustered() || self.store.is_remote();
        let mut checked_at = Instant::now();
        let mut access_checked_at = checked_at;
        loop {
            let access_interval = self.cluster.reconcile_interval();
            let interval = if self.cluster.is_disconnected() {
                access_interval.min(CHECK_INTERVAL_ALONE)
            } else {
                access_interval
            };
            // The check of everything is due even if rooms report gaps all the time.
            let retry_at = self.unreadable.next_due();
            tokio::select! {
                () = self.cluster.wait_stalled() => {}
                () = self.hub.wait_gap() => {}
                () = tokio::time::sleep_until(checked_at + interval), if checks_all => {}
                () = tokio::time::sleep_until(retry_at.unwrap_or(checked_at)),
                    if retry_at.is_some() => self.retry_unreadable_rooms(),
            }
            let repaired = async {
                self.revalidate().await?;
                self.repair_stale_rooms().await?;
                if checks_all && checked_at.elapsed() >= interval {
                    self.store.check_epoch().await?;
                    let checks_access = access_checked_at.elapsed() >= access_interval;
                    if checks_access {
                        self.end_revoked_access().await?; // before more events are delivered
                    }
                    self.fetch_newer(self.hub.room_positions()).await?;
                    // What other nodes told may have been lost.
                    self.hub.wake_user_news();
                    self.hub.wake_emoji_news();
                    checked_at = Instant::now();
                    if checks_access {
                        // Not a later time: its interval would not have passed at the next check of
                        // everything, which would then leave access unchecked.
                        access_checked_at = checked_at;
                    }
                }
                Ok::<_, StoreError>(())
            };
            if let Err(error) = repaired.await {
                tracing::warn!(%error, "cannot read the room logs");
                // Requests wait for the revalidation. Each try takes another connection of the
                // store's pool, and most of them may be broken.
                let pause =
                    CHECK_INTERVAL_ALONE / if self.cluster.needs_revalidation() { 4 } else { 1 };
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Ends revoked access after a stall, before anything else. The process may stall again during
    /// each step.
    async fn revalidate(&self) -> Result<()> {
        while let Some(stalls) = self.cluster.unvalidated_stalls() {
            self.end_revoked_access().await?;
            self.cluster.mark_revalidated(stalls);
        }
        Ok(())
    }
}
