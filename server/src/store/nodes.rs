//! What a node among others asks the log and the accounts: whether something passed it by.

use std::collections::{HashMap, HashSet};

use protocol::{Event, RoomId, SessionId, User, UserId};

use super::{
    Result, Store,
    accounts::{oldest_use, read_user},
    db::{Db, Value, values},
    log::events_between,
    rooms::seq as last_seq,
};

/// Events that are fetched at a time.
const MAX_FETCHED_EVENTS: u64 = 200;
/// Memberships that are looked up at a time.
const PAIRS: usize = 50;

impl Store {
    /// Where the logs of these rooms end.
    ///
    /// # Errors
    /// The store is away.
    pub async fn seqs(&self, rooms: Vec<RoomId>) -> Result<Vec<(RoomId, u64)>> {
        let ids: Vec<_> = rooms.into_iter().map(|room| room.0).collect();
        let select = "SELECT id, seq FROM rooms WHERE id";
        self.read(move |db| {
            db.rows_among(select, &[], &ids, |row| Ok((row.get("id")?, row.get("seq")?)))
        })
        .await
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
    pub async fn ended_sessions(
        &self,
        sessions: Vec<(SessionId, UserId)>,
    ) -> Result<Vec<(SessionId, UserId)>> {
        self.read(move |db| {
            let ids: Vec<_> = sessions.iter().map(|(session, _)| session.0).collect();
            let select = "SELECT id FROM sessions WHERE last_used_at > $1 AND id";
            let holding: HashSet<SessionId> = db
                .rows_among(select, values![oldest_use()], &ids, |row| row.get("id"))?
                .into_iter()
                .collect();
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
        self.read(move |db| {
            Ok(db.rows_among(select, &[], &ids, |row| row.get("id"))?.into_iter().collect())
        })
        .await
    }

    /// Those of these people who are no members of the room beside which they stand.
    ///
    /// # Errors
    /// The store is away.
    pub async fn removed_members(
        &self,
        following: Vec<(RoomId, Vec<UserId>)>,
    ) -> Result<Vec<(RoomId, User)>> {
        self.read(move |db| {
            let mut gone: HashSet<(RoomId, UserId)> = following
                .into_iter()
                .flat_map(|(room, users)| users.into_iter().map(move |user| (room, user)))
                .collect();
            let asked: Vec<_> = gone.iter().copied().collect();
            for some in asked.chunks(PAIRS) {
                // However few there are: it is one statement, prepared once.
                let filled = some.iter().chain(std::iter::repeat_n(&some[0], PAIRS - some.len()));
                let values: Vec<_> = filled
                    .flat_map(|(room, user)| [Value::from(*room), Value::from(*user)])
                    .collect();
                let members = db.rows(&members_among(), &values, |row| {
                    Ok((row.get("room_id")?, row.get("user_id")?))
                })?;
                for member in members {
                    gone.remove(&member);
                }
            }
            let users: HashSet<_> = gone.iter().map(|(_, user)| *user).collect();
            let users = people(db, &users.into_iter().collect::<Vec<_>>())?;
            let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
            Ok(gone
                .into_iter()
                .filter_map(|(room, user)| Some((room, users.get(&user)?.clone())))
                .collect())
        })
        .await
    }
}

/// Which of so many pairs of rooms and people are memberships.
fn members_among() -> String {
    let pairs = (0..PAIRS)
        .map(|pair| format!("(room_id = ${} AND user_id = ${})", 2 * pair + 1, 2 * pair + 2));
    format!(
        "SELECT room_id, user_id FROM room_members WHERE {}",
        pairs.collect::<Vec<_>>().join(" OR ")
    )
}

fn people(db: &Db, users: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<_> = users.iter().map(|user| user.0).collect();
    db.rows_among(
        "SELECT id, username, display_name, role FROM users WHERE id",
        &[],
        &ids,
        read_user,
    )
}
