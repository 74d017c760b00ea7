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
    auth::password::{Verdict, normal_password},
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
        let attempt = match self.limits.log_in(from, &username).await {
            Ok(attempt) => attempt,
            Err(error) => {
                self.record_log_in(from, &username, LogInResult::TooMany);
                return Err(error);
            }
        };
        let Some(Credentials { password: hash, .. }) =
            self.store.credentials(username.clone()).await?
        else {
            return Err(Error::NotFound("user"));
        };
        let verdict = self.passwords.verify(origin(from), change.current, Some(hash.clone()));
        let verdict = verdict.await;
        let is_wrong = matches!(verdict, Ok(Verdict::Wrong));
        attempt.end(is_wrong).await;
        if is_wrong {
            self.record_log_in(from, &username, LogInResult::WrongPassword);
            return Err(Error::Forbidden("The current password is wrong.".into()));
        }
        verdict?;
        let names = vec![username, session.user.name.clone()];
        let new_hash = self.hash_new(from, "new", change.new, names).await?;
        self.store.change_password(session.clone(), hash, new_hash).await?;
        self.notifier.sessions_ended(session.user.id, Some(session.id), "the password was changed");
        Ok(())
    }

    /// Hashes a new password, given in the field `field`, unless it is among the first that
    /// somebody would guess who knows these names.
    pub(super) async fn hash_new(
        &self,
        from: IpAddr,
        field: &str,
        password: String,
        names: Vec<String>,
    ) -> Result<String, Error> {
        let hash = self.passwords.hash(origin(from), password, names).await?;
        hash.ok_or_else(|| Error::field(field, WEAK_PASSWORD))
    }
}

/// The message of the field error for a password that is guessed first.
pub const WEAK_PASSWORD: &str =
    "is too easy to guess; use two or more words, not a common one or a row of keys with digits";

/// Checks the characters of a new password, given in the field `field`, and their number.
pub(super) fn check_password(field: &str, password: &str) -> Result<(), FieldError> {
    if password.contains(char::is_control) {
        return Err(FieldError::new(field, "must not contain control characters"));
    }
    if has_chars(&normal_password(password), MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS) {
        return Ok(());
    }
    let rule = format!("must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters");
    Err(FieldError::new(field, rule))
}
