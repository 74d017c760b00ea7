//! The list of the threads that a user follows.

use std::collections::HashMap;

use protocol::{
    FollowedThread, Message, MessageId, RoomId, Sender, ThreadsPage, Timestamp, UserId,
    limits::{MAX_PAGE_THREADS, MAX_REPLY_BYTES},
};
use uuid::Uuid;

use super::super::{
    Result, Store,
    log::{details::last_replies, encoded_len, lookup::messages},
    read_state::unread_in_thread,
    sql::{Db, Row, values},
    users::read_sender,
};

/// The place of a thread in a user's list. The next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadCursor {
    /// The time of the newest reply.
    pub last_at: Timestamp,
    /// The thread.
    pub thread: MessageId,
}

/// The lengths of the parts of a cursor in hex.
const ID: usize = 32;
const TIME: usize = 16;

impl ThreadCursor {
    /// Returns the text of the cursor for this user.
    #[must_use]
    pub fn encode(&self, user: UserId) -> String {
        let last_at = self.last_at.as_millis();
        format!("{}{last_at:016x}{}", user.0.simple(), self.thread.0.simple())
    }

    /// Reads a cursor. `None` if it is not one of this user.
    #[must_use]
    pub fn decode(text: &str, user: UserId) -> Option<Self> {
        if text.len() != ID + TIME + ID || !text.is_ascii() {
            return None;
        }
        let (owner, rest) = text.split_at(ID);
        let (last_at, thread) = rest.split_at(TIME);
        let last_at = i64::from_str_radix(last_at, 16).ok()?;
        let cursor = Self {
            last_at: Timestamp::from_millis(last_at),
            thread: MessageId(Uuid::try_parse(thread).ok()?),
        };
        (Uuid::try_parse(owner).ok()? == user.0).then_some(cursor)
    }
}

impl Store {
    /// Returns a page of the threads that a user follows in rooms that the user may see, those with
    /// the newest replies first.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn threads(
        &self,
        user: UserId,
        after: Option<ThreadCursor>,
        limit: Option<u64>,
    ) -> Result<ThreadsPage> {
        self.read(move |db| db.read_snapshot(|| threads(db, user, after, limit))).await
    }
}

/// A thread of the list, without its message.
struct Listed {
    thread: MessageId,
    room: RoomId,
    last_at: Timestamp,
    read_seq: u64,
    unread: u64,
    mentions: u64,
}

fn threads(
    db: &Db,
    user: UserId,
    after: Option<ThreadCursor>,
    limit: Option<u64>,
) -> Result<ThreadsPage> {
    let limit = limit.unwrap_or(MAX_PAGE_THREADS).clamp(1, MAX_PAGE_THREADS);
    let first =
        ThreadCursor { last_at: Timestamp::from_millis(i64::MAX), thread: MessageId(Uuid::max()) };
    let ThreadCursor { last_at, thread } = after.unwrap_or(first);
    let mut listed =
        db.rows(&select_page(), values![user, last_at, thread, limit + 1], read_listed)?;
    let mut has_more = listed.len() as u64 > limit;
    listed.truncate(limit as usize);
    let ids: Vec<_> = listed.iter().map(|listed| listed.thread).collect();
    let messages = messages(db, &ids)?;
    has_more |= messages.len() < listed.len();
    let mut messages: HashMap<MessageId, Message> =
        messages.into_iter().map(|message| (message.id, message)).collect();
    let mut last_replies = last_replies(db, &ids)?;
    let mut authors = reply_authors(db, messages.values())?;
    let mut page = ThreadsPage::default();
    let (mut last_place, mut bytes) = (None, 0);
    for listed in listed {
        let Some(message) = messages.remove(&listed.thread) else { break };
        let Listed { thread, room, last_at, read_seq, unread, mentions } = listed;
        let last = last_replies.remove(&thread).map(Box::new);
        let people = message.replies.iter().flat_map(|replies| &replies.people);
        let users: Vec<_> = people.filter_map(|user| authors.remove(user)).collect();
        let followed = FollowedThread { room, message, unread, mentions, read_seq, last_at, last };
        bytes += encoded_len(&followed) + encoded_len(&users);
        if bytes > MAX_REPLY_BYTES && last_place.is_some() {
            has_more = true;
            break;
        }
        last_place = Some(ThreadCursor { last_at, thread });
        page.threads.push(followed);
        page.users.extend(users);
    }
    page.next = last_place.filter(|_| has_more).map(|cursor| cursor.encode(user));
    Ok(page)
}

/// Returns the users whom the summaries of these threads name.
fn reply_authors<'a>(
    db: &Db,
    messages: impl Iterator<Item = &'a Message>,
) -> Result<HashMap<UserId, Sender>> {
    let people = messages.filter_map(|message| message.replies.as_ref());
    let mut ids: Vec<_> = people.flat_map(|replies| &replies.people).map(|user| user.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let select = "SELECT id, username, display_name, alike, picture FROM users WHERE id";
    let users = db.rows_among(select, &[], &ids, |row| read_sender(row, "id"))?;
    Ok(users.into_iter().map(|user| (user.id, user)).collect())
}

/// Returns the query for the threads that user `$1` follows, after the place `$2`, `$3`. Unread
/// replies are counted in those of the page only.
fn select_page() -> String {
    format!(
        "SELECT followed.thread, followed.room_id, last_at, {} FROM (
             SELECT thread, room_id, read_seq, last_at FROM (
                 SELECT thread_followers.thread, thread_followers.room_id, read_seq,
                     CASE WHEN replies > 0 THEN last_at ELSE sent_at END AS last_at
                 FROM thread_followers
                     JOIN messages ON messages.id = thread_followers.thread
                     JOIN rooms ON rooms.id = thread_followers.room_id
                     LEFT JOIN threads ON threads.id = thread_followers.thread
                 WHERE thread_followers.user_id = $1 AND following = 1
                     AND (private = 0 OR EXISTS (SELECT 1 FROM room_members
                         WHERE room_members.room_id = rooms.id AND user_id = $1))
             ) AS visible
             WHERE (last_at, thread) < ($2, $3) ORDER BY last_at DESC, thread DESC LIMIT $4
         ) AS followed
         LEFT JOIN room_members ON room_members.room_id = followed.room_id
             AND room_members.user_id = $1
         ORDER BY last_at DESC, followed.thread DESC",
        unread_in_thread()
    )
}

fn read_listed(row: &Row<'_>) -> Result<Listed> {
    Ok(Listed {
        thread: row.get("thread")?,
        room: row.get("room_id")?,
        last_at: row.get("last_at")?,
        read_seq: row.get("read_seq")?,
        unread: row.get("unread")?,
        mentions: row.get("mentions")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_one_user() {
        let (ada, bo) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let cursor = ThreadCursor {
            last_at: Timestamp::from_millis(1_700_000_000_123),
            thread: MessageId(Uuid::from_u128(7)),
        };
        let text = cursor.encode(ada);
        assert_eq!(ThreadCursor::decode(&text, ada), Some(cursor));
        assert_eq!(ThreadCursor::decode(&text, bo), None);
        for wrong in ["", "x", &text[1..], &"é".repeat(40), &"g".repeat(80)] {
            assert_eq!(ThreadCursor::decode(wrong, ada), None, "{wrong}");
        }
    }
}
