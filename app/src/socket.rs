//! The only WebSocket. It turns what the page wants into requests and what the server says into the page's state, and
//! comes back by itself whenever the connection is lost. On the server there is none.

#[cfg(feature = "hydrate")]
mod backoff;
#[cfg(feature = "hydrate")]
mod browser;

use crate::session::Session;

/// Connects this page to the server, for as long as it is open.
#[cfg(feature = "hydrate")]
pub(crate) fn start(session: Session) {
    browser::start(session);
}

/// Does nothing: pages are not alive on the server.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn start(_session: Session) {}
