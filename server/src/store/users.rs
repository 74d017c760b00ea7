//! Users and their usernames.

use protocol::{
    Role, Sender, Timestamp, User, UserId, UserStatus, http::QuietTime, limits::MAX_USERNAME_CHARS,
    text::is_reserved_username,
};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    names::shown_name,
    now,
    sql::{Db, Row, values},
};
use crate::base::quiet::is_quiet;

/// The columns of `users` that [`read_user`] reads.
macro_rules! user_columns {
    () => {
        "users.id, username, display_name, role, alike, banned_at, picture, about, status_emoji, \
         status_text, status_until, quiet"
    };
}
pub(super) use user_columns;

impl Store {
    /// Returns whether there is no account yet.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn has_no_users(&self) -> Result<bool> {
        self.read(has_no_users).await
    }

    /// Returns the user with that id or username.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is none, and [`StoreError::Ambiguous`] if it is
    /// the id of one user and the username of another. Earlier versions accepted such usernames.
    pub async fn user(&self, name: String) -> Result<User> {
        self.read(move |db| user_named(db, &name)).await
    }

    /// Returns the users with these ids.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn users(&self, ids: Vec<UserId>) -> Result<Vec<User>> {
        self.read(move |db| users(db, &ids)).await
    }

    /// Returns a free username that resembles `taken`.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn free_username(&self, taken: String) -> Result<String> {
        self.read(move |db| {
            for number in 2_u32.. {
                // The hyphen is for stems that would read as an id with another digit.
                for suffix in [number.to_string(), format!("-{number}")] {
                    let stem = &taken[..taken.len().min(MAX_USERNAME_CHARS - suffix.len())];
                    let username = format!("{stem}{suffix}");
                    if !is_reserved_username(&username) && !username_exists(db, &username)? {
                        return Ok(username);
                    }
                }
            }
            Err(StoreError::NotFound("username"))
        })
        .await
    }
}

pub(super) fn has_no_users(db: &Db) -> Result<bool> {
    let select = "SELECT NOT EXISTS (SELECT 1 FROM users) AS has_none";
    db.one(select, &[], |row| row.get("has_none"))
}

pub(super) fn username_exists(db: &Db, username: &str) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM users WHERE username = $1) AS is_taken";
    db.one(select, values![username], |row| row.get("is_taken"))
}

pub(super) fn users(db: &Db, ids: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let select = concat!("SELECT ", user_columns!(), " FROM users WHERE id");
    db.rows_among(select, &[], &ids, read_user)
}

pub(super) fn user(db: &Db, id: UserId) -> Result<User> {
    let select = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");
    db.one(select, values![id], read_user)
}

/// Returns the user with that id or username.
pub(super) fn user_named(db: &Db, name: &str) -> Result<User> {
    // The nil id, which no user has, stands for a name that is not an id.
    let id = Uuid::try_parse(name).unwrap_or_default();
    let select = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1 OR username = $2");
    let mut found = db.rows(select, values![id, name], read_user)?;
    match (found.pop(), found.is_empty()) {
        (Some(user), true) => Ok(user),
        (Some(_), false) => Err(StoreError::Ambiguous("user")),
        (None, _) => Err(StoreError::NotFound("user")),
    }
}

/// Reads the columns of [`user_columns`]: the user as others see them at this moment.
pub(super) fn read_user(row: &Row<'_>) -> Result<User> {
    let username: String = row.get("username")?;
    let name = shown_name(row.get("display_name")?, &username);
    let role = match row.get::<String>("role")?.as_str() {
        "owner" => Role::Owner,
        "admin" => Role::Admin,
        _ => Role::Member,
    };
    let id = row.get("id")?;
    Ok(User {
        id,
        username,
        name,
        role,
        alike: row.get("alike")?,
        picture: read_picture(row, id)?,
        about: row.get("about")?,
        status: read_status(row)?.map(Box::new),
        quiet: read_quiet(row)?.is_some_and(|quiet| is_quiet(&quiet, now())),
        banned: row.get::<Option<i64>>("banned_at")?.is_some(),
        invited_by: None,
    })
}

/// Reads the author of a message: the id in this column, and `username`, `display_name`, `alike`
/// and `picture`.
pub(super) fn read_sender(row: &Row<'_>, id: &str) -> Result<Sender> {
    let (id, username): (_, String) = (row.get(id)?, row.get("username")?);
    let name = shown_name(row.get("display_name")?, &username);
    let is_alike: bool = row.get("alike")?;
    let picture = read_picture(row, id)?;
    Ok(Sender { id, name, username: is_alike.then_some(username), picture })
}

/// Reads the address of a picture, which names its version: it never shows another one.
fn read_picture(row: &Row<'_>, user: UserId) -> Result<Option<String>> {
    let version: Option<i64> = row.get("picture")?;
    Ok(version.map(|version| format!("/pictures/{}?v={version}", user.0)))
}

/// Reads the status, unless it has ended.
fn read_status(row: &Row<'_>) -> Result<Option<UserStatus>> {
    let emoji: Option<String> = row.get("status_emoji")?;
    let text: Option<String> = row.get("status_text")?;
    let until: Option<Timestamp> = row.get("status_until")?;
    let is_shown = emoji.is_some() || text.is_some();
    let is_over = until.is_some_and(|until| until <= now());
    Ok((is_shown && !is_over).then_some(UserStatus { emoji, text, until }))
}

/// Reads when the user wants no notifications.
pub(super) fn read_quiet(row: &Row<'_>) -> Result<Option<QuietTime>> {
    let quiet: Option<String> = row.get("quiet")?;
    Ok(quiet.and_then(|quiet| serde_json::from_str(&quiet).ok()))
}
