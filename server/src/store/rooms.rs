//! Rooms and who belongs to them.

use protocol::{Room, RoomId, RoomName, User, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    accounts::read_user,
    now,
    reading::{Unread, unread},
    unavailable, uuid,
};

/// A room to make; its creator becomes its member.
#[derive(Debug)]
pub struct NewStoredRoom {
    /// Unique.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whether only members see it.
    pub private: bool,
    /// Who makes it.
    pub creator: UserId,
}

/// A room that a person may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomAccess {
    /// Which.
    pub room: RoomId,
    /// Whether that person is its member.
    pub member: bool,
}

impl Store {
    /// Makes a room.
    ///
    /// # Errors
    /// The slug is taken.
    pub async fn create_room(&self, new: NewStoredRoom) -> Result<Room> {
        self.write(move |db| {
            let taken: bool =
                db.query_row("SELECT EXISTS (SELECT 1 FROM rooms WHERE slug = ?)", [&new.slug], |row| row.get(0))?;
            if taken {
                return Err(StoreError::Taken("address of the room"));
            }
            let id = Uuid::now_v7();
            db.execute(
                "INSERT INTO rooms (id, slug, name, private, creator_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                params![id.as_bytes(), new.slug, new.name, new.private, new.creator.0.as_bytes(), now().as_millis()],
            )?;
            join(db, RoomId(id), new.creator)?;
            let Unread { read_seq, messages: unread, mentions } = unread(db, new.creator, RoomId(id))?;
            let NewStoredRoom { slug, name, private, .. } = new;
            Ok(Room { id: RoomId(id), slug, name, private, member: true, seq: 0, read_seq, unread, mentions })
        })
        .await
    }

    /// The room of that name, where that person may see it.
    ///
    /// # Errors
    /// There is none.
    pub async fn room_access(&self, user: UserId, name: RoomName) -> Result<RoomAccess> {
        self.read(move |db| access(db, user, &name)).await
    }

    /// The last `seq` of a room's log.
    ///
    /// # Errors
    /// The store is away, or the person may not see the room any more.
    pub async fn room_seq(&self, user: UserId, room: RoomId) -> Result<u64> {
        self.read(move |db| {
            let moment = db.unchecked_transaction()?;
            access(&moment, user, &room.into())?;
            seq(&moment, room)
        })
        .await
    }

    /// All rooms that a person may see, by name.
    ///
    /// # Errors
    /// The store is away.
    pub async fn rooms(&self, user: UserId) -> Result<Vec<Room>> {
        let _turn = self.recoveries.acquire().await.map_err(|error| unavailable(&error))?;
        self.read(move |db| {
            let moment = db.unchecked_transaction()?;
            let mut query = moment.prepare_cached(
                "SELECT rooms.*, user_id IS NOT NULL AS member FROM rooms
                 LEFT JOIN room_members ON room_id = id AND user_id = ?
                 WHERE NOT private OR user_id IS NOT NULL ORDER BY name COLLATE NOCASE, slug",
            )?;
            let mut rooms = Vec::new();
            for room in query.query_map([user.0.as_bytes()], read_room)? {
                let room = room?;
                let Unread { read_seq, messages: unread, mentions } = unread(&moment, user, room.id)?;
                rooms.push(Room { read_seq, unread, mentions, ..room });
            }
            Ok(rooms)
        })
        .await
    }

    /// The rooms of these names, where that person may see them.
    ///
    /// # Errors
    /// The store is away.
    pub async fn rooms_access(&self, user: UserId, names: Vec<RoomName>) -> Result<Vec<Result<RoomAccess>>> {
        self.read(move |db| Ok(names.iter().map(|name| access(db, user, name)).collect())).await
    }

    /// Makes a person a member of public rooms.
    ///
    /// # Errors
    /// The store is away.
    pub async fn join(&self, rooms: Vec<RoomId>, user: UserId) -> Result<()> {
        self.write(move |db| rooms.into_iter().try_for_each(|room| join(db, room, user))).await
    }

    /// Makes a person a member of a room that `by` may see.
    ///
    /// # Errors
    /// There is no such room for `by` any more.
    pub async fn add_member(&self, by: UserId, room: RoomId, user: UserId) -> Result<()> {
        self.write(move |db| {
            access(db, by, &room.into())?;
            join(db, room, user)
        })
        .await
    }

    /// Ends a person's membership, where `by` is that person or the room's creator.
    ///
    /// # Errors
    /// `by` may not do so, or that person is no member.
    pub async fn remove_member(&self, by: UserId, room: RoomId, user: UserId) -> Result<()> {
        self.write(move |db| {
            access(db, by, &room.into())?;
            let is_creator: bool = db.query_row(
                "SELECT EXISTS (SELECT 1 FROM rooms WHERE id = ? AND creator_id = ?)",
                params![room.0.as_bytes(), by.0.as_bytes()],
                |row| row.get(0),
            )?;
            if by != user && !is_creator {
                return Err(StoreError::Forbidden("Only the room's creator removes others from it."));
            }
            let removed = db.execute(
                "DELETE FROM room_members WHERE room_id = ? AND user_id = ?",
                params![room.0.as_bytes(), user.0.as_bytes()],
            )?;
            if removed == 0 { Err(StoreError::NotFound("member")) } else { Ok(()) }
        })
        .await
    }

    /// A page of a room's members by username, and how many it has in all; one row more than `limit` says that there
    /// are more.
    ///
    /// # Errors
    /// The store is away.
    pub async fn members(&self, room: RoomId, after: Option<String>, limit: u64) -> Result<(Vec<User>, u64)> {
        self.read(move |db| {
            let total = db
                .prepare_cached("SELECT count(*) FROM room_members WHERE room_id = ?")?
                .query_row([room.0.as_bytes()], |row| row.get(0))?;
            let mut query = db.prepare_cached(
                "SELECT users.* FROM room_members JOIN users ON users.id = user_id
                 WHERE room_id = ? AND username > ? ORDER BY username LIMIT ?",
            )?;
            let members = query
                .query_map(params![room.0.as_bytes(), after.unwrap_or_default(), limit.saturating_add(1)], read_user)?;
            Ok((members.collect::<rusqlite::Result<_>>()?, total))
        })
        .await
    }
}

/// Finds a room by id or by slug, which never looks like an id. A private one is not there for those who are not its
/// members.
pub(super) fn access(db: &Connection, user: UserId, name: &RoomName) -> Result<RoomAccess> {
    // Two statements: SQLite prepares one that takes either anew each time it runs, which costs more than all the rest.
    let select = "SELECT id, private, EXISTS (SELECT 1 FROM room_members WHERE room_id = id AND user_id = ?1) AS member FROM rooms";
    let read = |row: &Row<'_>| {
        let access = RoomAccess { room: RoomId(uuid(row, "id")?), member: row.get("member")? };
        Ok((access, row.get::<_, bool>("private")?))
    };
    let found = match name.as_id() {
        Some(id) => db
            .prepare_cached(&format!("{select} WHERE id = ?2"))?
            .query_row(params![user.0.as_bytes(), id.0.as_bytes()], read),
        None => {
            db.prepare_cached(&format!("{select} WHERE slug = ?2"))?.query_row(params![user.0.as_bytes(), name.0], read)
        }
    };
    match found.optional()? {
        Some((access, private)) if access.member || !private => Ok(access),
        _ => Err(StoreError::NotFound("room")),
    }
}

/// The last `seq` of a room's log.
pub(super) fn seq(db: &Connection, room: RoomId) -> Result<u64> {
    Ok(db.prepare_cached("SELECT seq FROM rooms WHERE id = ?")?.query_row([room.0.as_bytes()], |row| row.get(0))?)
}

fn join(db: &Connection, room: RoomId, user: UserId) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO room_members (room_id, user_id, joined_at) VALUES (?, ?, ?)")?
        .execute(params![room.0.as_bytes(), user.0.as_bytes(), now().as_millis()])?;
    Ok(())
}

fn read_room(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: RoomId(uuid(row, "id")?),
        slug: row.get("slug")?,
        name: row.get("name")?,
        private: row.get("private")?,
        member: row.get("member")?,
        seq: row.get("seq")?,
        read_seq: 0,
        unread: 0,
        mentions: 0,
    })
}
