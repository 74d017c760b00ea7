//! People, their sessions, and the invitations that let more of them in.

use protocol::{Role, SessionId, Timestamp, User, UserId, limits::SESSION_LIFETIME};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Result, Store, StoreError, now, uuid};

/// How old the note of a session's last use may grow, in milliseconds: not every request writes.
const LAST_USE_STEP_MS: i64 = 60 * 60 * 1000;

/// An account to make.
#[derive(Debug)]
pub struct NewUser {
    /// Unique.
    pub username: String,
    /// What others see; none: the username.
    pub display_name: Option<String>,
    /// argon2id, in PHC form.
    pub password: String,
    /// Needed unless it is the first account or `open`.
    pub invite: Option<String>,
    /// Whether one needs no invitation.
    pub open: bool,
    /// Whether it must be the first account.
    pub must_be_first: bool,
}

/// One log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Named by cookie and token.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
}

/// A session that holds, and its person.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The session.
    pub id: SessionId,
    /// Its person, as of now.
    pub user: User,
}

/// An invitation that still works.
#[derive(Clone, Debug)]
pub struct StoredInvite {
    /// The secret in the link.
    pub code: String,
    /// Display name of who made it.
    pub from: String,
}

impl Store {
    /// Whether nobody lives here yet.
    ///
    /// # Errors
    /// The store is away.
    pub async fn is_fresh(&self) -> Result<bool> {
        self.read(|db| Ok(!db.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get::<_, bool>(0))?)).await
    }

    /// Makes an account and its first session. The first account of all is the owner's.
    ///
    /// # Errors
    /// The username is taken, the invitation does not work, or it was not the first.
    pub async fn register(&self, new: NewUser) -> Result<SessionUser> {
        self.write(move |db| {
            let first = !db.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get::<_, bool>(0))?;
            if new.must_be_first && !first {
                return Err(StoreError::Forbidden("This Banter has an owner already. Ask for an invitation."));
            }
            if username_exists(db, &new.username)? {
                return Err(StoreError::Taken("username"));
            }
            if !first && !new.open {
                use_invite(db, new.invite.as_deref().unwrap_or_default())?;
            }
            let role = if first { Role::Owner } else { Role::Member };
            let id = Uuid::now_v7();
            db.execute(
                "INSERT INTO users (id, username, display_name, role, password, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                params![id.as_bytes(), new.username, new.display_name, role.as_str(), new.password, now().as_millis()],
            )?;
            let name = new.display_name.unwrap_or_else(|| new.username.clone());
            let user = User { id: UserId(id), username: new.username, name, role };
            Ok(SessionUser { id: begin_session(db, user.id)?, user })
        })
        .await
    }

    /// The person of that username, with the password's hash.
    ///
    /// # Errors
    /// The store is away.
    pub async fn credentials(&self, username: String) -> Result<Option<(User, String)>> {
        self.read(move |db| {
            let mut query = db.prepare_cached("SELECT * FROM users WHERE username = ?")?;
            Ok(query.query_row([username], |row| Ok((read_user(row)?, row.get("password")?))).optional()?)
        })
        .await
    }

    /// A username like that one which is free, for somebody who found it taken.
    ///
    /// # Errors
    /// The store is away.
    pub async fn free_username(&self, like: String) -> Result<String> {
        self.read(move |db| {
            for number in 2_u32.. {
                let tail = number.to_string();
                let stem = &like[..like.len().min(protocol::limits::MAX_USERNAME_CHARS - tail.len())];
                let username = format!("{stem}{tail}");
                if !username_exists(db, &username)? {
                    return Ok(username);
                }
            }
            Err(StoreError::NotFound("username"))
        })
        .await
    }

    /// Begins a session for a person who has signed in.
    ///
    /// # Errors
    /// The store is away.
    pub async fn begin_session(&self, user: UserId) -> Result<SessionId> {
        self.write(move |db| begin_session(db, user)).await
    }

    /// The session and its person, where it still holds. Counts as a use of it.
    ///
    /// # Errors
    /// The store is away.
    pub async fn session(&self, id: SessionId) -> Result<Option<SessionUser>> {
        let found = self
            .read(move |db| {
                let mut query = db.prepare_cached(
                    "SELECT users.*, last_used_at FROM sessions JOIN users ON users.id = sessions.user_id
                     WHERE sessions.id = ? AND last_used_at > ?",
                )?;
                let session = query.query_row(params![id.0.as_bytes(), oldest_use()], |row| {
                    Ok((SessionUser { id, user: read_user(row)? }, row.get::<_, i64>("last_used_at")?))
                });
                Ok(session.optional()?)
            })
            .await?;
        let Some((session, last_used_at)) = found else { return Ok(None) };
        if now().as_millis() - last_used_at > LAST_USE_STEP_MS {
            self.write(move |db| {
                db.execute(
                    "UPDATE sessions SET last_used_at = ? WHERE id = ?",
                    params![now().as_millis(), id.0.as_bytes()],
                )?;
                Ok(())
            })
            .await?;
        }
        Ok(Some(session))
    }

    /// Ends a session, and with it its cookie and its token.
    ///
    /// # Errors
    /// The store is away.
    pub async fn end_session(&self, id: SessionId) -> Result<()> {
        self.write(move |db| {
            db.execute("DELETE FROM sessions WHERE id = ?", [id.0.as_bytes()])?;
            Ok(())
        })
        .await
    }

    /// Keeps an invitation.
    ///
    /// # Errors
    /// The store is away.
    pub async fn invite(&self, code: String, creator: UserId, expires_at: Timestamp, uses: u32) -> Result<()> {
        self.write(move |db| {
            db.execute("DELETE FROM invites WHERE expires_at < ? OR uses_left = 0", [now().as_millis()])?;
            db.execute(
                "INSERT INTO invites (code, creator_id, created_at, expires_at, uses_left) VALUES (?, ?, ?, ?, ?)",
                params![code, creator.0.as_bytes(), now().as_millis(), expires_at.as_millis(), uses],
            )?;
            Ok(())
        })
        .await
    }

    /// An invitation, where it still works.
    ///
    /// # Errors
    /// The store is away.
    pub async fn open_invite(&self, code: String) -> Result<Option<StoredInvite>> {
        self.find_invite("code = ?", code).await
    }

    /// The newest invitation of that person that still works.
    ///
    /// # Errors
    /// The store is away.
    pub async fn own_invite(&self, creator: UserId) -> Result<Option<StoredInvite>> {
        self.find_invite("creator_id = ?", creator.0.into_bytes()).await
    }

    async fn find_invite(
        &self,
        condition: &'static str,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<Option<StoredInvite>> {
        self.read(move |db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT code, coalesce(display_name, username) AS name FROM invites JOIN users ON users.id = creator_id
                 WHERE {condition} AND expires_at > ? AND uses_left > 0 ORDER BY invites.created_at DESC LIMIT 1"
            ))?;
            let invite = query.query_row(params![value, now().as_millis()], |row| {
                Ok(StoredInvite { code: row.get("code")?, from: row.get("name")? })
            });
            Ok(invite.optional()?)
        })
        .await
    }
}

/// Reads a row of `users`.
pub(super) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    let username: String = row.get("username")?;
    let name = row.get::<_, Option<String>>("display_name")?.unwrap_or_else(|| username.clone());
    let role = match row.get_ref("role")?.as_str()? {
        "owner" => Role::Owner,
        "admin" => Role::Admin,
        _ => Role::Member,
    };
    Ok(User { id: UserId(uuid(row, "id")?), username, name, role })
}

fn username_exists(db: &Connection, username: &str) -> Result<bool> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM users WHERE username = ?)", [username], |row| row.get(0))?)
}

fn use_invite(db: &Connection, code: &str) -> Result<()> {
    let used = db.execute(
        "UPDATE invites SET uses_left = uses_left - 1 WHERE code = ? AND expires_at > ? AND uses_left > 0",
        params![code, now().as_millis()],
    )?;
    if used == 0 {
        return Err(StoreError::Forbidden("This invitation does not work any more. Ask for a new one."));
    }
    Ok(())
}

fn begin_session(db: &Connection, user: UserId) -> Result<SessionId> {
    let id = Uuid::new_v4();
    db.execute(
        "DELETE FROM sessions WHERE user_id = ? AND last_used_at <= ?",
        params![user.0.as_bytes(), oldest_use()],
    )?;
    db.execute(
        "INSERT INTO sessions (id, user_id, created_at, last_used_at) VALUES (?, ?, ?3, ?3)",
        params![id.as_bytes(), user.0.as_bytes(), now().as_millis()],
    )?;
    Ok(SessionId(id))
}

/// Sessions last used before this moment have ended.
fn oldest_use() -> i64 {
    now().as_millis() - i64::try_from(SESSION_LIFETIME.as_millis()).unwrap_or(i64::MAX)
}
