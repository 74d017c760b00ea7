//! Reads pages of messages.

use std::{collections::HashMap, ops::ControlFlow};

use protocol::{
    History, Message, Reaction, RoomId, Sender,
    limits::{MAX_PAGE_MESSAGES, MAX_REPLY_BYTES, PAGE_MESSAGES},
};

use super::{
    super::{
        Result, Store,
        sql::{Db, Row, values},
        users::{read_sender, read_user, user_columns},
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
        let (messages, is_complete) = read_with_reactions(db, room, AFTER, seq, bounds)?;
        return Ok(MessagePage { messages, has_more: !is_complete });
    }
    if let Some(seq) = history.around {
        return page_around(db, room, seq, limit);
    }
    page_before(db, room, history.before.unwrap_or(u64::MAX), bounds)
}

fn page_before(db: &Db, room: RoomId, seq: u64, bounds: Bounds) -> Result<MessagePage> {
    let (mut messages, is_complete) = read_with_reactions(db, room, BEFORE, seq, bounds)?;
    messages.reverse();
    Ok(MessagePage { messages, has_more: !is_complete })
}

fn page_around(db: &Db, room: RoomId, seq: u64, limit: usize) -> Result<MessagePage> {
    let bytes = MAX_REPLY_BYTES / 2;
    let after = Bounds { messages: limit.div_ceil(2), bytes };
    let before = Bounds { messages: limit / 2, bytes };
    let (mut later, is_complete) = read_with_reactions(db, room, FROM, seq, after)?;
    let earlier = page_before(db, room, seq, before)?;
    let mut messages = earlier.messages;
    messages.append(&mut later);
    Ok(MessagePage { messages, has_more: earlier.has_more || !is_complete })
}

/// Reads messages and their reactions within the bounds. Returns them and whether these were all.
///
/// No more reactions are read than fit the bounds, however many there are.
pub(super) fn read_with_reactions(
    db: &Db,
    room: RoomId,
    condition: &str,
    seq: u64,
    bounds: Bounds,
) -> Result<(Vec<Message>, bool)> {
    let (mut messages, is_complete) = read_messages(db, room, condition, seq, bounds)?;
    let read = messages.len();
    add_reactions(db, room, &mut messages, bounds.bytes)?;
    messages.truncate(count_fitting(&messages, bounds));
    let is_complete = is_complete && messages.len() == read;
    Ok((messages, is_complete))
}

/// Reads messages without their reactions within the bounds. Returns them and whether these were
/// all.
pub(super) fn read_messages(
    db: &Db,
    room: RoomId,
    condition: &str,
    seq: u64,
    bounds: Bounds,
) -> Result<(Vec<Message>, bool)> {
    let select = format!(
        "SELECT messages.id, seq, sender_id, text, sent_at, edited_at,
             username, display_name, alike, picture
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
    add_deletions(db, room, &mut messages)?;
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
        sender: read_sender(row, "sender_id")?,
        deleted: text.is_none(),
        text,
        sent_at: row.get("sent_at")?,
        edited_at: row.get("edited_at")?,
        ..Message::default()
    })
}

/// The length of a reaction with an emoji of one byte as JSON.
const MIN_REACTION_BYTES: usize = 60;

/// Adds the reactions to consecutive messages of a room, in ascending or descending order. Drops
/// the first message whose reactions do not fit `max` bytes, and all after it.
fn add_reactions(db: &Db, room: RoomId, messages: &mut Vec<Message>, max: usize) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (from, to) = (first.seq.min(last.seq), first.seq.max(last.seq));
    let order = if first.seq <= last.seq { "ASC" } else { "DESC" };
    let select = format!(
        "SELECT messages.seq AS message_seq, user_id, emoji FROM messages
         JOIN reactions ON reactions.message_id = messages.id
         WHERE room_id = $1 AND messages.seq BETWEEN $2 AND $3
         ORDER BY messages.seq {order}, reactions.seq LIMIT $4"
    );
    // The message that is being completed, and the bytes of all up to it.
    let (mut index, mut bytes) = (0, encoded_len(first));
    let mut is_full = false;
    db.each(&select, values![room, from, to, max / MIN_REACTION_BYTES + 1], |row| {
        let seq: u64 = row.get("message_seq")?;
        while messages[index].seq != seq && index + 1 < messages.len() {
            index += 1;
            bytes += encoded_len(&messages[index]);
        }
        let reaction = Reaction { user: row.get("user_id")?, emoji: row.get("emoji")? };
        bytes += encoded_len(&reaction);
        is_full = bytes > max;
        messages[index].reactions.push(reaction);
        Ok(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    if is_full {
        messages.truncate(index);
    }
    Ok(())
}

/// Adds who deleted them to consecutive messages of a room.
fn add_deletions(db: &Db, room: RoomId, messages: &mut [Message]) -> Result<()> {
    let deleted = || messages.iter().filter(|message| message.deleted).map(|message| message.seq);
    let (Some(from), Some(to)) = (deleted().min(), deleted().max()) else { return Ok(()) };
    let deletions = db.rows(
        concat!(
            "SELECT messages.seq AS message_seq, ",
            user_columns!(),
            " FROM messages JOIN changes ON changes.message_id = messages.id AND kind = 'deleted'
                 JOIN users ON users.id = changes.user_id
             WHERE messages.room_id = $1 AND messages.seq BETWEEN $2 AND $3
                 AND messages.text IS NULL"
        ),
        values![room, from, to],
        |row| Ok((row.get("message_seq")?, Sender::from(read_user(row)?))),
    )?;
    let mut deletions: HashMap<u64, Sender> = deletions.into_iter().collect();
    for message in messages {
        message.deleted_by = deletions.remove(&message.seq).map(Box::new);
    }
    Ok(())
}
