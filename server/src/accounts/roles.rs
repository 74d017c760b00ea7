//! Changing a user's role.

use protocol::{Role, User, http::NewRole};

use super::AccountService;
use crate::{error::Error, store::MAY_NOT_CHANGE_ROLES};

impl AccountService {
    /// Gives a user another role, on all open connections too.
    ///
    /// `username` is an id or a username.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if `by` is not the owner or the user is, and
    /// [`Error::Invalid`] if the new role is that of the owner.
    pub async fn set_role(
        &self,
        by: &User,
        username: String,
        NewRole { role }: NewRole,
    ) -> Result<(), Error> {
        if by.role != Role::Owner {
            return Err(Error::Forbidden(MAY_NOT_CHANGE_ROLES.into()));
        }
        if role == Role::Owner {
            return Err(Error::field("role", "must be admin or member"));
        }
        let user = self.store.user(username).await?;
        self.store.set_role(by.id, user.id, role).await?;
        self.notifier.role_changed(user.id, role);
        self.notifier.users_changed();
        tracing::info!(user = %user.id, by = %by.id, role = role.as_str(), "role changed");
        Ok(())
    }
}
