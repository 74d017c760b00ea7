//! How far each person has read, and who is named where. What is unread is always derived from the two and the log, never
//! counted up and kept.

use protocol::{ReadPosition, RoomId, RoomName, UserId, limits::MAX_UNREAD, mentions};

use super::{
    Result, Store,
    db::{Db, Value, values},
    rooms::{access, seq as last_seq},
};

/// What is left for the person `$1` to read in a room: columns of a query of `rooms` joined with that person's
/// `read_positions`. What is counted ends at `MAX_UNREAD`.
pub(super) const UNREAD: &str = "coalesce(read_positions.seq, 0) AS read_seq,
    (SELECT count(*) FROM (SELECT 1 FROM messages WHERE messages.room_id = rooms.id
         AND messages.seq > coalesce(read_positions.seq, 0) AND sender_id <> $1 AND text IS NOT NULL
         LIMIT 1000) AS newer) AS unread,
    (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = $1 AND mentions.room_id = rooms.id
         AND mentions.seq > coalesce(read_positions.seq, 0) LIMIT 1000) AS newer) AS mentions";
const _: () = assert!(MAX_UNREAD == 1000);

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
        let write = move |db: &Db| {
            let room = access(db, user, &room)?.room;
            let seq = seq.min(last_seq(db, room)?);
            db.execute(
                "INSERT INTO read_positions (user_id, room_id, seq) VALUES ($1, $2, $3)
                 ON CONFLICT (user_id, room_id) DO UPDATE SET seq = excluded.seq",
                values![user, room, seq],
            )?;
            Ok(ReadPosition { room, seq })
        };
        self.writer.submit(write, then).await
    }
}

/// Notes whom a message names: people who may see the room, but not its author.
pub(super) fn mention(db: &Db, room: RoomId, seq: u64, author: UserId, text: &str) -> Result<()> {
    if !text.contains('@') {
        return Ok(());
    }
    let names: Vec<_> = mentions(text).collect();
    let names: Vec<_> = names.iter().map(Value::from).collect();
    let insert = "INSERT INTO mentions (user_id, room_id, seq)
         SELECT id, $1, $2 FROM users WHERE id <> $3 AND (
             EXISTS (SELECT 1 FROM rooms WHERE id = $1 AND private = 0)
             OR EXISTS (SELECT 1 FROM room_members WHERE room_id = $1 AND user_id = users.id)) AND username";
    db.execute_among((insert, "ON CONFLICT DO NOTHING"), values![room, seq, author], &names)?;
    Ok(())
}

/// Forgets whom a message named.
pub(super) fn forget_mentions(db: &Db, room: RoomId, seq: u64) -> Result<()> {
    db.execute("DELETE FROM mentions WHERE room_id = $1 AND seq = $2", values![room, seq])?;
    Ok(())
}
