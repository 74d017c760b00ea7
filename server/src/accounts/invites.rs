//! Creating invitations.

use protocol::{
    Timestamp, User,
    http::NewInvite,
    limits::{INVITE_LIFETIME, MAX_INVITE_LIFETIME, MAX_INVITE_USES},
};

use super::AccountService;
use crate::{
    base::{clock::now, random::random_token},
    error::Error,
    store::MAY_NOT_INVITE,
};

impl AccountService {
    /// Creates an invitation and returns its secret code.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `creator` may not invite, and [`Error::Invalid`] if a value
    /// does not fit.
    pub async fn invite(&self, creator: &User, new: NewInvite) -> Result<String, Error> {
        if !creator.role.may_invite() {
            return Err(Error::Forbidden(MAY_NOT_INVITE.into()));
        }
        let lifetime_s = new.expires_in.unwrap_or(INVITE_LIFETIME.as_secs());
        if !(1..=MAX_INVITE_LIFETIME.as_secs()).contains(&lifetime_s) {
            let rule = format!("must be 1 to {} seconds", MAX_INVITE_LIFETIME.as_secs());
            return Err(Error::field("expires_in", rule));
        }
        let uses = new.uses.unwrap_or(1);
        if !(1..=MAX_INVITE_USES).contains(&uses) {
            return Err(Error::field("uses", format!("must be 1 to {MAX_INVITE_USES}")));
        }
        let code = random_token().map_err(|error| Error::Internal(error.into()))?;
        let expires_at = Timestamp::from_millis(now().as_millis() + lifetime_s as i64 * 1000);
        self.store.invite(code.clone(), creator.id, expires_at, uses).await?;
        Ok(code)
    }
}
