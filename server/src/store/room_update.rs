//! Changes of rooms: name, slug, topic, and whether a room is archived.

use protocol::{Room, RoomId, RoomName, UserId};

use super::{
    Result, Store, StoreError,
    access::access,
    actor::check_actor,
    former_slugs::{keep_slug, take_slug},
    managers::check_manager,
    now,
    room_view::room_seen_by,
    sql::{Db, values},
};

/// The slug of the room that every installation has.
const GENERAL: &str = "general";

/// A change of a room. What is `None` stays as it is.
#[derive(Debug, Default)]
pub struct RoomUpdate {
    /// The display name.
    pub name: Option<String>,
    /// The unique slug. The present one becomes a former one.
    pub slug: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// Whether the room is archived.
    pub archived: Option<bool>,
}

/// The error for a change of a room that stays archived.
const ARCHIVED: &str = "This room is archived. Bring it back to change it.";

/// What of a room can be changed.
#[derive(Clone, PartialEq)]
struct Settings {
    name: String,
    slug: String,
    topic: String,
    archived_at: Option<i64>,
}

impl Store {
    /// Changes a room: all of it, or nothing. Returns the room as `by` sees it, and whether
    /// anything is different.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if `by` may not see the room, [`StoreError::Forbidden`] if
    /// `by` may not manage it or if it stays archived, [`StoreError::Taken`] if the slug is taken,
    /// and [`StoreError::Clash`] if the first room would lose what every installation has.
    pub async fn update_room(
        &self,
        by: UserId,
        room: RoomName,
        update: RoomUpdate,
    ) -> Result<(Room, bool)> {
        self.write(move |db| {
            check_actor(db, by)?;
            let room = managed_room(db, by, &room)?;
            let is_changed = update_settings(db, by, room, update)?;
            let room = room_seen_by(db, by, room)?.ok_or(StoreError::NotFound("room"))?;
            Ok((room, is_changed))
        })
        .await
    }

    /// Checks that a user may manage a room.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if `by` may not see the room, and
    /// [`StoreError::Forbidden`] if `by` may not manage it.
    pub async fn check_managed(&self, by: UserId, room: RoomName) -> Result<()> {
        self.read(move |db| managed_room(db, by, &room).map(drop)).await
    }
}

fn managed_room(db: &Db, by: UserId, room: &RoomName) -> Result<RoomId> {
    let access = access(db, by, room)?;
    let reason = "Only the creator of the room, the owner and admins can change it.";
    check_manager(db, by, &access, reason)?;
    Ok(access.room)
}

fn update_settings(db: &Db, by: UserId, room: RoomId, update: RoomUpdate) -> Result<bool> {
    let select = "SELECT name, slug, topic, archived_at FROM rooms WHERE id = $1";
    let before = db.one(select, values![room], |row| {
        Ok(Settings {
            name: row.get("name")?,
            slug: row.get("slug")?,
            topic: row.get("topic")?,
            archived_at: row.get("archived_at")?,
        })
    })?;
    let RoomUpdate { name, slug, topic, archived } = update;
    let archived_at = match archived {
        Some(true) => before.archived_at.or_else(|| Some(now().as_millis())),
        Some(false) => None,
        None => before.archived_at,
    };
    let after = Settings {
        name: name.unwrap_or_else(|| before.name.clone()),
        slug: slug.unwrap_or_else(|| before.slug.clone()),
        topic: topic.unwrap_or_else(|| before.topic.clone()),
        archived_at,
    };
    if after == before {
        return Ok(false);
    }
    if before.archived_at.is_some() && after.archived_at.is_some() {
        return Err(StoreError::Forbidden(ARCHIVED));
    }
    if before.slug == GENERAL {
        if after.slug != before.slug {
            return Err(StoreError::Clash("The address of this room cannot be changed."));
        }
        if after.archived_at.is_some() {
            return Err(StoreError::Clash("This room cannot be archived."));
        }
    }
    if after.slug != before.slug {
        take_slug(db, &after.slug, by)?;
        keep_slug(db, &before.slug, room)?;
    }
    let Settings { name, slug, topic, archived_at } = &after;
    db.execute(
        "UPDATE rooms SET name = $1, slug = $2, topic = $3, archived_at = $4, changed_at = $5
         WHERE id = $6",
        values![name, slug, topic, *archived_at, now(), room],
    )?;
    Ok(true)
}
