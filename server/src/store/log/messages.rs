//! Reads pages of messages.

use std::ops::ControlFlow;

use protocol::{
    File, History, Message, MessageId, RoomId,
    limits::{MAX_FILES, MAX_PAGE_MESSAGES, MAX_REPLY_BYTES, PAGE_MESSAGES},
};

use super::{
    super::{
        Result, Store,
        files::add_files,
        links::add_link_previews,
        sql::{Db, Row, Value, values},
        threads::{find_thread, read_summary},
        trees::keep_known,
        users::read_sender,
    },
    MessagePage,
    details::{add_deletions, add_pins, add_quotes, add_reactions},
    encoded_len,
};

/// The maximum number of messages to read, and of their bytes as JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Which messages to read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// All messages of a room log.
    Log(RoomId),
    /// What a room shows: of replies in threads only those that are for the room as well.
    Room(RoomId),
    /// The replies of a thread.
    Thread(MessageId),
}

impl Scope {
    /// Returns the condition for table `messages`, on the parameter `$1`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Self::Log(_) => "messages.room_id = $1",
            Self::Room(_) => "messages.room_id = $1 AND messages.shown = 1",
            Self::Thread(_) => "messages.thread = $1",
        }
    }

    /// Returns the parameter `$1`.
    pub(super) fn key(self) -> Value<'static> {
        match self {
            Self::Log(room) | Self::Room(room) => room.into(),
            Self::Thread(thread) => thread.into(),
        }
    }
}

/// Conditions on `seq`, with the order and the limit.
pub(super) const AFTER: &str = "messages.seq > $2 ORDER BY messages.seq LIMIT $3";
const FROM: &str = "messages.seq >= $2 ORDER BY messages.seq LIMIT $3";
const BEFORE: &str = "messages.seq < $2 ORDER BY messages.seq DESC LIMIT $3";

/// The columns that [`read_message`] reads, and their tables.
pub(super) const SELECT: &str =
    "SELECT messages.id, messages.room_id, messages.seq, sender_id, text, sent_at, edited_at,
         reply_to, messages.thread, shown, messages.files, reminder, replies, last_at,
         threads.people, username, display_name, alike, picture
     FROM messages JOIN users ON users.id = sender_id
         LEFT JOIN threads ON threads.id = coalesce(messages.thread, messages.id) WHERE";

impl Store {
    /// Returns a page of what a room shows, or of the replies of one of its threads. Does not check
    /// access.
    ///
    /// # Errors
    /// Fails if there is no such thread in the room, or if the store is unavailable.
    pub async fn history(&self, room: RoomId, history: History) -> Result<MessagePage> {
        self.read(move |db| {
            db.read_snapshot(|| match history.thread {
                None => page(db, Scope::Room(room), &history),
                Some(thread) => {
                    find_thread(db, room, thread)?;
                    page(db, Scope::Thread(thread), &history)
                }
            })
        })
        .await
    }
}

pub(super) fn page(db: &Db, scope: Scope, history: &History) -> Result<MessagePage> {
    let limit = history.limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES) as usize;
    let bounds = Bounds { messages: limit, bytes: MAX_REPLY_BYTES };
    if let Some(seq) = history.after {
        let (messages, is_complete) = read_in_full(db, scope, AFTER, seq, bounds)?;
        return Ok(MessagePage { messages, has_more: !is_complete });
    }
    if let Some(seq) = history.around {
        return page_around(db, scope, seq, limit);
    }
    page_before(db, scope, history.before.unwrap_or(u64::MAX), bounds)
}

fn page_before(db: &Db, scope: Scope, seq: u64, bounds: Bounds) -> Result<MessagePage> {
    let (mut messages, is_complete) = read_in_full(db, scope, BEFORE, seq, bounds)?;
    messages.reverse();
    Ok(MessagePage { messages, has_more: !is_complete })
}

fn page_around(db: &Db, scope: Scope, seq: u64, limit: usize) -> Result<MessagePage> {
    let bytes = MAX_REPLY_BYTES / 2;
    let after = Bounds { messages: limit.div_ceil(2), bytes };
    let before = Bounds { messages: limit / 2, bytes };
    let (mut later, is_complete) = read_in_full(db, scope, FROM, seq, after)?;
    let earlier = page_before(db, scope, seq, before)?;
    let mut messages = earlier.messages;
    messages.append(&mut later);
    Ok(MessagePage { messages, has_more: earlier.has_more || !is_complete })
}

/// Reads messages with their reactions and pins within the bounds. Returns them and whether these
/// were all.
///
/// No more reactions are read than fit the bounds, however many there are.
pub(super) fn read_in_full(
    db: &Db,
    scope: Scope,
    condition: &str,
    seq: u64,
    bounds: Bounds,
) -> Result<(Vec<Message>, bool)> {
    let (mut messages, is_complete) = read_messages(db, scope, condition, seq, bounds)?;
    let read = messages.len();
    add_pins(db, &mut messages)?;
    add_reactions(db, scope, &mut messages, bounds.bytes)?;
    messages.truncate(count_fitting(&messages, bounds));
    let is_complete = is_complete && messages.len() == read;
    Ok((messages, is_complete))
}

/// Reads messages without their reactions and pins within the bounds. Returns them and whether
/// these were all.
pub(super) fn read_messages(
    db: &Db,
    scope: Scope,
    condition: &str,
    seq: u64,
    bounds: Bounds,
) -> Result<(Vec<Message>, bool)> {
    let select = format!("{SELECT} {} AND {condition}", scope.condition());
    let (mut messages, mut bytes) = (Vec::new(), 0);
    // One message beyond the bounds shows that there are more.
    db.each(&select, values![scope.key(), seq, bounds.messages + 1], |row| {
        let message = read_message(row)?;
        bytes += encoded_len(&message);
        messages.push(message);
        Ok(if bytes > bounds.bytes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let trees = messages
        .iter_mut()
        .filter_map(|message| message.text.as_deref().map(|text| (text, &mut message.blocks)));
    keep_known(db, &mut trees.collect::<Vec<_>>())?;
    add_quotes(db, &mut messages)?;
    add_files(db, &mut messages)?;
    add_link_previews(db, &mut messages)?;
    add_deletions(db, scope, &mut messages)?;
    let fitting = count_fitting(&messages, bounds);
    let is_complete = fitting == messages.len();
    messages.truncate(fitting);
    Ok((messages, is_complete))
}

/// Returns the number of leading messages that fit the bounds.
pub(super) fn count_fitting(messages: &[Message], bounds: Bounds) -> usize {
    let mut bytes = 0;
    let fits = |message: &&Message| {
        bytes += encoded_len(*message);
        bytes <= bounds.bytes
    };
    messages.iter().take(bounds.messages).take_while(fits).count()
}

/// Reads a message of [`SELECT`]. A quote has its id alone, and files stand for those that it has.
pub(super) fn read_message(row: &Row<'_>) -> Result<Message> {
    let text: Option<String> = row.get("text")?;
    let thread: Option<MessageId> = row.get("thread")?;
    let quoted: Option<MessageId> = row.get("reply_to")?;
    let summary = read_summary(row)?.map(Box::new);
    let (replies, thread_replies) =
        if thread.is_none() { (summary, None) } else { (None, summary) };
    let blocks = text.as_deref().map(markup::tree).unwrap_or_default();
    Ok(Message {
        id: row.get("id")?,
        room: row.get("room_id")?,
        seq: row.get("seq")?,
        sender: read_sender(row, "sender_id")?,
        deleted: text.is_none(),
        text,
        blocks,
        sent_at: row.get("sent_at")?,
        edited_at: row.get("edited_at")?,
        reply_to: quoted.map(|id| Box::new(protocol::Quote { id, ..Default::default() })),
        files: vec![File::default(); row.get::<usize>("files")?.min(MAX_FILES)],
        in_room: thread.is_some() && row.get("shown")?,
        thread,
        replies,
        thread_replies,
        reminder: row.get("reminder")?,
        ..Message::default()
    })
}
