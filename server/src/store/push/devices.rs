//! The browsers that receive notifications.

use protocol::{PushId, SessionId, UserId, http::PushDevice, limits::MAX_PUSH_DEVICES};
use uuid::Uuid;

use super::content::PushTarget;
use crate::store::{
    Result, SessionUser, Store, StoreError, now,
    sessions::{check_session, oldest_use},
    sql::{Db, Row, Value, run_blocking, values},
};

/// A browser that shall receive notifications.
#[derive(Clone, Debug)]
pub struct NewPushDevice {
    /// The address at the push service.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// The browser's authentication secret.
    pub auth: Vec<u8>,
}

/// Selects the browsers whose sessions are valid.
macro_rules! select_devices {
    ($columns:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM push_devices JOIN sessions ON sessions.id = session_id
             WHERE last_used_at > $1 AND ",
            $condition
        )
    };
}
pub(super) use select_devices;

impl Store {
    /// Returns the key of this server for push services. Stores `new` as the key if there is none
    /// yet.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub fn vapid_key(&self, new: &str) -> Result<String> {
        run_blocking(|| {
            self.readers.run(|db| {
                db.execute(
                    "INSERT INTO meta (key, value) VALUES ('vapid_key', $1)
                     ON CONFLICT DO NOTHING",
                    values![new],
                )?;
                let select = "SELECT value FROM meta WHERE key = 'vapid_key'";
                db.one(select, &[], |row| row.get("value"))
            })
        })
    }

    /// Returns the user's browsers, that of the session first.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_devices(&self, session: &SessionUser) -> Result<Vec<PushDevice>> {
        let (user, current) = (session.user.id, session.id);
        self.read(move |db| {
            let select = select_devices!(
                "push_devices.id, session_id, endpoint, browser, push_devices.created_at, \
                 pushed_at, ended_at",
                "push_devices.user_id = $2
                 ORDER BY CASE WHEN session_id = $3 THEN 0 ELSE 1 END, push_devices.created_at"
            );
            db.rows(select, values![oldest_use(), user, current], |row| read(row, current))
        })
        .await
    }

    /// Returns where to send notifications to all browsers of a user.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_targets(&self, user: UserId) -> Result<Vec<PushTarget>> {
        self.read(move |db| {
            let select = select_devices!(
                "push_devices.id, push_devices.user_id, endpoint, p256dh, auth",
                "push_devices.user_id = $2 AND ended_at IS NULL ORDER BY push_devices.created_at"
            );
            db.rows(select, values![oldest_use(), user], PushTarget::read)
        })
        .await
    }

    /// Adds a browser to a session. The same endpoint of the same user keeps its id, and that of
    /// another user changes hands. It takes the place of those that have ended.
    ///
    /// # Errors
    /// Fails if the session has ended, or if the store is unavailable.
    pub async fn add_push_device(
        &self,
        session: &SessionUser,
        new: NewPushDevice,
    ) -> Result<PushId> {
        let (user, session) = (session.user.id, session.id);
        let added = self.write(move |db| add(db, user, session, &new)).await?;
        self.pushes_due.notify_one();
        Ok(added)
    }

    /// Removes a browser of a user.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user has no such browser.
    pub async fn remove_push_device(&self, user: UserId, id: PushId) -> Result<()> {
        self.write(move |db| {
            let delete = "DELETE FROM push_devices WHERE id = $1 AND user_id = $2";
            match db.execute(delete, values![id, user])? {
                0 => Err(StoreError::NotFound("device")),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn add(db: &Db, user: UserId, session: SessionId, new: &NewPushDevice) -> Result<PushId> {
    check_session(db, session)?;
    let select = "SELECT id FROM push_devices WHERE endpoint = $1 AND user_id = $2";
    let known = db.row(select, values![&new.endpoint, user], |row| row.get("id"))?;
    let id = known.unwrap_or_else(|| PushId(Uuid::new_v4()));
    db.execute(
        "DELETE FROM push_devices WHERE id <> $1
             AND (endpoint = $2 OR (session_id = $3 AND ended_at IS NOT NULL))",
        values![id, &new.endpoint, session],
    )?;
    db.execute(
        "INSERT INTO push_devices (id, user_id, session_id, endpoint, p256dh, auth, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET session_id = excluded.session_id,
             p256dh = excluded.p256dh, auth = excluded.auth, ended_at = NULL",
        values![
            id,
            user,
            session,
            &new.endpoint,
            Value::Bytes(&new.p256dh),
            Value::Bytes(&new.auth),
            now(),
        ],
    )?;
    db.execute(
        "DELETE FROM push_devices WHERE user_id = $1 AND id NOT IN (
             SELECT id FROM push_devices WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2)",
        values![user, MAX_PUSH_DEVICES],
    )?;
    Ok(id)
}

fn read(row: &Row<'_>, current: SessionId) -> Result<PushDevice> {
    let service = host_of(&row.get::<String>("endpoint")?);
    Ok(PushDevice {
        id: row.get("id")?,
        browser: row.get("browser")?,
        service,
        created_at: row.get("created_at")?,
        pushed_at: row.get("pushed_at")?,
        ended_at: row.get("ended_at")?,
        current: row.get::<SessionId>("session_id")? == current,
    })
}

/// Returns the host of the push service of an endpoint.
pub(super) fn host_of(endpoint: &str) -> String {
    let url = url::Url::parse(endpoint).ok();
    url.and_then(|url| url.host_str().map(ToOwned::to_owned)).unwrap_or_default()
}
