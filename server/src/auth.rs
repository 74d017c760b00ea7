//! Authentication: the session behind a token or a ticket (guide section 6).

pub mod credential;
pub mod password;
mod session;
pub mod ticket;
pub mod token;

use std::sync::Arc;

use hmac::digest::InvalidLength;

use crate::{
    cluster::Cluster,
    error::Error,
    store::{SessionUser, Store},
};
use ticket::Tickets;
use token::{Signer, TokenError};

pub use credential::CredentialError;

/// Issues the credentials of sessions and checks them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authenticator {
    store: Store,
    signer: Arc<Signer>,
    tickets: Arc<Tickets>,
}

impl Authenticator {
    /// Creates it with the key that signs tokens. Tickets are shared with the nodes of `cluster`.
    ///
    /// # Errors
    /// Fails if the key has a length that HMAC does not take.
    pub fn new(store: Store, key: &[u8], cluster: Cluster) -> Result<Self, InvalidLength> {
        Ok(Self {
            store,
            signer: Arc::new(Signer::new(key)?),
            tickets: Arc::new(Tickets::new(cluster)),
        })
    }

    /// Returns the token of a session.
    #[must_use]
    pub fn token(&self, session: &SessionUser) -> String {
        self.signer.sign(session.user.id, session.id)
    }

    /// Returns whether a token was signed by this installation, even if its session has ended.
    #[must_use]
    pub fn has_signed(&self, token: &str) -> bool {
        !matches!(self.signer.verify(token), Err(TokenError::Invalid))
    }

    /// Returns a short name of this installation, the same on all its nodes.
    #[must_use]
    pub fn installation(&self) -> String {
        self.signer.key_name()
    }

    /// Issues a ticket for the WebSocket.
    ///
    /// # Errors
    /// Fails if the system has no random bytes. Returns [`Error::Unavailable`] if the nodes share
    /// tickets and Redis cannot be reached.
    pub async fn issue_ticket(&self, session: &SessionUser) -> Result<String, Error> {
        self.tickets.issue(session.id).await
    }
}
