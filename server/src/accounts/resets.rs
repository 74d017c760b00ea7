//! Links that set a new password, for users who have forgotten theirs.

use std::net::IpAddr;

use protocol::{FieldError, Role, Timestamp, User};

use super::{AccountService, password::check_password, sessions::device};
use crate::{
    base::random::random_token,
    error::Error,
    store::{MAY_NOT_RESET, RESET_REFUSED, SessionUser, check_reset_right},
};

/// Why the sockets of earlier sessions close.
const RESET: &str = "the password was changed";

impl AccountService {
    /// Makes a link for a user, in place of an earlier one. Returns its token and the time at which
    /// it expires.
    ///
    /// `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `by` may not make one for the user, and [`Error::Limited`]
    /// after too many.
    pub async fn make_reset(
        &self,
        by: &User,
        username: String,
    ) -> Result<(String, Timestamp), Error> {
        if by.role == Role::Member {
            return Err(Error::Forbidden(MAY_NOT_RESET.into()));
        }
        let user = self.store.user(username).await?;
        check_reset_right(by.role, user.role)?;
        self.limits.reset(by.id).await?;
        let token = random_token().map_err(|error| Error::Internal(error.into()))?;
        let expires_at = self.store.make_reset(by.id, user.id, token.clone()).await?;
        tracing::info!(user = %user.id, by = %by.id, "link for a new password made");
        Ok((token, expires_at))
    }

    /// Returns the user whose password a link sets, if it is valid.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn open_reset(&self, token: String) -> Result<Option<User>, Error> {
        Ok(self.store.open_reset(token).await?)
    }

    /// Uses a link: sets the password, ends the other sessions and begins one.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if the link is not valid, [`Error::Invalid`] if the password
    /// does not fit, and [`Error::Limited`] after too many attempts from that address.
    pub async fn use_reset(
        &self,
        (from, browser): (IpAddr, Option<String>),
        token: String,
        password: String,
    ) -> Result<SessionUser, Error> {
        let Some(user) = self.store.open_reset(token.clone()).await? else {
            self.limits.log_in(from, "").await?.end(true).await;
            return Err(Error::Forbidden(RESET_REFUSED.into()));
        };
        check_password("password", &password)
            .map_err(|invalid: FieldError| Error::Invalid(vec![invalid]))?;
        // The link is valid, so this is no failed attempt.
        self.limits.log_in(from, &user.username).await?.end(false).await;
        let names = vec![user.username.clone(), user.name];
        let hash = self.hash_new(from, "password", password, names).await?;
        let session = self.store.use_reset(token, hash, device(from, browser)).await?;
        self.notifier.sessions_ended(user.id, Some(session.id), RESET);
        tracing::info!(user = %user.id, "password set by a link");
        Ok(session)
    }
}
