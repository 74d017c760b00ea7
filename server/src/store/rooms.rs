//! Rooms.

use std::ops::ControlFlow;

use protocol::{
    ListRooms, Room, RoomId, RoomKind, RoomName, RoomsPage, UserId, limits::MAX_REPLY_BYTES,
};
use uuid::Uuid;

use super::{
    Result, Store,
    access::access,
    actor::check_actor,
    log::encoded_len,
    members::join,
    now,
    room_slugs::{NewSlug, choose_slug},
    room_view::{SEEN, add_people, read_room, select_views},
    sql::{Db, values},
};

/// The time before `changed_since` in which changes are included, in milliseconds. A change that
/// was made before may be committed after it, and the clocks of nodes differ.
const CHANGE_MARGIN_MS: i64 = 10_000;
/// More rooms than fit a response.
const MOST_ROOMS: u64 = MAX_REPLY_BYTES as u64;

/// A new room. Its creator becomes a member.
#[derive(Debug)]
pub struct NewStoredRoom {
    /// The unique slug, or how to make one.
    pub slug: NewSlug,
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
    /// Returns [`StoreError::Taken`](super::StoreError::Taken) if the slug is given and taken.
    pub async fn create_room(&self, new: NewStoredRoom) -> Result<Room> {
        self.write(move |db| {
            check_actor(db, new.creator)?;
            let NewStoredRoom { slug, name, private, creator } = new;
            let slug = choose_slug(db, slug, creator)?;
            let id = RoomId(Uuid::now_v7());
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
                kind: if private { RoomKind::Private } else { RoomKind::Public },
                private,
                created_by: Some(creator),
                member: true,
                ..Room::default()
            })
        })
        .await
    }

    /// Returns a page of the rooms that a user may see, sorted by name. It ends early at
    /// [`MAX_REPLY_BYTES`].
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`](super::StoreError::NotFound) if the user may not see the
    /// room that the page follows.
    pub async fn rooms(&self, user: UserId, list: ListRooms) -> Result<RoomsPage> {
        let permit = self.recovery_permit(user).await?;
        self.read(move |db| {
            let _permit = permit;
            db.read_snapshot(|| rooms(db, user, list))
        })
        .await
    }
}

fn rooms(db: &Db, user: UserId, list: ListRooms) -> Result<RoomsPage> {
    let as_of = now();
    let (name, slug) = match list.after {
        Some(room) => place(db, user, &room)?,
        None => Default::default(), // sorts before all names
    };
    let since = list.changed_since.map_or(-1, |since| since.as_millis() - CHANGE_MARGIN_MS);
    let limit = list.limit.map_or(MOST_ROOMS, |limit| limit.clamp(1, MOST_ROOMS));
    let (mut rooms, mut bytes, mut has_more) = (Vec::new(), 0, false);
    db.each(&select_page(), values![user, &name, &slug, since, limit + 1], |row| {
        let room = read_room(row)?;
        bytes += encoded_len(&room) + 1;
        has_more = bytes > MAX_REPLY_BYTES || rooms.len() as u64 == limit;
        if has_more {
            return Ok(ControlFlow::Break(()));
        }
        rooms.push(room);
        Ok(ControlFlow::Continue(()))
    })?;
    add_people(db, user, &mut rooms)?;
    let fitting = count_fitting(&rooms);
    has_more |= fitting < rooms.len();
    rooms.truncate(fitting);
    Ok(RoomsPage { rooms, has_more, as_of: Some(as_of) })
}

/// Returns the number of leading rooms that fit [`MAX_REPLY_BYTES`].
fn count_fitting(rooms: &[Room]) -> usize {
    let mut bytes = 0;
    let fits = |room: &&Room| {
        bytes += encoded_len(*room) + 1;
        bytes <= MAX_REPLY_BYTES
    };
    rooms.iter().take_while(fits).count()
}

/// Returns the place of a room in the list: its name in lower case, and its slug.
fn place(db: &Db, user: UserId, room: &RoomName) -> Result<(String, String)> {
    let room = access(db, user, room)?.room;
    let select = "SELECT lower(name) AS name, slug FROM rooms WHERE id = $1";
    db.one(select, values![room], |row| Ok((row.get("name")?, row.get("slug")?)))
}

/// Returns the query for the rooms that user `$1` may see, after the place `$2`, `$3` in the list,
/// and changed after the time `$4`. Unread messages are counted in those of the page only.
///
/// It reads the public rooms and the user's own memberships: private rooms of others cost nothing.
fn select_page() -> String {
    let changes =
        "rooms.created_at, rooms.changed_at, joined_at, mine.changed_at AS member_changed_at";
    // CROSS JOIN keeps this order in SQLite, which would else begin with all private rooms.
    let page = format!(
        "SELECT * FROM (
             SELECT {SEEN}, {changes} FROM rooms LEFT JOIN room_members AS mine
                 ON mine.room_id = rooms.id AND mine.user_id = $1
             WHERE private = 0
             UNION ALL
             SELECT {SEEN}, {changes} FROM room_members AS mine CROSS JOIN rooms
             WHERE mine.user_id = $1 AND hidden = 0 AND rooms.id = mine.room_id AND private = 1
         ) AS rooms
         WHERE (sort_name, slug) > ($2, $3)
             AND (created_at > $4 OR changed_at > $4 OR joined_at > $4 OR member_changed_at > $4
                 OR (SELECT sent_at FROM messages WHERE messages.room_id = rooms.id
                     AND messages.seq = rooms.seq) > $4
                 OR (SELECT at FROM changes WHERE changes.room_id = rooms.id
                     AND changes.seq = rooms.seq) > $4)
         ORDER BY sort_name, slug LIMIT $5"
    );
    format!("{} ORDER BY sort_name, slug", select_views(&page))
}

#[cfg(test)]
mod tests;
