//! Later changes of messages: edits, deletions, reactions. Each is an event of its room's log, and the message's present
//! state is kept beside it for fast pages.

use protocol::{
    Changed, ChatDeleted, ChatEdited, ChatReacted, Event, MessageId, OpId, Response, Role, RoomId,
    RoomName, SessionId, Timestamp, UserId, limits::MAX_REACTIONS,
};

use super::{
    Logged, Result, Store, StoreError,
    accounts::read_user,
    db::{Db, Row, values},
    log::{check_session, next_seq},
    now, reading,
    rooms::access,
};

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
    /// In which session, as with [`NewMessage`](super::NewMessage).
    pub session: SessionId,
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
    pub async fn change(
        &self,
        new: NewChange,
        then: impl FnOnce(Result<Logged>) + Send + 'static,
    ) -> Result<()> {
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

fn change(db: &Db, new: NewChange) -> Result<Logged> {
    let NewChange { op, room, message, user, session, change } = new;
    if let Some((author, changed)) = find(db, op)? {
        let is_repeat = author == user;
        return if is_repeat {
            Ok(Logged::Repeat(changed.room, change.answer(changed)))
        } else {
            Err(StoreError::Taken("op"))
        };
    }
    check_session(db, session)?;
    let room = access(db, user, &room)?.room;
    let target = target(db, room, message)?;
    check(db, &target, user, &change)?;
    // What is so already needs no event: whoever asks learns which one made it so.
    if let Some(seq) = already(db, &target, user, &change)? {
        db.execute(
            "INSERT INTO needless_changes (op, room_id, seq, message_id, user_id) VALUES ($1, $2, $3, $4, $5)",
            values![op, room, seq, message, user],
        )?;
        return Ok(Logged::Repeat(room, change.answer(Changed { id: message, room, seq })));
    }
    if matches!(change, Change::React { on: true, .. })
        && count_reactions(db, target.id)? >= MAX_REACTIONS
    {
        return Err(StoreError::Forbidden("This message has all the reactions that it can take."));
    }
    let (seq, at) = (next_seq(db, room)?, now());
    let event = apply(db, &target, user, (seq, at), &change)?;
    insert(db, op, &target, user, (seq, at), &change)?;
    Ok(Logged::New { room, seq, event, answer: change.answer(Changed { id: message, room, seq }) })
}

fn find(db: &Db, op: OpId) -> Result<Option<(UserId, Changed)>> {
    db.row(
        "SELECT room_id, seq, message_id, user_id FROM changes WHERE op = $1
         UNION ALL SELECT room_id, seq, message_id, user_id FROM needless_changes WHERE op = $1",
        values![op],
        |row| {
            let changed = Changed {
                id: row.get("message_id")?,
                room: row.get("room_id")?,
                seq: row.get("seq")?,
            };
            Ok((row.get("user_id")?, changed))
        },
    )
}

fn target(db: &Db, room: RoomId, id: MessageId) -> Result<Target> {
    let select = "SELECT seq, sender_id, text IS NULL AS is_deleted FROM messages WHERE id = $1 AND room_id = $2";
    let found = db.row(select, values![id, room], |row| {
        let (seq, sender, is_deleted) =
            (row.get("seq")?, row.get("sender_id")?, row.get("is_deleted")?);
        Ok(Target { id, room, seq, sender, is_deleted })
    })?;
    found.ok_or(StoreError::NotFound("message"))
}

fn check(db: &Db, target: &Target, user: UserId, change: &Change) -> Result<()> {
    match change {
        Change::Edit(_) if target.sender != user => {
            Err(StoreError::Forbidden("Only its author changes a message."))
        }
        Change::Delete if target.sender != user && !role(db, user)?.may_delete() => {
            Err(StoreError::Forbidden("Only its author, the owner and admins delete a message."))
        }
        Change::Edit(_) | Change::React { .. } if target.is_deleted => {
            Err(StoreError::NotFound("message"))
        }
        Change::Edit(_) | Change::Delete | Change::React { .. } => Ok(()),
    }
}

fn role(db: &Db, user: UserId) -> Result<Role> {
    Ok(db
        .one(
            "SELECT id, username, display_name, role FROM users WHERE id = $1",
            values![user],
            read_user,
        )?
        .role)
}

fn count_reactions(db: &Db, message: MessageId) -> Result<usize> {
    let select = "SELECT count(*) AS total FROM reactions WHERE message_id = $1";
    db.one(select, values![message], |row| row.get("total"))
}

/// The change that brought about what is asked for, where it is so already.
fn already(db: &Db, target: &Target, user: UserId, change: &Change) -> Result<Option<u64>> {
    let message = target.id;
    let last = |row: &Row<'_>| row.get::<Option<u64>>("last");
    match change {
        Change::Edit(_) => Ok(None),
        Change::Delete if !target.is_deleted => Ok(None),
        Change::Delete => {
            let select =
                "SELECT max(seq) AS last FROM changes WHERE message_id = $1 AND kind = 'deleted'";
            db.one(select, values![message], last)
        }
        Change::React { emoji, on } => {
            let set = db.one(
                "SELECT max(seq) AS last FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3",
                values![message, user, emoji],
                last,
            )?;
            if *on || set.is_some() {
                return Ok(set.filter(|_| *on));
            }
            let taken_back = db.one(
                "SELECT max(seq) AS last FROM changes
                 WHERE message_id = $1 AND kind = 'reacted' AND user_id = $2 AND emoji = $3",
                values![message, user, emoji],
                last,
            )?;
            Ok(Some(taken_back.unwrap_or(target.seq)))
        }
    }
}

/// Changes the message's present state.
fn apply(
    db: &Db,
    target: &Target,
    user: UserId,
    (seq, at): (u64, Timestamp),
    change: &Change,
) -> Result<Event> {
    let Target { id, room, seq: message_seq, .. } = *target;
    match change {
        Change::Edit(text) => {
            db.execute(
                "UPDATE messages SET text = $1, edited_at = $2 WHERE id = $3",
                values![text, at, id],
            )?;
            reading::forget_mentions(db, room, message_seq)?;
            reading::mention(db, room, message_seq, user, text)?;
            Ok(Event::ChatEdited(ChatEdited {
                id,
                room,
                seq,
                message_seq,
                text: Some(text.clone()),
                edited_at: at,
            }))
        }
        Change::Delete => {
            // The text goes out of the log, too: no replay may bring it back.
            for statement in [
                "UPDATE messages SET text = NULL, edited_at = NULL WHERE id = $1",
                "UPDATE changes SET text = NULL WHERE message_id = $1 AND kind = 'edited'",
                "DELETE FROM reactions WHERE message_id = $1",
            ] {
                db.execute(statement, values![id])?;
            }
            reading::forget_mentions(db, room, message_seq)?;
            Ok(Event::ChatDeleted(ChatDeleted { id, room, seq, message_seq }))
        }
        Change::React { emoji, on } => {
            if *on {
                db.execute(
                    "INSERT INTO reactions (message_id, seq, user_id, emoji) VALUES ($1, $2, $3, $4)",
                    values![id, seq, user, emoji],
                )?;
            } else {
                db.execute(
                    "DELETE FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3",
                    values![id, user, emoji],
                )?;
            }
            Ok(Event::ChatReacted(ChatReacted {
                id,
                room,
                seq,
                message_seq,
                user,
                emoji: emoji.clone(),
                on: *on,
            }))
        }
    }
}

/// Writes the change into the log.
fn insert(
    db: &Db,
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
    db.execute(
        "INSERT INTO changes (room_id, seq, op, message_id, user_id, at, kind, text, emoji, is_set)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![target.room, seq, op, target.id, user, at, kind, text, emoji, is_set],
    )?;
    Ok(())
}

/// All changes in a room after `since` up to `until`, as events.
pub(super) fn between(db: &Db, room: RoomId, since: u64, until: u64) -> Result<Vec<(u64, Event)>> {
    db.rows(
        "SELECT changes.seq, message_id, changes.user_id, changes.at, kind, changes.text, emoji, is_set, messages.seq AS message_seq
         FROM changes JOIN messages ON messages.id = message_id
         WHERE changes.room_id = $1 AND changes.seq > $2 AND changes.seq <= $3 ORDER BY changes.seq",
        values![room, since, until],
        |row| read_event(row, room),
    )
}

fn read_event(row: &Row<'_>, room: RoomId) -> Result<(u64, Event)> {
    let (id, seq, message_seq) = (row.get("message_id")?, row.get("seq")?, row.get("message_seq")?);
    let event = match row.get::<String>("kind")?.as_str() {
        "edited" => Event::ChatEdited(ChatEdited {
            id,
            room,
            seq,
            message_seq,
            text: row.get("text")?,
            edited_at: row.get("at")?,
        }),
        "deleted" => Event::ChatDeleted(ChatDeleted { id, room, seq, message_seq }),
        _ => Event::ChatReacted(ChatReacted {
            id,
            room,
            seq,
            message_seq,
            user: row.get("user_id")?,
            emoji: row.get("emoji")?,
            on: row.get("is_set")?,
        }),
    };
    Ok((seq, event))
}
