//! Names of users: which of them other users see, and which of them read alike.

use std::collections::{BTreeSet, HashMap, HashSet};

use protocol::{UserId, limits::MAX_DISPLAY_NAME_CHARS, text::is_name};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
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

/// Returns what a word is found by: its letters without case, marks and differences of width.
pub(super) fn folded_word(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let plain: String = word.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    plain.to_lowercase().nfkc().collect()
}

/// Returns the words by whose beginnings a user is found: those of the name and the username, and
/// what follows a sign in one of them, such as `luc` of `jean-luc`.
fn words(username: &str, name: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for word in name.split_whitespace().chain([username]) {
        let word = folded_word(word);
        let mut follows_sign = true;
        for (at, letter) in word.char_indices() {
            if follows_sign && letter.is_alphanumeric() {
                words.insert(word[at..].to_owned());
            }
            follows_sign = !letter.is_alphanumeric();
        }
        words.insert(word);
    }
    words.remove("");
    words
}

/// Records the words by which a user is found.
fn record_words(db: &Db, user: UserId, username: &str, name: &str) -> Result<()> {
    db.execute("DELETE FROM user_words WHERE user_id = $1", values![user])?;
    for word in words(username, name) {
        let insert = "INSERT INTO user_words (user_id, word) VALUES ($1, $2)";
        db.execute(insert, values![user, &word])?;
    }
    Ok(())
}

/// Returns the SQL of the skeleton of the username in a table. All that a username can consist of
/// is ASCII. The migrations have an index on it.
fn username_skeleton(table: &str) -> String {
    let changes = [("m", "rn"), ("0", "o"), ("1", "l"), ("i", "l")];
    changes.iter().fold(format!("{table}username"), |text, (letter, shape)| {
        format!("replace({text}, '{letter}', '{shape}')")
    })
}

/// Returns a condition on users other than `$1` whose names read like one with the skeleton `$2`,
/// the folded name `$3`, the username `$4` and its skeleton `$5`, or whose usernames do. Somebody
/// who is shown by another name is still known by the username.
fn reads_like() -> String {
    let of_username = username_skeleton("");
    format!(
        "id <> $1 AND (skeleton = $2 OR folded = $3 OR username = $3 OR folded = $4
             OR {of_username} = $2 OR skeleton = $5)"
    )
}

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
    let of_username = NameKeys::of(&username).skeleton;
    db.rows(
        &format!("SELECT id FROM users WHERE {} LIMIT $6", reads_like()),
        values![user, &skeleton, &folded, &username, &of_username, MAX_TOLD],
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
    let name = shown_name(display_name, username);
    record_words(db, user, username, &name)?;
    let NameKeys { skeleton, folded } = NameKeys::of(&name);
    let (alike, of_username) = (reads_like(), NameKeys::of(username).skeleton);
    let keys = values![user, &skeleton, &folded, username, &of_username];
    let is_alike: bool = db.one(
        &format!("SELECT EXISTS (SELECT 1 FROM users WHERE {alike}) AS is_alike"),
        keys,
        |row| row.get("is_alike"),
    )?;
    db.execute(&format!("UPDATE users SET alike = 1 WHERE alike = 0 AND {alike}"), keys)?;
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
    let (alike, of_username) = (reads_like(), NameKeys::of(username).skeleton);
    let (of_users, of_other) = (username_skeleton("users."), username_skeleton("other."));
    let update = format!(
        "UPDATE users SET alike = 0 WHERE alike = 1 AND {alike} AND NOT EXISTS (
             SELECT 1 FROM users AS other WHERE other.id <> users.id
                 AND (other.skeleton = users.skeleton OR other.folded = users.folded
                     OR other.username = users.folded OR other.folded = users.username
                     OR {of_other} = users.skeleton OR other.skeleton = {of_users}))"
    );
    db.execute(&update, values![user, &before.skeleton, &before.folded, username, &of_username])?;
    Ok(())
}

/// A user, as the table has it.
struct StoredName {
    user: UserId,
    username: String,
    name: String,
    of_username: String,
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
            let name = shown_name(row.get("display_name")?, &username);
            let keys = NameKeys::of(&name);
            let stored = (row.get("skeleton")?, row.get("folded")?, row.get("alike")?);
            let of_username = NameKeys::of(&username).skeleton;
            Ok(StoredName { user: row.get("id")?, username, name, of_username, keys, stored })
        },
    )?;
    let (mut skeletons, mut folded) = (HashMap::new(), HashMap::new());
    let usernames: HashSet<_> = names.iter().map(|name| &name.username).collect();
    let mut of_usernames = HashMap::new();
    for StoredName { keys, of_username, .. } in &names {
        *of_usernames.entry(of_username).or_insert(0_u32) += 1;
        *skeletons.entry(&keys.skeleton).or_insert(0_u32) += 1;
        *folded.entry(&keys.folded).or_insert(0_u32) += 1;
    }
    for StoredName { user, username, name, of_username, keys, stored } in &names {
        let own_name = u32::from(keys.folded == *username);
        let own_shape = u32::from(keys.skeleton == *of_username);
        let count = |counts: &HashMap<&String, u32>, key| counts.get(key).copied().unwrap_or(0);
        let is_alike = skeletons[&keys.skeleton] > 1
            || folded[&keys.folded] > 1
            || (keys.folded != *username && usernames.contains(&keys.folded))
            || count(&folded, username) > own_name
            || count(&of_usernames, &keys.skeleton) > own_shape
            || count(&skeletons, of_username) > own_shape;
        let made = (Some(keys.skeleton.clone()), Some(keys.folded.clone()), is_alike);
        if renew || made.1 != stored.1 {
            record_words(db, *user, username, name)?;
        }
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
