//! Accounts: registration, passwords, roles and bans.

use std::fmt;

use protocol::{Role, User, UserId};
use uuid::Uuid;

use super::{
    Result, SessionUser, Store, StoreError,
    actor::check_role,
    invites::{delete_invites, use_invite},
    names::{record_name, users_alike},
    now,
    profiles::mark_changed,
    resets::{delete_reset, delete_resets},
    sessions::{Device, begin_session},
    sql::{Db, values},
    users::{has_no_users, read_user, user, user_columns, username_exists},
};

/// The error for a user who may not ban others.
pub const MAY_NOT_BAN: &str = "Only the owner and admins can ban users.";
/// The error for a user who may not change roles.
pub const MAY_NOT_CHANGE_ROLES: &str = "Only the owner can change roles.";

/// A new account.
pub struct NewUser {
    /// The unique username.
    pub username: String,
    /// The name that other users see; `None`: the username.
    pub display_name: Option<String>,
    /// The argon2id hash of the password, in PHC form.
    pub password: String,
    /// The code of an invitation. Required unless this is the first account or `open` is set.
    pub invite: Option<String>,
    /// True if no invitation is required.
    pub open: bool,
    /// True if this must be the first account.
    pub must_be_first: bool,
    /// Where the registration came from.
    pub device: Device,
}

#[cfg(test)]
impl NewUser {
    /// An account for a test: without a password, and open to everybody.
    pub(crate) fn test(username: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            display_name: None,
            password: String::new(),
            invite: None,
            open: true,
            must_be_first: false,
            device: Device::default(),
        }
    }
}

/// The data that a log-in is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The argon2id hash of the password, in PHC form.
    pub password: String,
    /// True if the user is banned.
    pub banned: bool,
}

/// Omits the secret fields.
impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").finish_non_exhaustive()
    }
}

/// Omits the secret fields.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Store {
    /// Creates an account and its first session. The first account becomes the owner.
    ///
    /// # Errors
    /// Fails if the username is taken, if the invitation is not valid, or if the account must be
    /// the first one and is not.
    pub async fn register(&self, new: NewUser) -> Result<SessionUser> {
        self.write(move |db| register(db, new)).await
    }

    /// Returns the credentials of the user with that username.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn credentials(&self, username: String) -> Result<Option<Credentials>> {
        self.read(move |db| {
            db.row(
                concat!("SELECT password, ", user_columns!(), " FROM users WHERE username = $1"),
                values![&username],
                |row| {
                    let (user, password) = (read_user(row)?, row.get("password")?);
                    Ok(Credentials { banned: user.banned, user, password })
                },
            )
        })
        .await
    }

    /// Replaces a user's password, and ends all sessions of the user but this one.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the password is no longer the old one.
    pub async fn change_password(
        &self,
        session: SessionUser,
        old_hash: String,
        new_hash: String,
    ) -> Result<()> {
        self.write(move |db| {
            let user = session.user.id;
            let changed = db.execute(
                "UPDATE users SET password = $1 WHERE id = $2 AND password = $3",
                values![&new_hash, user, &old_hash],
            )?;
            if changed == 0 {
                return Err(StoreError::Forbidden(
                    "The password has been changed in the meantime.",
                ));
            }
            db.execute(
                "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
                values![user, session.id],
            )?;
            delete_reset(db, user)
        })
        .await
    }

    /// Replaces the hash of a password by another one of the same password, unless the password has
    /// been changed since.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn renew_hash(&self, user: UserId, old: String, new: String) -> Result<()> {
        self.write(move |db| {
            db.execute(
                "UPDATE users SET password = $1 WHERE id = $2 AND password = $3",
                values![&new, user, &old],
            )?;
            Ok(())
        })
        .await
    }

    /// Bans a user, which deletes the user's sessions and invitations and the links for passwords,
    /// or lifts the ban.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the user is the owner, or if `by` may no longer ban.
    pub async fn set_banned(&self, by: UserId, user: UserId, banned: bool) -> Result<()> {
        self.write(move |db| {
            check_role(db, by, Role::may_ban, MAY_NOT_BAN)?;
            let changed = db.execute(
                "UPDATE users SET banned_at = $1 WHERE id = $2 AND role <> 'owner'",
                values![banned.then(now), user],
            )?;
            if changed == 0 {
                return Err(StoreError::Forbidden("The owner cannot be banned."));
            }
            if banned {
                db.execute("DELETE FROM sessions WHERE user_id = $1", values![user])?;
                delete_invites(db, user)?;
                delete_resets(db, user)?;
            }
            mark_changed(db, &[user])
        })
        .await
    }

    /// Changes a user's role. Deletes the invitations of a user who may no longer invite, and the
    /// links for passwords that the user made or that are for the user.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the user is the owner, or if `by` is not.
    pub async fn set_role(&self, by: UserId, user: UserId, role: Role) -> Result<()> {
        self.write(move |db| {
            check_role(db, by, |role| role == Role::Owner, MAY_NOT_CHANGE_ROLES)?;
            let changed = db.execute(
                "UPDATE users SET role = $1 WHERE id = $2 AND role <> 'owner'",
                values![role.as_str(), user],
            )?;
            if changed == 0 {
                return Err(StoreError::Forbidden("The owner's role cannot be changed."));
            }
            if !role.may_invite() {
                delete_invites(db, user)?;
            }
            delete_resets(db, user)?;
            mark_changed(db, &[user])
        })
        .await
    }
}

fn register(db: &Db, new: NewUser) -> Result<SessionUser> {
    let first = has_no_users(db)?;
    if new.must_be_first && !first {
        return Err(StoreError::Forbidden(
            "This Banter already has an owner. Ask for an invitation.",
        ));
    }
    // The invitation is checked first: without one, nobody learns which usernames exist.
    let invited_by = if first || new.open {
        None
    } else {
        Some(use_invite(db, new.invite.as_deref().unwrap_or_default())?)
    };
    if username_exists(db, &new.username)? {
        return Err(StoreError::Taken("username"));
    }
    let role = if first { Role::Owner } else { Role::Member };
    let id = Uuid::now_v7();
    db.execute(
        "INSERT INTO users
             (id, username, display_name, role, password, created_at, invited_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            id,
            &new.username,
            &new.display_name,
            role.as_str(),
            &new.password,
            now(),
            invited_by
        ],
    )?;
    // Messages from before the registration are not unread.
    db.execute(
        "INSERT INTO read_positions (user_id, room_id, seq)
         SELECT $1, id, seq FROM rooms WHERE private = 0 AND seq > 0",
        values![id],
    )?;
    let id = UserId(id);
    record_name(db, id, &new.username, new.display_name)?;
    mark_changed(db, &users_alike(db, id)?)?;
    Ok(SessionUser { id: begin_session(db, id, &new.device)?, user: user(db, id)? })
}
