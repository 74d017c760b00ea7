//! Invitations to register.
//!
//! They end with the right of their creator to invite. A change of role or a ban deletes them;
//! nodes of an earlier version do not, so that each use checks the creator as well.

use std::{fmt, ops::ControlFlow};

use protocol::{InviteId, Role, Timestamp, UserId, http::OpenInvite, limits::MAX_LISTED_INVITES};
use sha2::{Digest as _, Sha256};

use super::{
    Result, Store, StoreError,
    actor::check_role,
    names::shown_name,
    now,
    sql::{Db, Value, values},
    users::{read_user, user_columns},
};

/// The error for an invitation that is not valid.
pub const INVITE_REFUSED: &str = "This invitation is no longer valid. Ask for a new one.";

/// The error for a user who may not invite others.
pub const MAY_NOT_INVITE: &str = "Only the owner and admins can invite users.";

/// Expired invitations that are kept. If the clock was ahead, they become valid again.
const MAX_EXPIRED: u64 = 1000;
/// The condition under which a user may invite. A statement that contains it names `users`.
const MAY_INVITE: &str = "users.role IN ('owner', 'admin') AND users.banned_at IS NULL";

/// A valid invitation.
#[derive(Clone)]
pub struct StoredInvite {
    /// The secret code in the link.
    pub code: String,
    /// The display name of its creator.
    pub from: String,
    /// The number of users who can still register with it.
    pub uses_left: u32,
    /// When it ends.
    pub expires_at: Timestamp,
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
    /// Returns [`StoreError::Forbidden`] if the creator may no longer invite.
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

    /// Returns the valid invitations, the newest first, at most [`MAX_LISTED_INVITES`].
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn open_invites(&self) -> Result<Vec<OpenInvite>> {
        self.read(move |db| {
            let columns = user_columns!();
            let select = format!(
                "SELECT code, expires_at, uses_left, {columns}
                 FROM invites JOIN users ON users.id = creator_id
                 WHERE expires_at > $1 AND uses_left > 0 AND {MAY_INVITE}
                 ORDER BY invites.created_at DESC, code LIMIT $2"
            );
            db.rows(&select, values![now(), MAX_LISTED_INVITES], |row| {
                Ok(OpenInvite {
                    id: invite_id(&row.get::<String>("code")?),
                    by: read_user(row)?,
                    uses_left: row.get("uses_left")?,
                    expires_at: row.get("expires_at")?,
                })
            })
        })
        .await
    }

    /// Deletes an invitation.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is none with this id.
    pub async fn revoke_invite(&self, id: InviteId) -> Result<()> {
        self.write(move |db| {
            let mut found = None;
            db.each("SELECT code FROM invites", &[], |row| {
                let code: String = row.get("code")?;
                if invite_id(&code) != id {
                    return Ok(ControlFlow::Continue(()));
                }
                found = Some(code);
                Ok(ControlFlow::Break(()))
            })?;
            let code = found.ok_or(StoreError::NotFound("invitation"))?;
            db.execute("DELETE FROM invites WHERE code = $1", values![&code])?;
            Ok(())
        })
        .await
    }
}

/// Returns the id of an invitation, which lists and logs may contain: a digest of its code.
fn invite_id(code: &str) -> InviteId {
    let digest = Sha256::digest(code.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    InviteId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Deletes the invitations of a user who may no longer invite.
pub(super) fn delete_invites(db: &Db, creator: UserId) -> Result<()> {
    db.execute("DELETE FROM invites WHERE creator_id = $1", values![creator])?;
    Ok(())
}

fn find_invite(db: &Db, condition: &str, value: Value<'_>) -> Result<Option<StoredInvite>> {
    let select = format!(
        "SELECT code, uses_left, expires_at, username, display_name
         FROM invites JOIN users ON users.id = creator_id
         WHERE {condition} AND expires_at > $2 AND uses_left > 0 AND {MAY_INVITE}
         ORDER BY invites.created_at DESC LIMIT 1"
    );
    db.row(&select, &[value, now().into()], |row| {
        let username: String = row.get("username")?;
        let from = shown_name(row.get("display_name")?, &username);
        Ok(StoredInvite {
            code: row.get("code")?,
            from,
            uses_left: row.get("uses_left")?,
            expires_at: row.get("expires_at")?,
        })
    })
}

/// Counts a use of an invitation. Returns its creator.
///
/// # Errors
/// Returns [`StoreError::Forbidden`] if it is not valid.
pub(super) fn use_invite(db: &Db, code: &str) -> Result<UserId> {
    let update = format!(
        "UPDATE invites SET uses_left = uses_left - 1
         WHERE code = $1 AND expires_at > $2 AND uses_left > 0
             AND EXISTS (SELECT 1 FROM users WHERE users.id = creator_id AND {MAY_INVITE})"
    );
    if db.execute(&update, values![code, now()])? == 0 {
        return Err(StoreError::Forbidden(INVITE_REFUSED));
    }
    let select = "SELECT creator_id FROM invites WHERE code = $1";
    db.one(select, values![code], |row| row.get("creator_id"))
}
