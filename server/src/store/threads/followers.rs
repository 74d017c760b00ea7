//! Who follows a thread: who began it, answered, was mentioned in it, or asked to follow it, unless
//! the user asked not to. A later mention makes the user follow it again.

use protocol::{MessageId, RoomId, ThreadFollow, UserId};

use super::{
    super::{
        OnCommit, Result, Store,
        access::access,
        sql::{Db, values},
    },
    Thread, find_thread,
};

/// Ends the insertion of those who follow by what they wrote. What a user asked for stays.
macro_rules! unless_asked {
    ($insert:literal) => {
        concat!(
            "INSERT INTO thread_followers (user_id, thread, room_id, following, asked, read_seq) ",
            $insert,
            " ON CONFLICT (user_id, thread) DO UPDATE SET following = 1
                WHERE thread_followers.asked = 0 AND thread_followers.following = 0"
        )
    };
}

/// Records that the author of a reply follows its thread; with the first reply, also that of the
/// first message and the users whom that names.
pub(in crate::store) fn follow_replied(
    db: &Db,
    thread: &Thread,
    author: UserId,
    is_first: bool,
) -> Result<()> {
    let one = unless_asked!("VALUES ($1, $2, $3, 1, 0, 0)");
    db.execute(one, values![author, thread.id, thread.room])?;
    if is_first {
        db.execute(one, values![thread.sender, thread.id, thread.room])?;
        db.execute(
            unless_asked!(
                "SELECT user_id, $1, room_id, 1, 0, 0 FROM mentions
                 WHERE room_id = $2 AND seq = $3 AND by_name > 0"
            ),
            values![thread.id, thread.room, thread.seq],
        )?;
    }
    Ok(())
}

/// Records that the users whom a reply mentions follow its thread, also those who asked not to: the
/// mention is unread, and must be found.
pub(in crate::store) fn follow_mentioned(db: &Db, room: RoomId, seq: u64) -> Result<()> {
    db.execute(
        "INSERT INTO thread_followers (user_id, thread, room_id, following, asked, read_seq)
         SELECT user_id, thread, room_id, 1, 0, 0 FROM mentions
         WHERE room_id = $1 AND seq = $2 AND thread IS NOT NULL
         ON CONFLICT (user_id, thread) DO UPDATE SET following = 1, asked = 0
             WHERE thread_followers.following = 0",
        values![room, seq],
    )?;
    Ok(())
}

impl Store {
    /// Queues that a user asked to follow a thread, or not to.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn follow_thread(
        &self,
        user: UserId,
        follow: ThreadFollow,
        on_commit: impl OnCommit<ThreadFollow>,
    ) -> Result<()> {
        self.writer.submit(move |db| ask(db, user, follow), on_commit).await
    }

    /// Returns whether a user follows a thread.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`](super::super::StoreError::NotFound) if the user may not see
    /// the room.
    pub async fn follows_thread(
        &self,
        user: UserId,
        room: RoomId,
        thread: MessageId,
    ) -> Result<bool> {
        self.read(move |db| {
            access(db, user, &room.into())?;
            let select =
                "SELECT following FROM thread_followers WHERE user_id = $1 AND thread = $2";
            let following = db.row(select, values![user, thread], |row| row.get("following"))?;
            Ok(following.unwrap_or_default())
        })
        .await
    }
}

fn ask(db: &Db, user: UserId, follow: ThreadFollow) -> Result<ThreadFollow> {
    let ThreadFollow { room, thread, on } = follow;
    let room = access(db, user, &room)?.room;
    find_thread(db, room, thread)?;
    db.execute(
        "INSERT INTO thread_followers (user_id, thread, room_id, following, asked, read_seq)
         VALUES ($1, $2, $3, $4, 1, 0)
         ON CONFLICT (user_id, thread) DO UPDATE SET following = excluded.following, asked = 1",
        values![user, thread, room, on],
    )?;
    Ok(ThreadFollow { room: room.into(), thread, on })
}

/// Sets the read position in a thread. It moves back only if `back` is true.
pub(in crate::store) fn set_position(
    db: &Db,
    user: UserId,
    (room, thread): (RoomId, MessageId),
    (seq, back): (u64, bool),
) -> Result<()> {
    find_thread(db, room, thread)?;
    let select = "SELECT coalesce(max(seq), 0) AS last FROM messages WHERE thread = $1";
    let last: u64 = db.one(select, values![thread], |row| row.get("last"))?;
    let to = if back { seq.saturating_sub(1) } else { seq }.min(last);
    db.execute(
        "INSERT INTO thread_followers (user_id, thread, room_id, following, asked, read_seq)
         VALUES ($1, $2, $3, 0, 0, $4)
         ON CONFLICT (user_id, thread) DO UPDATE SET read_seq = excluded.read_seq
             WHERE thread_followers.read_seq < excluded.read_seq OR $5 = 1",
        values![user, thread, room, to, back],
    )?;
    Ok(())
}
