//! How far each person has read, and who is named where. What is unread is always derived from the two and the log, never
//! counted up and kept.

use protocol::{ReadPosition, RoomId, RoomName, UserId, limits::MAX_UNREAD, mentions};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Result, Store,
    rooms::{access, seq as last_seq},
    uuid,
};

/// What is left for a person to read in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// How far it was read.
    pub(super) read_seq: u64,
    /// Messages of others after that.
    pub(super) messages: u64,
    /// Those of them that name the person.
    pub(super) mentions: u64,
}

impl Store {
    /// Takes a place in the order of writes for a read position, set to `seq` or the log's end if that is before it;
    /// `then` gets it after the commit.
    ///
    /// # Errors
    /// The store takes no more; `then` is not called.
    pub async fn read_until(
        &self,
        user: UserId,
        room: RoomName,
        seq: u64,
        then: impl FnOnce(Result<ReadPosition>) + Send + 'static,
    ) -> Result<()> {
        let write = move |db: &Connection| {
            let room = access(db, user, &room)?.room;
            let seq = seq.min(last_seq(db, room)?);
            db.prepare_cached("INSERT OR REPLACE INTO read_positions (user_id, room_id, seq) VALUES (?, ?, ?)")?
                .execute(params![user.0.as_bytes(), room.0.as_bytes(), seq])?;
            Ok(ReadPosition { room, seq })
        };
        self.writer.submit(write, then).await
    }
}

/// What is left for a person to read in a room.
pub(super) fn unread(db: &Connection, user: UserId, room: RoomId) -> Result<Unread> {
    let (user, room) = (user.0.as_bytes(), room.0.as_bytes());
    let mut query = db.prepare_cached("SELECT seq FROM read_positions WHERE user_id = ? AND room_id = ?")?;
    let read_seq: u64 = query.query_row([user, room], |row| row.get(0)).optional()?.unwrap_or_default();
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM messages
         WHERE room_id = ? AND seq > ? AND sender_id <> ? AND text IS NOT NULL LIMIT ?)",
    )?;
    let messages = query.query_row(params![room, read_seq, user, MAX_UNREAD], |row| row.get(0))?;
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM mentions WHERE user_id = ? AND room_id = ? AND seq > ? LIMIT ?)",
    )?;
    let mentions = query.query_row(params![user, room, read_seq, MAX_UNREAD], |row| row.get(0))?;
    Ok(Unread { read_seq, messages, mentions })
}

/// Notes whom a message names: people who may see the room, but not its author.
pub(super) fn mention(db: &Connection, room: RoomId, seq: u64, author: UserId, text: &str) -> Result<()> {
    if !text.contains('@') {
        return Ok(());
    }
    let mut people = db.prepare_cached(
        "SELECT id FROM users WHERE username = ?1 AND id <> ?3 AND (
             NOT (SELECT private FROM rooms WHERE id = ?2)
             OR EXISTS (SELECT 1 FROM room_members WHERE room_id = ?2 AND user_id = users.id))",
    )?;
    let mut note = db.prepare_cached("INSERT OR IGNORE INTO mentions (user_id, room_id, seq) VALUES (?, ?, ?)")?;
    for name in mentions(text) {
        let named = people.query_row(params![name, room.0.as_bytes(), author.0.as_bytes()], |row| uuid(row, "id"));
        if let Some(named) = named.optional()? {
            note.execute(params![named.as_bytes(), room.0.as_bytes(), seq])?;
        }
    }
    Ok(())
}

/// Forgets whom a message named.
pub(super) fn forget_mentions(db: &Connection, room: RoomId, seq: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM mentions WHERE room_id = ? AND seq = ?")?
        .execute(params![room.0.as_bytes(), seq])?;
    Ok(())
}
