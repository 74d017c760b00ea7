//! Announces users who came online or went offline on other nodes without a message of their own,
//! for instance because their node died.

use super::{BACKOFF, BATCH};
use crate::{hub::Hub, store::Store};

/// Announces pending joins and leaves to the subscribers of this node. Never returns.
pub async fn announce_presence(hub: Hub, store: Store) {
    loop {
        let ids = hub.unannounced(BATCH).await;
        match store.users(ids.iter().copied().collect()).await {
            Ok(users) => hub.announce_pending(&ids, &users),
            Err(error) => {
                tracing::warn!(%error, "users on other nodes could not be read");
                tokio::time::sleep(BACKOFF.1).await;
            }
        }
    }
}
