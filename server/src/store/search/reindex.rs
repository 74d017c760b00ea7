//! Builds the index anew.

use protocol::RoomId;

use super::{
    super::{
        DATABASE_FILE, DataLocation, Result, StoreError,
        migrations::check_current,
        sql::{Db, Server, run_blocking, serialized, values},
    },
    segments::State,
};

/// The messages that one transaction notes, so that others do not wait long.
const MESSAGES_AT_ONCE: u64 = 5_000;

/// How far a new index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reindexed {
    /// So many messages of so many are noted for the index.
    Noted(u64, u64),
    /// So many messages wait for a running server, which builds the index.
    Waiting(u64),
}

/// Has the index built anew by the running server, or by the next one that starts. Messages are
/// found as before meanwhile. Tells how far it is; `goes_on` says whether to wait for more.
///
/// # Errors
/// Fails if the database is not one of this version, or cannot be used.
pub fn reindex(
    location: &DataLocation,
    goes_on: impl FnMut(Reindexed) -> bool + Send,
) -> Result<()> {
    match location {
        DataLocation::Folder(folder) => {
            let file = folder.join(DATABASE_FILE);
            // A mistyped path must not create a database.
            if !file.exists() {
                return Err(StoreError::unavailable("there is no database in this folder"));
            }
            note_all(&Db::open_file(&file)?, goes_on)
        }
        DataLocation::Postgres(url) => {
            let server = Server::new(url)?;
            run_blocking(move || note_all(&Db::connect(&server)?, goes_on))
        }
    }
}

fn note_all(db: &Db, mut goes_on: impl FnMut(Reindexed) -> bool) -> Result<()> {
    check_current(db)?;
    let select = "SELECT coalesce(max(id), 0) AS last FROM search_segments";
    let last: i64 = db.one(select, &[], |row| row.get("last"))?;
    let rooms: Vec<(RoomId, u64)> =
        db.rows("SELECT id, seq FROM rooms", &[], |row| Ok((row.get("id")?, row.get("seq")?)))?;
    let all = rooms.iter().map(|(_, last)| last).sum();
    let mut noted = 0;
    for (room, last) in rooms {
        for after in (0..last).step_by(MESSAGES_AT_ONCE as usize) {
            serialized(db, || note_some(db, room, after))?;
            noted += MESSAGES_AT_ONCE.min(last - after);
            goes_on(Reindexed::Noted(noted, all));
        }
    }
    // They are read until what was noted is in others.
    serialized(db, || {
        db.execute(
            "UPDATE search_segments SET state = $1 WHERE state = $2 AND id <= $3",
            values![State::Replaced.as_str(), State::Ready.as_str(), last],
        )
    })?;
    loop {
        let select = "SELECT count(*) AS waiting FROM search_pending";
        let waiting = db.one(select, &[], |row| row.get("waiting"))?;
        if !goes_on(Reindexed::Waiting(waiting)) {
            return Ok(());
        }
    }
}

/// Notes messages of a room for the index.
fn note_some(db: &Db, room: RoomId, after: u64) -> Result<u64> {
    db.execute(
        "INSERT INTO search_pending (sent_at, room_id, seq, change)
         SELECT sent_at, room_id, seq, seq FROM messages
         WHERE room_id = $1 AND seq > $2 AND seq <= $3 AND text IS NOT NULL
         ON CONFLICT DO NOTHING",
        values![room, after, after + MESSAGES_AT_ONCE],
    )
}
