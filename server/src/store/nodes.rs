//! What a node among others asks the log and the accounts: whether something passed it by.

use protocol::{Event, RoomId, SessionId, User, UserId};

use super::{
    Result, Store,
    accounts::{oldest_use, read_user},
    db::values,
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
            db.moment(|| {
                let until = last_seq(db, room)?.min(since + MAX_FETCHED_EVENTS);
                events_between(db, room, since, until)
            })
        })
        .await
    }

    /// Those of these sessions that do not hold any more.
    ///
    /// # Errors
    /// The store is away.
    pub async fn ended_sessions(&self, sessions: Vec<(SessionId, UserId)>) -> Result<Vec<(SessionId, UserId)>> {
        self.read(move |db| {
            let mut ended = Vec::new();
            for (session, user) in sessions {
                let select = "SELECT 1 FROM sessions WHERE id = $1 AND last_used_at > $2";
                if db.row(select, values![session, oldest_use()], |_| Ok(()))?.is_none() {
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
            let select = "SELECT * FROM users WHERE id = $1
                 AND EXISTS (SELECT 1 FROM rooms WHERE id = $2 AND private = 1)
                 AND NOT EXISTS (SELECT 1 FROM room_members WHERE room_id = $2 AND user_id = $1)";
            let mut removed = Vec::new();
            for (room, user) in following {
                removed.extend(db.row(select, values![user, room], read_user)?.map(|user| (room, user)));
            }
            Ok(removed)
        })
        .await
    }
}
