//! Invitations to register.

use std::fmt;

use protocol::{Role, Timestamp, UserId};

use super::{
    Result, Store, StoreError,
    actor::check_role,
    names::shown_name,
    now,
    sql::{Db, Value, values},
};

/// The error for an invitation that is not valid.
pub const INVITE_REFUSED: &str = "This invitation is no longer valid. Ask for a new one.";

/// The error for a user who may not invite others.
pub const MAY_NOT_INVITE: &str = "Only the owner and admins can invite users.";

/// Expired invitations that are kept. If the clock was ahead, they become valid again.
const MAX_EXPIRED: u64 = 1000;

/// A valid invitation.
#[derive(Clone)]
pub struct StoredInvite {
    /// The secret code in the link.
    pub code: String,
    /// The display name of its creator.
    pub from: String,
}

/// Omits the code.
impl fmt::Debug for StoredInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredInvite").finish_non_exhaustive()
    }
}

impl Store {
    /// Stores an invitation, and deletes those that are used up or expired, except the last ones to
    /// expire.
    ///
    /// # Errors
    /// Fails if the store is unavailable, or if `creator` may no longer invite.
    pub async fn invite(
        &self,
        code: String,
        creator: UserId,
        expires_at: Timestamp,
        uses: u32,
    ) -> Result<()> {
        self.write(move |db| {
            check_role(db, creator, Role::may_invite, MAY_NOT_INVITE)?;
            db.execute(
                "DELETE FROM invites WHERE uses_left = 0
                     OR expires_at < $1 AND code NOT IN (
                         SELECT code FROM invites ORDER BY expires_at DESC LIMIT $2)",
                values![now(), MAX_EXPIRED],
            )?;
            db.execute(
                "INSERT INTO invites (code, creator_id, created_at, expires_at, uses_left)
                 VALUES ($1, $2, $3, $4, $5)",
                values![&code, creator, now(), expires_at, uses],
            )?;
            Ok(())
        })
        .await
    }

    /// Returns the invitation with that code, if it is valid.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn open_invite(&self, code: String) -> Result<Option<StoredInvite>> {
        self.read(move |db| find_invite(db, "code = $1", (&code).into())).await
    }

    /// Returns the user's newest valid invitation.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn own_invite(&self, creator: UserId) -> Result<Option<StoredInvite>> {
        self.read(move |db| find_invite(db, "creator_id = $1", creator.into())).await
    }
}

fn find_invite(db: &Db, condition: &str, value: Value<'_>) -> Result<Option<StoredInvite>> {
    let select = format!(
        "SELECT code, username, display_name
         FROM invites JOIN users ON users.id = creator_id
         WHERE {condition} AND expires_at > $2 AND uses_left > 0
         ORDER BY invites.created_at DESC LIMIT 1"
    );
    db.row(&select, &[value, now().into()], |row| {
        let username: String = row.get("username")?;
        let from = shown_name(row.get("display_name")?, &username);
        Ok(StoredInvite { code: row.get("code")?, from })
    })
}

/// Counts a use of an invitation.
///
/// # Errors
/// Returns [`StoreError::Forbidden`] if it is not valid.
pub(super) fn use_invite(db: &Db, code: &str) -> Result<()> {
    let used = db.execute(
        "UPDATE invites SET uses_left = uses_left - 1
         WHERE code = $1 AND expires_at > $2 AND uses_left > 0",
        values![code, now()],
    )?;
    if used == 0 {
        return Err(StoreError::Forbidden(INVITE_REFUSED));
    }
    Ok(())
}
