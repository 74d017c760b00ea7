//! Access to rooms: who may see which room, and the last `seq` of a room log.

use protocol::{RoomId, RoomName, UserId};

use super::{
    Result, Store, StoreError,
    sql::{Db, Row, values},
};

const ARCHIVED: &str = "This room is archived: it can be read, and nothing can be added to it.";

/// A user's access to a room that the user may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomAccess {
    /// The room.
    pub room: RoomId,
    /// True if the user is a member of the room.
    pub member: bool,
    /// True if nobody can write to the room any more.
    pub archived: bool,
}

impl Store {
    /// Returns the user's access to a room.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is no such room for the user.
    pub async fn room_access(&self, user: UserId, name: RoomName) -> Result<RoomAccess> {
        self.read(move |db| access(db, user, &name)).await
    }

    /// Returns the user's access to each of these rooms.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn rooms_access(
        &self,
        user: UserId,
        names: Vec<RoomName>,
    ) -> Result<Vec<Result<RoomAccess>>> {
        self.read(move |db| {
            let accesses = names.iter().map(|name| match access(db, user, name) {
                Err(error) if error.is_outage() => Err(error), // applies to all rooms
                access => Ok(access),
            });
            accesses.collect()
        })
        .await
    }

    /// Returns the last `seq` of a room log.
    ///
    /// # Errors
    /// Fails if the store is unavailable, or if the user may no longer see the room.
    pub async fn room_seq(&self, user: UserId, room: RoomId) -> Result<u64> {
        self.read(move |db| {
            db.read_snapshot(|| {
                access(db, user, &room.into())?;
                last_seq(db, room)
            })
        })
        .await
    }
}

/// Finds a room by id or by slug, which never has the form of an id. Private rooms exist only for
/// their members.
pub(super) fn access(db: &Db, user: UserId, name: &RoomName) -> Result<RoomAccess> {
    // SQLite would prepare one statement for both cases again on every run, which costs more than
    // the query itself.
    let read = |row: &Row<'_>| {
        let access = RoomAccess {
            room: row.get("id")?,
            member: row.get("member")?,
            archived: row.get("archived")?,
        };
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

macro_rules! access_by {
    ($column:literal) => {
        concat!(
            "SELECT id, private, archived_at IS NOT NULL AS archived,
                 EXISTS (SELECT 1 FROM room_members
                     WHERE room_id = rooms.id AND user_id = $1) AS member
             FROM rooms WHERE ",
            $column,
            " = $2"
        )
    };
}

const ACCESS_BY_ID: &str = access_by!("id");
const ACCESS_BY_SLUG: &str = access_by!("slug");

/// Checks that a room is not archived.
pub(super) fn check_writable(is_archived: bool) -> Result<()> {
    if is_archived { Err(StoreError::Forbidden(ARCHIVED)) } else { Ok(()) }
}

/// Returns the last `seq` of a room log.
pub(super) fn last_seq(db: &Db, room: RoomId) -> Result<u64> {
    db.one("SELECT seq FROM rooms WHERE id = $1", values![room], |row| row.get("seq"))
}
