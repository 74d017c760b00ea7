//! Banning users and lifting bans.

use protocol::{Role, User};

use super::AccountService;
use crate::{error::Error, store::MAY_NOT_BAN};

/// Why a banned user's sockets close and signing in fails.
pub(super) const BANNED: &str = "This account was banned.";

impl AccountService {
    /// Bans a user or lifts the ban. A ban ends all sessions of the user and closes their sockets.
    ///
    /// `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `by` may not ban, or if the user is the owner or `by`.
    pub async fn set_banned(&self, by: &User, username: String, banned: bool) -> Result<(), Error> {
        if !by.role.may_ban() {
            return Err(Error::Forbidden(MAY_NOT_BAN.into()));
        }
        let user = self.store.user(username).await?;
        if user.id == by.id && user.role != Role::Owner {
            return Err(Error::Forbidden("You cannot ban yourself.".into()));
        }
        self.store.set_banned(by.id, user.id, banned).await?;
        if banned {
            self.notifier.sessions_ended(user.id, None, BANNED);
        }
        self.notifier.users_changed();
        tracing::info!(user = %user.id, by = %by.id, banned, "ban changed");
        Ok(())
    }
}
