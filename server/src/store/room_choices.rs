//! What members choose for themselves in a room: which messages notify them, and whether it is one
//! of their favourites.

use protocol::{NotifyLevel, RoomId, RoomName, UserId};

use super::{
    Result, Store, StoreError,
    access::access,
    now,
    sql::{Db, Value, values},
};

impl Store {
    /// Sets which messages of a room notify a member.
    ///
    /// # Errors
    /// Fails if the user may not see the room, or is not a member.
    pub async fn set_notify(
        &self,
        user: UserId,
        room: RoomName,
        level: NotifyLevel,
    ) -> Result<RoomId> {
        let level = match level {
            NotifyLevel::All => "all",
            NotifyLevel::Mentions => "mentions",
            NotifyLevel::Nothing => "nothing",
        };
        self.write(move |db| choose(db, user, &room, "notify", level.into())).await
    }

    /// Makes a room one of a member's favourites, or no longer.
    ///
    /// # Errors
    /// Fails if the user may not see the room, or is not a member.
    pub async fn set_favourite(&self, user: UserId, room: RoomName, on: bool) -> Result<RoomId> {
        self.write(move |db| choose(db, user, &room, "favourite", on.into())).await
    }
}

fn choose(
    db: &Db,
    user: UserId,
    room: &RoomName,
    column: &'static str,
    value: Value<'_>,
) -> Result<RoomId> {
    let access = access(db, user, room)?;
    if !access.member {
        return Err(StoreError::Forbidden("Join the room first."));
    }
    db.execute(
        &format!(
            "UPDATE room_members SET {column} = $1, changed_at = $2
             WHERE room_id = $3 AND user_id = $4"
        ),
        values![value, now(), access.room, user],
    )?;
    Ok(access.room)
}
