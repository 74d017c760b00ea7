//! Looks up the session of a credential.

use protocol::SessionId;

use super::{Authenticator, CredentialError, token::TokenError};
use crate::{error::SESSION_ENDED, store::SessionUser};

impl Authenticator {
    /// Returns the session of a token.
    ///
    /// # Errors
    /// Returns [`CredentialError::Invalid`] if the token is not valid or its session has ended.
    pub async fn by_token(&self, token: &str) -> Result<SessionUser, CredentialError> {
        let claims = self.signer.verify(token).map_err(|error| match error {
            TokenError::Invalid => CredentialError::Invalid("the token is not valid"),
            TokenError::Expired => CredentialError::Invalid("the token has expired"),
        })?;
        let session = self.session(claims.sid).await?;
        if session.user.id == claims.sub {
            Ok(session)
        } else {
            Err(CredentialError::Invalid(SESSION_ENDED))
        }
    }

    /// Returns the session of a ticket, and uses the ticket up.
    ///
    /// # Errors
    /// Returns [`CredentialError::Invalid`] if the ticket is not valid or its session has ended.
    pub async fn by_ticket(&self, ticket: &str) -> Result<SessionUser, CredentialError> {
        let id = self.tickets.redeem(ticket).await?;
        self.session(id).await
    }

    async fn session(&self, id: SessionId) -> Result<SessionUser, CredentialError> {
        match self.store.session(id).await {
            Ok(session) => session.ok_or(CredentialError::Invalid(SESSION_ENDED)),
            Err(error) => {
                if !error.is_outage() {
                    tracing::error!(%error, "session lookup failed");
                }
                Err(CredentialError::Unavailable)
            }
        }
    }
}
