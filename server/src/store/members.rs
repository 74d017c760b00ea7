//! Memberships of rooms.

use protocol::{RoomId, Timestamp, User, UserId};

use super::{
    Result, Store, StoreError,
    access::access,
    actor::check_actor,
    direct::hide,
    managers::{DIRECT, check_manager},
    now,
    push::close_room,
    sql::{Db, values},
    users::{read_user, user, user_columns},
};

/// The error for a user who cannot be added to a room.
const BANNED: &str = "This user is banned.";

/// The error for who may not remove others.
const MAY_NOT_REMOVE: &str = "Only the creator of the room, the owner and admins, or who manages \
     it in their place, can remove other members.";

/// How a user left a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The membership has ended.
    Removed,
    /// The user does not see the direct room until its next message.
    Hidden,
}

impl Store {
    /// Makes a user a member of public rooms. Returns those in which the membership is new.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn join(&self, rooms: Vec<RoomId>, user: UserId) -> Result<Vec<RoomId>> {
        self.write(move |db| {
            let mut joined = Vec::new();
            for room in rooms {
                if join(db, room, user)? {
                    joined.push(room);
                }
            }
            Ok(joined)
        })
        .await
    }

    /// Makes a user a member of a room that `by` may see. Returns whether the membership is new.
    /// Nobody adds others to an archived room; joining it oneself is part of reading it.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if `by` may no longer see the room, and
    /// [`StoreError::Forbidden`] if the room takes no members, or not this one.
    pub async fn add_member(&self, by: UserId, room: RoomId, added: UserId) -> Result<bool> {
        self.write(move |db| {
            check_actor(db, by)?;
            let access = access(db, by, &room.into())?;
            if access.direct {
                return Err(StoreError::Forbidden(DIRECT));
            }
            if by != added {
                access.check_writable()?;
                if user(db, added)?.banned {
                    return Err(StoreError::Forbidden(BANNED));
                }
            }
            join(db, room, added)
        })
        .await
    }

    /// Ends a user's membership. Users can leave a room; its managers can remove others, unless it
    /// is archived. Who leaves a direct room stays one of its people, and does not see it until its
    /// next message.
    ///
    /// # Errors
    /// Fails if `by` may not do so, or if the user is not a member.
    pub async fn remove_member(&self, by: UserId, room: RoomId, user: UserId) -> Result<Departure> {
        let removed = self.write(move |db| {
            check_actor(db, by)?;
            let access = access(db, by, &room.into())?;
            if by != user {
                check_manager(db, by, &access, MAY_NOT_REMOVE)?;
                access.check_writable()?;
            }
            if access.direct {
                return hide(db, room, user).map(|()| Departure::Hidden);
            }
            let delete = "DELETE FROM room_members WHERE room_id = $1 AND user_id = $2";
            let removed = db.execute(delete, values![room, user])?;
            if removed == 0 {
                return Err(StoreError::NotFound("member"));
            }
            close_room(db, user, room)?;
            Ok(Departure::Removed)
        });
        let removed = removed.await?;
        self.pushes_due.notify_one();
        Ok(removed)
    }

    /// Returns a page of a room's members, sorted by username, each with the time at which the user
    /// joined, and the total number of members. The page has one member more than `limit` if
    /// further pages follow.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn members(
        &self,
        room: RoomId,
        after: Option<String>,
        limit: u64,
    ) -> Result<(Vec<(User, Timestamp)>, u64)> {
        self.read(move |db| {
            let count = "SELECT count(*) AS total FROM room_members WHERE room_id = $1";
            let total = db.one(count, values![room], |row| row.get("total"))?;
            let members = db.rows(
                concat!(
                    "SELECT joined_at, ",
                    user_columns!(),
                    " FROM room_members JOIN users ON users.id = user_id
                     WHERE room_id = $1 AND username > $2 ORDER BY username LIMIT $3"
                ),
                values![room, &after.unwrap_or_default(), limit.saturating_add(1)],
                |row| Ok((read_user(row)?, row.get("joined_at")?)),
            )?;
            Ok((members, total))
        })
        .await
    }
}

/// Makes a user a member of a room, unless the user is one. Returns whether the membership is new.
///
/// Messages from before it are not unread.
pub(super) fn join(db: &Db, room: RoomId, user: UserId) -> Result<bool> {
    let inserted = db.execute(
        "INSERT INTO room_members (room_id, user_id, joined_at, joined_seq)
         SELECT id, $1, $2, seq FROM rooms WHERE id = $3 ON CONFLICT DO NOTHING",
        values![user, now(), room],
    )?;
    if inserted > 0 {
        db.execute(
            "INSERT INTO read_positions (user_id, room_id, seq)
             SELECT $1, id, seq FROM rooms WHERE id = $2 AND seq > 0
             ON CONFLICT (user_id, room_id) DO UPDATE SET seq = excluded.seq",
            values![user, room],
        )?;
    }
    Ok(inserted > 0)
}
