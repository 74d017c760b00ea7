//! Later changes of messages: edits, deletions, reactions. Each is an event of its room's log, and the message's present
//! state is kept beside it for fast pages.

use protocol::{
    Changed, ChatDeleted, ChatEdited, ChatReacted, Event, MessageId, OpId, Response, Role, RoomId, RoomName, Timestamp,
    UserId, limits::MAX_REACTIONS,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Logged, Result, Store, StoreError, accounts::read_user, log::next_seq, now, reading, rooms::access, uuid};

/// A change of a message.
#[derive(Debug)]
pub struct NewChange {
    /// Made by the client; the same again is no new change.
    pub op: OpId,
    /// Where the message stands.
    pub room: RoomName,
    /// Which message.
    pub message: MessageId,
    /// Who changes it.
    pub user: UserId,
    /// How.
    pub change: Change,
}

/// What is changed.
#[derive(Debug)]
pub enum Change {
    /// The text.
    Edit(String),
    /// The text is taken away.
    Delete,
    /// A reaction is set or taken back.
    React {
        /// Which.
        emoji: String,
        /// Whether it is to be there.
        on: bool,
    },
}

impl Change {
    fn answer(&self, changed: Changed) -> Response {
        match self {
            Self::Edit(_) => Response::ChatEdit(changed),
            Self::Delete => Response::ChatDelete(changed),
            Self::React { .. } => Response::ChatReact(changed),
        }
    }
}

impl Store {
    /// Takes a place in the order of writes for a change of a message; `then` as with [`Store::append`].
    ///
    /// # Errors
    /// The store takes no more; `then` is not called.
    pub async fn change(&self, new: NewChange, then: impl FnOnce(Result<Logged>) + Send + 'static) -> Result<()> {
        self.writer.submit(move |db| change(db, new), then).await
    }
}

/// The message that is to be changed.
struct Target {
    id: MessageId,
    room: RoomId,
    seq: u64,
    sender: UserId,
    is_deleted: bool,
}

fn change(db: &Connection, new: NewChange) -> Result<Logged> {
    let NewChange { op, room, message, user, change } = new;
    if let Some((author, changed)) = find(db, op)? {
        let is_repeat = author == user;
        return if is_repeat { Ok(Logged::Repeat(change.answer(changed))) } else { Err(StoreError::Taken("op")) };
    }
    let room = access(db, user, &room)?.room;
    let target = target(db, room, message)?;
    check(db, &target, user, &change)?;
    // What is so already needs no event: whoever asks learns which one made it so.
    if let Some(seq) = already(db, &target, user, &change)? {
        db.prepare_cached(
            "INSERT INTO needless_changes (op, room_id, seq, message_id, user_id) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![op.0.as_bytes(), room.0.as_bytes(), seq, message.0.as_bytes(), user.0.as_bytes()])?;
        return Ok(Logged::Repeat(change.answer(Changed { id: message, room, seq })));
    }
    if matches!(change, Change::React { on: true, .. }) && count_reactions(db, target.id)? >= MAX_REACTIONS {
        return Err(StoreError::Forbidden("This message has all the reactions that it can take."));
    }
    let (seq, at) = (next_seq(db, room)?, now());
    let event = apply(db, &target, user, (seq, at), &change)?;
    insert(db, op, &target, user, (seq, at), &change)?;
    Ok(Logged::New { room, seq, event, answer: change.answer(Changed { id: message, room, seq }) })
}

fn find(db: &Connection, op: OpId) -> Result<Option<(UserId, Changed)>> {
    let mut query = db.prepare_cached(
        "SELECT room_id, seq, message_id, user_id FROM changes WHERE op = ?1
         UNION ALL SELECT room_id, seq, message_id, user_id FROM needless_changes WHERE op = ?1",
    )?;
    let found = query.query_row([op.0.as_bytes()], |row| {
        let changed = Changed {
            id: MessageId(uuid(row, "message_id")?),
            room: RoomId(uuid(row, "room_id")?),
            seq: row.get("seq")?,
        };
        Ok((UserId(uuid(row, "user_id")?), changed))
    });
    Ok(found.optional()?)
}

fn target(db: &Connection, room: RoomId, id: MessageId) -> Result<Target> {
    let mut query = db.prepare_cached(
        "SELECT seq, sender_id, text IS NULL AS is_deleted FROM messages WHERE id = ? AND room_id = ?",
    )?;
    let found = query.query_row([id.0.as_bytes(), room.0.as_bytes()], |row| {
        let (seq, sender) = (row.get("seq")?, UserId(uuid(row, "sender_id")?));
        Ok(Target { id, room, seq, sender, is_deleted: row.get("is_deleted")? })
    });
    found.optional()?.ok_or(StoreError::NotFound("message"))
}

fn check(db: &Connection, target: &Target, user: UserId, change: &Change) -> Result<()> {
    match change {
        Change::Edit(_) if target.sender != user => Err(StoreError::Forbidden("Only its author changes a message.")),
        Change::Delete if target.sender != user && !role(db, user)?.may_delete() => {
            Err(StoreError::Forbidden("Only its author, the owner and admins delete a message."))
        }
        Change::Edit(_) | Change::React { .. } if target.is_deleted => Err(StoreError::NotFound("message")),
        Change::Edit(_) | Change::Delete | Change::React { .. } => Ok(()),
    }
}

fn role(db: &Connection, user: UserId) -> Result<Role> {
    let mut query = db.prepare_cached("SELECT * FROM users WHERE id = ?")?;
    Ok(query.query_row([user.0.as_bytes()], read_user)?.role)
}

fn count_reactions(db: &Connection, message: MessageId) -> Result<usize> {
    let mut query = db.prepare_cached("SELECT count(*) FROM reactions WHERE message_id = ?")?;
    Ok(query.query_row([message.0.as_bytes()], |row| row.get(0))?)
}

/// The change that brought about what is asked for, where it is so already.
fn already(db: &Connection, target: &Target, user: UserId, change: &Change) -> Result<Option<u64>> {
    let message = target.id.0.as_bytes();
    let seq = |row: &Row<'_>| row.get::<_, Option<u64>>(0);
    match change {
        Change::Edit(_) => Ok(None),
        Change::Delete if !target.is_deleted => Ok(None),
        Change::Delete => {
            let mut query =
                db.prepare_cached("SELECT max(seq) FROM changes WHERE message_id = ? AND kind = 'deleted'")?;
            Ok(query.query_row([message], seq)?)
        }
        Change::React { emoji, on } => {
            let mut query =
                db.prepare_cached("SELECT max(seq) FROM reactions WHERE message_id = ? AND user_id = ? AND emoji = ?")?;
            let set = query.query_row(params![message, user.0.as_bytes(), emoji], seq)?;
            if *on || set.is_some() {
                return Ok(set.filter(|_| *on));
            }
            let mut query = db.prepare_cached(
                "SELECT max(seq) FROM changes WHERE message_id = ? AND kind = 'reacted' AND user_id = ? AND emoji = ?",
            )?;
            Ok(Some(query.query_row(params![message, user.0.as_bytes(), emoji], seq)?.unwrap_or(target.seq)))
        }
    }
}

/// Changes the message's present state.
fn apply(
    db: &Connection,
    target: &Target,
    user: UserId,
    (seq, at): (u64, Timestamp),
    change: &Change,
) -> Result<Event> {
    let Target { id, room, seq: message_seq, .. } = *target;
    let message = id.0.as_bytes();
    match change {
        Change::Edit(text) => {
            db.prepare_cached("UPDATE messages SET text = ?, edited_at = ? WHERE id = ?")?.execute(params![
                text,
                at.as_millis(),
                message
            ])?;
            reading::forget_mentions(db, room, message_seq)?;
            reading::mention(db, room, message_seq, user, text)?;
            Ok(Event::ChatEdited(ChatEdited { id, room, seq, message_seq, text: Some(text.clone()), edited_at: at }))
        }
        Change::Delete => {
            // The text goes out of the log, too: no replay may bring it back.
            for statement in [
                "UPDATE messages SET text = NULL, edited_at = NULL WHERE id = ?",
                "UPDATE changes SET text = NULL WHERE message_id = ? AND kind = 'edited'",
                "DELETE FROM reactions WHERE message_id = ?",
            ] {
                db.prepare_cached(statement)?.execute([message])?;
            }
            reading::forget_mentions(db, room, message_seq)?;
            Ok(Event::ChatDeleted(ChatDeleted { id, room, seq, message_seq }))
        }
        Change::React { emoji, on } => {
            if *on {
                db.prepare_cached("INSERT INTO reactions (message_id, seq, user_id, emoji) VALUES (?, ?, ?, ?)")?
                    .execute(params![message, seq, user.0.as_bytes(), emoji])?;
            } else {
                db.prepare_cached("DELETE FROM reactions WHERE message_id = ? AND user_id = ? AND emoji = ?")?
                    .execute(params![message, user.0.as_bytes(), emoji])?;
            }
            Ok(Event::ChatReacted(ChatReacted { id, room, seq, message_seq, user, emoji: emoji.clone(), on: *on }))
        }
    }
}

/// Writes the change into the log.
fn insert(
    db: &Connection,
    op: OpId,
    target: &Target,
    user: UserId,
    (seq, at): (u64, Timestamp),
    change: &Change,
) -> Result<()> {
    let (kind, text, emoji, is_set) = match change {
        Change::Edit(text) => ("edited", Some(text), None, None),
        Change::Delete => ("deleted", None, None, None),
        Change::React { emoji, on } => ("reacted", None, Some(emoji), Some(*on)),
    };
    db.prepare_cached(
        "INSERT INTO changes (room_id, seq, op, message_id, user_id, at, kind, text, emoji, is_set)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        target.room.0.as_bytes(),
        seq,
        op.0.as_bytes(),
        target.id.0.as_bytes(),
        user.0.as_bytes(),
        at.as_millis(),
        kind,
        text,
        emoji,
        is_set
    ])?;
    Ok(())
}

/// All changes in a room after `since` up to `until`, as events.
pub(super) fn between(db: &Connection, room: RoomId, since: u64, until: u64) -> Result<Vec<(u64, Event)>> {
    let mut query = db.prepare_cached(
        "SELECT changes.*, messages.seq AS message_seq FROM changes JOIN messages ON messages.id = message_id
         WHERE changes.room_id = ? AND changes.seq > ? AND changes.seq <= ? ORDER BY changes.seq",
    )?;
    let changes = query.query_map(params![room.0.as_bytes(), since, until], |row| read_event(row, room))?;
    Ok(changes.collect::<rusqlite::Result<_>>()?)
}

fn read_event(row: &Row<'_>, room: RoomId) -> rusqlite::Result<(u64, Event)> {
    let (id, seq, message_seq) = (MessageId(uuid(row, "message_id")?), row.get("seq")?, row.get("message_seq")?);
    let event = match row.get_ref("kind")?.as_str()? {
        "edited" => Event::ChatEdited(ChatEdited {
            id,
            room,
            seq,
            message_seq,
            text: row.get("text")?,
            edited_at: Timestamp::from_millis(row.get("at")?),
        }),
        "deleted" => Event::ChatDeleted(ChatDeleted { id, room, seq, message_seq }),
        _ => Event::ChatReacted(ChatReacted {
            id,
            room,
            seq,
            message_seq,
            user: UserId(uuid(row, "user_id")?),
            emoji: row.get("emoji")?,
            on: row.get("is_set")?,
        }),
    };
    Ok((seq, event))
}
