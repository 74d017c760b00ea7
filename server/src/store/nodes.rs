//! What a node among others asks the log and the accounts: whether something passed it by.

use protocol::{Event, RoomId, SessionId, User, UserId};
use rusqlite::{OptionalExtension as _, params};

use super::{
    Result, Store,
    accounts::{oldest_use, read_user},
    log::events_between,
    rooms::seq as last_seq,
};

/// Events that are fetched at a time.
const MAX_FETCHED_EVENTS: u64 = 200;

impl Store {
    /// Where the logs of these rooms end.
    ///
    /// # Errors
    /// The store is away.
    pub async fn seqs(&self, rooms: Vec<RoomId>) -> Result<Vec<(RoomId, u64)>> {
        self.read(move |db| rooms.into_iter().map(|room| Ok((room, last_seq(db, room)?))).collect()).await
    }

    /// The next events of a room's log after `since`, whoever may see them, each with its `seq`; not all of them where
    /// these are many.
    ///
    /// # Errors
    /// The store is away.
    pub async fn events_after(&self, room: RoomId, since: u64) -> Result<Vec<(u64, Event)>> {
        self.read(move |db| {
            let moment = db.unchecked_transaction()?;
            let until = last_seq(&moment, room)?.min(since + MAX_FETCHED_EVENTS);
            events_between(&moment, room, since, until)
        })
        .await
    }

    /// Those of these sessions that do not hold any more.
    ///
    /// # Errors
    /// The store is away.
    pub async fn ended_sessions(&self, sessions: Vec<(SessionId, UserId)>) -> Result<Vec<(SessionId, UserId)>> {
        self.read(move |db| {
            let mut query =
                db.prepare_cached("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ? AND last_used_at > ?)")?;
            let mut ended = Vec::new();
            for (session, user) in sessions {
                if !query.query_row(params![session.0.as_bytes(), oldest_use()], |row| row.get::<_, bool>(0))? {
                    ended.push((session, user));
                }
            }
            Ok(ended)
        })
        .await
    }

    /// Those of these people, each beside a room, who may not see that room any more.
    ///
    /// # Errors
    /// The store is away.
    pub async fn removed_members(&self, following: Vec<(RoomId, UserId)>) -> Result<Vec<(RoomId, User)>> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT * FROM users WHERE id = ?1 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?2 AND private)
                 AND NOT EXISTS (SELECT 1 FROM room_members WHERE room_id = ?2 AND user_id = ?1)",
            )?;
            let mut removed = Vec::new();
            for (room, user) in following {
                let found = query.query_row(params![user.0.as_bytes(), room.0.as_bytes()], read_user).optional()?;
                removed.extend(found.map(|user| (room, user)));
            }
            Ok(removed)
        })
        .await
    }
}
