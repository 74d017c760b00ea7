//! The slugs of new rooms: unique, and none that the server or an id needs.

use std::collections::HashSet;

use protocol::{
    UserId,
    limits::{MAX_SLUG_CHARS, RESERVED_SLUGS},
};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    former_slugs::{is_taken, take_slug},
    sql::{Db, values},
};

/// The letters and digits of a random slug: none that are easily confused.
const RANDOM_LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The length of a random slug. 50 random bits leave nobody a chance to find one.
const RANDOM_CHARS: usize = 10;

/// How the slug of a new room is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewSlug {
    /// This one, or none.
    Exact(String),
    /// This one, or one with a suffix if it is taken: `desk-2`.
    Like(String),
    /// A random one, which tells nothing about other rooms.
    Random,
}

impl From<&str> for NewSlug {
    fn from(slug: &str) -> Self {
        Self::Exact(slug.to_owned())
    }
}

impl From<String> for NewSlug {
    fn from(slug: String) -> Self {
        Self::Exact(slug)
    }
}

impl Store {
    /// Returns the slug that a room made now would get.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn free_slug(&self, like: String) -> Result<String> {
        self.read(move |db| free_slug(db, &like)).await
    }
}

/// Returns whether no room may have this slug: the server uses it, or it reads as an id, which
/// could shadow the room of that id.
#[must_use]
pub fn is_reserved_slug(slug: &str) -> bool {
    RESERVED_SLUGS.contains(&slug) || Uuid::try_parse(slug).is_ok()
}

/// Chooses the slug of a new room, in the write that makes the room.
///
/// # Errors
/// Returns [`StoreError::Taken`](super::StoreError::Taken) if only this slug will do and it is
/// taken. A former slug is, except for who may manage its room.
pub(super) fn choose_slug(db: &Db, new: NewSlug, by: UserId) -> Result<String> {
    match new {
        NewSlug::Exact(slug) => take_slug(db, &slug, by).map(|()| slug),
        NewSlug::Like(slug) => free_slug(db, &slug),
        NewSlug::Random => loop {
            let slug = random_slug(Uuid::new_v4());
            if !is_taken(db, &slug)? {
                return Ok(slug);
            }
        },
    }
}

/// Returns `slug`, or the first of `slug-2`, `slug-3`, … that is free.
fn free_slug(db: &Db, slug: &str) -> Result<String> {
    if !is_reserved_slug(slug) && !is_taken(db, slug)? {
        return Ok(slug.to_owned());
    }
    let mut digits = 1;
    let mut stem = stem(slug, digits);
    let mut taken = with_suffix(db, stem)?;
    for number in 2_u64.. {
        let suffix = number.to_string();
        if suffix.len() > digits {
            digits = suffix.len();
            stem = self::stem(slug, digits);
            taken = with_suffix(db, stem)?;
        }
        let candidate = format!("{stem}-{suffix}");
        if !taken.contains(&candidate) && !is_reserved_slug(&candidate) {
            return Ok(candidate);
        }
    }
    Err(StoreError::NotFound("address"))
}

/// Returns the start of a slug that leaves room for a suffix of so many digits.
fn stem(slug: &str, digits: usize) -> &str {
    slug[..slug.len().min(MAX_SLUG_CHARS - 1 - digits)].trim_end_matches('-')
}

/// Returns the slugs that begin with `stem` and a hyphen. In ASCII, `.` follows the hyphen.
fn with_suffix(db: &Db, stem: &str) -> Result<HashSet<String>> {
    let range = [format!("{stem}-"), format!("{stem}.")];
    let select = "SELECT slug FROM rooms WHERE slug >= $1 AND slug < $2
         UNION ALL SELECT slug FROM former_slugs WHERE slug >= $1 AND slug < $2";
    let slugs = db.rows(select, values![&range[0], &range[1]], |row| row.get("slug"))?;
    Ok(slugs.into_iter().collect())
}

/// Spells 50 of the random bits of a UUID.
fn random_slug(random: Uuid) -> String {
    let mut bits = random.as_u128();
    let letters = (0..RANDOM_CHARS).map(|_| {
        let letter = RANDOM_LETTERS[(bits % 32) as usize];
        bits /= 32;
        char::from(letter)
    });
    letters.collect()
}

#[cfg(test)]
mod tests;
