//! Updates of messages: edits, deletions, reactions and pins. Each is an event of the room log. The
//! current state of the message is stored as well, so that pages are fast to read.

mod apply;
mod pins;
mod previews;
mod reactions;

use protocol::{
    Block, Changed, FieldError, FileId, MessageId, OpId, Response, RoomId, RoomName, SessionId,
    UserId, text::is_blank,
};

use super::{
    OnCommit, Result, Store, StoreError,
    access::access,
    custom_emoji::is_present,
    links::{LinkRules, Links},
    log::Logged,
    now,
    sessions::check_session,
    sql::{Db, Row, values},
    trees::tree_of,
    users,
};
use apply::{apply, record};
use pins::{check_pins, find_equal_pin};
use previews::{check_author, find_equal_removal};
use reactions::check_reactions;
pub(super) use reactions::unify_emoji;

/// An update of a message.
#[derive(Debug)]
pub struct NewUpdate {
    /// The id, chosen by the client. Sending the same id again has no effect.
    pub op: OpId,
    /// The room of the message.
    pub room: RoomName,
    /// The message.
    pub message: MessageId,
    /// The user who updates it.
    pub user: UserId,
    /// The user's session. On PostgreSQL it must still exist, since another node may have ended
    /// it.
    pub session: SessionId,
    /// The update.
    pub update: MessageUpdate,
    /// Which links of an edit get previews.
    pub links: LinkRules,
}

/// A kind of update, and its content.
#[derive(Debug)]
pub enum MessageUpdate {
    /// Replaces the text, and the files if they are given.
    Edit {
        /// The text.
        text: String,
        /// The files; `None`: they stay.
        files: Option<Vec<FileId>>,
    },
    /// Deletes the message.
    Delete,
    /// Adds or removes a reaction.
    React {
        /// The emoji.
        emoji: String,
        /// True to add the reaction, false to remove it.
        on: bool,
    },
    /// Pins the message, or takes the pin away.
    Pin {
        /// True to pin the message.
        on: bool,
    },
    /// Removes the previews of the links for good, or shows them.
    Previews {
        /// False to remove them.
        on: bool,
    },
}

impl MessageUpdate {
    fn may_remove_files(&self) -> bool {
        matches!(self, Self::Delete | Self::Edit { files: Some(_), .. })
    }

    fn response(&self, changed: Changed) -> Response {
        match self {
            Self::Edit { .. } => Response::ChatEdit(changed),
            Self::Delete => Response::ChatDelete(changed),
            Self::React { .. } => Response::ChatReact(changed),
            Self::Pin { .. } => Response::ChatPin(changed),
            Self::Previews { .. } => Response::ChatPreviews(changed),
        }
    }
}

impl Store {
    /// Queues an update of a message. `on_commit` receives the outcome in the order of the room
    /// log.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn update(&self, new: NewUpdate, on_commit: impl OnCommit<Logged>) -> Result<()> {
        // Not by the writer, behind which all other messages wait.
        let blocks = match &new.update {
            MessageUpdate::Edit { text, .. } => tree_of(text).await,
            _ => Vec::new(),
        };
        let links = new.links.links_of(&blocks);
        let on_commit = self.waking(links.may_ask(), on_commit);
        let on_commit = self.waking_pushes(on_commit);
        let on_commit = self.removing(new.update.may_remove_files(), on_commit);
        self.writer.submit(move |db| update(db, new, (blocks, links)), on_commit).await
    }

    /// Queues an update with values that do not fit. It takes its turn among the other writes,
    /// since it may repeat one of them: then `on_commit` receives the first response again.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn repeat_update(
        &self,
        op: OpId,
        user: UserId,
        update: MessageUpdate,
        faults: Vec<FieldError>,
        on_commit: impl OnCommit<Logged>,
    ) -> Result<()> {
        let repeat =
            move |db: &Db| find_repeat(db, op, user, &update)?.ok_or(StoreError::Invalid(faults));
        self.writer.submit(repeat, on_commit).await
    }
}

/// The message to update.
struct TargetMessage {
    id: MessageId,
    room: RoomId,
    seq: u64,
    sender: UserId,
    thread: Option<MessageId>,
    is_deleted: bool,
    has_files: bool,
}

impl TargetMessage {
    fn changed(&self, seq: u64) -> Changed {
        Changed { id: self.id, room: self.room, seq }
    }
}

/// Updates a message. `content` is the tree of the text of an edit, and its links.
fn update(db: &Db, new: NewUpdate, content: (Vec<Block>, Links)) -> Result<Logged> {
    let NewUpdate { op, room, message, user, session, update, links: _ } = new;
    if let Some(repeat) = find_repeat(db, op, user, &update)? {
        return Ok(repeat);
    }
    check_session(db, session)?;
    let access = access(db, user, &room)?;
    access.check_writable()?;
    let room = access.room;
    let target = find_target(db, room, message)?;
    check_allowed(db, &target, user, &update)?;
    // An update without effect creates no event. Its response has the `seq` of the earlier update
    // that created the current state.
    if let Some(seq) = find_equivalent(db, &target, user, &update)? {
        db.execute(
            "INSERT INTO needless_changes (op, room_id, seq, message_id, user_id)
             VALUES ($1, $2, $3, $4, $5)",
            values![op, room, seq, message, user],
        )?;
        return Ok(Logged::Repeat(room, update.response(target.changed(seq))));
    }
    match &update {
        MessageUpdate::React { emoji, on: true } => {
            if !is_present(db, emoji)? {
                let fault = FieldError::new("emoji", "is no emoji of this server");
                return Err(StoreError::Invalid(vec![fault]));
            }
            check_reactions(db, target.id, user, emoji)?;
        }
        MessageUpdate::Pin { on: true } => check_pins(db, room)?,
        _ => {}
    }
    let (seq, at) = (next_seq(db, room)?, now());
    let event = apply(db, &target, user, (seq, at), (&update, content))?;
    record(db, op, &target, user, (seq, at), &update)?;
    let response = update.response(target.changed(seq));
    Ok(Logged::New { room, seq, event, response, shown_to: Vec::new(), ended_draft: None })
}

/// Returns the first response to an update again. Fails if another user has used the id.
fn find_repeat(db: &Db, op: OpId, user: UserId, update: &MessageUpdate) -> Result<Option<Logged>> {
    match find_op(db, op)? {
        None => Ok(None),
        Some((author, changed)) if author == user => {
            Ok(Some(Logged::Repeat(changed.room, update.response(changed))))
        }
        Some(_) => Err(StoreError::Taken("op")),
    }
}

/// Returns the outcome of an earlier update with the same id, and the user who made it.
fn find_op(db: &Db, op: OpId) -> Result<Option<(UserId, Changed)>> {
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

fn find_target(db: &Db, room: RoomId, id: MessageId) -> Result<TargetMessage> {
    let select = "SELECT seq, sender_id, thread, text IS NULL AS is_deleted, files FROM messages
         WHERE id = $1 AND room_id = $2";
    let found = db.row(select, values![id, room], |row| {
        Ok(TargetMessage {
            id,
            room,
            seq: row.get("seq")?,
            sender: row.get("sender_id")?,
            thread: row.get("thread")?,
            is_deleted: row.get("is_deleted")?,
            has_files: row.get("files")?,
        })
    })?;
    found.ok_or(StoreError::NotFound("message"))
}

/// Checks that the user may update the message.
fn check_allowed(
    db: &Db,
    target: &TargetMessage,
    user: UserId,
    update: &MessageUpdate,
) -> Result<()> {
    match update {
        MessageUpdate::Edit { .. } if target.sender != user => {
            Err(StoreError::Forbidden("Only the author can edit a message."))
        }
        MessageUpdate::Delete
            if target.sender != user && !users::user(db, user)?.role.may_delete() =>
        {
            Err(StoreError::Forbidden(
                "Only the author, the owner and admins can delete a message.",
            ))
        }
        MessageUpdate::Delete => Ok(()),
        _ if target.is_deleted => Err(StoreError::NotFound("message")),
        MessageUpdate::Previews { .. } => check_author(target.sender, user),
        // Without files, the protocol has checked the text.
        MessageUpdate::Edit { text, files: None } if !target.has_files && is_blank(text) => {
            Err(StoreError::Invalid(vec![FieldError::new("text", "must not be empty")]))
        }
        _ => Ok(()),
    }
}

/// Returns the `seq` of the earlier update that created the requested state, if there is one. A
/// reaction that was never set is removed as of the message itself.
fn find_equivalent(
    db: &Db,
    target: &TargetMessage,
    user: UserId,
    update: &MessageUpdate,
) -> Result<Option<u64>> {
    let message = target.id;
    let last = |row: &Row<'_>| row.get::<Option<u64>>("last");
    match update {
        MessageUpdate::Edit { .. } => Ok(None),
        MessageUpdate::Delete if !target.is_deleted => Ok(None),
        MessageUpdate::Delete => {
            let select =
                "SELECT max(seq) AS last FROM changes WHERE message_id = $1 AND kind = 'deleted'";
            db.one(select, values![message], last)
        }
        MessageUpdate::React { emoji, on } => {
            let set = db.one(
                "SELECT max(seq) AS last FROM reactions
                 WHERE message_id = $1 AND user_id = $2 AND emoji = $3",
                values![message, user, emoji],
                last,
            )?;
            if *on || set.is_some() {
                return Ok(set.filter(|_| *on));
            }
            let removed = db.one(
                "SELECT max(seq) AS last FROM changes
                 WHERE message_id = $1 AND kind = 'reacted' AND user_id = $2 AND emoji = $3",
                values![message, user, emoji],
                last,
            )?;
            Ok(Some(removed.unwrap_or(target.seq)))
        }
        MessageUpdate::Pin { on } => find_equal_pin(db, message, target.seq, *on),
        MessageUpdate::Previews { .. } => find_equal_removal(db, message, target.seq),
    }
}

/// Takes the room's next `seq`. It becomes free again if the transaction fails.
fn next_seq(db: &Db, room: RoomId) -> Result<u64> {
    let update = "UPDATE rooms SET seq = seq + 1 WHERE id = $1 RETURNING seq";
    db.one(update, values![room], |row| row.get("seq"))
}
