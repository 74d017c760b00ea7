//! Read positions: the last `seq` that each user has read in each room. The number of unread
//! messages is always derived from them and the room log; it is never stored.

use protocol::{ReadPosition, RoomName, UserId, limits::MAX_UNREAD};

use super::{
    OnCommit, Result, Store,
    access::{access, last_seq},
    sql::{Db, values},
};

/// Returns columns with the read position of user `$1`, and the unread messages and mentions after
/// it, up to [`MAX_UNREAD`]. Nothing is unread where `is_member`, an expression, is false.
///
/// The query must join `rooms` with the `read_positions` of that user.
pub(super) fn unread_columns(is_member: &str) -> String {
    format!(
        "coalesce(read_positions.seq, 0) AS read_seq,
         (SELECT count(*) FROM (SELECT 1 FROM messages WHERE {is_member}
              AND messages.room_id = rooms.id AND messages.seq > coalesce(read_positions.seq, 0)
              AND sender_id <> $1 AND text IS NOT NULL LIMIT {MAX_UNREAD}) AS newer) AS unread,
         (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE {is_member}
              AND mentions.user_id = $1 AND mentions.room_id = rooms.id
              AND mentions.seq > coalesce(read_positions.seq, 0)
              LIMIT {MAX_UNREAD}) AS newer) AS mentions"
    )
}

impl Store {
    /// Queues an update of a read position to `seq`, or to the end of the room log if that is
    /// lower.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn read_until(
        &self,
        user: UserId,
        room: RoomName,
        seq: u64,
        on_commit: impl OnCommit<ReadPosition>,
    ) -> Result<()> {
        let write = move |db: &Db| {
            let room = access(db, user, &room)?.room;
            let seq = seq.min(last_seq(db, room)?);
            db.execute(
                "INSERT INTO read_positions (user_id, room_id, seq) VALUES ($1, $2, $3)
                 ON CONFLICT (user_id, room_id) DO UPDATE SET seq = excluded.seq",
                values![user, room, seq],
            )?;
            Ok(ReadPosition { room, seq, read_seq: seq, ..Default::default() })
        };
        self.writer.submit(write, on_commit).await
    }
}
