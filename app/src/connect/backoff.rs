//! Pauses between connection attempts: random, up to a bound that doubles. The clients of a server
//! that restarts thus spread their attempts.

use std::time::Duration;

use protocol::CloseCode;

/// The bound of the first pause, in milliseconds.
const FIRST_MS: f64 = 300.0;
/// The largest bound, in milliseconds.
const LONGEST_MS: f64 = 10_000.0;
/// The bound of the first pause after the server announced a restart, in milliseconds.
const RESTART_MS: f64 = 1_000.0;

/// The number of failed attempts since the page was last up to date.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: i32,
}

impl Backoff {
    /// Returns the number of consecutive failed attempts.
    pub(super) fn attempts(&self) -> i32 {
        self.attempts
    }

    /// Counts a failed attempt and returns the pause after a connection that ended with `code`.
    pub(super) fn pause(&mut self, code: Option<u16>) -> Duration {
        let restarting = self.attempts == 0 && code == Some(CloseCode::Restart.as_u16());
        let bound = if restarting {
            RESTART_MS
        } else {
            (FIRST_MS * 2f64.powi(self.attempts)).min(LONGEST_MS)
        };
        self.attempts = (self.attempts + 1).min(16);
        Duration::from_secs_f64(bound * js_sys::Math::random() / 1000.0)
    }

    /// Makes the next pause a short one again, after the page was up to date.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}
