//! How long to wait before the next try: at random up to a bound that doubles, so that the clients of a server that
//! went away don't all come back in the same moment.

use std::time::Duration;

use protocol::CloseCode;

/// Bound of the first pause, in milliseconds.
const FIRST_MS: f64 = 300.0;
/// Largest bound, in milliseconds.
const LONGEST_MS: f64 = 10_000.0;
/// Bound of the first pause after the server said that it restarts, in milliseconds.
const RESTART_MS: f64 = 1_000.0;

/// Counts the tries since the page was last up to date.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: i32,
}

impl Backoff {
    /// How many tries failed in a row.
    pub(super) fn tries(&self) -> i32 {
        self.tries
    }

    /// The pause after a connection ended with `code`.
    pub(super) fn pause(&mut self, code: Option<u16>) -> Duration {
        let restarting = self.tries == 0 && code == Some(CloseCode::Restart.as_u16());
        let bound = if restarting {
            RESTART_MS
        } else {
            (FIRST_MS * 2f64.powi(self.tries)).min(LONGEST_MS)
        };
        self.tries = (self.tries + 1).min(16);
        Duration::from_secs_f64(bound * js_sys::Math::random() / 1000.0)
    }

    /// The page was up to date: the next pause is a short one again.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}
