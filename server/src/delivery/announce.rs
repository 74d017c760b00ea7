//! Announces joins and leaves that the hub holds back: of users whose connection was lost, of users
//! on other nodes, and of clients that resume many rooms at once. Tells who is online, away or
//! offline.

use std::{collections::HashSet, time::Duration};

use super::flush::flush_all;
use crate::{hub::Hub, store::Store};

/// The changes announced together. Each goes to about a hundred subscribers, while the hub is
/// locked.
const BATCH: usize = 64;
/// The pause after a failure of the store.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Announces due joins and leaves to the subscribers of this node. Never returns.
pub async fn announce_presence(hub: Hub, store: Store) {
    loop {
        let changes = hub.due_announcements(BATCH).await;
        let ids: HashSet<_> = changes.iter().map(|(_, user)| *user).collect();
        match store.users(ids.into_iter().collect()).await {
            Ok(users) => flush_all(hub.announce(&changes, &users)).await,
            Err(error) => {
                tracing::warn!(%error, "users who came or went could not be read");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }
}

/// Tells the subscribers of this node who is online, away or offline. Never returns.
pub async fn announce_user_presence(hub: Hub) {
    loop {
        flush_all(hub.due_user_presence().await).await;
    }
}
