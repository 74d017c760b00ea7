//! The sessions of a user: listing them, and signing out elsewhere.

use std::net::IpAddr;

use protocol::{SessionId, http::OpenSession};

use super::AccountService;
use crate::{
    error::Error,
    store::{Device, SessionUser},
};

/// Why the sockets of a session close that another one has ended.
const SIGNED_OUT: &str = "signed out on another device";

/// Returns what a user recognizes a session by.
pub(super) fn device(from: IpAddr, browser: Option<String>) -> Device {
    Device { browser, address: Some(from.to_string()) }
}

impl AccountService {
    /// Returns the sessions of the user.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn sessions(&self, session: &SessionUser) -> Result<Vec<OpenSession>, Error> {
        Ok(self.store.sessions_of(session.user.id, session.id).await?)
    }

    /// Ends a session of the user and closes its sockets on all nodes.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has no such session.
    pub async fn end_session(&self, session: &SessionUser, id: SessionId) -> Result<(), Error> {
        self.store.end_session_of(session.user.id, id).await?;
        self.notifier.session_ended(session.user.id, id, SIGNED_OUT);
        Ok(())
    }

    /// Ends all other sessions of the user and closes their sockets on all nodes.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn end_other_sessions(&self, session: &SessionUser) -> Result<(), Error> {
        self.store.end_other_sessions(session.user.id, session.id).await?;
        self.notifier.sessions_ended(session.user.id, Some(session.id), SIGNED_OUT);
        Ok(())
    }
}
