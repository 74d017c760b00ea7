//! Names of users: which of them other users see, and which of them read alike.

use std::collections::{HashMap, HashSet};

use protocol::{UserId, limits::MAX_DISPLAY_NAME_CHARS, text::is_name};
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use super::{
    Result, Store,
    sql::{Db, values},
};

/// Returns the name that others see. A display name that an earlier version accepted, and that
/// would hide who somebody is, gives way to the username.
pub(super) fn shown_name(display_name: Option<String>, username: &str) -> String {
    display_name
        .filter(|name| is_name(name, MAX_DISPLAY_NAME_CHARS))
        .unwrap_or_else(|| username.to_owned())
}

/// What a name is compared by. Two names read alike if one of the keys is equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NameKeys {
    /// The skeleton of UTS 39, which letters of one shape share, without case and spaces.
    skeleton: String,
    /// The name without case, spaces and differences of width. A username is its own.
    folded: String,
}

impl NameKeys {
    fn of(name: &str) -> Self {
        let is_filler = |letter: &char| letter.is_whitespace() || *letter == '@';
        let plain: String = name.nfkc().filter(|letter| !is_filler(letter)).collect();
        let shapes: String = skeleton(&plain).flat_map(char::to_lowercase).collect();
        // The skeleton of `I` is `l`, and that of `i` is not.
        let skeleton = shapes.replace('i', "l");
        Self { skeleton, folded: plain.to_lowercase() }
    }
}

/// A condition on users other than `$1` whose names read like one with the skeleton `$2`, the
/// folded name `$3` and the username `$4`, or whose usernames do.
const READS_LIKE: &str =
    "id <> $1 AND (skeleton = $2 OR folded = $3 OR username = $3 OR folded = $4)";

/// The number of users with one name beyond which nobody is told of another one. They have been
/// told of the first.
const MAX_TOLD: u32 = 100;

impl Store {
    /// Returns the other users whose names read like that of this user.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn users_alike(&self, user: UserId) -> Result<Vec<UserId>> {
        self.read(move |db| users_alike(db, user)).await
    }
}

/// Returns the other users whose names read like that of this user, at most [`MAX_TOLD`].
pub(super) fn users_alike(db: &Db, user: UserId) -> Result<Vec<UserId>> {
    let select = "SELECT username, skeleton, folded FROM users WHERE id = $1";
    let (username, skeleton, folded) = db.one(select, values![user], |row| {
        let skeleton: Option<String> = row.get("skeleton")?;
        Ok((row.get::<String>("username")?, skeleton, row.get::<Option<String>>("folded")?))
    })?;
    db.rows(
        &format!("SELECT id FROM users WHERE {READS_LIKE} LIMIT $5"),
        values![user, &skeleton, &folded, &username, MAX_TOLD],
        |row| row.get("id"),
    )
}

/// Records a new name of a user as [`record_name`] does. Returns the other users whose mark may
/// have changed.
pub(super) fn rename(
    db: &Db,
    user: UserId,
    username: &str,
    display_name: String,
) -> Result<Vec<UserId>> {
    let mut others = users_alike(db, user)?;
    record_name(db, user, username, Some(display_name))?;
    others.extend(users_alike(db, user)?);
    others.sort_unstable_by_key(|other| other.0);
    others.dedup();
    Ok(others)
}

/// Records what the name of a user is compared by, after the user's row was written with that name.
/// Marks the user, and all whose names read alike.
pub(super) fn record_name(
    db: &Db,
    user: UserId,
    username: &str,
    display_name: Option<String>,
) -> Result<()> {
    let before =
        db.one("SELECT skeleton, folded FROM users WHERE id = $1", values![user], |row| {
            Ok((row.get::<Option<String>>("skeleton")?, row.get::<Option<String>>("folded")?))
        })?;
    let NameKeys { skeleton, folded } = NameKeys::of(&shown_name(display_name, username));
    let keys = values![user, &skeleton, &folded, username];
    let is_alike: bool = db.one(
        &format!("SELECT EXISTS (SELECT 1 FROM users WHERE {READS_LIKE}) AS is_alike"),
        keys,
        |row| row.get("is_alike"),
    )?;
    db.execute(&format!("UPDATE users SET alike = 1 WHERE alike = 0 AND {READS_LIKE}"), keys)?;
    db.execute(
        "UPDATE users SET skeleton = $1, folded = $2, alike = $3 WHERE id = $4",
        values![&skeleton, &folded, is_alike, user],
    )?;
    if let (Some(skeleton), Some(folded)) = before {
        unmark(db, user, username, &NameKeys { skeleton, folded })?;
    }
    Ok(())
}

/// Removes the mark of the users who read like an earlier name of `user` and like nobody now.
fn unmark(db: &Db, user: UserId, username: &str, before: &NameKeys) -> Result<()> {
    let update = format!(
        "UPDATE users SET alike = 0 WHERE alike = 1 AND {READS_LIKE} AND NOT EXISTS (
             SELECT 1 FROM users AS other WHERE other.id <> users.id
                 AND (other.skeleton = users.skeleton OR other.folded = users.folded
                     OR other.username = users.folded OR other.folded = users.username))"
    );
    db.execute(&update, values![user, &before.skeleton, &before.folded, username])?;
    Ok(())
}

/// A user, as the table has it.
struct StoredName {
    user: UserId,
    username: String,
    keys: NameKeys,
    /// The skeleton, the folded name and the mark that are stored.
    stored: (Option<String>, Option<String>, bool),
}

/// Makes what the names of all users are compared by, where it is missing or `renew` is set: an
/// earlier version wrote these users, or compared names in another way.
pub(super) fn complete_names(db: &Db, renew: bool) -> Result<()> {
    let select = "SELECT EXISTS (SELECT 1 FROM users WHERE skeleton IS NULL) AS is_missing";
    if !renew && !db.one(select, &[], |row| row.get("is_missing"))? {
        return Ok(());
    }
    let names = db.rows(
        "SELECT id, username, display_name, skeleton, folded, alike FROM users",
        &[],
        |row| {
            let username: String = row.get("username")?;
            let keys = NameKeys::of(&shown_name(row.get("display_name")?, &username));
            let stored = (row.get("skeleton")?, row.get("folded")?, row.get("alike")?);
            Ok(StoredName { user: row.get("id")?, username, keys, stored })
        },
    )?;
    let (mut skeletons, mut folded) = (HashMap::new(), HashMap::new());
    let usernames: HashSet<_> = names.iter().map(|name| &name.username).collect();
    for StoredName { keys, .. } in &names {
        *skeletons.entry(&keys.skeleton).or_insert(0_u32) += 1;
        *folded.entry(&keys.folded).or_insert(0_u32) += 1;
    }
    for StoredName { user, username, keys, stored } in &names {
        let own_name = u32::from(keys.folded == *username);
        let is_alike = skeletons[&keys.skeleton] > 1
            || folded[&keys.folded] > 1
            || (keys.folded != *username && usernames.contains(&keys.folded))
            || folded.get(username).copied().unwrap_or_default() > own_name;
        let made = (Some(keys.skeleton.clone()), Some(keys.folded.clone()), is_alike);
        if made != *stored {
            db.execute(
                "UPDATE users SET skeleton = $1, folded = $2, alike = $3 WHERE id = $4",
                values![&keys.skeleton, &keys.folded, is_alike, *user],
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
