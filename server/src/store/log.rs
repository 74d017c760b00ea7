//! The rooms' logs: every lasting change has the room's next `seq`, without a hole.

use protocol::{
    Event, History, LoggedEvent, Message, MessageId, RoomId, RoomName, Sender, Sent, Timestamp, UserId,
    limits::{MAX_ANSWER_BYTES, MAX_PAGE_MESSAGES, MAX_RECOVERED_EVENTS, PAGE_MESSAGES},
};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use uuid::Uuid;

use super::{Result, Store, StoreError, now, rooms::access, rooms::seq as last_seq, uuid};

/// A message to append.
#[derive(Debug)]
pub struct NewMessage {
    /// Made by the client; the same again is no new message.
    pub id: MessageId,
    /// Where to.
    pub room: RoomName,
    /// Who writes.
    pub sender: Sender,
    /// What.
    pub text: String,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Appended {
    /// It is in the log now.
    New(Message),
    /// It was there before: the first answer again, and nothing to deliver.
    Repeat(Sent),
}

/// Messages, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more beyond the end farthest from the cursor.
    pub has_more: bool,
}

/// A room's log at one moment, from where somebody left off.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The last `seq` that it covers.
    pub seq: u64,
    /// All that came after `since`; `None` where that is too much, or `since` is of another history.
    pub events: Option<Vec<LoggedEvent>>,
    /// The newest page, where there are no events.
    pub page: Page,
}

impl Store {
    /// Takes a place in the order of writes for a message. `then` gets the result after the commit, on the writer's
    /// thread, in the order of `seq`s: whether there is such a room, and whether the id is another's.
    ///
    /// # Errors
    /// The store takes no more; `then` is not called.
    pub async fn append(&self, new: NewMessage, then: impl FnOnce(Result<Appended>) + Send + 'static) -> Result<()> {
        self.writer.submit(move |db| append(db, new), then).await
    }

    /// A page of a room's messages.
    ///
    /// # Errors
    /// The store is away.
    pub async fn history(&self, room: RoomId, history: History) -> Result<Page> {
        self.read(move |db| page(db, room, &history)).await
    }

    /// Where the room's log stands, and what came after `since` or else the newest page: all of one moment.
    ///
    /// # Errors
    /// The store is away, or the person may not see the room any more.
    pub async fn snapshot(&self, user: UserId, room: RoomId, since: Option<u64>) -> Result<Snapshot> {
        self.read(move |db| {
            let moment = db.unchecked_transaction()?;
            access(&moment, user, &room.into())?;
            let seq = last_seq(&moment, room)?;
            let events = since.map(|since| events_since(&moment, room, since, seq)).transpose()?.flatten();
            let page = if events.is_none() { page(&moment, room, &History::default())? } else { Page::default() };
            Ok(Snapshot { seq, events, page })
        })
        .await
    }
}

fn append(db: &Connection, new: NewMessage) -> Result<Appended> {
    if let Some((sender, sent)) = find(db, new.id)? {
        return if sender == new.sender.id { Ok(Appended::Repeat(sent)) } else { Err(StoreError::Taken("id")) };
    }
    let room = access(db, new.sender.id, &new.room)?.room;
    let seq = db
        .prepare_cached("UPDATE rooms SET seq = seq + 1 WHERE id = ? RETURNING seq")?
        .query_row([room.0.as_bytes()], |row| row.get(0))?;
    let message =
        Message { id: new.id, room, seq, sender: new.sender, text: Some(new.text), sent_at: now(), deleted: false };
    db.prepare_cached("INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![
        room.0.as_bytes(),
        seq,
        message.id.0.as_bytes(),
        message.sender.id.0.as_bytes(),
        message.text,
        message.sent_at.as_millis()
    ])?;
    Ok(Appended::New(message))
}

fn find(db: &Connection, id: MessageId) -> Result<Option<(UserId, Sent)>> {
    let mut query = db.prepare_cached("SELECT room_id, seq, sender_id, sent_at FROM messages WHERE id = ?")?;
    let found = query.query_row([id.0.as_bytes()], |row| {
        let sent = Sent {
            id,
            room: RoomId(uuid(row, "room_id")?),
            seq: row.get("seq")?,
            sent_at: Timestamp::from_millis(row.get("sent_at")?),
        };
        Ok((UserId(uuid(row, "sender_id")?), sent))
    });
    Ok(found.optional()?)
}

/// All events after `since`, unless these are too many, too large, or not of this history.
fn events_since(db: &Connection, room: RoomId, since: u64, seq: u64) -> Result<Option<Vec<LoggedEvent>>> {
    if since > seq || seq - since > MAX_RECOVERED_EVENTS as u64 {
        return Ok(None);
    }
    let (messages, whole) =
        read_messages(db, room, "seq > ?2 ORDER BY seq LIMIT ?3", since, (MAX_RECOVERED_EVENTS, MAX_ANSWER_BYTES))?;
    Ok(whole.then(|| messages.into_iter().map(|message| LoggedEvent(Event::Chat(message))).collect()))
}

fn page(db: &Connection, room: RoomId, history: &History) -> Result<Page> {
    let limit = history.limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES) as usize;
    if let Some(seq) = history.after {
        let (messages, whole) =
            read_messages(db, room, "seq > ?2 ORDER BY seq LIMIT ?3", seq, (limit, MAX_ANSWER_BYTES))?;
        return Ok(Page { messages, has_more: !whole });
    }
    if let Some(seq) = history.around {
        return page_around(db, room, seq, limit);
    }
    page_before(db, room, history.before.unwrap_or(u64::MAX), (limit, MAX_ANSWER_BYTES))
}

fn page_before(db: &Connection, room: RoomId, seq: u64, most: (usize, usize)) -> Result<Page> {
    let (mut messages, whole) = read_messages(db, room, "seq < ?2 ORDER BY seq DESC LIMIT ?3", seq, most)?;
    messages.reverse();
    Ok(Page { messages, has_more: !whole })
}

fn page_around(db: &Connection, room: RoomId, seq: u64, limit: usize) -> Result<Page> {
    let (mut later, all_later) =
        read_messages(db, room, "seq >= ?2 ORDER BY seq LIMIT ?3", seq, (limit.div_ceil(2), MAX_ANSWER_BYTES / 2))?;
    let earlier = page_before(db, room, seq, (limit / 2, MAX_ANSWER_BYTES / 2))?;
    let mut messages = earlier.messages;
    messages.append(&mut later);
    Ok(Page { messages, has_more: earlier.has_more || !all_later })
}

/// At most so many messages and bytes, in the order asked for; and whether that was all.
fn read_messages(
    db: &Connection,
    room: RoomId,
    which: &str,
    seq: u64,
    (limit, max_bytes): (usize, usize),
) -> Result<(Vec<Message>, bool)> {
    let mut query = db.prepare_cached(&format!(
        "SELECT messages.*, coalesce(display_name, username) AS name
         FROM messages JOIN users ON users.id = sender_id WHERE room_id = ?1 AND {which}"
    ))?;
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let rows =
        query.query_map([&room.0.as_bytes() as &dyn ToSql, &seq, &(limit + 1)], |row| read_message(row, room))?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for message in rows {
        let message = message?;
        bytes += encoded_len(&message);
        if messages.len() == limit || bytes > max_bytes {
            return Ok((messages, false));
        }
        messages.push(message);
    }
    Ok((messages, true))
}

fn read_message(row: &Row<'_>, room: RoomId) -> rusqlite::Result<Message> {
    let text: Option<String> = row.get("text")?;
    Ok(Message {
        id: MessageId(Uuid::from_bytes(row.get("id")?)),
        room,
        seq: row.get("seq")?,
        sender: Sender { id: UserId(uuid(row, "sender_id")?), name: row.get("name")? },
        deleted: text.is_none(),
        text,
        sent_at: Timestamp::from_millis(row.get("sent_at")?),
    })
}

/// How many bytes the message takes as JSON.
fn encoded_len(message: &Message) -> usize {
    #[derive(Default)]
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter::default();
    // Neither a message nor the counter can fail.
    let _ = serde_json::to_writer(&mut counter, message);
    counter.0
}
