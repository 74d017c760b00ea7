//! Who may manage a room: change it, and remove its members.

use protocol::{Role, RoomId, UserId};

use super::{
    Result, StoreError,
    access::{RoomAccess, access},
    sql::{Db, Row, values},
    users::user,
};

/// The error for a change of a direct room.
pub(super) const DIRECT: &str =
    "A direct conversation belongs to its people and cannot be changed.";

/// Checks that a user may manage a room that the user may see.
///
/// # Errors
/// Returns [`StoreError::Forbidden`] with this reason if not.
pub(super) fn check_manager(
    db: &Db,
    by: UserId,
    room: &RoomAccess,
    reason: &'static str,
) -> Result<()> {
    if room.direct {
        Err(StoreError::Forbidden(DIRECT))
    } else if is_manager(db, by, room)? {
        Ok(())
    } else {
        Err(StoreError::Forbidden(reason))
    }
}

/// Returns whether a user may manage a room. A room that the user may not see is none of theirs.
pub(super) fn may_manage(db: &Db, by: UserId, room: RoomId) -> Result<bool> {
    match access(db, by, &room.into()) {
        Ok(access) => Ok(!access.direct && is_manager(db, by, &access)?),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Managers of a room are its creator while a member, and the owner and admins who may see it. A
/// private room without any of these is managed by the member who joined first, since nobody else
/// can see it.
fn is_manager(db: &Db, by: UserId, room: &RoomAccess) -> Result<bool> {
    if user(db, by)?.role != Role::Member {
        return Ok(true);
    }
    let id = |row: &Row<'_>| row.get::<UserId>("id");
    let creator = "SELECT creator_id AS id FROM rooms WHERE id = $1 AND creator_id IS NOT NULL";
    if room.member && db.row(creator, values![room.room], id)? == Some(by) {
        return Ok(true);
    }
    let first = db.row(
        "SELECT user_id AS id FROM room_members
             JOIN rooms ON rooms.id = room_id JOIN users ON users.id = user_id
         WHERE room_id = $1 AND private = 1 AND banned_at IS NULL
         ORDER BY CASE WHEN user_id = creator_id OR role <> 'member' THEN 0 ELSE 1 END,
             joined_at, user_id LIMIT 1",
        values![room.room],
        id,
    )?;
    Ok(first == Some(by))
}
