//! The rooms' logs: every lasting change has the room's next `seq`, without a hole.

use std::ops::ControlFlow;

use protocol::{
    Event, History, LoggedEvent, Message, MessageId, Reaction, Response, RoomId, RoomName, Sender,
    Sent, SessionId, Timestamp, UserId,
    limits::{MAX_ANSWER_BYTES, MAX_PAGE_MESSAGES, MAX_RECOVERED_EVENTS, PAGE_MESSAGES},
};
use serde::Serialize;

use super::{
    Result, Store, StoreError, Turn, changes,
    db::{Db, Row, values},
    now, reading,
    rooms::{access, seq as last_seq},
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
    /// In which session. Where several nodes share the log, one that has ended writes nothing more.
    pub session: SessionId,
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
    Repeat(RoomId, Response),
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
    pub async fn append(
        &self,
        new: NewMessage,
        then: impl FnOnce(Result<Logged>) + Send + 'static,
    ) -> Result<()> {
        self.writer.submit_checked(move |db| append(db, new), then).await
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
    pub async fn snapshot(
        &self,
        turn: Turn,
        user: UserId,
        room: RoomId,
        since: Option<u64>,
    ) -> Result<Snapshot> {
        let only = self.snapshots(turn, user, vec![(room, since)]).await?.pop();
        only.map_or(Err(StoreError::NotFound("room")), |(_, snapshot)| snapshot)
    }

    /// Where the rooms' logs stand, and what came after `since` in each or else its newest page: all of one moment. The
    /// first room has an answer in any case; those after it, as long as all answers together keep to the bound of one.
    ///
    /// # Errors
    /// The store is away.
    pub async fn snapshots(
        &self,
        turn: Turn,
        user: UserId,
        rooms: Vec<(RoomId, Option<u64>)>,
    ) -> Result<Vec<(RoomId, Result<Snapshot>)>> {
        self.read(move |db| {
            let _turn = turn;
            db.moment(|| {
                let (mut snapshots, mut bytes) = (Vec::new(), 0);
                for (room, since) in rooms {
                    let snapshot = match snapshot(db, user, room, since) {
                        Err(error @ StoreError::Unavailable(_)) => return Err(error), // and so for all others
                        snapshot => snapshot,
                    };
                    bytes += snapshot.as_ref().map_or(0, Snapshot::encoded_len);
                    if bytes > MAX_ANSWER_BYTES && !snapshots.is_empty() {
                        break;
                    }
                    snapshots.push((room, snapshot));
                }
                Ok(snapshots)
            })
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

fn snapshot(db: &Db, user: UserId, room: RoomId, since: Option<u64>) -> Result<Snapshot> {
    access(db, user, &room.into())?;
    let seq = last_seq(db, room)?;
    let events = since.map(|since| events_since(db, room, since, seq)).transpose()?.flatten();
    let page =
        if events.is_none() { page(db, room, &History::default())? } else { Page::default() };
    Ok(Snapshot { seq, events, page })
}

fn append(db: &Db, new: NewMessage) -> Result<Logged> {
    let sent_at = now();
    let placed = match db {
        Db::Sqlite(_) => place_step_by_step(db, &new, sent_at)?,
        Db::Postgres(_) => place_at_once(db, &new, sent_at)?,
    };
    let (room, seq) = match placed {
        Placed::New(room, seq) => (room, seq),
        Placed::Known(sender, sent) if sender == new.sender.id => {
            return Ok(Logged::Repeat(sent.room, Response::Chat(sent)));
        }
        Placed::Known(..) => return Err(StoreError::Taken("id")),
    };
    reading::mention(db, room, seq, new.sender.id, &new.text)?;
    let message = Message {
        id: new.id,
        room,
        seq,
        sender: new.sender,
        text: Some(new.text),
        sent_at,
        edited_at: None,
        reactions: Vec::new(),
        deleted: false,
    };
    let answer = Response::Chat(Sent::from(&message));
    Ok(Logged::New { room, seq, event: Event::Chat(message), answer })
}

/// Where a message stands in a log.
enum Placed {
    /// Since now.
    New(RoomId, u64),
    /// Since earlier, and who sent it.
    Known(UserId, Sent),
}

/// In a file each statement costs next to nothing, if it is simple. What is refused is refused before the first write.
fn place_step_by_step(db: &Db, new: &NewMessage, sent_at: Timestamp) -> Result<Placed> {
    let read = |row: &Row<'_>| Ok((row.get::<RoomId>("id")?, row.get::<u64>("seq")?));
    let end = match new.room.as_id() {
        Some(id) => db.row(END_BY_ID, values![id, new.sender.id], read),
        None => db.row(END_BY_SLUG, values![&new.room.0, new.sender.id], read),
    };
    let end = end?;
    if let Some((room, last)) = end {
        let seq = last + 1;
        let inserted = db.execute(
            "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            values![room, seq, new.id, new.sender.id, &new.text, sent_at],
        )?;
        if inserted > 0 {
            db.execute("UPDATE rooms SET seq = $1 WHERE id = $2", values![seq, room])?;
            return Ok(Placed::New(room, seq));
        }
    }
    // The first answer again, whatever it says now, and even where one may not write any more.
    let select = "SELECT room_id AS room, seq, sender_id, sent_at FROM messages WHERE id = $1";
    db.row(select, values![new.id], |row| read_known(row, new.id))?
        .ok_or(StoreError::NotFound("room"))
}

/// Where the log of a room ends in which a person may write.
macro_rules! end_by {
    ($column:literal) => {
        concat!(
            "SELECT id, seq FROM rooms WHERE ",
            $column,
            " = $1 AND (private = 0 OR EXISTS (SELECT 1 FROM room_members WHERE room_id = rooms.id AND user_id = $2))"
        )
    };
}

const END_BY_ID: &str = end_by!("id");
const END_BY_SLUG: &str = end_by!("slug");

/// The same where each statement is a way there and back.
fn place_at_once(db: &Db, new: &NewMessage, sent_at: Timestamp) -> Result<Placed> {
    macro_rules! place_in {
        ($column:literal) => {
            concat!(
                "WITH known AS (SELECT room_id, seq, sender_id, sent_at FROM messages WHERE id = $1),
                 place AS (
                     UPDATE rooms SET seq = seq + 1 WHERE ",
                $column,
                " = $2 AND NOT EXISTS (SELECT 1 FROM known)
                       AND (private = 0 OR EXISTS (SELECT 1 FROM room_members WHERE room_id = rooms.id AND user_id = $3))
                       AND EXISTS (SELECT 1 FROM sessions WHERE id = $6)
                     RETURNING id, seq),
                 placed AS (
                     INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
                     SELECT id, seq, $1, $3, $4, $5 FROM place)
                 SELECT room_id AS room, seq, sender_id, sent_at, 0 AS is_new FROM known
                 UNION ALL SELECT id, seq, $3, $5, 1 FROM place"
            )
        };
    }
    let read = |row: &Row<'_>| {
        if row.get("is_new")? {
            Ok(Placed::New(row.get("room")?, row.get("seq")?))
        } else {
            read_known(row, new.id)
        }
    };
    let (sender, text, session) = (new.sender.id, &new.text, new.session);
    let placed = match new.room.as_id() {
        Some(room) => {
            db.row(place_in!("id"), values![new.id, room, sender, text, sent_at, session], read)
        }
        None => db.row(
            place_in!("slug"),
            values![new.id, &new.room.0, sender, text, sent_at, session],
            read,
        ),
    };
    if let Some(placed) = placed? {
        return Ok(placed);
    }
    check_session(db, session)?;
    Err(StoreError::NotFound("room"))
}

/// Whether a session holds, where other nodes may have ended it since the request was let in.
pub(super) fn check_session(db: &Db, session: SessionId) -> Result<()> {
    let Db::Postgres(_) = db else { return Ok(()) };
    let found =
        db.row("SELECT 1 AS one FROM sessions WHERE id = $1", values![session], |_| Ok(()))?;
    found.ok_or(StoreError::SessionEnded)
}

fn read_known(row: &Row<'_>, id: MessageId) -> Result<Placed> {
    let sent =
        Sent { id, room: row.get("room")?, seq: row.get("seq")?, sent_at: row.get("sent_at")? };
    Ok(Placed::Known(row.get("sender_id")?, sent))
}

/// Takes the room's next place. It is free again where the transaction fails.
pub(super) fn next_seq(db: &Db, room: RoomId) -> Result<u64> {
    db.one("UPDATE rooms SET seq = seq + 1 WHERE id = $1 RETURNING seq", values![room], |row| {
        row.get("seq")
    })
}

/// All events after `since`, unless these are too many, too large, or not of this history.
fn events_since(db: &Db, room: RoomId, since: u64, seq: u64) -> Result<Option<Vec<LoggedEvent>>> {
    if since > seq || seq - since > MAX_RECOVERED_EVENTS as u64 {
        return Ok(None);
    }
    if since == seq {
        return Ok(Some(Vec::new()));
    }
    let most = (MAX_RECOVERED_EVENTS, MAX_ANSWER_BYTES);
    let (messages, whole) = read_messages(db, room, "seq > $2 ORDER BY seq LIMIT $3", since, most)?;
    if !whole {
        return Ok(None);
    }
    let events = with_changes(db, room, messages, (since, seq))?;
    let events: Vec<_> = events.into_iter().map(|(_, event)| LoggedEvent(event)).collect();
    let bytes: usize = events.iter().map(encoded_len).sum();
    Ok((bytes <= MAX_ANSWER_BYTES).then_some(events))
}

/// All events after `since` up to `until`, however large.
pub(super) fn events_between(
    db: &Db,
    room: RoomId,
    since: u64,
    until: u64,
) -> Result<Vec<(u64, Event)>> {
    let most = (usize::try_from(until.saturating_sub(since)).unwrap_or_default(), usize::MAX);
    let (mut messages, _) = read_messages(db, room, "seq > $2 ORDER BY seq LIMIT $3", since, most)?;
    messages.retain(|message| message.seq <= until);
    with_changes(db, room, messages, (since, until))
}

/// The events after `since` up to `until`: these messages, and the changes between them.
fn with_changes(
    db: &Db,
    room: RoomId,
    messages: Vec<Message>,
    (since, until): (u64, u64),
) -> Result<Vec<(u64, Event)>> {
    let mut events: Vec<_> =
        messages.into_iter().map(|message| (message.seq, Event::Chat(message))).collect();
    events.extend(changes::between(db, room, since, until)?);
    events.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(events)
}

fn page(db: &Db, room: RoomId, history: &History) -> Result<Page> {
    let limit = history.limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES) as usize;
    if let Some(seq) = history.after {
        let (messages, whole) = read_messages(
            db,
            room,
            "seq > $2 ORDER BY seq LIMIT $3",
            seq,
            (limit, MAX_ANSWER_BYTES),
        )?;
        return Ok(Page { messages, has_more: !whole });
    }
    if let Some(seq) = history.around {
        return page_around(db, room, seq, limit);
    }
    page_before(db, room, history.before.unwrap_or(u64::MAX), (limit, MAX_ANSWER_BYTES))
}

fn page_before(db: &Db, room: RoomId, seq: u64, most: (usize, usize)) -> Result<Page> {
    let (mut messages, whole) =
        read_messages(db, room, "seq < $2 ORDER BY seq DESC LIMIT $3", seq, most)?;
    messages.reverse();
    Ok(Page { messages, has_more: !whole })
}

fn page_around(db: &Db, room: RoomId, seq: u64, limit: usize) -> Result<Page> {
    let (mut later, all_later) = read_messages(
        db,
        room,
        "seq >= $2 ORDER BY seq LIMIT $3",
        seq,
        (limit.div_ceil(2), MAX_ANSWER_BYTES / 2),
    )?;
    let earlier = page_before(db, room, seq, (limit / 2, MAX_ANSWER_BYTES / 2))?;
    let mut messages = earlier.messages;
    messages.append(&mut later);
    Ok(Page { messages, has_more: earlier.has_more || !all_later })
}

/// At most so many messages and bytes, in the order asked for; and whether that was all.
fn read_messages(
    db: &Db,
    room: RoomId,
    which: &str,
    seq: u64,
    (limit, max_bytes): (usize, usize),
) -> Result<(Vec<Message>, bool)> {
    let select = format!(
        "SELECT messages.id, seq, sender_id, text, sent_at, edited_at, coalesce(display_name, username) AS name
         FROM messages JOIN users ON users.id = sender_id WHERE room_id = $1 AND {which}"
    );
    let (mut messages, mut bytes) = (Vec::new(), 0);
    db.each(&select, values![room, seq, limit + 1], |row| {
        let message = read_message(row, room)?;
        bytes += encoded_len(&message);
        messages.push(message);
        // One more than there is place for says that there are more.
        Ok(if bytes > max_bytes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    add_reactions(db, room, &mut messages)?;
    let fitting = fitting(&messages, limit, max_bytes);
    let whole = fitting == messages.len();
    messages.truncate(fitting);
    Ok((messages, whole))
}

/// How many of these fit.
fn fitting(messages: &[Message], limit: usize, max_bytes: usize) -> usize {
    let mut bytes = 0;
    let fits = |message: &&Message| {
        bytes += encoded_len(*message);
        bytes <= max_bytes
    };
    messages.iter().take(limit).take_while(fits).count()
}

fn read_message(row: &Row<'_>, room: RoomId) -> Result<Message> {
    let text: Option<String> = row.get("text")?;
    Ok(Message {
        id: row.get("id")?,
        room,
        seq: row.get("seq")?,
        sender: Sender { id: row.get("sender_id")?, name: row.get("name")? },
        deleted: text.is_none(),
        text,
        sent_at: row.get("sent_at")?,
        edited_at: row.get("edited_at")?,
        reactions: Vec::new(),
    })
}

/// Adds the reactions to messages that follow each other in a room, in either order.
fn add_reactions(db: &Db, room: RoomId, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (from, to) = (first.seq.min(last.seq), first.seq.max(last.seq));
    let is_rising = first.seq <= last.seq;
    let reactions = db.rows(
        "SELECT messages.seq AS message_seq, user_id, emoji FROM messages
         JOIN reactions ON reactions.message_id = messages.id
         WHERE room_id = $1 AND messages.seq BETWEEN $2 AND $3 ORDER BY reactions.seq",
        values![room, from, to],
        |row| {
            Ok((
                row.get::<u64>("message_seq")?,
                Reaction { user: row.get("user_id")?, emoji: row.get("emoji")? },
            ))
        },
    )?;
    for (seq, reaction) in reactions {
        let found = messages.binary_search_by(|message| {
            let order = message.seq.cmp(&seq);
            if is_rising { order } else { order.reverse() }
        });
        if let Ok(at) = found {
            messages[at].reactions.push(reaction);
        }
    }
    Ok(())
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
