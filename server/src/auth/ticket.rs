//! Tickets for the WebSocket: single use, 30 seconds, 32 random bytes (guide section 6). A browser cannot set headers
//! on a WebSocket, and a token in an address ends up in logs; a ticket that does is worth nothing any more.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use protocol::{SessionId, limits::TICKET_LIFETIME};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use uuid::Uuid;

use super::Refused;
use crate::{base::random::random_token, cluster::Nodes, error::Error};

/// What somebody is told while tickets cannot be given out: the session cookie works on.
const AWAY: Error = Error::Unavailable("Tickets cannot be given out while Redis is away.");
const FAULT: Refused =
    Refused::Credential("the ticket was used, has expired or was never given out");

/// Tickets that were given out and not yet used: in Redis where there are several nodes, else here. What is kept is
/// bounded by their lifetime.
#[derive(Default)]
pub struct Tickets {
    nodes: Nodes,
    here: Mutex<HashMap<String, (SessionId, Instant)>>,
}

/// Without the tickets: they must not end up in a log.
impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(…)")
    }
}

impl Tickets {
    /// Shared with these nodes.
    #[must_use]
    pub fn new(nodes: Nodes) -> Self {
        Self { nodes, here: Mutex::default() }
    }

    /// A new ticket for a session.
    ///
    /// # Errors
    /// The system gives no random bytes, or Redis is away where it is needed.
    pub async fn issue(&self, session: SessionId) -> Result<String, Error> {
        let ticket = random_token().map_err(|error| Error::Internal(error.into()))?;
        if let Some((redis, key)) = self.nodes.shared_key("ticket", &digest(&ticket)) {
            redis.keep(&key, &session.0.to_string(), TICKET_LIFETIME).await.map_err(|_| AWAY)?;
            return Ok(ticket);
        }
        let now = Instant::now();
        let mut open = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() == open.capacity() {
            open.retain(|_, (_, expires)| *expires > now);
        }
        open.insert(ticket.clone(), (session, now + TICKET_LIFETIME));
        Ok(ticket)
    }

    /// Uses a ticket up.
    ///
    /// # Errors
    /// It was used before, has expired, or was never given out.
    pub async fn redeem(&self, ticket: &str) -> Result<SessionId, Refused> {
        if let Some((redis, key)) = self.nodes.shared_key("ticket", &digest(ticket)) {
            let session = redis.take(&key).await.map_err(|_| Refused::Unavailable)?;
            return session.and_then(|id| Uuid::try_parse(&id).ok()).map(SessionId).ok_or(FAULT);
        }
        let mut open = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        match open.remove(ticket) {
            Some((session, expires)) if expires > Instant::now() => Ok(session),
            _ => Err(FAULT),
        }
    }
}

/// What stands for a ticket where others may read it.
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
    async fn tickets_that_nobody_uses_do_not_pile_up() {
        let tickets = Tickets::default();
        let session = SessionId(Uuid::new_v4());
        let mut most = 0;
        for _ in 0..1000 {
            tickets.issue(session).await.unwrap();
            advance(TICKET_LIFETIME / 10).await;
            most = most.max(tickets.here.lock().unwrap().len());
        }
        assert!((10..100).contains(&most), "{most}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_a_hundred_who_redeem_a_ticket_one_wins() {
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
    async fn what_was_never_given_out_is_refused() {
        assert!(Tickets::default().redeem("x").await.is_err());
    }
}
