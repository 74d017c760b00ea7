//! Reads pages of messages.

use std::ops::ControlFlow;

use protocol::{
    History, Message, Reaction, RoomId, Sender,
    limits::{MAX_PAGE_MESSAGES, MAX_REPLY_BYTES, PAGE_MESSAGES},
};

use super::{
    super::{
        Result, Store,
        sql::{Db, Row, values},
    },
    MessagePage, encoded_len,
};

/// The maximum number of messages to read, and of their bytes as JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Conditions on `seq`, with the order and the limit.
pub(super) const AFTER: &str = "seq > $2 ORDER BY seq LIMIT $3";
const FROM: &str = "seq >= $2 ORDER BY seq LIMIT $3";
const BEFORE: &str = "seq < $2 ORDER BY seq DESC LIMIT $3";

impl Store {
    /// Returns a page of a room's messages. Does not check access.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn history(&self, room: RoomId, history: History) -> Result<MessagePage> {
        self.read(move |db| page(db, room, &history)).await
    }
}

pub(super) fn page(db: &Db, room: RoomId, history: &History) -> Result<MessagePage> {
    let limit = history.limit.unwrap_or(PAGE_MESSAGES).clamp(1, MAX_PAGE_MESSAGES) as usize;
    let bounds = Bounds { messages: limit, bytes: MAX_REPLY_BYTES };
    if let Some(seq) = history.after {
        let (messages, is_complete) = read_messages(db, room, AFTER, seq, bounds)?;
        return Ok(MessagePage { messages, has_more: !is_complete });
    }
    if let Some(seq) = history.around {
        return page_around(db, room, seq, limit);
    }
    page_before(db, room, history.before.unwrap_or(u64::MAX), bounds)
}

fn page_before(db: &Db, room: RoomId, seq: u64, bounds: Bounds) -> Result<MessagePage> {
    let (mut messages, is_complete) = read_messages(db, room, BEFORE, seq, bounds)?;
    messages.reverse();
    Ok(MessagePage { messages, has_more: !is_complete })
}

fn page_around(db: &Db, room: RoomId, seq: u64, limit: usize) -> Result<MessagePage> {
    let bytes = MAX_REPLY_BYTES / 2;
    let after = Bounds { messages: limit.div_ceil(2), bytes };
    let before = Bounds { messages: limit / 2, bytes };
    let (mut later, is_complete) = read_messages(db, room, FROM, seq, after)?;
    let earlier = page_before(db, room, seq, before)?;
    let mut messages = earlier.messages;
    messages.append(&mut later);
    Ok(MessagePage { messages, has_more: earlier.has_more || !is_complete })
}

/// Reads messages within the bounds. Returns them and whether these were all.
pub(super) fn read_messages(
    db: &Db,
    room: RoomId,
    condition: &str,
    seq: u64,
    bounds: Bounds,
) -> Result<(Vec<Message>, bool)> {
    let select = format!(
        "SELECT messages.id, seq, sender_id, text, sent_at, edited_at,
             coalesce(display_name, username) AS name
         FROM messages JOIN users ON users.id = sender_id WHERE room_id = $1 AND {condition}"
    );
    let (mut messages, mut bytes) = (Vec::new(), 0);
    // One message beyond the bounds shows that there are more.
    db.each(&select, values![room, seq, bounds.messages + 1], |row| {
        let message = read_message(row, room)?;
        bytes += encoded_len(&message);
        messages.push(message);
        Ok(if bytes > bounds.bytes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    add_reactions(db, room, &mut messages)?;
    let fitting = count_fitting(&messages, bounds);
    let is_complete = fitting == messages.len();
    messages.truncate(fitting);
    Ok((messages, is_complete))
}

/// Returns the number of leading messages that fit the bounds.
fn count_fitting(messages: &[Message], bounds: Bounds) -> usize {
    let mut bytes = 0;
    let fits = |message: &&Message| {
        bytes += encoded_len(*message);
        bytes <= bounds.bytes
    };
    messages.iter().take(bounds.messages).take_while(fits).count()
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

/// Adds the reactions to consecutive messages of a room, in ascending or descending order.
fn add_reactions(db: &Db, room: RoomId, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (from, to) = (first.seq.min(last.seq), first.seq.max(last.seq));
    let is_ascending = first.seq <= last.seq;
    let reactions = db.rows(
        "SELECT messages.seq AS message_seq, user_id, emoji FROM messages
         JOIN reactions ON reactions.message_id = messages.id
         WHERE room_id = $1 AND messages.seq BETWEEN $2 AND $3 ORDER BY reactions.seq",
        values![room, from, to],
        |row| {
            let reaction = Reaction { user: row.get("user_id")?, emoji: row.get("emoji")? };
            Ok((row.get::<u64>("message_seq")?, reaction))
        },
    )?;
    for (seq, reaction) in reactions {
        let found = messages.binary_search_by(|message| {
            let order = message.seq.cmp(&seq);
            if is_ascending { order } else { order.reverse() }
        });
        if let Ok(index) = found {
            messages[index].reactions.push(reaction);
        }
    }
    Ok(())
}
