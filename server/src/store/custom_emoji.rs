//! Emoji that users have added: a name and a picture of each.

use protocol::{
    CustomEmoji, UserId,
    limits::{MAX_CUSTOM_EMOJI, MAX_OWN_CUSTOM_EMOJI},
    text::custom_emoji_name,
};
use uuid::Uuid;

use super::{
    Result, SessionUser, Store, StoreError,
    actor::check_actor,
    now,
    sessions::check_session,
    sql::{Db, Row, VALUES_PER_STATEMENT, Value, values},
    users::read_sender,
};

/// The error for a user who may not add emoji.
pub const MAY_NOT_ADD_EMOJI: &str = "Only the owner and admins can add emoji.";

/// What differs after the emoji have changed: how many there are, and the sum of the times when
/// they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmojiVersion(u64, i64);

/// A picture, as it is served.
#[derive(Clone, Debug)]
pub struct EmojiPicture {
    /// The media type.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Reads an emoji without its picture.
macro_rules! select_emoji {
    ($condition:literal) => {
        concat!(
            "SELECT name, custom_emoji.id AS emoji, user_id, username, display_name, alike, picture
             FROM custom_emoji JOIN users ON users.id = user_id ",
            $condition
        )
    };
}

impl Store {
    /// Returns all custom emoji, sorted by name.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn custom_emoji(&self) -> Result<Vec<CustomEmoji>> {
        self.read(|db| db.rows(select_emoji!("ORDER BY name"), &[], read_emoji)).await
    }

    /// Returns the custom emoji with these names, sorted by name. `names` are sorted.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn custom_emoji_named(&self, names: Vec<String>) -> Result<Vec<CustomEmoji>> {
        if names.len() > VALUES_PER_STATEMENT {
            let mut emoji = self.custom_emoji().await?;
            emoji.retain(|emoji| names.binary_search(&emoji.name).is_ok());
            return Ok(emoji);
        }
        self.read(move |db| {
            let names: Vec<_> = names.iter().map(Value::from).collect();
            let select = select_emoji!("WHERE name");
            let mut emoji = db.rows_among_values((select, &[]), &names, read_emoji)?;
            emoji.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(emoji)
        })
        .await
    }

    /// Returns what differs after the emoji have changed.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn custom_emoji_version(&self) -> Result<EmojiVersion> {
        self.read(|db| {
            let select = "SELECT count(*) AS total,
                                 CAST(coalesce(sum(created_at), 0) AS BIGINT) AS times
                          FROM custom_emoji";
            db.one(select, &[], |row| Ok(EmojiVersion(row.get("total")?, row.get("times")?)))
        })
        .await
    }

    /// Returns the picture with this id.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is none.
    pub async fn emoji_picture(&self, id: Uuid) -> Result<EmojiPicture> {
        self.read(move |db| {
            let select = "SELECT media_type, bytes FROM custom_emoji WHERE id = $1";
            db.row(select, values![id], read_picture)?.ok_or(StoreError::NotFound("emoji"))
        })
        .await
    }

    /// Adds an emoji with a picture of this media type. With `by_admins`, only the owner and admins
    /// may.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if the user may not, [`StoreError::Taken`] if the name is
    /// taken, and [`StoreError::Clash`] if there are too many, of all or of the user.
    pub async fn add_emoji(
        &self,
        session: SessionUser,
        name: String,
        (media_type, bytes): (&'static str, Vec<u8>),
        by_admins: bool,
    ) -> Result<CustomEmoji> {
        self.write(move |db| {
            let user = session.user.id;
            check_session(db, session.id)?;
            let role = check_actor(db, user)?;
            if by_admins && !role.may_manage_emoji() {
                return Err(StoreError::Forbidden(MAY_NOT_ADD_EMOJI));
            }
            if emoji_exists(db, &name)? {
                return Err(StoreError::Taken("name"));
            }
            let (total, own) = count(db, user)?;
            if total >= MAX_CUSTOM_EMOJI {
                return Err(StoreError::Clash(
                    "There are 1,000 emoji already, and there cannot be more. Remove one first.",
                ));
            }
            if own >= MAX_OWN_CUSTOM_EMOJI && !role.may_manage_emoji() {
                return Err(StoreError::Clash(
                    "You have added 100 emoji, and cannot add more. Remove one of them first.",
                ));
            }
            // No one can guess the address of a picture, and another picture has another one.
            db.execute(
                "INSERT INTO custom_emoji (name, id, user_id, created_at, media_type, bytes)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                values![&name, Uuid::new_v4(), user, now(), media_type, Value::Bytes(&bytes)],
            )?;
            find(db, &name)
        })
        .await
    }

    /// Removes an emoji. Whoever has added it may, and the owner and admins.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is none, and [`StoreError::Forbidden`] if the user
    /// may not.
    pub async fn remove_emoji(&self, session: SessionUser, name: String) -> Result<()> {
        self.write(move |db| {
            let user = session.user.id;
            check_session(db, session.id)?;
            let role = check_actor(db, user)?;
            if find(db, &name)?.by.id != user && !role.may_manage_emoji() {
                return Err(StoreError::Forbidden(
                    "Only who added an emoji, the owner and admins can remove it.",
                ));
            }
            db.execute("DELETE FROM custom_emoji WHERE name = $1", values![&name])?;
            Ok(())
        })
        .await
    }
}

/// Returns whether a reaction is an emoji that exists: one of Unicode, or a custom one.
pub(super) fn is_present(db: &Db, reaction: &str) -> Result<bool> {
    match custom_emoji_name(reaction) {
        Some(name) => emoji_exists(db, name),
        None => Ok(true),
    }
}

/// Returns how many emoji there are, and how many of them this user has added.
fn count(db: &Db, by: UserId) -> Result<(u64, u64)> {
    let select = "SELECT count(*) AS total, count(CASE WHEN user_id = $1 THEN 1 END) AS own
                  FROM custom_emoji";
    db.one(select, values![by], |row| Ok((row.get("total")?, row.get("own")?)))
}

fn emoji_exists(db: &Db, name: &str) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM custom_emoji WHERE name = $1) AS is_there";
    db.one(select, values![name], |row| row.get("is_there"))
}

fn find(db: &Db, name: &str) -> Result<CustomEmoji> {
    let found = db.row(select_emoji!("WHERE name = $1"), values![name], read_emoji)?;
    found.ok_or(StoreError::NotFound("emoji"))
}

fn read_emoji(row: &Row<'_>) -> Result<CustomEmoji> {
    let id: Uuid = row.get("emoji")?;
    let url = format!("/emoji/{id}");
    Ok(CustomEmoji { name: row.get("name")?, url, by: read_sender(row, "user_id")? })
}

fn read_picture(row: &Row<'_>) -> Result<EmojiPicture> {
    let bytes = match row.value("bytes")? {
        Value::Bytes(bytes) => bytes.to_vec(),
        _ => return Err(StoreError::NotFound("emoji")),
    };
    Ok(EmojiPicture { media_type: row.get("media_type")?, bytes })
}
