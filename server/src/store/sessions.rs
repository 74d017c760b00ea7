//! Sessions. One ends [`SESSION_LIFETIME`] after its last use.

use protocol::{
    SessionId, Timestamp, User, UserId,
    http::{OpenSession, PasswordWasReset},
    limits::SESSION_LIFETIME,
};
use uuid::Uuid;

use super::{
    Result, Store, StoreError, now,
    resets::tell_reset,
    sql::{Db, VALUES_PER_STATEMENT, Value, values},
    users::{read_user, user_columns},
};

/// The time between two records of a session's last use. Not every request writes.
const LAST_USE_STEP_MS: i64 = 60 * 60 * 1000;
/// The last sessions of a user that are kept even if they look expired.
///
/// The clock may be ahead, of this node or of all: what expired by it is valid again once the clock
/// is right.
const MAX_EXPIRED: u64 = 100;
/// The most sessions that a user is shown.
const MAX_LISTED: u64 = 500;

/// A valid session and its user.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The session.
    pub id: SessionId,
    /// The user, as of now.
    pub user: User,
}

/// What a user needs to recognize a session: where its log-in came from.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The browser and the system, in words.
    pub browser: Option<String>,
    /// The address.
    pub address: Option<String>,
}

impl Store {
    /// Begins a session for a user who has signed in with the password of that hash. Returns as
    /// well whether the user must be told that the password was set by a link.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the password has been changed since, or the user has
    /// been banned.
    pub async fn begin_session(
        &self,
        user: UserId,
        password: String,
        device: Device,
    ) -> Result<(SessionId, Option<PasswordWasReset>)> {
        self.write(move |db| {
            let is_valid = db.one(
                "SELECT EXISTS (SELECT 1 FROM users
                     WHERE id = $1 AND password = $2 AND banned_at IS NULL) AS is_valid",
                values![user, &password],
                |row| row.get("is_valid"),
            )?;
            if is_valid {
                Ok((begin_session(db, user, &device)?, tell_reset(db, user)?))
            } else {
                Err(StoreError::Forbidden("Your account has been changed in the meantime."))
            }
        })
        .await
    }

    /// Returns the session and its user, if it is valid. Counts as a use of the session.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn session(&self, id: SessionId) -> Result<Option<SessionUser>> {
        let found = self
            .read(move |db| {
                db.row(
                    concat!(
                        "SELECT last_used_at, ",
                        user_columns!(),
                        " FROM sessions JOIN users ON users.id = sessions.user_id
                         WHERE sessions.id = $1 AND last_used_at > $2"
                    ),
                    values![id, oldest_use()],
                    |row| {
                        let session = SessionUser { id, user: read_user(row)? };
                        Ok((session, row.get::<i64>("last_used_at")?))
                    },
                )
            })
            .await?;
        let Some((session, last_used_at)) = found else { return Ok(None) };
        // A use in the future was recorded while the clock was ahead.
        if (now().as_millis() - last_used_at).abs() > LAST_USE_STEP_MS {
            // Requests that only read keep working while the store cannot be written.
            if let Err(error) = self.touch_sessions(vec![id]).await {
                tracing::warn!(%error, "the last use of a session could not be recorded");
            }
        }
        Ok(Some(session))
    }

    /// Ends a session, and with it its cookie and its token.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn end_session(&self, id: SessionId) -> Result<()> {
        self.write(move |db| {
            db.execute("DELETE FROM sessions WHERE id = $1", values![id])?;
            Ok(())
        })
        .await
    }

    /// Returns the valid sessions of a user: `current`, then the last used first.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn sessions_of(&self, user: UserId, current: SessionId) -> Result<Vec<OpenSession>> {
        self.read(move |db| {
            db.rows(
                "SELECT id, created_at, last_used_at, browser, address FROM sessions
                 WHERE user_id = $1 AND last_used_at > $2
                 ORDER BY CASE WHEN id = $3 THEN 0 ELSE 1 END, last_used_at DESC, id LIMIT $4",
                values![user, oldest_use(), current, MAX_LISTED],
                |row| {
                    let id = row.get("id")?;
                    let created_at: Timestamp = row.get("created_at")?;
                    Ok(OpenSession {
                        id,
                        created_at,
                        used_at: row.get("last_used_at")?,
                        browser: row.get("browser")?,
                        address: row.get("address")?,
                        current: id == current,
                    })
                },
            )
        })
        .await
    }

    /// Ends a session of a user.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has no such session.
    pub async fn end_session_of(&self, user: UserId, id: SessionId) -> Result<()> {
        self.write(move |db| {
            let delete = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
            let ended = db.execute(delete, values![id, user])?;
            if ended == 0 { Err(StoreError::NotFound("session")) } else { Ok(()) }
        })
        .await
    }

    /// Ends all sessions of a user but one.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn end_other_sessions(&self, user: UserId, except: SessionId) -> Result<()> {
        self.write(move |db| {
            let delete = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";
            db.execute(delete, values![user, except])?;
            Ok(())
        })
        .await
    }

    /// Records a use of these sessions, such as an open socket.
    ///
    /// Many sessions take several jobs of one statement each: a job blocks all other writes, on
    /// all nodes.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn touch_sessions(&self, ids: Vec<SessionId>) -> Result<()> {
        for some in ids.chunks(VALUES_PER_STATEMENT) {
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
}

/// Begins a session, and deletes the user's expired ones, except the last [`MAX_EXPIRED`].
pub(super) fn begin_session(db: &Db, user: UserId, device: &Device) -> Result<SessionId> {
    let id = SessionId(Uuid::new_v4());
    db.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND last_used_at <= $2 AND id NOT IN (
             SELECT id FROM sessions WHERE user_id = $1 ORDER BY last_used_at DESC LIMIT $3)",
        values![user, oldest_use(), MAX_EXPIRED],
    )?;
    db.execute(
        "INSERT INTO sessions (id, user_id, created_at, last_used_at, browser, address)
         VALUES ($1, $2, $3, $3, $4, $5)",
        values![id, user, now(), &device.browser, &device.address],
    )?;
    Ok(id)
}

/// Checks that a session still exists: other nodes may have ended it since the request began. On
/// SQLite there are no other nodes.
///
/// # Errors
/// Returns [`StoreError::SessionEnded`] if it does not.
pub(super) fn check_session(db: &Db, session: SessionId) -> Result<()> {
    let Db::Postgres(_) = db else { return Ok(()) };
    let select = "SELECT 1 AS one FROM sessions WHERE id = $1";
    db.row(select, values![session], |_| Ok(()))?.ok_or(StoreError::SessionEnded)
}

/// Returns the time, in milliseconds, of the oldest last use of a valid session.
pub(super) fn oldest_use() -> i64 {
    now().as_millis() - i64::try_from(SESSION_LIFETIME.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;
    use crate::store::NewUser;

    async fn used_sessions(store: &Store) -> u64 {
        let count = "SELECT count(*) AS used FROM sessions WHERE last_used_at > 0";
        store.write(move |db| db.one(count, &[], |row| row.get("used"))).await.unwrap()
    }

    /// A clock that was ahead for a while ends no session, and prolongs none.
    #[tokio::test]
    async fn sessions_outlive_a_clock_that_was_ahead() {
        const DAYS: i64 = 40 * 24 * 60 * 60 * 1000;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let first = store.register(NewUser::test("ada")).await.unwrap();
        let (user, id) = (first.user.id, first.id);
        let shift = async |days: i64| {
            // As if the clock were moved the other way.
            let update = "UPDATE sessions SET last_used_at = last_used_at + $1";
            store.write(move |db| db.execute(update, values![days])).await.unwrap();
        };
        shift(-DAYS).await;
        assert!(store.session(id).await.unwrap().is_none(), "expired by the clock that is ahead");
        let begin = async || {
            let begun = store.begin_session(user, String::new(), Device::default()).await;
            begun.unwrap().0
        };
        let later = begin().await;
        shift(DAYS).await;
        assert!(store.session(id).await.unwrap().is_some(), "valid again");
        assert!(store.session(later).await.unwrap().is_some());
        let last = "SELECT max(last_used_at) AS last FROM sessions";
        let last: i64 =
            store.read(move |db| db.one(last, &[], |row| row.get("last"))).await.unwrap();
        assert!(last <= now().as_millis(), "a use in the future is corrected");
        for _ in 0..2 * MAX_EXPIRED {
            begin().await;
        }
        shift(-DAYS).await;
        begin().await;
        assert_eq!(used_sessions(&store).await, MAX_EXPIRED + 1, "their number is bounded");
    }

    #[tokio::test]
    async fn other_writes_run_between_the_updates_of_many_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let first = store.register(NewUser::test("ada")).await.unwrap();
        let many = store.write(move |db| {
            let mut ids = vec![first.id];
            while ids.len() < 2 * VALUES_PER_STATEMENT + 1 {
                ids.push(begin_session(db, first.user.id, &Device::default())?);
            }
            db.execute("UPDATE sessions SET last_used_at = 0", &[])?;
            Ok(ids)
        });
        let ids = many.await.unwrap();
        let mut touching = pin!(store.touch_sessions(ids.clone()));
        assert!(poll!(touching.as_mut()).is_pending());
        let used = used_sessions(&store).await;
        assert_eq!(used, VALUES_PER_STATEMENT as u64, "this write ran after the first update");
        touching.await.unwrap();
        assert_eq!(used_sessions(&store).await, ids.len() as u64);
    }
}
