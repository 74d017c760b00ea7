//! Signing in and out.

use std::net::IpAddr;

use protocol::http::Login;

use super::{AccountService, bans::BANNED};
use crate::{
    auth::password::Verdict,
    error::Error,
    store::{Credentials, SessionUser},
};

impl AccountService {
    /// Begins a session if the password belongs to the username.
    ///
    /// # Errors
    /// Returns [`Error::Unauthorized`] if they do not match, [`Error::Forbidden`] if the user is
    /// banned, and [`Error::Limited`] after too many attempts from that address.
    pub async fn sign_in(&self, from: IpAddr, login: Login) -> Result<SessionUser, Error> {
        self.limits.log_in(from, &login.username).await?;
        let found = self.store.credentials(login.username).await?;
        let hash = found.as_ref().map(|found| found.password.clone());
        let verdict = self.passwords.verify(login.password, hash).await?;
        match found.filter(|_| verdict != Verdict::Wrong) {
            Some(Credentials { banned: true, .. }) => Err(Error::Forbidden(BANNED.into())),
            Some(Credentials { user, mut password, .. }) => {
                if let Verdict::Renewed(hash) = verdict {
                    self.store.renew_hash(user.id, password, hash.clone()).await?;
                    password = hash;
                }
                Ok(SessionUser { id: self.store.begin_session(user.id, password).await?, user })
            }
            None => Err(Error::Unauthorized("Username and password do not match.")),
        }
    }

    /// Ends a session and closes its sockets on all nodes.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if the store cannot be reached.
    pub async fn sign_out(&self, session: &SessionUser) -> Result<(), Error> {
        self.store.end_session(session.id).await?;
        self.notifier.session_ended(session.user.id, session.id, "signed out");
        Ok(())
    }
}
