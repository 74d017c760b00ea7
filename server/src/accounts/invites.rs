//! Invitations: creating, listing and revoking them.

use protocol::{
    InviteId, Timestamp, User,
    http::{NewInvite, OpenInvite},
    limits::{INVITE_LIFETIME, MAX_INVITE_LIFETIME, MAX_INVITE_USES},
};

use super::{AccountService, register::CLOSED};
use crate::{
    base::{clock::now, random::random_token},
    config::Registration,
    error::Error,
    store::MAY_NOT_INVITE,
};

impl AccountService {
    /// Creates an invitation and returns its secret code.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `creator` may not invite or registration is closed, and
    /// [`Error::Invalid`] if a value does not fit.
    pub async fn invite(&self, creator: &User, new: NewInvite) -> Result<String, Error> {
        check_right(creator)?;
        if self.registration == Registration::Closed {
            return Err(Error::Forbidden(CLOSED.into()));
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

    /// Returns the valid invitations, the newest first.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `by` may not invite.
    pub async fn invites(&self, by: &User) -> Result<Vec<OpenInvite>, Error> {
        check_right(by)?;
        Ok(self.store.open_invites().await?)
    }

    /// Ends an invitation, also one of another user.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `by` may not invite, and [`Error::NotFound`] if there is no
    /// such invitation.
    pub async fn revoke_invite(&self, by: &User, invite: InviteId) -> Result<(), Error> {
        check_right(by)?;
        self.store.revoke_invite(invite).await?;
        tracing::info!(%invite, by = %by.id, "invitation revoked");
        Ok(())
    }
}

fn check_right(user: &User) -> Result<(), Error> {
    if user.role.may_invite() {
        return Ok(());
    }
    Err(Error::Forbidden(MAY_NOT_INVITE.into()))
}
