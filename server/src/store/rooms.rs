//! Rooms.

use protocol::{Room, RoomId, UserId, limits::MAX_ROOM_NAME_CHARS, text::is_name};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    actor::check_actor,
    members::join,
    now,
    read_state::UNREAD,
    sql::{Row, values},
};

/// A new room. Its creator becomes a member.
#[derive(Debug)]
pub struct NewStoredRoom {
    /// The unique slug.
    pub slug: String,
    /// The display name.
    pub name: String,
    /// True if only members can see the room.
    pub private: bool,
    /// The creator.
    pub creator: UserId,
}

impl Store {
    /// Creates a room.
    ///
    /// # Errors
    /// Returns [`StoreError::Taken`] if the slug is taken.
    pub async fn create_room(&self, new: NewStoredRoom) -> Result<Room> {
        self.write(move |db| {
            check_actor(db, new.creator)?;
            let select = "SELECT EXISTS (SELECT 1 FROM rooms WHERE slug = $1) AS is_taken";
            if db.one(select, values![&new.slug], |row| row.get("is_taken"))? {
                return Err(StoreError::Taken("address of the room"));
            }
            let id = RoomId(Uuid::now_v7());
            let NewStoredRoom { slug, name, private, creator } = new;
            db.execute(
                "INSERT INTO rooms (id, slug, name, private, creator_id, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                values![id, &slug, &name, private, creator, now()],
            )?;
            join(db, id, creator)?;
            Ok(Room {
                id,
                slug,
                name,
                private,
                member: true,
                seq: 0,
                read_seq: 0,
                unread: 0,
                mentions: 0,
            })
        })
        .await
    }

    /// Returns all rooms that a user may see, sorted by name.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn rooms(&self, user: UserId) -> Result<Vec<Room>> {
        let permit = self.recovery_permit(user).await?;
        self.read(move |db| {
            let _permit = permit;
            let mut rooms = db.rows(
                &format!(
                    "SELECT rooms.id, slug, name, private, rooms.seq,
                         room_members.user_id IS NOT NULL AS member, {UNREAD} FROM rooms
                     LEFT JOIN room_members ON room_members.room_id = rooms.id
                         AND room_members.user_id = $1
                     LEFT JOIN read_positions ON read_positions.room_id = rooms.id
                         AND read_positions.user_id = $1
                     WHERE private = 0 OR room_members.user_id IS NOT NULL"
                ),
                values![user],
                read_room,
            )?;
            rooms.sort_by_cached_key(|room| (room.name.to_ascii_lowercase(), room.slug.clone()));
            Ok(rooms)
        })
        .await
    }
}

fn read_room(row: &Row<'_>) -> Result<Room> {
    let (slug, name): (String, String) = (row.get("slug")?, row.get("name")?);
    // A name of an earlier version that would hide something gives way to the slug.
    let name = if is_name(&name, MAX_ROOM_NAME_CHARS) { name } else { slug.clone() };
    Ok(Room {
        id: row.get("id")?,
        slug,
        name,
        private: row.get("private")?,
        member: row.get("member")?,
        seq: row.get("seq")?,
        read_seq: row.get("read_seq")?,
        unread: row.get("unread")?,
        mentions: row.get("mentions")?,
    })
}
