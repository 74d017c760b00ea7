//! Read positions: the last `seq` that each user has read in each room. The number of unread
//! messages is always derived from them and the room log; it is never stored.

use protocol::{ReadPosition, RoomName, UserId, limits::MAX_UNREAD};

use super::{
    OnCommit, Result, Store,
    access::{access, last_seq},
    sql::{Db, values},
};

/// The read position from which messages are unread: nothing from before the membership is.
const POSITION: &str = "CASE WHEN coalesce(read_positions.seq, 0) < rooms.joined_seq
         THEN rooms.joined_seq ELSE coalesce(read_positions.seq, 0) END";

/// Returns columns with the read position of a viewer, and the unread messages and mentions after
/// it, up to [`MAX_UNREAD`]. Nothing is unread where the viewer is no member: the position is then
/// the end of the room log.
///
/// The query must join `rooms`, which has the columns `id`, `seq`, `member`, `viewer` and
/// `joined_seq`, with the `read_positions` of the viewer.
pub(super) fn unread_columns() -> String {
    format!(
        "CASE WHEN rooms.member THEN coalesce(read_positions.seq, 0) ELSE rooms.seq END AS read_seq,
         (SELECT count(*) FROM (SELECT 1 FROM messages WHERE rooms.member
              AND messages.room_id = rooms.id AND messages.seq > {POSITION}
              AND shown = 1 AND sender_id <> rooms.viewer AND text IS NOT NULL
              LIMIT {MAX_UNREAD}) AS newer) AS unread,
         (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE rooms.member
              AND mentions.user_id = rooms.viewer AND mentions.room_id = rooms.id
              AND mentions.seq > {POSITION}
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
