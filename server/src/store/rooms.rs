//! Rooms.

use std::ops::ControlFlow;

use protocol::{
    ListRooms, Room, RoomId, RoomName, RoomsPage, UserId,
    limits::{MAX_REPLY_BYTES, MAX_ROOM_NAME_CHARS},
    text::is_name,
};
use uuid::Uuid;

use super::{
    Result, Store,
    access::access,
    actor::check_actor,
    log::encoded_len,
    members::join,
    now,
    read_state::unread_columns,
    room_slugs::{NewSlug, choose_slug},
    sql::{Db, Row, values},
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
            let slug = choose_slug(db, slug)?;
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

    /// Returns a room as a user sees it; `None` if the user may not see it.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn room_seen_by(&self, user: UserId, room: RoomId) -> Result<Option<Room>> {
        Ok(self.rooms_seen_by(user, vec![room]).await?.pop().and_then(|(_, room)| room))
    }

    /// Returns these rooms as a user sees them; `None` for each that the user may not see.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn rooms_seen_by(
        &self,
        user: UserId,
        rooms: Vec<RoomId>,
    ) -> Result<Vec<(RoomId, Option<Room>)>> {
        let select = select_views(
            "SELECT rooms.id, slug, name, private, rooms.seq, mine.user_id IS NOT NULL AS member,
                 mine.user_id AS viewer, joined_seq, notify
             FROM rooms LEFT JOIN room_members AS mine
                 ON mine.room_id = rooms.id AND mine.user_id = $1
             WHERE rooms.id = $2 AND (private = 0 OR mine.user_id IS NOT NULL)",
        );
        self.read(move |db| {
            let rooms = rooms.into_iter();
            rooms.map(|id| Ok((id, db.row(&select, values![user, id], read_room)?))).collect()
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
    Ok(RoomsPage { rooms, has_more, as_of: Some(as_of) })
}

/// Returns the place of a room in the list: its name in lower case, and its slug.
fn place(db: &Db, user: UserId, room: &RoomName) -> Result<(String, String)> {
    let room = access(db, user, room)?.room;
    let select = "SELECT lower(name) AS name, slug FROM rooms WHERE id = $1";
    db.one(select, values![room], |row| Ok((row.get("name")?, row.get("slug")?)))
}

/// Returns the query for the rooms that user `$1` may see, after the place `$2`, `$3` in the list,
/// and changed after the time `$4`. Unread messages are counted in those of the page only.
fn select_page() -> String {
    let page = select_views(
        "SELECT rooms.id, slug, name, private, rooms.seq, mine.user_id IS NOT NULL AS member,
             mine.user_id AS viewer, joined_seq, notify
         FROM rooms LEFT JOIN room_members AS mine
             ON mine.room_id = rooms.id AND mine.user_id = $1
         WHERE (private = 0 OR mine.user_id IS NOT NULL)
             AND (lower(name), slug) > ($2, $3)
             AND (created_at > $4 OR joined_at > $4
                 OR (SELECT sent_at FROM messages WHERE messages.room_id = rooms.id
                     AND messages.seq = rooms.seq) > $4
                 OR (SELECT at FROM changes WHERE changes.room_id = rooms.id
                     AND changes.seq = rooms.seq) > $4)
         ORDER BY lower(name), slug LIMIT $5",
    );
    format!("{page} ORDER BY lower(name), slug")
}

/// Returns a query for views of rooms. `seen` is a query for their columns.
fn select_views(seen: &str) -> String {
    format!(
        "SELECT rooms.*, {} FROM ({seen}) AS rooms
         LEFT JOIN read_positions ON read_positions.room_id = rooms.id
             AND read_positions.user_id = rooms.viewer",
        unread_columns()
    )
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
        ..Room::default()
    })
}
