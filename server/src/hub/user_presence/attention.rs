//! What a connection has said of its page: visible, hidden, or nothing.

use protocol::limits::AWAY_AFTER;
use tokio::time::Instant;

/// Whether the user looks at the page of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::hub) enum Attention {
    /// The connection never sent `presence`: a program, or a page of an older version.
    #[default]
    Unknown,
    Visible,
    /// Hidden since a moment ago. Counts as away from this time on.
    Hidden(Instant),
    Away,
}

impl Attention {
    /// Returns the state after a notice of the page.
    pub(super) fn after(self, visible: bool, now: Instant) -> Self {
        match (visible, self) {
            (true, _) => Self::Visible,
            (false, Self::Unknown | Self::Away) => Self::Away,
            (false, Self::Visible | Self::Hidden(_)) => Self::Hidden(now + AWAY_AFTER),
        }
    }
}
