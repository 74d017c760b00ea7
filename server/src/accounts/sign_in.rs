//! Signing in and out.

use std::net::IpAddr;

use protocol::http::{Login, PasswordWasReset};

use super::{AccountService, bans::BANNED, sessions::device};
use crate::{
    auth::password::Verdict,
    error::Error,
    limits::address::origin,
    metrics::LogInResult,
    store::{Credentials, Device, SessionUser},
};

impl AccountService {
    /// Begins a session if the password belongs to the username. Returns as well whether the user
    /// must be told that the password was set by a link.
    ///
    /// # Errors
    /// Returns [`Error::Unauthorized`] if they do not match, [`Error::Forbidden`] if the user is
    /// banned, and [`Error::Limited`] after too many attempts from that address.
    pub async fn sign_in(
        &self,
        (from, browser): (IpAddr, Option<String>),
        login: Login,
    ) -> Result<(SessionUser, Option<PasswordWasReset>), Error> {
        let username = login.username.clone();
        let attempt = match self.limits.log_in(from, &username).await {
            Ok(attempt) => attempt,
            Err(error) => {
                self.record_log_in(from, &username, LogInResult::TooMany);
                return Err(error);
            }
        };
        let signed_in = self.check_log_in(from, login, device(from, browser)).await;
        let result = match &signed_in {
            Ok(_) => LogInResult::Succeeded,
            Err((result, _)) => *result,
        };
        attempt.end(!matches!(result, LogInResult::Succeeded | LogInResult::Unavailable)).await;
        self.record_log_in(from, &username, result);
        signed_in.map_err(|(_, error)| error)
    }

    async fn check_log_in(
        &self,
        from: IpAddr,
        login: Login,
        device: Device,
    ) -> Result<(SessionUser, Option<PasswordWasReset>), (LogInResult, Error)> {
        let unavailable = |error: Error| (LogInResult::Unavailable, error);
        let found = self.store.credentials(login.username).await;
        let found = found.map_err(|error| unavailable(error.into()))?;
        let hash = found.as_ref().map(|found| found.password.clone());
        let verdict = self.passwords.verify(origin(from), login.password, hash).await;
        let mismatch = || Error::Unauthorized("Username and password do not match.");
        let Some(Credentials { user, mut password, banned }) = found else {
            verdict.map_err(unavailable)?;
            return Err((LogInResult::UnknownUsername, mismatch()));
        };
        match verdict.map_err(unavailable)? {
            Verdict::Wrong => return Err((LogInResult::WrongPassword, mismatch())),
            _ if banned => return Err((LogInResult::Banned, Error::Forbidden(BANNED.into()))),
            Verdict::Right => {}
            Verdict::Renewed(hash) => {
                let renewed = self.store.renew_hash(user.id, password, hash.clone()).await;
                renewed.map_err(|error| unavailable(error.into()))?;
                password = hash;
            }
        }
        let begun = self.store.begin_session(user.id, password, device).await;
        let (id, reset) = begun.map_err(|error| unavailable(error.into()))?;
        Ok((SessionUser { id, user }, reset))
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
