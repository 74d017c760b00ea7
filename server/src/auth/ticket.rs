//! Tickets for the WebSocket: single use, 30 seconds, 32 random bytes (guide section 6).
//!
//! A browser cannot set headers on a WebSocket, and a token in a URL ends up in logs. A ticket in a
//! log is worthless, since it has been used.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use protocol::{SessionId, limits::TICKET_LIFETIME};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::CredentialError;
use crate::{base::random::random_token, cluster::Cluster, error::Error};

/// The error while tickets cannot be issued. The session cookie still works.
const UNAVAILABLE: Error =
    Error::Unavailable("Tickets are not available: Redis cannot be reached.");
const INVALID: CredentialError =
    CredentialError::Invalid("the ticket was used, has expired or was never issued");

/// The tickets that were issued and not yet used.
///
/// Kept in Redis in a cluster, else in memory. The lifetime of tickets bounds their number.
#[derive(Default)]
pub struct Tickets {
    cluster: Cluster,
    local: Mutex<HashMap<String, (SessionId, Instant)>>,
}

/// Leaves out the tickets, which must not end up in a log.
impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(…)")
    }
}

impl Tickets {
    /// Creates a set of tickets that the nodes of `cluster` share.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, local: Mutex::default() }
    }

    /// Issues a ticket for a session.
    ///
    /// # Errors
    /// Fails if the system has no random bytes. Returns [`Error::Unavailable`] if Redis is needed
    /// and cannot be reached.
    pub async fn issue(&self, session: SessionId) -> Result<String, Error> {
        let ticket = random_token().map_err(|error| Error::Internal(error.into()))?;
        if let Some(shared) = self.cluster.tickets() {
            let issued = shared.issue(&digest(&ticket), session, TICKET_LIFETIME).await;
            issued.map_err(|_| UNAVAILABLE)?;
            return Ok(ticket);
        }
        let now = Instant::now();
        let mut open = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() == open.capacity() {
            open.retain(|_, (_, expires)| *expires > now);
        }
        open.insert(ticket.clone(), (session, now + TICKET_LIFETIME));
        Ok(ticket)
    }

    /// Uses a ticket up and returns its session.
    ///
    /// # Errors
    /// Returns [`CredentialError::Invalid`] if the ticket was used, has expired or was never
    /// issued.
    pub async fn redeem(&self, ticket: &str) -> Result<SessionId, CredentialError> {
        if let Some(shared) = self.cluster.tickets() {
            let session = shared.redeem(&digest(ticket)).await;
            return session.map_err(|_| CredentialError::Unavailable)?.ok_or(INVALID);
        }
        let mut open = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        match open.remove(ticket) {
            Some((session, expires)) if expires > Instant::now() => Ok(session),
            _ => Err(INVALID),
        }
    }
}

/// Hashes a ticket for keys in Redis, which others may read.
fn digest(ticket: &str) -> String {
    Sha256::digest(ticket).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_ticket_works_for_thirty_seconds() {
        let tickets = Tickets::default();
        let session = SessionId(Uuid::new_v4());
        let [first, second] =
            [tickets.issue(session).await.unwrap(), tickets.issue(session).await.unwrap()];
        advance(Duration::from_millis(29_999)).await;
        assert_eq!(tickets.redeem(&first).await.ok(), Some(session));
        advance(Duration::from_millis(1)).await;
        assert!(tickets.redeem(&second).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn unused_tickets_do_not_accumulate() {
        let tickets = Tickets::default();
        let session = SessionId(Uuid::new_v4());
        let mut most = 0;
        for _ in 0..1000 {
            tickets.issue(session).await.unwrap();
            advance(TICKET_LIFETIME / 10).await;
            most = most.max(tickets.local.lock().unwrap().len());
        }
        assert!((10..100).contains(&most), "{most}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_a_hundred_concurrent_redemptions_one_succeeds() {
        let tickets = std::sync::Arc::new(Tickets::default());
        let session = SessionId(Uuid::new_v4());
        let ticket = tickets.issue(session).await.unwrap();
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (tickets, ticket) = (std::sync::Arc::clone(&tickets), ticket.clone());
            tries.spawn(async move { tickets.redeem(&ticket).await.ok() });
        }
        assert_eq!(tries.join_all().await.into_iter().flatten().collect::<Vec<_>>(), [session]);
    }

    #[tokio::test]
    async fn a_ticket_that_was_never_issued_is_refused() {
        assert!(Tickets::default().redeem("x").await.is_err());
    }
}
