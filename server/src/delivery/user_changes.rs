//! Tells everybody of users who have another name, picture, role or status, or who are banned.
//!
//! The store numbers these changes. Each node sends all after the last one that it knows, whoever
//! made them: what a message between nodes did not tell, the next one or the repair makes up for.

use std::time::Duration;

use super::flush::flush_all;
use crate::{
    hub::Hub,
    store::{Result, Store},
};

/// The pause between two broadcasts. Two changes of a user within it are one.
const INTERVAL: Duration = Duration::from_millis(500);
/// The pause after the store could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The most users of one broadcast, at most some 200 KiB of events for each reader.
const BATCH: u64 = 64;

/// Sends changed users to the connections of this node, together and at most once an interval.
/// Never returns.
pub async fn broadcast_users(hub: Hub, store: Store) {
    let mut known = None;
    loop {
        match broadcast_after(&hub, &store, known).await {
            Ok((last, is_complete)) => {
                known = Some(last);
                tokio::time::sleep(INTERVAL).await;
                if is_complete {
                    hub.wait_user_news().await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "changed users could not be read");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

/// Sends the users who changed after the change `known`. Returns the last one, and whether it is
/// the last of all. Who connects at the start of a node knows what is there, so that the first call
/// sends nothing.
async fn broadcast_after(hub: &Hub, store: &Store, known: Option<u64>) -> Result<(u64, bool)> {
    let last = store.last_user_change().await?;
    // Below the known one after a backup was restored: all clients connect anew.
    let Some(known) = known.filter(|known| *known < last) else { return Ok((last, true)) };
    let changed = store.users_changed_after(known, BATCH).await?;
    let is_complete = (changed.users.len() as u64) < BATCH;
    flush_all(hub.broadcast_users(changed.users)).await;
    Ok((changed.last, is_complete))
}
