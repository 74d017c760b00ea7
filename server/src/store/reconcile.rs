//! Queries of a node that may have missed messages of other nodes: the ends of room logs, missing
//! events, and sessions and memberships that ended elsewhere.

use std::collections::{HashMap, HashSet};

use protocol::{Event, RoomId, SessionId, User, UserId};

use super::{
    Result, Store,
    access::last_seq,
    log::events::events_between,
    sessions::oldest_use,
    sql::{Db, Value, values},
    users::users,
};

/// The maximum number of events per query.
const MAX_EVENTS: u64 = 200;
/// The number of memberships that one statement looks up.
const PAIRS: usize = 50;

impl Store {
    /// Returns the last `seq` of each of these rooms; `None` if it cannot be read.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn seqs(&self, rooms: Vec<RoomId>) -> Result<Vec<(RoomId, Option<u64>)>> {
        let ids: Vec<_> = rooms.into_iter().map(|room| room.0).collect();
        let select = "SELECT id, seq FROM rooms WHERE id";
        self.read(move |db| {
            db.rows_among(select, &[], &ids, |row| Ok((row.get("id")?, row.get("seq").ok())))
        })
        .await
    }

    /// Returns the events of a room log after `since`, each with its `seq`, up to a limit. Does
    /// not check access.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn events_after(&self, room: RoomId, since: u64) -> Result<Vec<(u64, Event)>> {
        self.read(move |db| {
            db.read_snapshot(|| {
                let until = last_seq(db, room)?.min(since + MAX_EVENTS);
                events_between(db, room, since, until)
            })
        })
        .await
    }

    /// Returns those of these sessions that are no longer valid.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn ended_sessions(
        &self,
        sessions: Vec<(SessionId, UserId)>,
    ) -> Result<Vec<(SessionId, UserId)>> {
        self.read(move |db| {
            let ids: Vec<_> = sessions.iter().map(|(session, _)| session.0).collect();
            let select = "SELECT id FROM sessions WHERE last_used_at > $1 AND id";
            let valid: HashSet<SessionId> = db
                .rows_among(select, values![oldest_use()], &ids, |row| row.get("id"))?
                .into_iter()
                .collect();
            Ok(sessions.into_iter().filter(|(session, _)| !valid.contains(session)).collect())
        })
        .await
    }

    /// Returns those of these rooms that are private.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn private_rooms(&self, rooms: Vec<RoomId>) -> Result<HashSet<RoomId>> {
        let ids: Vec<_> = rooms.into_iter().map(|room| room.0).collect();
        let select = "SELECT id FROM rooms WHERE private = 1 AND id";
        self.read(move |db| {
            Ok(db.rows_among(select, &[], &ids, |row| row.get("id"))?.into_iter().collect())
        })
        .await
    }

    /// Returns those of these subscribers who are not members of the room.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn removed_members(
        &self,
        subscribers: Vec<(RoomId, Vec<UserId>)>,
    ) -> Result<Vec<(RoomId, User)>> {
        self.read(move |db| removed_members(db, subscribers)).await
    }
}

fn removed_members(
    db: &Db,
    subscribers: Vec<(RoomId, Vec<UserId>)>,
) -> Result<Vec<(RoomId, User)>> {
    let mut removed: HashSet<(RoomId, UserId)> = subscribers
        .into_iter()
        .flat_map(|(room, users)| users.into_iter().map(move |user| (room, user)))
        .collect();
    let pairs: Vec<_> = removed.iter().copied().collect();
    for some in pairs.chunks(PAIRS) {
        // Padded to a constant length, so that the statement is prepared once.
        let padded = some.iter().chain(std::iter::repeat_n(&some[0], PAIRS - some.len()));
        let values: Vec<_> =
            padded.flat_map(|(room, user)| [Value::from(*room), Value::from(*user)]).collect();
        let members = db.rows(&select_members(), &values, |row| {
            Ok((row.get("room_id")?, row.get("user_id")?))
        })?;
        for member in members {
            removed.remove(&member);
        }
    }
    let ids: HashSet<_> = removed.iter().map(|(_, user)| *user).collect();
    let users = users(db, &ids.into_iter().collect::<Vec<_>>())?;
    let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    Ok(removed
        .into_iter()
        .filter_map(|(room, user)| Some((room, users.get(&user)?.clone())))
        .collect())
}

/// Returns a query for those of [`PAIRS`] pairs of a room and a user that are memberships.
fn select_members() -> String {
    let pairs = (0..PAIRS)
        .map(|pair| format!("(room_id = ${} AND user_id = ${})", 2 * pair + 1, 2 * pair + 2));
    format!(
        "SELECT room_id, user_id FROM room_members WHERE {}",
        pairs.collect::<Vec<_>>().join(" OR ")
    )
}
