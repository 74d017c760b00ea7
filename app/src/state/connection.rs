//! The state of the connection to the server, as the page shows it.

use protocol::Timestamp;

/// The state of the connection to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionState {
    /// The page is connecting, for the first time or again.
    #[default]
    Connecting,
    /// The page is connected and loads the events that it missed.
    CatchingUp {
        /// The number of missing events, as far as it is known.
        missing: u64,
    },
    /// The page is up to date.
    Current,
    /// The server is reached by HTTP, and no WebSocket gets through to it.
    Blocked,
    /// Connecting failed.
    Offline {
        /// When the connection was lost.
        since: Timestamp,
        /// When the next attempt begins; if this time has passed, it is in progress.
        next: Timestamp,
    },
}

impl ConnectionState {
    /// Returns whether the server is out of reach, by attempts that failed.
    #[must_use]
    pub fn is_away(self) -> bool {
        matches!(self, Self::Blocked | Self::Offline { .. })
    }
}
