//! Tickets that every node can redeem: a key in Redis for each, until it expires.

use std::time::Duration;

use protocol::SessionId;
use uuid::Uuid;

use super::{
    Cluster, ClusterState,
    redis::{RedisClient, Unavailable},
};

/// The tickets of all nodes, stored by their digests.
#[derive(Debug)]
pub struct SharedTickets<'a>(&'a ClusterState);

impl Cluster {
    /// Returns the tickets that all nodes share, or `None` without Redis.
    #[must_use]
    pub fn tickets(&self) -> Option<SharedTickets<'_>> {
        self.0.as_deref().map(SharedTickets)
    }
}

impl SharedTickets<'_> {
    /// Stores the session to which a ticket belongs.
    ///
    /// # Errors
    /// Returns [`Unavailable`] if Redis does not answer.
    pub async fn issue(
        &self,
        digest: &str,
        session: SessionId,
        lifetime: Duration,
    ) -> Result<(), Unavailable> {
        let (client, key) = self.entry(digest);
        client.set_with_ttl(&key, &session.0.to_string(), lifetime).await
    }

    /// Removes a ticket and returns its session. Of all nodes that try, one receives it.
    ///
    /// # Errors
    /// Returns [`Unavailable`] if Redis does not answer.
    pub async fn redeem(&self, digest: &str) -> Result<Option<SessionId>, Unavailable> {
        let (client, key) = self.entry(digest);
        let session = client.get_and_delete(&key).await?;
        Ok(session.and_then(|id| Uuid::try_parse(&id).ok()).map(SessionId))
    }

    fn entry(&self, digest: &str) -> (&RedisClient, String) {
        // A digest of a random ticket tells nothing, so it needs no hiding.
        (&self.0.client, format!("{}ticket:{digest}", self.0.prefix()))
    }
}
