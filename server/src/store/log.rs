//! The rooms' logs: every lasting change has the room's next `seq`, without a hole.

use protocol::{
    Event, History, LoggedEvent, Message, MessageId, Reaction, Response, RoomId, RoomName, Sender, Sent, Timestamp,
    UserId,
    limits::{MAX_ANSWER_BYTES, MAX_PAGE_MESSAGES, MAX_RECOVERED_EVENTS, PAGE_MESSAGES},
};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Result, Store, StoreError, changes, now, reading, rooms::access, rooms::seq as last_seq, unavailable, uuid,
};

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

/// What became of something that was to be written to a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Logged {
    /// It is there now.
    New {
        /// Which log.
        room: RoomId,
        /// Its place in it.
        seq: u64,
        /// What those who follow the room are told.
        event: Event,
        /// What the one who asked is told.
        answer: Response,
    },
    /// It was there before: the first answer again, and nothing to deliver.
    Repeat(Response),
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
    pub async fn append(&self, new: NewMessage, then: impl FnOnce(Result<Logged>) + Send + 'static) -> Result<()> {
        self.writer.submit(move |db| append(db, new), then).await
    }

    /// A page of a room's messages.
    ///
    /// # Errors
    /// The store is away.
    pub async fn history(&self, room: RoomId, history: History) -> Result<Page> {
        self.read(move |db| page(db, room, &history)).await
    }

    /// Where one room's log stands, likewise.
    ///
    /// # Errors
    /// The store is away, or the person may not see the room any more.
    pub async fn snapshot(&self, user: UserId, room: RoomId, since: Option<u64>) -> Result<Snapshot> {
        let only = self.snapshots(user, vec![(room, since)]).await?.pop();
        only.map_or(Err(StoreError::NotFound("room")), |(_, snapshot)| snapshot)
    }

    /// Where the rooms' logs stand, and what came after `since` in each or else its newest page: all of one moment. The
    /// first room has an answer in any case; those after it, as long as all answers together keep to the bound of one.
    ///
    /// # Errors
    /// The store is away.
    pub async fn snapshots(
        &self,
        user: UserId,
        rooms: Vec<(RoomId, Option<u64>)>,
    ) -> Result<Vec<(RoomId, Result<Snapshot>)>> {
        let _turn = self.recoveries.acquire().await.map_err(|error| unavailable(&error))?;
        self.read(move |db| {
            let moment = db.unchecked_transaction()?;
            let (mut snapshots, mut bytes) = (Vec::new(), 0);
            for (room, since) in rooms {
                let snapshot = snapshot(&moment, user, room, since);
                bytes += snapshot.as_ref().map_or(0, Snapshot::encoded_len);
                if bytes > MAX_ANSWER_BYTES && !snapshots.is_empty() {
                    break;
                }
                snapshots.push((room, snapshot));
            }
            Ok(snapshots)
        })
        .await
    }
}

impl Snapshot {
    /// About how many bytes it takes as JSON.
    fn encoded_len(&self) -> usize {
        const EMPTY: usize = 250;
        let events = self.events.iter().flatten().map(encoded_len);
        EMPTY + events.chain(self.page.messages.iter().map(encoded_len)).sum::<usize>()
    }
}

fn snapshot(moment: &Connection, user: UserId, room: RoomId, since: Option<u64>) -> Result<Snapshot> {
    access(moment, user, &room.into())?;
    let seq = last_seq(moment, room)?;
    let events = since.map(|since| events_since(moment, room, since, seq)).transpose()?.flatten();
    let page = if events.is_none() { page(moment, room, &History::default())? } else { Page::default() };
    Ok(Snapshot { seq, events, page })
}

fn append(db: &Connection, new: NewMessage) -> Result<Logged> {
    if let Some((sender, sent)) = find(db, new.id)? {
        let is_repeat = sender == new.sender.id;
        return if is_repeat { Ok(Logged::Repeat(Response::Chat(sent))) } else { Err(StoreError::Taken("id")) };
    }
    let room = access(db, new.sender.id, &new.room)?.room;
    let seq = next_seq(db, room)?;
    reading::mention(db, room, seq, new.sender.id, &new.text)?;
    let message = Message {
        id: new.id,
        room,
        seq,
        sender: new.sender,
        text: Some(new.text),
        sent_at: now(),
        edited_at: None,
        reactions: Vec::new(),
        deleted: false,
    };
    db.prepare_cached("INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![
        room.0.as_bytes(),
        seq,
        message.id.0.as_bytes(),
        message.sender.id.0.as_bytes(),
        message.text,
        message.sent_at.as_millis()
    ])?;
    let answer = Response::Chat(Sent::from(&message));
    Ok(Logged::New { room, seq, event: Event::Chat(message), answer })
}

/// Takes the room's next place. It is free again where the transaction fails.
pub(super) fn next_seq(db: &Connection, room: RoomId) -> Result<u64> {
    let mut query = db.prepare_cached("UPDATE rooms SET seq = seq + 1 WHERE id = ? RETURNING seq")?;
    Ok(query.query_row([room.0.as_bytes()], |row| row.get(0))?)
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
    if since == seq {
        return Ok(Some(Vec::new()));
    }
    let most = (MAX_RECOVERED_EVENTS, MAX_ANSWER_BYTES);
    let (messages, whole) = read_messages(db, room, "seq > ?2 ORDER BY seq LIMIT ?3", since, most)?;
    if !whole {
        return Ok(None);
    }
    let events = with_changes(db, room, messages, (since, seq))?;
    let events: Vec<_> = events.into_iter().map(|(_, event)| LoggedEvent(event)).collect();
    let bytes: usize = events.iter().map(encoded_len).sum();
    Ok((bytes <= MAX_ANSWER_BYTES).then_some(events))
}

/// All events after `since` up to `until`, however large.
pub(super) fn events_between(db: &Connection, room: RoomId, since: u64, until: u64) -> Result<Vec<(u64, Event)>> {
    let most = (usize::try_from(until.saturating_sub(since)).unwrap_or_default(), usize::MAX);
    let (mut messages, _) = read_messages(db, room, "seq > ?2 ORDER BY seq LIMIT ?3", since, most)?;
    messages.retain(|message| message.seq <= until);
    with_changes(db, room, messages, (since, until))
}

/// The events after `since` up to `until`: these messages, and the changes between them.
fn with_changes(
    db: &Connection,
    room: RoomId,
    messages: Vec<Message>,
    (since, until): (u64, u64),
) -> Result<Vec<(u64, Event)>> {
    let mut events: Vec<_> = messages.into_iter().map(|message| (message.seq, Event::Chat(message))).collect();
    events.extend(changes::between(db, room, since, until)?);
    events.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(events)
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
        let mut message = message?;
        message.reactions = reactions(db, message.id)?;
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
        edited_at: row.get::<_, Option<i64>>("edited_at")?.map(Timestamp::from_millis),
        reactions: Vec::new(),
    })
}

fn reactions(db: &Connection, message: MessageId) -> Result<Vec<Reaction>> {
    let mut query = db.prepare_cached("SELECT user_id, emoji FROM reactions WHERE message_id = ? ORDER BY seq")?;
    let reactions = query.query_map([message.0.as_bytes()], |row| {
        Ok(Reaction { user: UserId(uuid(row, "user_id")?), emoji: row.get("emoji")? })
    })?;
    Ok(reactions.collect::<rusqlite::Result<_>>()?)
}

/// How many bytes something takes as JSON.
fn encoded_len(value: &impl Serialize) -> usize {
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
    // Neither our types nor the counter can fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}
