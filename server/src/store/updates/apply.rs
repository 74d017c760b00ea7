//! Applies an update: changes the state of its message, and records the event.

use protocol::{
    Block, ChatDeleted, ChatEdited, ChatPinned, ChatReacted, Event, OpId, Timestamp, UserId,
    mentioned,
};

use super::{
    super::{
        Result,
        files::{files_of, remove_all_files, replace_files},
        links::{Links, previews_of, refuse_previews, remove_links, replace_links},
        mentions::{delete_mentions, keep_mentions},
        push::close_deleted,
        search::note_change,
        sql::{Db, values},
        threads::count_deletion,
        trees::keep_known,
        users,
    },
    MessageUpdate, TargetMessage,
    pins::set_pin,
    previews::removed,
};

/// Changes the current state of the message. Returns the event.
pub(super) fn apply(
    db: &Db,
    target: &TargetMessage,
    user: UserId,
    (seq, at): (u64, Timestamp),
    (update, (mut blocks, links)): (&MessageUpdate, (Vec<Block>, Links)),
) -> Result<Event> {
    let TargetMessage { id, room, seq: message_seq, .. } = *target;
    match update {
        MessageUpdate::Edit { text, files } => {
            db.execute(
                "INSERT INTO first_texts (message_id, text) SELECT id, text FROM messages
                 WHERE id = $1 AND edited_at IS NULL AND text IS NOT NULL ON CONFLICT DO NOTHING",
                values![id],
            )?;
            db.execute(
                "UPDATE messages SET text = $1, edited_at = $2 WHERE id = $3",
                values![text, at, id],
            )?;
            note_change(db, id, seq)?;
            keep_mentions(db, room, message_seq, &mentioned(text, &blocks))?;
            replace_links(db, id, user, &links)?;
            let link_previews = previews_of(db, &[id.0])?.remove(&id).unwrap_or_default();
            keep_known(db, &mut [(text, &mut blocks)])?;
            let files = match files {
                Some(files) => replace_files(db, user, id, files)?,
                None if target.has_files => files_of(db, &[id.0])?.remove(&id).unwrap_or_default(),
                None => Vec::new(),
            };
            let (text, edited_at) = (Some(text.clone()), at);
            Ok(Event::ChatEdited(ChatEdited {
                id,
                room,
                seq,
                message_seq,
                text,
                blocks,
                files,
                link_previews,
                edited_at,
            }))
        }
        MessageUpdate::Delete => {
            // The text is removed from the room log as well: no replay may contain it.
            for statement in [
                "UPDATE messages SET text = NULL, edited_at = NULL WHERE id = $1",
                "UPDATE changes SET text = NULL WHERE message_id = $1 AND kind = 'edited'",
                "DELETE FROM first_texts WHERE message_id = $1",
                "DELETE FROM reactions WHERE message_id = $1",
                "DELETE FROM pins WHERE message_id = $1",
            ] {
                db.execute(statement, values![id])?;
            }
            note_change(db, id, seq)?;
            close_deleted(db, (room, target.thread), message_seq)?;
            delete_mentions(db, room, message_seq)?;
            remove_links(db, id)?;
            if target.has_files {
                remove_all_files(db, id)?;
            }
            let deleted_by = Some(Box::new(users::user(db, user)?.into()));
            let replies =
                target.thread.map(|thread| count_deletion(db, thread, room)).transpose()?;
            Ok(Event::ChatDeleted(ChatDeleted {
                id,
                room,
                seq,
                message_seq,
                deleted_by,
                thread: target.thread,
                thread_replies: replies.map(Box::new),
            }))
        }
        MessageUpdate::React { emoji, on } => {
            if *on {
                db.execute(
                    "INSERT INTO reactions (message_id, seq, user_id, emoji)
                     VALUES ($1, $2, $3, $4)",
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
        MessageUpdate::Pin { on } => {
            set_pin(db, target, user, seq, *on)?;
            let on = *on;
            Ok(Event::ChatPinned(ChatPinned { id, room, seq, message_seq, user, on }))
        }
        MessageUpdate::Previews { .. } => {
            remove_links(db, id)?;
            refuse_previews(db, id)?;
            Ok(removed(id, room, (seq, message_seq)))
        }
    }
}

/// Records the event in the room log.
pub(super) fn record(
    db: &Db,
    op: OpId,
    target: &TargetMessage,
    user: UserId,
    (seq, at): (u64, Timestamp),
    update: &MessageUpdate,
) -> Result<()> {
    let (kind, text, emoji, is_set) = match update {
        MessageUpdate::Edit { text, .. } => ("edited", Some(text), None, None),
        MessageUpdate::Delete => ("deleted", None, None, None),
        MessageUpdate::React { emoji, on } => ("reacted", None, Some(emoji), Some(*on)),
        MessageUpdate::Pin { on } => ("pinned", None, None, Some(*on)),
        MessageUpdate::Previews { on } => ("previewed", None, None, Some(*on)),
    };
    db.execute(
        "INSERT INTO changes (room_id, seq, op, message_id, user_id, at, kind, text, emoji, is_set)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![target.room, seq, op, target.id, user, at, kind, text, emoji, is_set],
    )?;
    Ok(())
}
