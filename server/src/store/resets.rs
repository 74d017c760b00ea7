//! Links that set a new password once. The store has only the hashes of their tokens.
//!
//! A user has at most one. It ends with its use, after a day, with a newer one, with a new
//! password, with a ban, with another role of the user or of whoever made it.

use protocol::{Role, Timestamp, User, UserId, http::PasswordWasReset, limits::RESET_LIFETIME};
use sha2::{Digest as _, Sha256};

use super::{
    DATABASE_FILE, DataLocation, Result, SessionUser, Store, StoreError,
    actor::check_actor,
    migrations::check_current,
    now,
    sessions::{Device, begin_session},
    sql::{Db, Row, Server, Value, run_blocking, serialized, values},
    users::{read_user, user, user_columns, user_named},
};

/// The error for a user who may not make such a link.
pub const MAY_NOT_RESET: &str = "Only the owner and admins can make a link for a new password.";
/// The error for an admin who makes one for the owner or another admin.
const MAY_NOT_RESET_ADMIN: &str = "Only the owner can make a link for a new password of an admin.";
/// The error for a link that is not valid.
pub const RESET_REFUSED: &str = "This link is no longer valid. Ask for a new one.";
/// The error for a user who is banned.
const BANNED: &str = "This account was banned.";

impl Store {
    /// Stores a link for a user, in place of an earlier one. Returns the time at which it expires.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if `by` may not make it, or if the user is banned.
    pub async fn make_reset(&self, by: UserId, user: UserId, token: String) -> Result<Timestamp> {
        self.write(move |db| {
            let role = check_actor(db, by)?;
            check_right(role, self::user(db, user)?.role)?;
            make(db, Some(by), user, &token)
        })
        .await
    }

    /// Returns the user whose password the link sets, if it is valid.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn open_reset(&self, token: String) -> Result<Option<User>> {
        self.read(move |db| Ok(find_reset(db, &token)?.map(|(user, _)| user))).await
    }

    /// Uses a link: sets the password, ends all sessions of the user, and begins one.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the link is not valid.
    pub async fn use_reset(
        &self,
        token: String,
        password: String,
        device: Device,
    ) -> Result<SessionUser> {
        self.write(move |db| {
            let found = find_reset(db, &token)?;
            let (user, creator) = found.ok_or(StoreError::Forbidden(RESET_REFUSED))?;
            delete_reset(db, user.id)?;
            db.execute(
                "UPDATE users SET password = $1, reset_at = $2, reset_by = $3 WHERE id = $4",
                values![&password, now(), creator, user.id],
            )?;
            db.execute("DELETE FROM sessions WHERE user_id = $1", values![user.id])?;
            Ok(SessionUser { id: begin_session(db, user.id, &device)?, user })
        })
        .await
    }
}

/// Stores a link for the user with that id or username, beside a running server. Returns the user.
///
/// # Errors
/// Fails if there is no such user, if the user is banned, or if the database is not one of this
/// version.
pub fn make_reset_at(location: &DataLocation, username: &str, token: &str) -> Result<User> {
    let make = |db: &Db| {
        check_current(db)?;
        serialized(db, || {
            let user = user_named(db, username)?;
            make(db, None, user.id, token)?;
            Ok(user)
        })
    };
    match location {
        DataLocation::Folder(folder) => {
            let file = folder.join(DATABASE_FILE);
            // A mistyped path must not create a database.
            if !file.exists() {
                return Err(StoreError::unavailable("there is no database in this folder"));
            }
            make(&Db::open_file(&file)?)
        }
        DataLocation::Postgres(url) => {
            let server = Server::new(url)?;
            run_blocking(move || make(&Db::connect(&server)?))
        }
    }
}

/// Checks that somebody of this role may make a link for somebody of the other.
///
/// # Errors
/// Returns [`StoreError::Forbidden`] if not.
pub fn check_right(by: Role, of: Role) -> Result<()> {
    match (by, of) {
        (Role::Owner, _) | (Role::Admin, Role::Member) => Ok(()),
        (Role::Admin, _) => Err(StoreError::Forbidden(MAY_NOT_RESET_ADMIN)),
        (Role::Member, _) => Err(StoreError::Forbidden(MAY_NOT_RESET)),
    }
}

fn make(db: &Db, by: Option<UserId>, user: UserId, token: &str) -> Result<Timestamp> {
    if self::user(db, user)?.banned {
        return Err(StoreError::Forbidden(BANNED));
    }
    let lifetime_ms = i64::try_from(RESET_LIFETIME.as_millis()).unwrap_or(i64::MAX);
    let expires_at = Timestamp::from_millis(now().as_millis() + lifetime_ms);
    db.execute(
        "INSERT INTO password_resets (user_id, token, creator_id, expires_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET token = excluded.token,
             creator_id = excluded.creator_id, expires_at = excluded.expires_at",
        values![user, Value::Bytes(&hash(token)), by, expires_at],
    )?;
    Ok(expires_at)
}

/// Returns the user of a valid link, and who made it.
fn find_reset(db: &Db, token: &str) -> Result<Option<(User, Option<UserId>)>> {
    let select = concat!(
        "SELECT creator_id, ",
        user_columns!(),
        " FROM password_resets JOIN users ON users.id = user_id
         WHERE token = $1 AND expires_at > $2 AND banned_at IS NULL"
    );
    let read = |row: &Row<'_>| Ok((read_user(row)?, row.get("creator_id")?));
    db.row(select, values![Value::Bytes(&hash(token)), now()], read)
}

/// Deletes the link for a user.
pub(super) fn delete_reset(db: &Db, user: UserId) -> Result<()> {
    db.execute("DELETE FROM password_resets WHERE user_id = $1", values![user])?;
    Ok(())
}

/// Deletes the link for a user, and those that the user made.
pub(super) fn delete_resets(db: &Db, user: UserId) -> Result<()> {
    db.execute("DELETE FROM password_resets WHERE user_id = $1 OR creator_id = $1", values![user])?;
    Ok(())
}

/// Returns that the password of a user was set by a link, unless the user was told before. The user
/// counts as told from now on.
pub(super) fn tell_reset(db: &Db, id: UserId) -> Result<Option<PasswordWasReset>> {
    let select = "SELECT reset_at, reset_by FROM users WHERE id = $1";
    let (at, by) = db.one(select, values![id], |row| {
        Ok((row.get::<Option<Timestamp>>("reset_at")?, row.get::<Option<UserId>>("reset_by")?))
    })?;
    let Some(at) = at else { return Ok(None) };
    let update = "UPDATE users SET reset_at = NULL, reset_by = NULL WHERE id = $1";
    db.execute(update, values![id])?;
    let by = by.map(|by| user(db, by)).transpose()?;
    Ok(Some(PasswordWasReset { at, by }))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
