//! People, their sessions, and the invitations that let more of them in.

use protocol::{Role, SessionId, Timestamp, User, UserId, limits::SESSION_LIFETIME};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Result, Store, StoreError, now, uuid};

/// What somebody is told whose invitation does not work.
pub const INVITE_REFUSED: &str = "This invitation does not work any more. Ask for a new one.";
/// How old the note of a session's last use may grow, in milliseconds: not every request writes.
const LAST_USE_STEP_MS: i64 = 60 * 60 * 1000;

/// An account to make.
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

/// A session that holds, and its person.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The session.
    pub id: SessionId,
    /// Its person, as of now.
    pub user: User,
}

/// What a log-in is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// argon2id, in PHC form.
    pub password: String,
    /// Whether that person may not come in any more.
    pub banned: bool,
}

/// An invitation that still works.
#[derive(Clone)]
pub struct StoredInvite {
    /// The secret in the link.
    pub code: String,
    /// Display name of who made it.
    pub from: String,
}

/// Without what is secret in them: it must not end up in a log.
macro_rules! secret {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

secret!(NewUser, StoredInvite, Credentials);

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
            // The invitation first: without one, nobody learns which usernames exist.
            if !first && !new.open {
                use_invite(db, new.invite.as_deref().unwrap_or_default())?;
            }
            if username_exists(db, &new.username)? {
                return Err(StoreError::Taken("username"));
            }
            let role = if first { Role::Owner } else { Role::Member };
            let id = Uuid::now_v7();
            db.execute(
                "INSERT INTO users (id, username, display_name, role, password, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                params![id.as_bytes(), new.username, new.display_name, role.as_str(), new.password, now().as_millis()],
            )?;
            // What was said before one came is no news.
            db.execute(
                "INSERT INTO read_positions (user_id, room_id, seq)
                 SELECT ?, id, seq FROM rooms WHERE NOT private AND seq > 0",
                [id.as_bytes()],
            )?;
            let name = new.display_name.unwrap_or_else(|| new.username.clone());
            let user = User { id: UserId(id), username: new.username, name, role };
            Ok(SessionUser { id: begin_session(db, user.id)?, user })
        })
        .await
    }

    /// What a log-in under that username is checked against.
    ///
    /// # Errors
    /// The store is away.
    pub async fn credentials(&self, username: String) -> Result<Option<Credentials>> {
        self.read(move |db| {
            let mut query = db.prepare_cached("SELECT * FROM users WHERE username = ?")?;
            let found = query.query_row([username], |row| {
                let banned = row.get::<_, Option<i64>>("banned_at")?.is_some();
                Ok(Credentials { user: read_user(row)?, password: row.get("password")?, banned })
            });
            Ok(found.optional()?)
        })
        .await
    }

    /// The person of that id or username.
    ///
    /// # Errors
    /// There is none.
    pub async fn user(&self, name: String) -> Result<User> {
        self.read(move |db| {
            let id = Uuid::try_parse(&name).ok().map(Uuid::into_bytes);
            let mut query =
                db.prepare_cached("SELECT * FROM users WHERE id = ?1 OR username = ?2 ORDER BY id = ?1 DESC")?;
            query.query_row(params![id, name], read_user).optional()?.ok_or(StoreError::NotFound("person"))
        })
        .await
    }

    /// Sets a new password and ends all other sessions of that person, unless somebody changed it meanwhile.
    ///
    /// # Errors
    /// It was changed meanwhile.
    pub async fn change_password(&self, session: SessionUser, old_hash: String, new_hash: String) -> Result<()> {
        self.write(move |db| {
            let user = session.user.id.0.into_bytes();
            let changed = db.execute(
                "UPDATE users SET password = ? WHERE id = ? AND password = ?",
                params![new_hash, user, old_hash],
            )?;
            if changed == 0 {
                return Err(StoreError::Forbidden("The password was changed meanwhile."));
            }
            db.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", params![user, session.id.0.as_bytes()])?;
            Ok(())
        })
        .await
    }

    /// Bans a person, whose sessions and invitations end, or lets the person in again.
    ///
    /// # Errors
    /// It is the owner.
    pub async fn set_banned(&self, user: UserId, banned: bool) -> Result<()> {
        self.write(move |db| {
            let id = user.0.into_bytes();
            let banned_at = banned.then(|| now().as_millis());
            let changed =
                db.execute("UPDATE users SET banned_at = ? WHERE id = ? AND role <> 'owner'", params![banned_at, id])?;
            if changed == 0 {
                return Err(StoreError::Forbidden("The owner cannot be banned."));
            }
            if banned {
                db.execute("DELETE FROM sessions WHERE user_id = ?", [id])?;
                db.execute("DELETE FROM invites WHERE creator_id = ?", [id])?;
            }
            Ok(())
        })
        .await
    }

    /// Gives a person another role.
    ///
    /// # Errors
    /// It is the owner.
    pub async fn set_role(&self, user: UserId, role: Role) -> Result<()> {
        self.write(move |db| {
            let changed = db.execute(
                "UPDATE users SET role = ? WHERE id = ? AND role <> 'owner'",
                params![role.as_str(), user.0.as_bytes()],
            )?;
            if changed == 0 { Err(StoreError::Forbidden("The owner's role cannot be changed.")) } else { Ok(()) }
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

    /// Begins a session for a person who has signed in with that password, unless it was changed, or the person banned,
    /// meanwhile.
    ///
    /// # Errors
    /// It was.
    pub async fn begin_session(&self, user: UserId, password: String) -> Result<SessionId> {
        self.write(move |db| {
            let holds = db.query_row(
                "SELECT EXISTS (SELECT 1 FROM users WHERE id = ? AND password = ? AND banned_at IS NULL)",
                params![user.0.as_bytes(), password],
                |row| row.get(0),
            )?;
            if holds {
                begin_session(db, user)
            } else {
                Err(StoreError::Forbidden("Your account was changed meanwhile."))
            }
        })
        .await
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
            // Reading goes on where nothing can be written.
            if let Err(error) = self.use_sessions(vec![id]).await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
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

    /// Counts open sockets as uses of their sessions.
    ///
    /// # Errors
    /// The store is away.
    pub async fn use_sessions(&self, ids: Vec<SessionId>) -> Result<()> {
        self.write(move |db| {
            let mut update = db.prepare_cached("UPDATE sessions SET last_used_at = ? WHERE id = ?")?;
            for id in ids {
                update.execute(params![now().as_millis(), id.0.as_bytes()])?;
            }
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
        return Err(StoreError::Forbidden(INVITE_REFUSED));
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
pub(super) fn oldest_use() -> i64 {
    now().as_millis() - i64::try_from(SESSION_LIFETIME.as_millis()).unwrap_or(i64::MAX)
}
