//! What a node among others asks the log and the accounts: whether something passed it by.

use std::collections::HashSet;

use protocol::{Event, RoomId, SessionId, User, UserId};

use super::{
    Result, Store,
    accounts::{oldest_use, read_user},
    db::{Db, values},
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
        let ids: Vec<_> = rooms.into_iter().map(|room| room.0).collect();
        let select = "SELECT id, seq FROM rooms WHERE id";
        self.read(move |db| db.rows_among(select, &[], &ids, |row| Ok((row.get("id")?, row.get("seq")?)))).await
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
            let ids: Vec<_> = sessions.iter().map(|(session, _)| session.0).collect();
            let select = "SELECT id FROM sessions WHERE last_used_at > $1 AND id";
            let holding: HashSet<SessionId> =
                db.rows_among(select, values![oldest_use()], &ids, |row| row.get("id"))?.into_iter().collect();
            Ok(sessions.into_iter().filter(|(session, _)| !holding.contains(session)).collect())
        })
        .await
    }

    /// These people.
    ///
    /// # Errors
    /// The store is away.
    pub async fn people(&self, users: Vec<UserId>) -> Result<Vec<User>> {
        self.read(move |db| people(db, &users)).await
    }

    /// Those of these rooms that only their members see.
    ///
    /// # Errors
    /// The store is away.
    pub async fn private_rooms(&self, rooms: Vec<RoomId>) -> Result<HashSet<RoomId>> {
        let ids: Vec<_> = rooms.into_iter().map(|room| room.0).collect();
        let select = "SELECT id FROM rooms WHERE private = 1 AND id";
        self.read(move |db| Ok(db.rows_among(select, &[], &ids, |row| row.get("id"))?.into_iter().collect())).await
    }

    /// Those of these people who are no members of the room beside which they stand.
    ///
    /// # Errors
    /// The store is away.
    pub async fn removed_members(&self, following: Vec<(RoomId, Vec<UserId>)>) -> Result<Vec<(RoomId, User)>> {
        self.read(move |db| {
            let mut removed = Vec::new();
            for (room, users) in following {
                let ids: Vec<_> = users.iter().map(|user| user.0).collect();
                let select = "SELECT user_id FROM room_members WHERE room_id = $1 AND user_id";
                let members: HashSet<UserId> =
                    db.rows_among(select, values![room], &ids, |row| row.get("user_id"))?.into_iter().collect();
                let gone: Vec<_> = users.into_iter().filter(|user| !members.contains(user)).collect();
                removed.extend(people(db, &gone)?.into_iter().map(|user| (room, user)));
            }
            Ok(removed)
        })
        .await
    }
}

fn people(db: &Db, users: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<_> = users.iter().map(|user| user.0).collect();
    db.rows_among("SELECT id, username, display_name, role FROM users WHERE id", &[], &ids, read_user)
}
