//! Access to rooms: who may see which room, and the last `seq` of a room log.

use std::collections::HashMap;

use protocol::{RoomId, RoomName, UserId};

use super::{
    Result, Store, StoreError,
    former_slugs::former_room,
    sql::{Db, Row, values},
};

/// A user's access to a room that the user may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomAccess {
    /// The room.
    pub room: RoomId,
    /// True if the user is a member of the room.
    pub member: bool,
    /// True for a direct room.
    pub direct: bool,
    /// Why nobody can write to the room; `None` if one can.
    pub read_only: Option<ReadOnly>,
}

/// Why nobody can write to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOnly {
    /// The room is archived.
    Archived,
    /// All others of a direct room are banned.
    Deserted,
}

impl ReadOnly {
    /// Reads the columns of [`read_only_columns`].
    pub(super) fn read(row: &Row<'_>) -> Result<Option<Self>> {
        Ok(match (row.get("archived")?, row.get("deserted")?) {
            (true, _) => Some(Self::Archived),
            (false, true) => Some(Self::Deserted),
            (false, false) => None,
        })
    }

    /// Returns the error of a write.
    pub(super) fn error(self) -> StoreError {
        StoreError::Forbidden(match self {
            Self::Archived => "This room is archived: nobody can write to it.",
            Self::Deserted => "Everybody else in this conversation is banned.",
        })
    }
}

impl RoomAccess {
    /// Checks that the room takes writes.
    ///
    /// # Errors
    /// Returns [`StoreError::Forbidden`] if not.
    pub(super) fn check_writable(&self) -> Result<()> {
        self.read_only.map_or(Ok(()), |reason| Err(reason.error()))
    }
}

/// Columns that tell why user `$1` cannot write to a room of `rooms`. Other rooms than direct ones
/// cost no further read.
macro_rules! read_only_columns {
    () => {
        concat!("archived_at IS NOT NULL AS archived, ", deserted!("$1"), " AS deserted")
    };
}
pub(super) use read_only_columns;

/// A condition on `rooms`: a direct room in which everybody but one user is banned.
macro_rules! deserted {
    ($user:literal) => {
        concat!(
            "(direct = 1 AND EXISTS (SELECT 1 FROM room_members AS others
                 WHERE others.room_id = rooms.id AND others.user_id <> ",
            $user,
            ") AND NOT EXISTS (SELECT 1 FROM room_members AS others
                 JOIN users ON users.id = others.user_id
                 WHERE others.room_id = rooms.id AND banned_at IS NULL AND others.user_id <> ",
            $user,
            "))"
        )
    };
}
pub(super) use deserted;

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
            let ids: Vec<_> = names.iter().filter_map(RoomName::as_id).collect();
            let known = access_among(db, user, &ids)?;
            let accesses = names.iter().map(|name| match name.as_id() {
                Some(id) => Ok(known
                    .get(&id)
                    .map(|(access, _)| *access)
                    .ok_or(StoreError::NotFound("room"))),
                None => match access(db, user, name) {
                    Err(error) if error.is_outage() => Err(error), // applies to all rooms
                    access => Ok(access),
                },
            });
            accesses.collect()
        })
        .await
    }

    /// Returns the last `seq` of a room log, for a subscription.
    ///
    /// # Errors
    /// Fails if the store is unavailable, or if the user is no longer a member of the room.
    pub async fn room_seq(&self, user: UserId, room: RoomId) -> Result<u64> {
        self.read(move |db| {
            db.read_snapshot(|| {
                if !access(db, user, &room.into())?.member {
                    return Err(StoreError::NotFound("room"));
                }
                last_seq(db, room)
            })
        })
        .await
    }
}

/// Finds a room by id, by slug, which never has the form of an id, or by a former slug. Private
/// rooms exist only for their members.
pub(super) fn access(db: &Db, user: UserId, name: &RoomName) -> Result<RoomAccess> {
    // SQLite would prepare one statement for both cases again on every run, which costs more than
    // the query itself.
    let mut found = match name.as_id() {
        Some(id) => db.row(ACCESS_BY_ID, values![user, id], read_access)?,
        None => db.row(ACCESS_BY_SLUG, values![user, &name.0], read_access)?,
    };
    if found.is_none()
        && name.as_id().is_none()
        && let Some(room) = former_room(db, &name.0)?
    {
        found = db.row(ACCESS_BY_ID, values![user, room], read_access)?;
    }
    match found {
        Some(Some((access, _))) => Ok(access),
        _ => Err(StoreError::NotFound("room")),
    }
}

/// Finds those of these rooms that a user may see, each with the last `seq` of its log.
pub(super) fn access_among(
    db: &Db,
    user: UserId,
    rooms: &[RoomId],
) -> Result<HashMap<RoomId, (RoomAccess, u64)>> {
    let ids: Vec<_> = rooms.iter().map(|room| room.0).collect();
    let found = db.rows_among(ACCESS_AMONG, values![user], &ids, read_access)?;
    let found = found.into_iter().flatten();
    Ok(found.map(|(access, seq)| (access.room, (access, seq))).collect())
}

/// Reads the access to a room, and the last `seq` of its log; `None` if the user may not see it.
fn read_access(row: &Row<'_>) -> Result<Option<(RoomAccess, u64)>> {
    let access = RoomAccess {
        room: row.get("id")?,
        member: row.get("member")?,
        direct: row.get("direct")?,
        read_only: ReadOnly::read(row)?,
    };
    let is_hidden = row.get("private")? && !access.member;
    Ok(if is_hidden { None } else { Some((access, row.get("seq")?)) })
}

macro_rules! access_by {
    ($condition:literal) => {
        concat!(
            "SELECT id, seq, private, direct, EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = rooms.id AND user_id = $1) AS member, ",
            read_only_columns!(),
            " FROM rooms WHERE ",
            $condition
        )
    };
}

const ACCESS_BY_ID: &str = access_by!("id = $2");
const ACCESS_BY_SLUG: &str = access_by!("slug = $2");
const ACCESS_AMONG: &str = access_by!("id");

/// Returns the last `seq` of a room log.
pub(super) fn last_seq(db: &Db, room: RoomId) -> Result<u64> {
    db.one("SELECT seq FROM rooms WHERE id = $1", values![room], |row| row.get("seq"))
}
