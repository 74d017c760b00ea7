//! Threads: the replies to a message. The summary of each thread is written in the same transaction
//! as its replies, and always equals a count of the room log.

mod followers;
mod list;
#[cfg(test)]
mod tests;

use protocol::{
    FieldError, MessageId, RoomId, ThreadSummary, Timestamp, UserId, limits::MAX_THREAD_FACES,
};
use uuid::Uuid;

pub(super) use followers::{follow_mentioned, follow_replied, set_position};
pub use list::ThreadCursor;

use super::{
    Result, Store, StoreError,
    sql::{Db, Row, values},
};

/// The message that begins a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) id: MessageId,
    pub(super) room: RoomId,
    /// The position of the message in the room log.
    pub(super) seq: u64,
    pub(super) sender: UserId,
}

/// Finds the message that begins a thread. It may be deleted, and need not have replies.
///
/// # Errors
/// Returns [`StoreError::NotFound`] if the room has no such message, and [`StoreError::Invalid`] if
/// it is itself a reply in a thread.
pub(super) fn find_thread(db: &Db, room: RoomId, id: MessageId) -> Result<Thread> {
    let select = "SELECT seq, sender_id, thread FROM messages WHERE id = $1 AND room_id = $2";
    let found = db.row(select, values![id, room], |row| {
        let thread = Thread { id, room, seq: row.get("seq")?, sender: row.get("sender_id")? };
        Ok((thread, row.get::<Option<MessageId>>("thread")?))
    })?;
    match found {
        None => Err(StoreError::NotFound("message")),
        Some((thread, None)) => Ok(thread),
        Some((_, Some(_))) => Err(StoreError::Invalid(vec![FieldError::new(
            "thread",
            "must not be a reply in a thread",
        )])),
    }
}

impl Store {
    /// Checks that a room has a thread, or a message that may begin one.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] or [`StoreError::Invalid`] if it does not.
    pub async fn check_thread(&self, room: RoomId, thread: MessageId) -> Result<()> {
        self.read(move |db| find_thread(db, room, thread).map(|_| ())).await
    }
}

/// Reads the columns `replies`, `last_at` and `people` of table `threads`, which may be NULL.
pub(super) fn read_summary(row: &Row<'_>) -> Result<Option<ThreadSummary>> {
    let Some(count) = row.get::<Option<u64>>("replies")? else { return Ok(None) };
    let last_at: Timestamp = row.get("last_at")?;
    let people = parse_people(&row.get::<String>("people")?);
    Ok(Some(ThreadSummary { count, last_at: (count > 0).then_some(last_at), people }))
}

fn parse_people(hex: &str) -> Vec<UserId> {
    hex.split_whitespace().filter_map(|id| Uuid::try_parse(id).ok().map(UserId)).collect()
}

fn format_people(people: &[UserId]) -> String {
    let ids: Vec<_> = people.iter().map(|id| id.0.simple().to_string()).collect();
    ids.join(" ")
}

fn summary(db: &Db, thread: MessageId) -> Result<Option<ThreadSummary>> {
    let select = "SELECT replies, last_at, people FROM threads WHERE id = $1";
    Ok(db.row(select, values![thread], read_summary)?.flatten())
}

/// Counts a new reply. Returns the summary after it.
pub(super) fn count_reply(
    db: &Db,
    thread: &Thread,
    author: UserId,
    (seq, at): (u64, Timestamp),
) -> Result<ThreadSummary> {
    let before = summary(db, thread.id)?.unwrap_or_default();
    let others = before.people.into_iter().filter(|user| *user != author);
    let people: Vec<_> = std::iter::once(author).chain(others).take(MAX_THREAD_FACES).collect();
    let after = ThreadSummary { count: before.count + 1, last_at: Some(at), people };
    write(db, thread.id, thread.room, (seq, at), &after)?;
    Ok(after)
}

/// Counts the deletion of a reply, after its text is gone. Returns the summary after it.
///
/// Looks for the newest reply of each author by its key. Authors have a row in `thread_followers`,
/// whether they follow the thread or asked not to.
pub(super) fn count_deletion(db: &Db, thread: MessageId, room: RoomId) -> Result<ThreadSummary> {
    let count = summary(db, thread)?.map_or(0, |before| before.count.saturating_sub(1));
    let newest = db.rows(
        "SELECT user_id, newest FROM (
             SELECT user_id, (SELECT max(seq) FROM messages WHERE messages.thread = $1
                 AND messages.sender_id = followed.user_id AND messages.text IS NOT NULL) AS newest
             FROM thread_followers AS followed WHERE thread = $1) AS authors
         WHERE newest IS NOT NULL ORDER BY newest DESC LIMIT $2",
        values![thread, MAX_THREAD_FACES],
        |row| Ok((row.get::<UserId>("user_id")?, row.get::<u64>("newest")?)),
    )?;
    let last_seq = newest.first().map_or(0, |(_, seq)| *seq);
    let select = "SELECT sent_at FROM messages WHERE room_id = $1 AND seq = $2";
    let last_at = db.row(select, values![room, last_seq], |row| row.get("sent_at"))?;
    let people = newest.into_iter().map(|(user, _)| user).collect();
    let after = ThreadSummary { count, last_at, people };
    write(db, thread, room, (last_seq, last_at.unwrap_or_default()), &after)?;
    Ok(after)
}

fn write(
    db: &Db,
    thread: MessageId,
    room: RoomId,
    (last_seq, last_at): (u64, Timestamp),
    summary: &ThreadSummary,
) -> Result<()> {
    db.execute(
        "INSERT INTO threads (id, room_id, replies, last_seq, last_at, people)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET replies = excluded.replies,
             last_seq = excluded.last_seq, last_at = excluded.last_at, people = excluded.people",
        values![thread, room, summary.count, last_seq, last_at, &format_people(&summary.people)],
    )?;
    Ok(())
}
