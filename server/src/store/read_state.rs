//! Read positions: the last `seq` that each user has read in each room and thread. The number of
//! unread messages is always derived from them and the room log; it is never stored.

use protocol::{MessageId, ReadPosition, RoomId, RoomName, UserId, limits::MAX_UNREAD};

use super::{
    Fault, OnCommit, Result, Store, StoreError,
    access::{access, last_seq},
    push::close_read,
    sql::{Db, Row, values},
    threads::set_position,
};

/// The position after which messages of a room are unread: what was read, and what stood there when
/// the user came.
const IN_ROOM: &str = "(CASE WHEN coalesce(read_positions.seq, 0) < rooms.joined_seq
         THEN rooms.joined_seq ELSE coalesce(read_positions.seq, 0) END)";

/// The same for the replies of a thread.
fn in_thread(read: &str, joined: &str) -> String {
    format!("(CASE WHEN {read} < {joined} THEN {joined} ELSE {read} END)")
}

/// Returns columns with the read position of a viewer, and the unread messages and mentions after
/// it, up to [`MAX_UNREAD`]. Nothing is unread where the viewer is no member: the position is then
/// the end of the room log.
///
/// Unread is what the room shows. Mentions are those in it, and those in the replies of threads
/// that it does not show, each after its own position, unless the viewer follows the thread no
/// longer. Without notifications only those by name count.
///
/// The query must join `rooms`, which has the columns `id`, `seq`, `member`, `viewer`,
/// `joined_seq` and `notify`, with the `read_positions` of the viewer.
pub(super) fn unread_columns() -> String {
    let in_thread = in_thread("coalesce(thread_followers.read_seq, 0)", "rooms.joined_seq");
    let mine = "rooms.member AND mentions.user_id = rooms.viewer AND mentions.room_id = rooms.id
             AND (by_name > 0 OR coalesce(rooms.notify, '') <> 'nothing')";
    format!(
        "CASE WHEN rooms.member THEN coalesce(read_positions.seq, 0) ELSE rooms.seq END AS read_seq,
         (SELECT count(*) FROM (SELECT 1 FROM messages WHERE rooms.member
              AND messages.room_id = rooms.id AND messages.shown = 1 AND messages.seq > {IN_ROOM}
              AND (sender_id <> rooms.viewer OR reminder = 1) AND text IS NOT NULL
              LIMIT {MAX_UNREAD}) AS newer) AS unread,
         (SELECT count(*) FROM (
              SELECT 1 FROM mentions
              WHERE {mine} AND mentions.shown = 1 AND mentions.seq > {IN_ROOM}
              UNION ALL
              SELECT 1 FROM mentions LEFT JOIN thread_followers
                  ON thread_followers.user_id = rooms.viewer
                  AND thread_followers.thread = mentions.thread
              WHERE {mine} AND mentions.shown = 0 AND mentions.seq > {in_thread}
                  AND coalesce(thread_followers.following, 1) = 1
              LIMIT {MAX_UNREAD}) AS newer) AS mentions"
    )
}

/// Returns columns with the position of user `$1` in a thread after which replies are unread, and
/// the unread replies and mentions after it. What stood there when the user came is read. The query
/// must join `followed`, a row of `thread_followers`, with the `room_members` of that user.
pub(super) fn unread_in_thread() -> String {
    let position = in_thread("followed.read_seq", "room_members.joined_seq");
    format!(
        "{position} AS read_seq,
         (SELECT count(*) FROM (SELECT 1 FROM messages WHERE messages.thread = followed.thread
              AND room_members.user_id IS NOT NULL AND messages.seq > {position}
              AND sender_id <> $1 AND text IS NOT NULL LIMIT {MAX_UNREAD}) AS newer) AS unread,
         (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = $1
              AND mentions.thread = followed.thread
              AND room_members.user_id IS NOT NULL AND mentions.seq > {position}
              AND (by_name > 0 OR coalesce(room_members.notify, '') <> 'nothing')
              LIMIT {MAX_UNREAD}) AS newer) AS mentions"
    )
}

/// The most messages, and the most mentions, that the writer looks at to count what is unread. What
/// takes longer is counted by a reader, so that other writes do not wait for it.
const MAX_COUNTED: u64 = MAX_UNREAD;
/// The most times that a count is repeated because the room log has grown meanwhile.
const MAX_COUNTS: usize = 3;

/// What was written of a read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPosition {
    /// The position, and what is unread after it.
    Counted(ReadPosition),
    /// What is unread has to be counted by [`Store::read_position`].
    Uncounted(RoomId, Option<MessageId>),
}

/// A read position to set.
#[derive(Clone, Debug)]
pub struct NewPosition {
    /// The room.
    pub room: RoomName,
    /// The thread, if the position is that in a thread.
    pub thread: Option<MessageId>,
    /// The last `seq` that is read, or with `back` the first that is not.
    pub seq: u64,
    /// True if the position may move back.
    pub back: bool,
}

impl Store {
    /// Queues an update of a read position, at most to the end of the room log or of the thread.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn set_read_position(
        &self,
        user: UserId,
        new: NewPosition,
        on_commit: impl OnCommit<SetPosition>,
    ) -> Result<()> {
        let on_commit = self.waking_pushes(on_commit);
        self.writer.submit(move |db| set(db, user, &new), on_commit).await
    }

    /// Returns a user's read position in a room, or in one of its threads. If the count takes
    /// longer than it takes the next message to arrive, it is repeated, so that it is as new as
    /// what the user receives at that time.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the user may not see the
    /// room, or has no position in the thread.
    pub async fn read_position(
        &self,
        user: UserId,
        room: RoomId,
        thread: Option<MessageId>,
    ) -> Result<CountedPosition> {
        self.read(move |db| {
            let read = || {
                db.read_snapshot(|| {
                    access(db, user, &room.into())?;
                    let position = count(db, user, room, thread)?;
                    let stored = read_seq(db, user, room, thread)?;
                    Ok((CountedPosition { position, stored }, last_seq(db, room)?))
                })
            };
            let (mut position, mut seq) = read()?;
            for _ in 1..MAX_COUNTS {
                if last_seq(db, room)? == seq {
                    break;
                }
                (position, seq) = read()?;
            }
            Ok(position)
        })
        .await
    }

    /// Queues the question whether a position is still the stored one. What `on_commit` does then
    /// comes before anything that a later position does.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn is_read_position(
        &self,
        user: UserId,
        counted: CountedPosition,
        on_commit: impl OnCommit<bool>,
    ) -> Result<()> {
        let ReadPosition { room, thread, .. } = counted.position;
        let is_same = move |db: &Db| Ok(read_seq(db, user, room, thread)? == counted.stored);
        self.writer.submit(is_same, on_commit).await
    }
}

/// A read position with what is unread after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedPosition {
    /// The position.
    pub position: ReadPosition,
    /// The stored one at that moment; what stood in the room when the user came is read anyway.
    stored: u64,
}

/// Returns what a user has read of a room, or of one of its threads.
pub(super) fn read_seq(
    db: &Db,
    user: UserId,
    room: RoomId,
    thread: Option<MessageId>,
) -> Result<u64> {
    let seq = |row: &Row<'_>| row.get("seq");
    let found = match thread {
        Some(thread) => db.row(
            "SELECT read_seq AS seq FROM thread_followers WHERE user_id = $1 AND thread = $2",
            values![user, thread],
            seq,
        )?,
        None => db.row(
            "SELECT seq FROM read_positions WHERE user_id = $1 AND room_id = $2",
            values![user, room],
            seq,
        )?,
    };
    Ok(found.unwrap_or_default())
}

fn count(db: &Db, user: UserId, room: RoomId, thread: Option<MessageId>) -> Result<ReadPosition> {
    match thread {
        Some(thread) => position_in_thread(db, user, room, thread),
        None => position(db, user, room),
    }
}

/// Counts what is unread of a room, or of one of its threads.
pub(super) fn unread_at(
    db: &Db,
    user: UserId,
    room: RoomId,
    thread: Option<MessageId>,
) -> Result<u64> {
    match count(db, user, room, thread) {
        // The thread is not followed.
        Err(StoreError::Failed(Fault::Missing)) => Ok(0),
        counted => counted.map(|position| position.unread),
    }
}

fn set(db: &Db, user: UserId, new: &NewPosition) -> Result<SetPosition> {
    let room = access(db, user, &new.room)?.room;
    match new.thread {
        Some(thread) => set_position(db, user, (room, thread), (new.seq, new.back))?,
        None => set_in_room(db, user, room, new)?,
    }
    close_read(db, user, (room, new.thread), read_seq(db, user, room, new.thread)?)?;
    if is_long(db, user, room, new.thread)? {
        return Ok(SetPosition::Uncounted(room, new.thread));
    }
    count(db, user, room, new.thread).map(SetPosition::Counted)
}

fn set_in_room(db: &Db, user: UserId, room: RoomId, new: &NewPosition) -> Result<()> {
    let seq = if new.back { new.seq.saturating_sub(1) } else { new.seq };
    db.execute(
        "INSERT INTO read_positions (user_id, room_id, seq) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, room_id) DO UPDATE SET seq = excluded.seq
             WHERE read_positions.seq < excluded.seq OR $4 = 1",
        values![user, room, seq.min(last_seq(db, room)?), new.back],
    )?;
    Ok(())
}

/// Marks what stands before a new reminder as read, unless an earlier one is unread: the user wrote
/// all of it. So pages show what is unread from the reminder on.
pub(super) fn read_before_reminder(
    db: &Db,
    user: UserId,
    (room, seq): (RoomId, u64),
) -> Result<()> {
    let select = "SELECT EXISTS (SELECT 1 FROM messages
             WHERE room_id = $1 AND reminder = 1 AND text IS NOT NULL AND messages.seq < $2
                 AND messages.seq > coalesce((SELECT read_positions.seq FROM read_positions
                     WHERE user_id = $3 AND room_id = $1), 0)) AS is_unread";
    if !db.one(select, values![room, seq, user], |row| row.get::<bool>("is_unread"))? {
        let new = NewPosition { room: room.into(), thread: None, seq: seq - 1, back: false };
        set_in_room(db, user, room, &new)?;
    }
    Ok(())
}

/// Returns whether there is so much after a read position that it takes long to count. Looks at
/// keys of indexes only, and at a bounded number of them.
fn is_long(db: &Db, user: UserId, room: RoomId, thread: Option<MessageId>) -> Result<bool> {
    let longest = |row: &Row<'_>| {
        let counts: [u64; 3] = [row.get("messages")?, row.get("shown")?, row.get("others")?];
        Ok(counts.into_iter().any(|count| count > MAX_COUNTED))
    };
    let Some(thread) = thread else { return db.one(&look_in_room(), values![user, room], longest) };
    db.one(&look_in_thread(), values![thread, user, room], longest)
}

/// Counts what stands after the read position of user `$1` in room `$2`, up to a bound. All
/// mentions in the replies of threads count, since each thread has a position of its own.
fn look_in_room() -> String {
    let limit = MAX_COUNTED + 1;
    format!(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE messages.room_id = rooms.id
                 AND messages.shown = 1 AND messages.seq > {IN_ROOM} LIMIT {limit}) AS newer)
                 AS messages,
             (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = $1
                 AND mentions.room_id = rooms.id AND mentions.seq > {IN_ROOM}
                 LIMIT {limit}) AS newer) AS shown,
             (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = $1
                 AND mentions.room_id = rooms.id AND mentions.shown = 0
                 LIMIT {limit}) AS newer) AS others
         FROM (SELECT rooms.id, coalesce(joined_seq, rooms.seq) AS joined_seq
             FROM rooms LEFT JOIN room_members AS mine
                 ON mine.room_id = rooms.id AND mine.user_id = $1
             WHERE rooms.id = $2) AS rooms
         LEFT JOIN read_positions ON read_positions.room_id = rooms.id
             AND read_positions.user_id = $1"
    )
}

/// Counts what stands after the read position of user `$2` in thread `$1` of room `$3`, up to a
/// bound.
fn look_in_thread() -> String {
    let limit = MAX_COUNTED + 1;
    let position = in_thread("followed.read_seq", "coalesce(room_members.joined_seq, rooms.seq)");
    format!(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE messages.thread = $1
                 AND messages.seq > {position} LIMIT {limit}) AS newer) AS messages,
             (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = $2
                 AND mentions.thread = $1 AND mentions.seq > {position}
                 LIMIT {limit}) AS newer) AS shown, CAST(0 AS BIGINT) AS others
         FROM thread_followers AS followed JOIN rooms ON rooms.id = followed.room_id
             LEFT JOIN room_members ON room_members.room_id = rooms.id
                 AND room_members.user_id = $2
         WHERE followed.user_id = $2 AND followed.thread = $1 AND followed.room_id = $3"
    )
}

fn position(db: &Db, user: UserId, room: RoomId) -> Result<ReadPosition> {
    let select = format!(
        "SELECT {} FROM (
             SELECT rooms.id, rooms.seq, mine.user_id IS NOT NULL AS member,
                 mine.user_id AS viewer, joined_seq, notify
             FROM rooms LEFT JOIN room_members AS mine
                 ON mine.room_id = rooms.id AND mine.user_id = $1
             WHERE rooms.id = $2
         ) AS rooms
         LEFT JOIN read_positions ON read_positions.room_id = rooms.id
             AND read_positions.user_id = $1",
        unread_columns()
    );
    db.one(&select, values![user, room], |row| {
        let seq = row.get("read_seq")?;
        let (unread, mentions) = (row.get("unread")?, row.get("mentions")?);
        Ok(ReadPosition { room, seq, thread: None, read_seq: seq, unread, mentions })
    })
}

fn position_in_thread(
    db: &Db,
    user: UserId,
    room: RoomId,
    thread: MessageId,
) -> Result<ReadPosition> {
    let select = format!(
        "SELECT {} FROM thread_followers AS followed
         LEFT JOIN room_members ON room_members.room_id = followed.room_id
             AND room_members.user_id = $1
         WHERE followed.user_id = $1 AND followed.thread = $2",
        unread_in_thread()
    );
    db.one(&select, values![user, thread], |row| {
        let seq = row.get("read_seq")?;
        let (unread, mentions) = (row.get("unread")?, row.get("mentions")?);
        Ok(ReadPosition { room, seq, thread: Some(thread), read_seq: seq, unread, mentions })
    })
}

#[cfg(test)]
mod tests;
