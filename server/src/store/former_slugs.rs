//! Former slugs of rooms, which lead to them for a while.

use protocol::{RoomId, UserId, limits::FORMER_SLUG_LIFETIME};

use super::{
    Result, StoreError,
    managers::may_manage,
    now,
    sql::{Db, values},
};

/// Returns the room that had this slug before.
pub(super) fn former_room(db: &Db, slug: &str) -> Result<Option<RoomId>> {
    let select = "SELECT room_id FROM former_slugs WHERE slug = $1 AND until > $2";
    db.row(select, values![slug, now()], |row| row.get("room_id"))
}

/// Returns whether a room has this slug, or had it before.
pub(super) fn is_taken(db: &Db, slug: &str) -> Result<bool> {
    Ok(has_slug(db, slug)? || former_room(db, slug)?.is_some())
}

/// Gives up the former use of a slug, which a room is about to get. Only who may manage a room can
/// take its former slug.
///
/// # Errors
/// Returns [`StoreError::Taken`] if the slug is not free for `by`.
pub(super) fn take_slug(db: &Db, slug: &str, by: UserId) -> Result<()> {
    let is_free = !has_slug(db, slug)?
        && match former_room(db, slug)? {
            Some(room) => may_manage(db, by, room)?,
            None => true,
        };
    if !is_free {
        return Err(StoreError::Taken("address of the room"));
    }
    db.execute("DELETE FROM former_slugs WHERE slug = $1", values![slug])?;
    Ok(())
}

/// Notes that this slug leads to the room from now on, and forgets those whose time is over.
pub(super) fn keep_slug(db: &Db, slug: &str, room: RoomId) -> Result<()> {
    let now = now().as_millis();
    db.execute("DELETE FROM former_slugs WHERE until <= $1", values![now])?;
    let until = now + FORMER_SLUG_LIFETIME.as_millis() as i64;
    db.execute(
        "INSERT INTO former_slugs (slug, room_id, until) VALUES ($1, $2, $3)
         ON CONFLICT (slug) DO UPDATE SET room_id = excluded.room_id, until = excluded.until",
        values![slug, room, until],
    )?;
    Ok(())
}

fn has_slug(db: &Db, slug: &str) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM rooms WHERE slug = $1) AS is_taken";
    db.one(select, values![slug], |row| row.get("is_taken"))
}
