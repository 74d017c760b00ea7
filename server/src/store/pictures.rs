//! The pictures of users, as they are served.

use protocol::UserId;

use super::{
    Result, SessionUser, Store, StoreError,
    actor::check_actor,
    now,
    profiles::mark_changed,
    sessions::check_session,
    sql::{Db, Row, Value, values},
    users::user_named,
};

/// A picture.
#[derive(Clone, Debug)]
pub struct StoredPicture {
    /// The version in its address.
    pub version: i64,
    /// The media type.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Returns the picture of the user with that id or username.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is no such user, or the user has no picture.
    pub async fn picture(&self, user: String) -> Result<StoredPicture> {
        self.read(move |db| {
            let user = user_named(db, &user)?.id;
            let select = "SELECT picture, media_type, bytes
                 FROM pictures JOIN users ON users.id = user_id
                 WHERE user_id = $1 AND picture IS NOT NULL";
            db.row(select, values![user], read_stored)?.ok_or(StoreError::NotFound("picture"))
        })
        .await
    }

    /// Replaces the picture of the user of a session by another one of this media type, or removes
    /// it.
    ///
    /// # Errors
    /// Fails if the session has ended, or if the store is unavailable.
    pub async fn set_picture(
        &self,
        session: SessionUser,
        picture: Option<(&'static str, Vec<u8>)>,
    ) -> Result<()> {
        self.write(move |db| {
            let user = session.user.id;
            check_session(db, session.id)?;
            check_actor(db, user)?;
            match picture {
                Some((media_type, bytes)) => replace(db, user, media_type, &bytes)?,
                None => {
                    db.execute("DELETE FROM pictures WHERE user_id = $1", values![user])?;
                    db.execute("UPDATE users SET picture = NULL WHERE id = $1", values![user])?;
                }
            }
            mark_changed(db, &[user])
        })
        .await
    }
}

fn replace(db: &Db, user: UserId, media_type: &str, bytes: &[u8]) -> Result<()> {
    let before: Option<i64> =
        db.one("SELECT picture FROM users WHERE id = $1", values![user], |row| row.get("picture"))?;
    // No two pictures of a user have one address, even if the clock stands still.
    let version = before.map_or(0, |before| before + 1).max(now().as_millis());
    db.execute(
        "INSERT INTO pictures (user_id, media_type, bytes) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE
             SET media_type = excluded.media_type, bytes = excluded.bytes",
        values![user, media_type, Value::Bytes(bytes)],
    )?;
    db.execute("UPDATE users SET picture = $1 WHERE id = $2", values![version, user])?;
    Ok(())
}

fn read_stored(row: &Row<'_>) -> Result<StoredPicture> {
    let bytes = match row.value("bytes")? {
        Value::Bytes(bytes) => bytes.to_vec(),
        _ => return Err(StoreError::NotFound("picture")),
    };
    Ok(StoredPicture { version: row.get("picture")?, media_type: row.get("media_type")?, bytes })
}
