//! What belongs to the messages of a page: quotes, pins, reactions, and who deleted them. Each is
//! read by one query for the whole page.

use std::{collections::HashMap, ops::ControlFlow};

use protocol::{Message, MessageId, Quote, Reaction, RoomId, Sender, blocks::quoted_text};

use super::{
    super::{
        Result, StoreError,
        files::add_files,
        links::add_link_previews,
        sql::{Db, Row, values},
        users::{read_sender, read_user, user_columns},
    },
    encoded_len,
    messages::Scope,
};

/// Selects quoted messages, each with the beginning of its Markdown and the name of its first file.
macro_rules! quote_by {
    ($condition:literal) => {
        concat!(
            "SELECT messages.id AS quoted, substr(text, 1, 1000) AS text, sender_id,
                 messages.thread, username, display_name, alike, picture,
                 (SELECT name FROM files WHERE message_id = messages.id
                  ORDER BY position LIMIT 1) AS file
             FROM messages JOIN users ON users.id = sender_id ",
            $condition
        )
    };
}

const QUOTE_BY_ID: &str = quote_by!("WHERE messages.id");
const LAST_BY_THREAD: &str = quote_by!(
    "JOIN threads ON threads.room_id = messages.room_id AND last_seq = seq
     WHERE text IS NOT NULL AND threads.id"
);

/// Finds the message that a new one of this room quotes.
///
/// # Errors
/// Returns [`StoreError::NotFound`] if it is not in the room, or deleted.
pub(in crate::store) fn find_quote(db: &Db, room: RoomId, id: MessageId) -> Result<Quote> {
    let select = quote_by!("WHERE messages.id = $1 AND room_id = $2 AND text IS NOT NULL");
    db.row(select, values![id, room], read_quote)?.ok_or(StoreError::NotFound("message"))
}

/// Returns the newest reply of each of these threads that is not deleted.
pub(in crate::store) fn last_replies(
    db: &Db,
    threads: &[MessageId],
) -> Result<HashMap<MessageId, Quote>> {
    let ids: Vec<_> = threads.iter().map(|thread| thread.0).collect();
    let read = |row: &Row<'_>| Ok((row.get("thread")?, read_quote(row)?));
    Ok(db.rows_among(LAST_BY_THREAD, &[], &ids, read)?.into_iter().collect())
}

/// Adds the quoted messages as they stand now.
pub(super) fn add_quotes(db: &Db, messages: &mut [Message]) -> Result<()> {
    let quoted = messages.iter().filter_map(|message| message.reply_to.as_ref());
    let mut ids: Vec<_> = quoted.map(|quote| quote.id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let quotes = db.rows_among(QUOTE_BY_ID, &[], &ids, read_quote)?;
    let quotes: HashMap<_, _> = quotes.into_iter().map(|quote| (quote.id, quote)).collect();
    for quote in messages.iter_mut().filter_map(|message| message.reply_to.as_mut()) {
        if let Some(known) = quotes.get(&quote.id) {
            **quote = known.clone();
        }
    }
    Ok(())
}

fn read_quote(row: &Row<'_>) -> Result<Quote> {
    let (text, file): (Option<String>, Option<String>) = (row.get("text")?, row.get("file")?);
    Ok(Quote {
        id: row.get("quoted")?,
        sender: read_sender(row, "sender_id")?,
        file: file.filter(|_| text.is_some()),
        deleted: text.is_none(),
        text: text.map(|text| quoted_text(&text, &markup::tree(&text))),
    })
}

/// Adds who pinned them to the messages of a room.
pub(super) fn add_pins(db: &Db, messages: &mut [Message]) -> Result<()> {
    let Some(room) = messages.first().map(|message| message.room) else { return Ok(()) };
    let pins = db.rows(
        concat!(
            "SELECT message_id, ",
            user_columns!(),
            " FROM pins JOIN users ON users.id = user_id WHERE room_id = $1"
        ),
        values![room],
        read_pin,
    )?;
    set_pins(messages, pins);
    Ok(())
}

fn read_pin(row: &Row<'_>) -> Result<(MessageId, Sender)> {
    Ok((row.get("message_id")?, read_user(row)?.into()))
}

fn set_pins(messages: &mut [Message], pins: Vec<(MessageId, Sender)>) {
    let mut pins: HashMap<_, _> = pins.into_iter().collect();
    for message in messages {
        message.pinned_by = pins.remove(&message.id).map(Box::new);
    }
}

/// The length of a reaction with an emoji of one byte as JSON.
const MIN_REACTION_BYTES: usize = 59;

/// Adds the reactions to consecutive messages of a scope, in ascending or descending order. Drops
/// the first message whose reactions do not fit `max` bytes, and all after it.
pub(super) fn add_reactions(
    db: &Db,
    scope: Scope,
    messages: &mut Vec<Message>,
    max: usize,
) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (from, to) = (first.seq.min(last.seq), first.seq.max(last.seq));
    let order = if first.seq <= last.seq { "ASC" } else { "DESC" };
    let select = format!(
        "SELECT messages.seq AS message_seq, user_id, emoji FROM messages
         JOIN reactions ON reactions.message_id = messages.id
         WHERE {} AND messages.seq BETWEEN $2 AND $3
         ORDER BY messages.seq {order}, reactions.seq LIMIT $4",
        scope.condition()
    );
    // The message that is being completed, and the bytes of all up to it.
    let (mut index, mut bytes) = (0, encoded_len(first));
    let mut is_full = false;
    db.each(&select, values![scope.key(), from, to, max / MIN_REACTION_BYTES + 1], |row| {
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

/// Adds who deleted them to consecutive messages of a scope.
pub(super) fn add_deletions(db: &Db, scope: Scope, messages: &mut [Message]) -> Result<()> {
    let deleted = || messages.iter().filter(|message| message.deleted).map(|message| message.seq);
    let (Some(from), Some(to)) = (deleted().min(), deleted().max()) else { return Ok(()) };
    let select = format!(
        "SELECT message_id, {}
         FROM messages JOIN changes ON changes.message_id = messages.id AND kind = 'deleted'
             JOIN users ON users.id = changes.user_id
         WHERE {} AND messages.seq BETWEEN $2 AND $3 AND messages.text IS NULL",
        user_columns!(),
        scope.condition()
    );
    set_deletions(messages, db.rows(&select, values![scope.key(), from, to], read_pin)?);
    Ok(())
}

fn set_deletions(messages: &mut [Message], deletions: Vec<(MessageId, Sender)>) {
    let mut deletions: HashMap<_, _> = deletions.into_iter().collect();
    for message in messages {
        message.deleted_by = deletions.remove(&message.id).map(Box::new);
    }
}

/// Adds all of this to messages of any rooms, by their ids.
pub(super) fn add_details(db: &Db, messages: &mut [Message]) -> Result<()> {
    add_quotes(db, messages)?;
    add_files(db, messages)?;
    add_link_previews(db, messages)?;
    let ids: Vec<_> = messages.iter().map(|message| message.id.0).collect();
    let pins = concat!(
        "SELECT message_id, ",
        user_columns!(),
        " FROM pins JOIN users ON users.id = user_id WHERE message_id"
    );
    set_pins(messages, db.rows_among(pins, &[], &ids, read_pin)?);
    let deletions = concat!(
        "SELECT message_id, ",
        user_columns!(),
        " FROM changes JOIN users ON users.id = changes.user_id
         WHERE kind = 'deleted' AND message_id"
    );
    set_deletions(messages, db.rows_among(deletions, &[], &ids, read_pin)?);
    let reactions = "SELECT message_id, seq, user_id, emoji FROM reactions WHERE message_id";
    let mut reactions = db.rows_among(reactions, &[], &ids, |row| {
        let reaction = Reaction { user: row.get("user_id")?, emoji: row.get("emoji")? };
        Ok((row.get::<u64>("seq")?, row.get::<MessageId>("message_id")?, reaction))
    })?;
    reactions.sort_unstable_by_key(|(seq, ..)| *seq);
    let mut by_message: HashMap<_, Vec<_>> = HashMap::new();
    for (_, message, reaction) in reactions {
        by_message.entry(message).or_default().push(reaction);
    }
    for message in messages {
        message.reactions = by_message.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_reaction_is_shorter_than_the_bound_on_their_number_assumes() {
        let shortest = Reaction { user: UserId(Uuid::nil()), emoji: "1".to_owned() };
        assert_eq!(encoded_len(&shortest), MIN_REACTION_BYTES);
    }
}
