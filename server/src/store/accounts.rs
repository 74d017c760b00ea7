//! People, their sessions, and the invitations that let more of them in.

use protocol::{Role, SessionId, Timestamp, User, UserId, limits::SESSION_LIFETIME};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    db::{Db, Row, VALUES_AT_A_TIME, Value, values},
    now,
};

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
        self.read(is_fresh).await
    }

    /// Makes an account and its first session. The first account of all is the owner's.
    ///
    /// # Errors
    /// The username is taken, the invitation does not work, or it was not the first.
    pub async fn register(&self, new: NewUser) -> Result<SessionUser> {
        self.write(move |db| {
            let first = is_fresh(db)?;
            if new.must_be_first && !first {
                return Err(StoreError::Forbidden(
                    "This Banter has an owner already. Ask for an invitation.",
                ));
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
                "INSERT INTO users (id, username, display_name, role, password, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                values![id, &new.username, &new.display_name, role.as_str(), &new.password, now()],
            )?;
            // What was said before one came is no news.
            db.execute(
                "INSERT INTO read_positions (user_id, room_id, seq)
                 SELECT $1, id, seq FROM rooms WHERE private = 0 AND seq > 0",
                values![id],
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
            db.row(
                "SELECT users.id, username, display_name, role, password, banned_at FROM users WHERE username = $1",
                values![&username],
                |row| {
                    let banned = row.get::<Option<i64>>("banned_at")?.is_some();
                    Ok(Credentials { user: read_user(row)?, password: row.get("password")?, banned })
                },
            )
        })
        .await
    }

    /// The person of that id or username.
    ///
    /// # Errors
    /// There is none.
    pub async fn user(&self, name: String) -> Result<User> {
        self.read(move |db| {
            // An id that nobody has stands for a name that is none.
            let id = Uuid::try_parse(&name).unwrap_or_default();
            let select = "SELECT users.id, username, display_name, role FROM users WHERE id = $1 OR username = $2 ORDER BY id = $1 DESC";
            db.row(select, values![id, &name], read_user)?.ok_or(StoreError::NotFound("person"))
        })
        .await
    }

    /// Sets a new password and ends all other sessions of that person, unless somebody changed it meanwhile.
    ///
    /// # Errors
    /// It was changed meanwhile.
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
                return Err(StoreError::Forbidden("The password was changed meanwhile."));
            }
            db.execute(
                "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
                values![user, session.id],
            )?;
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
            let changed = db.execute(
                "UPDATE users SET banned_at = $1 WHERE id = $2 AND role <> 'owner'",
                values![banned.then(now), user],
            )?;
            if changed == 0 {
                return Err(StoreError::Forbidden("The owner cannot be banned."));
            }
            if banned {
                db.execute("DELETE FROM sessions WHERE user_id = $1", values![user])?;
                db.execute("DELETE FROM invites WHERE creator_id = $1", values![user])?;
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
                "UPDATE users SET role = $1 WHERE id = $2 AND role <> 'owner'",
                values![role.as_str(), user],
            )?;
            if changed == 0 {
                Err(StoreError::Forbidden("The owner's role cannot be changed."))
            } else {
                Ok(())
            }
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
                let stem =
                    &like[..like.len().min(protocol::limits::MAX_USERNAME_CHARS - tail.len())];
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
            let holds = db.one(
                "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND password = $2 AND banned_at IS NULL) AS holds",
                values![user, &password],
                |row| row.get("holds"),
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
                db.row(
                    "SELECT users.id, username, display_name, role, last_used_at FROM sessions JOIN users ON users.id = sessions.user_id
                     WHERE sessions.id = $1 AND last_used_at > $2",
                    values![id, oldest_use()],
                    |row| Ok((SessionUser { id, user: read_user(row)? }, row.get::<i64>("last_used_at")?)),
                )
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
            db.execute("DELETE FROM sessions WHERE id = $1", values![id])?;
            Ok(())
        })
        .await
    }

    /// Counts open sockets as uses of their sessions. These may be many, and while one job runs nobody else writes, on
    /// whatever node: each job is one statement, and others get between.
    ///
    /// # Errors
    /// The store is away.
    pub async fn use_sessions(&self, ids: Vec<SessionId>) -> Result<()> {
        for some in ids.chunks(VALUES_AT_A_TIME) {
            let some = some.to_vec();
            self.write(move |db| {
                let some: Vec<_> = some.into_iter().map(Value::from).collect();
                db.execute_among(
                    ("UPDATE sessions SET last_used_at = $1 WHERE id", ""),
                    values![now()],
                    &some,
                )
            })
            .await?;
        }
        Ok(())
    }

    /// Keeps an invitation.
    ///
    /// # Errors
    /// The store is away.
    pub async fn invite(
        &self,
        code: String,
        creator: UserId,
        expires_at: Timestamp,
        uses: u32,
    ) -> Result<()> {
        self.write(move |db| {
            db.execute(
                "DELETE FROM invites WHERE expires_at < $1 OR uses_left = 0",
                values![now()],
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

    /// An invitation, where it still works.
    ///
    /// # Errors
    /// The store is away.
    pub async fn open_invite(&self, code: String) -> Result<Option<StoredInvite>> {
        self.read(move |db| find_invite(db, "code = $1", (&code).into())).await
    }

    /// The newest invitation of that person that still works.
    ///
    /// # Errors
    /// The store is away.
    pub async fn own_invite(&self, creator: UserId) -> Result<Option<StoredInvite>> {
        self.read(move |db| find_invite(db, "creator_id = $1", creator.into())).await
    }
}

fn is_fresh(db: &Db) -> Result<bool> {
    db.one("SELECT NOT EXISTS (SELECT 1 FROM users) AS is_fresh", &[], |row| row.get("is_fresh"))
}

fn find_invite(db: &Db, condition: &str, value: Value<'_>) -> Result<Option<StoredInvite>> {
    let select = format!(
        "SELECT code, coalesce(display_name, username) AS name FROM invites JOIN users ON users.id = creator_id
         WHERE {condition} AND expires_at > $2 AND uses_left > 0 ORDER BY invites.created_at DESC LIMIT 1"
    );
    db.row(&select, &[value, now().into()], |row| {
        Ok(StoredInvite { code: row.get("code")?, from: row.get("name")? })
    })
}

/// Reads a row of `users`.
pub(super) fn read_user(row: &Row<'_>) -> Result<User> {
    let username: String = row.get("username")?;
    let name = row.get::<Option<String>>("display_name")?.unwrap_or_else(|| username.clone());
    let role = match row.get::<String>("role")?.as_str() {
        "owner" => Role::Owner,
        "admin" => Role::Admin,
        _ => Role::Member,
    };
    Ok(User { id: row.get("id")?, username, name, role })
}

fn username_exists(db: &Db, username: &str) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM users WHERE username = $1) AS is_taken";
    db.one(select, values![username], |row| row.get("is_taken"))
}

fn use_invite(db: &Db, code: &str) -> Result<()> {
    let used = db.execute(
        "UPDATE invites SET uses_left = uses_left - 1 WHERE code = $1 AND expires_at > $2 AND uses_left > 0",
        values![code, now()],
    )?;
    if used == 0 {
        return Err(StoreError::Forbidden(INVITE_REFUSED));
    }
    Ok(())
}

fn begin_session(db: &Db, user: UserId) -> Result<SessionId> {
    let id = SessionId(Uuid::new_v4());
    db.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND last_used_at <= $2",
        values![user, oldest_use()],
    )?;
    db.execute(
        "INSERT INTO sessions (id, user_id, created_at, last_used_at) VALUES ($1, $2, $3, $3)",
        values![id, user, now()],
    )?;
    Ok(id)
}

/// Sessions last used before this moment have ended.
pub(super) fn oldest_use() -> i64 {
    now().as_millis() - i64::try_from(SESSION_LIFETIME.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;

    async fn used_sessions(store: &Store) -> u64 {
        let count = "SELECT count(*) AS used FROM sessions WHERE last_used_at > 0";
        store.write(move |db| db.one(count, &[], |row| row.get("used"))).await.unwrap()
    }

    #[tokio::test]
    async fn others_write_while_the_use_of_many_sessions_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let new = NewUser {
            username: "ada".into(),
            display_name: None,
            password: String::new(),
            invite: None,
            open: true,
            must_be_first: true,
        };
        let first = store.register(new).await.unwrap();
        let many = store.write(move |db| {
            let mut ids = vec![first.id];
            while ids.len() < 2 * VALUES_AT_A_TIME + 1 {
                ids.push(begin_session(db, first.user.id)?);
            }
            db.execute("UPDATE sessions SET last_used_at = 0", &[])?;
            Ok(ids)
        });
        let ids = many.await.unwrap();
        let mut noting = pin!(store.use_sessions(ids.clone()));
        assert!(poll!(noting.as_mut()).is_pending());
        assert_eq!(used_sessions(&store).await, VALUES_AT_A_TIME as u64, "this write came between");
        noting.await.unwrap();
        assert_eq!(used_sessions(&store).await, ids.len() as u64);
    }
}
