//! Rooms and who belongs to them.

use protocol::{Room, RoomId, RoomName, User, UserId};
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    accounts::read_user,
    db::{Db, Row, values},
    now,
    reading::UNREAD,
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
            let select = "SELECT EXISTS (SELECT 1 FROM rooms WHERE slug = $1) AS is_taken";
            if db.one(select, values![&new.slug], |row| row.get("is_taken"))? {
                return Err(StoreError::Taken("address of the room"));
            }
            let id = RoomId(Uuid::now_v7());
            db.execute(
                "INSERT INTO rooms (id, slug, name, private, creator_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                values![id, &new.slug, &new.name, new.private, new.creator, now()],
            )?;
            join(db, id, new.creator)?;
            let NewStoredRoom { slug, name, private, .. } = new;
            Ok(Room { id, slug, name, private, member: true, seq: 0, read_seq: 0, unread: 0, mentions: 0 })
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
            db.moment(|| {
                access(db, user, &room.into())?;
                seq(db, room)
            })
        })
        .await
    }

    /// All rooms that a person may see, by name.
    ///
    /// # Errors
    /// The store is away.
    pub async fn rooms(&self, user: UserId) -> Result<Vec<Room>> {
        let turn = self.turn_to_recover(user).await?;
        self.read(move |db| {
            let _turn = turn;
            let mut rooms = db.rows(
                &format!(
                    "SELECT rooms.id, slug, name, private, rooms.seq, room_members.user_id IS NOT NULL AS member, {UNREAD} FROM rooms
                     LEFT JOIN room_members ON room_members.room_id = rooms.id AND room_members.user_id = $1
                     LEFT JOIN read_positions ON read_positions.room_id = rooms.id AND read_positions.user_id = $1
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

    /// The rooms of these names, where that person may see them.
    ///
    /// # Errors
    /// The store is away.
    pub async fn rooms_access(
        &self,
        user: UserId,
        names: Vec<RoomName>,
    ) -> Result<Vec<Result<RoomAccess>>> {
        self.read(move |db| {
            let accesses = names.iter().map(|name| match access(db, user, name) {
                Err(error @ StoreError::Unavailable(_)) => Err(error), // and so for all others
                access => Ok(access),
            });
            accesses.collect()
        })
        .await
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
            let is_creator: bool = db.one(
                "SELECT EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND creator_id = $2) AS is_creator",
                values![room, by],
                |row| row.get("is_creator"),
            )?;
            if by != user && !is_creator {
                return Err(StoreError::Forbidden("Only the room's creator removes others from it."));
            }
            let delete = "DELETE FROM room_members WHERE room_id = $1 AND user_id = $2";
            let removed = db.execute(delete, values![room, user])?;
            if removed == 0 { Err(StoreError::NotFound("member")) } else { Ok(()) }
        })
        .await
    }

    /// A page of a room's members by username, and how many it has in all; one row more than `limit` says that there
    /// are more.
    ///
    /// # Errors
    /// The store is away.
    pub async fn members(
        &self,
        room: RoomId,
        after: Option<String>,
        limit: u64,
    ) -> Result<(Vec<User>, u64)> {
        self.read(move |db| {
            let count = "SELECT count(*) AS total FROM room_members WHERE room_id = $1";
            let total = db.one(count, values![room], |row| row.get("total"))?;
            let members = db.rows(
                "SELECT users.id, username, display_name, role FROM room_members JOIN users ON users.id = user_id
                 WHERE room_id = $1 AND username > $2 ORDER BY username LIMIT $3",
                values![room, &after.unwrap_or_default(), limit.saturating_add(1)],
                read_user,
            )?;
            Ok((members, total))
        })
        .await
    }
}

/// Finds a room by id or by slug, which never looks like an id. A private one is not there for those who are not its
/// members.
pub(super) fn access(db: &Db, user: UserId, name: &RoomName) -> Result<RoomAccess> {
    // Two statements: SQLite prepares one that takes either anew each time it runs, which costs more than all the rest.
    let read = |row: &Row<'_>| {
        let access = RoomAccess { room: row.get("id")?, member: row.get("member")? };
        Ok((access, row.get::<bool>("private")?))
    };
    let found = match name.as_id() {
        Some(id) => db.row(ACCESS_BY_ID, values![user, id], read),
        None => db.row(ACCESS_BY_SLUG, values![user, &name.0], read),
    };
    match found? {
        Some((access, private)) if access.member || !private => Ok(access),
        _ => Err(StoreError::NotFound("room")),
    }
}

/// How a person stands to a room.
macro_rules! access_by {
    ($column:literal) => {
        concat!(
            "SELECT id, private, EXISTS (SELECT 1 FROM room_members WHERE room_id = rooms.id AND user_id = $1) AS member
             FROM rooms WHERE ",
            $column,
            " = $2"
        )
    };
}

const ACCESS_BY_ID: &str = access_by!("id");
const ACCESS_BY_SLUG: &str = access_by!("slug");

/// The last `seq` of a room's log.
pub(super) fn seq(db: &Db, room: RoomId) -> Result<u64> {
    db.one("SELECT seq FROM rooms WHERE id = $1", values![room], |row| row.get("seq"))
}

fn join(db: &Db, room: RoomId, user: UserId) -> Result<()> {
    db.execute(
        "INSERT INTO room_members (room_id, user_id, joined_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        values![room, user, now()],
    )?;
    Ok(())
}

fn read_room(row: &Row<'_>) -> Result<Room> {
    Ok(Room {
        id: row.get("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        private: row.get("private")?,
        member: row.get("member")?,
        seq: row.get("seq")?,
        read_seq: row.get("read_seq")?,
        unread: row.get("unread")?,
        mentions: row.get("mentions")?,
    })
}
