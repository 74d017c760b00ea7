//! Changing a password, and the rule for new passwords.

use std::net::IpAddr;

use protocol::{
    FieldError,
    http::ChangePassword,
    limits::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS},
    text::has_chars,
};

use super::AccountService;
use crate::{
    error::Error,
    limits::address::origin,
    metrics::LogInResult,
    store::{Credentials, SessionUser},
};

impl AccountService {
    /// Sets a new password. All other sessions of the user end and their sockets close.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the new password does not fit, [`Error::Forbidden`] if the
    /// current one is wrong, and [`Error::Limited`] after too many attempts from that address.
    pub async fn change_password(
        &self,
        from: IpAddr,
        session: SessionUser,
        change: ChangePassword,
    ) -> Result<(), Error> {
        check_password("new", &change.new).map_err(|invalid| Error::Invalid(vec![invalid]))?;
        let username = session.user.username.clone();
        if let Err(error) = self.limits.log_in(from, &username).await {
            self.record_log_in(from, &username, LogInResult::TooMany).await;
            return Err(error);
        }
        let Some(Credentials { password: hash, .. }) =
            self.store.credentials(username.clone()).await?
        else {
            return Err(Error::NotFound("user"));
        };
        if !self.passwords.verify(origin(from), change.current, Some(hash.clone())).await? {
            self.record_log_in(from, &username, LogInResult::WrongPassword).await;
            return Err(Error::Forbidden("The current password is wrong.".into()));
        }
        let new_hash = self.passwords.hash(origin(from), change.new).await?;
        self.store.change_password(session.clone(), hash, new_hash).await?;
        self.notifier.sessions_ended(session.user.id, Some(session.id), "the password was changed");
        Ok(())
    }
}

/// Checks the length of a new password, given in the field `field`.
pub(super) fn check_password(field: &str, password: &str) -> Result<(), FieldError> {
    if has_chars(password, MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS) {
        return Ok(());
    }
    let rule = format!("must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters");
    Err(FieldError::new(field, rule))
}
