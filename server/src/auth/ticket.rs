//! Tickets for the WebSocket: single use, 30 seconds, 32 random bytes (guide section 6). A browser cannot set headers
//! on a WebSocket, and a token in an address ends up in logs; a ticket that does is worth nothing any more.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use protocol::{SessionId, limits::TICKET_LIFETIME};
use tokio::time::Instant;

use super::random_text;

/// Tickets that were given out and not yet used. What is kept is bounded by their lifetime.
#[derive(Default)]
pub struct Tickets(Mutex<HashMap<String, (SessionId, Instant)>>);

/// Without the tickets: they must not end up in a log.
impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(…)")
    }
}

/// Why a ticket does not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketFault;

impl Tickets {
    /// A new ticket for a session.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn issue(&self, session: SessionId) -> Result<String, getrandom::Error> {
        let ticket = random_text()?;
        let now = Instant::now();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
    pub fn redeem(&self, ticket: &str) -> Result<SessionId, TicketFault> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.remove(ticket) {
            Some((session, expires)) if expires > Instant::now() => Ok(session),
            _ => Err(TicketFault),
        }
    }
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
        let [first, second] = [tickets.issue(session).unwrap(), tickets.issue(session).unwrap()];
        advance(Duration::from_millis(29_999)).await;
        assert_eq!(tickets.redeem(&first), Ok(session));
        advance(Duration::from_millis(1)).await;
        assert_eq!(tickets.redeem(&second), Err(TicketFault));
    }

    #[tokio::test(start_paused = true)]
    async fn tickets_that_nobody_uses_do_not_pile_up() {
        let tickets = Tickets::default();
        let session = SessionId(Uuid::new_v4());
        let mut most = 0;
        for _ in 0..1000 {
            tickets.issue(session).unwrap();
            advance(TICKET_LIFETIME / 10).await;
            most = most.max(tickets.0.lock().unwrap().len());
        }
        assert!((10..100).contains(&most), "{most}");
    }

    #[test]
    fn of_a_hundred_who_redeem_a_ticket_one_wins() {
        let tickets = Tickets::default();
        let session = SessionId(Uuid::new_v4());
        let ticket = tickets.issue(session).unwrap();
        let winners = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..100).map(|_| scope.spawn(|| tickets.redeem(&ticket))).collect();
            tries.into_iter().filter_map(|attempt| attempt.join().unwrap().ok()).collect::<Vec<_>>()
        });
        assert_eq!(winners, [session]);
    }

    #[test]
    fn what_was_never_given_out_is_refused() {
        assert_eq!(Tickets::default().redeem("x"), Err(TicketFault));
    }
}
