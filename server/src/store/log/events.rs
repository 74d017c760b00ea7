//! Reads the events of room logs: messages, and the updates between them.

use protocol::{
    ChatDeleted, ChatEdited, ChatPinned, ChatPreviewed, ChatReacted, Event, File, LoggedEvent,
    Message, RoomId,
    limits::{MAX_FILES, MAX_RECOVERED_EVENTS, MAX_REPLY_BYTES},
    links,
};

use super::{
    super::{
        Fault, Result, StoreError,
        files::files_of,
        links::previews_of,
        sql::{Db, Row, values},
        threads::read_summary,
        trees::keep_known,
        users::{read_user, user_columns},
    },
    encoded_len,
    messages::{AFTER, Bounds, Scope, read_in_full, read_messages},
};

/// Returns all events after `since` up to `seq`, the end of the room log. Returns `None` if they
/// are too many or too large, or if `since` is beyond the end.
pub(super) fn events_since(
    db: &Db,
    room: RoomId,
    since: u64,
    seq: u64,
) -> Result<Option<Vec<LoggedEvent>>> {
    if since > seq || seq - since > MAX_RECOVERED_EVENTS as u64 {
        return Ok(None);
    }
    if since == seq {
        return Ok(Some(Vec::new()));
    }
    let bounds = Bounds { messages: MAX_RECOVERED_EVENTS, bytes: MAX_REPLY_BYTES };
    let (messages, is_complete) = read_in_full(db, Scope::Log(room), AFTER, since, bounds)?;
    if !is_complete {
        return Ok(None);
    }
    let events = with_updates(db, room, messages, (since, seq))?;
    let events: Vec<_> = events.into_iter().map(|(_, event)| LoggedEvent(event)).collect();
    let bytes: usize = events.iter().map(encoded_len).sum();
    Ok((bytes <= MAX_REPLY_BYTES).then_some(events))
}

/// Returns all events after `since` up to `until`, of any size. The messages come without
/// reactions and pins, since each is an event after its message.
pub(in crate::store) fn events_between(
    db: &Db,
    room: RoomId,
    since: u64,
    until: u64,
) -> Result<Vec<(u64, Event)>> {
    let messages = usize::try_from(until.saturating_sub(since)).unwrap_or_default();
    let bounds = Bounds { messages, bytes: usize::MAX };
    let (mut messages, _) = read_messages(db, Scope::Log(room), AFTER, since, bounds)?;
    messages.retain(|message| message.seq <= until);
    with_updates(db, room, messages, (since, until))
}

/// Merges messages with the updates after `since` up to `until`.
fn with_updates(
    db: &Db,
    room: RoomId,
    messages: Vec<Message>,
    (since, until): (u64, u64),
) -> Result<Vec<(u64, Event)>> {
    let mut events: Vec<_> =
        messages.into_iter().map(|message| (message.seq, Event::Chat(message))).collect();
    events.extend(updates_between(db, room, since, until)?);
    events.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(events)
}

fn updates_between(db: &Db, room: RoomId, since: u64, until: u64) -> Result<Vec<(u64, Event)>> {
    let mut updates = db.rows(
        concat!(
            "SELECT changes.seq, message_id, changes.user_id, changes.at, kind, changes.text,
                 emoji, is_set, messages.seq AS message_seq, messages.files, messages.thread,
                 replies, last_at, threads.people, ",
            user_columns!(),
            " FROM changes JOIN messages ON messages.id = message_id
                 JOIN users ON users.id = changes.user_id
                 LEFT JOIN threads ON threads.id = messages.thread
             WHERE changes.room_id = $1 AND changes.seq > $2 AND changes.seq <= $3
             ORDER BY changes.seq"
        ),
        values![room, since, until],
        |row| read_update(row, room),
    )?;
    let trees = updates.iter_mut().filter_map(|(_, event)| match event {
        Event::ChatEdited(edited) => edited.text.as_deref().map(|text| (text, &mut edited.blocks)),
        _ => None,
    });
    keep_known(db, &mut trees.collect::<Vec<_>>())?;
    add_files(db, &mut updates)?;
    add_link_previews(db, &mut updates)?;
    Ok(updates)
}

/// Adds the files to edits that were read with a placeholder for each.
fn add_files(db: &Db, updates: &mut [(u64, Event)]) -> Result<()> {
    let edits = updates.iter_mut().filter_map(|(_, event)| match event {
        Event::ChatEdited(edited) if !edited.files.is_empty() => Some(edited),
        _ => None,
    });
    let mut edits: Vec<_> = edits.collect();
    let ids: Vec<_> = edits.iter().map(|edited| edited.id.0).collect();
    let files = files_of(db, &ids)?;
    for edited in &mut edits {
        edited.files = files.get(&edited.id).cloned().unwrap_or_default();
    }
    Ok(())
}

/// Adds the previews to edits and to the events about them, as they stand now.
fn add_link_previews(db: &Db, updates: &mut [(u64, Event)]) -> Result<()> {
    let mut shown: Vec<_> = updates
        .iter_mut()
        .filter_map(|(_, event)| match event {
            Event::ChatEdited(edited) if !links(&edited.blocks).is_empty() => {
                Some((edited.id, &mut edited.link_previews))
            }
            Event::ChatPreviewed(previewed) => Some((previewed.id, &mut previewed.link_previews)),
            _ => None,
        })
        .collect();
    let ids: Vec<_> = shown.iter().map(|(id, _)| id.0).collect();
    let previews = previews_of(db, &ids)?;
    for (id, shown) in &mut shown {
        **shown = previews.get(id).cloned().unwrap_or_default();
    }
    Ok(())
}

fn read_update(row: &Row<'_>, room: RoomId) -> Result<(u64, Event)> {
    let (id, seq, message_seq) = (row.get("message_id")?, row.get("seq")?, row.get("message_seq")?);
    let event = match row.get::<String>("kind")?.as_str() {
        "edited" => {
            let text: Option<String> = row.get("text")?;
            let blocks = text.as_deref().map(markup::tree).unwrap_or_default();
            let edited_at = row.get("at")?;
            let files = vec![File::default(); row.get::<usize>("files")?.min(MAX_FILES)];
            Event::ChatEdited(ChatEdited {
                id,
                room,
                seq,
                message_seq,
                text,
                blocks,
                files,
                link_previews: Vec::new(),
                edited_at,
            })
        }
        "deleted" => {
            let deleted_by = Some(Box::new(read_user(row)?.into()));
            Event::ChatDeleted(ChatDeleted {
                id,
                room,
                seq,
                message_seq,
                deleted_by,
                thread: row.get("thread")?,
                thread_replies: read_summary(row)?.map(Box::new),
            })
        }
        "reacted" => Event::ChatReacted(ChatReacted {
            id,
            room,
            seq,
            message_seq,
            user: row.get("user_id")?,
            emoji: row.get("emoji")?,
            on: row.get("is_set")?,
        }),
        "pinned" => Event::ChatPinned(ChatPinned {
            id,
            room,
            seq,
            message_seq,
            user: row.get("user_id")?,
            on: row.get("is_set")?,
        }),
        "previewed" => {
            let link_previews = Vec::new();
            Event::ChatPreviewed(ChatPreviewed { id, room, seq, message_seq, link_previews })
        }
        _ => return Err(StoreError::Failed(Fault::UnknownValue("kind"))),
    };
    Ok((seq, event))
}
