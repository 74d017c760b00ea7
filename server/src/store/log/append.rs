//! Appends messages to room logs.

use protocol::{
    Event, FieldError, Message, MessageId, Response, RoomId, Sender, Sent, Timestamp, UserId,
};

use super::{
    super::{
        OnCommit, Result, Store, StoreError,
        mentions::record_mentions,
        now,
        sessions::check_session,
        sql::{Db, Row, values},
        users::read_sender,
    },
    Logged, NewMessage,
};

impl Store {
    /// Queues a message. `on_commit` receives the outcome in the order of the room log.
    ///
    /// The outcome is [`StoreError::NotFound`] if there is no such room for the author, and
    /// [`StoreError::Taken`] if another user has used the id.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn append(&self, new: NewMessage, on_commit: impl OnCommit<Logged>) -> Result<()> {
        self.writer.submit_checked(move |db| append(db, new), on_commit).await
    }

    /// Queues a message with values that do not fit. It takes its turn among the other writes,
    /// since it may repeat one of them: then `on_commit` receives the first response again.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn append_repeat(
        &self,
        id: MessageId,
        sender: UserId,
        faults: Vec<FieldError>,
        on_commit: impl OnCommit<Logged>,
    ) -> Result<()> {
        self.writer.submit_checked(move |db| repeat_only(db, id, sender, faults), on_commit).await
    }
}

fn append(db: &Db, new: NewMessage) -> Result<Logged> {
    let sent_at = now();
    let outcome = match db {
        Db::Sqlite(_) => insert_stepwise(db, &new, sent_at)?,
        Db::Postgres(_) => insert_at_once(db, &new, sent_at)?,
    };
    let (room, seq, sender) = match outcome {
        InsertOutcome::New { room, seq, sender } => (room, seq, sender),
        known @ InsertOutcome::Known(..) => return repeat(known, new.sender.id),
    };
    record_mentions(db, room, seq, new.sender.id, &new.text)?;
    let message = Message {
        id: new.id,
        room,
        seq,
        sender,
        text: Some(new.text),
        sent_at,
        ..Message::default()
    };
    let response = Response::Chat(Sent::from(&message));
    Ok(Logged::New { room, seq, event: Event::Chat(message), response })
}

/// Answers a message that cannot be stored: as the first one if it repeats that, otherwise by the
/// values that do not fit.
fn repeat_only(db: &Db, id: MessageId, sender: UserId, faults: Vec<FieldError>) -> Result<Logged> {
    find_known(db, id)?.map_or(Err(StoreError::Invalid(faults)), |known| repeat(known, sender))
}

/// Returns the first response again, or fails if another user has used the id.
fn repeat(known: InsertOutcome, by: UserId) -> Result<Logged> {
    match known {
        InsertOutcome::Known(sender, sent) if sender == by => {
            Ok(Logged::Repeat(sent.room, Response::Chat(sent)))
        }
        _ => Err(StoreError::Taken("id")),
    }
}

/// The position of a message in a room log.
enum InsertOutcome {
    /// The message was appended at this position. Its author is read from the store, since the
    /// connection may be older than the name.
    New { room: RoomId, seq: u64, sender: Sender },
    /// The message was there before, from this sender.
    Known(UserId, Sent),
}

/// Inserts a message in several statements. Each is cheap in a file if it is simple. All checks
/// precede the first write.
fn insert_stepwise(db: &Db, new: &NewMessage, sent_at: Timestamp) -> Result<InsertOutcome> {
    let read = |row: &Row<'_>| {
        Ok((row.get::<RoomId>("id")?, row.get::<u64>("seq")?, read_sender(row, "sender_id")?))
    };
    let end = match new.room.as_id() {
        Some(id) => db.row(END_BY_ID, values![new.sender.id, id], read),
        None => db.row(END_BY_SLUG, values![new.sender.id, &new.room.0], read),
    };
    if let Some((room, last, sender)) = end? {
        let seq = last + 1;
        let inserted = db.execute(
            "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
            values![room, seq, new.id, new.sender.id, &new.text, sent_at],
        )?;
        if inserted > 0 {
            db.execute("UPDATE rooms SET seq = $1 WHERE id = $2", values![seq, room])?;
            return Ok(InsertOutcome::New { room, seq, sender });
        }
    }
    // A repeated message gets its first response, even if its sender may no longer write here.
    find_known(db, new.id)?.ok_or(StoreError::NotFound("room"))
}

fn find_known(db: &Db, id: MessageId) -> Result<Option<InsertOutcome>> {
    let select = "SELECT room_id AS room, seq, sender_id, sent_at FROM messages WHERE id = $1";
    db.row(select, values![id], |row| read_known(row, id))
}

/// Selects the id and the last `seq` of a room that a user may write to, and the user's name and
/// picture.
macro_rules! end_by {
    ($column:literal) => {
        concat!(
            "SELECT rooms.id, seq, users.id AS sender_id, username, display_name, alike, picture
             FROM rooms JOIN users ON users.id = $1 WHERE rooms.",
            $column,
            " = $2 AND (private = 0 OR EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = rooms.id AND user_id = $1))"
        )
    };
}

const END_BY_ID: &str = end_by!("id");
const END_BY_SLUG: &str = end_by!("slug");

/// Inserts a message in one statement, since each is a round trip to the server.
macro_rules! insert_by {
    ($column:literal) => {
        concat!(
            "WITH known AS (SELECT room_id, seq, sender_id, sent_at FROM messages WHERE id = $1),
             place AS (
                 UPDATE rooms SET seq = seq + 1 WHERE ",
            $column,
            " = $2 AND NOT EXISTS (SELECT 1 FROM known)
                   AND (private = 0 OR EXISTS (SELECT 1 FROM room_members
                       WHERE room_id = rooms.id AND user_id = $3))
                   AND EXISTS (SELECT 1 FROM sessions WHERE id = $6)
                 RETURNING id, seq),
             placed AS (
                 INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
                 SELECT id, seq, $1, $3, $4, $5 FROM place)
             SELECT room_id AS room, seq, sender_id, sent_at, 0 AS is_new, '' AS username,
                 NULL AS display_name, 0 AS alike, NULL AS picture FROM known
             UNION ALL SELECT place.id, seq, $3, $5, 1, username, display_name, alike, picture
                 FROM place JOIN users ON users.id = $3"
        )
    };
}

const INSERT_BY_ID: &str = insert_by!("id");
const INSERT_BY_SLUG: &str = insert_by!("slug");

fn insert_at_once(db: &Db, new: &NewMessage, sent_at: Timestamp) -> Result<InsertOutcome> {
    let read = |row: &Row<'_>| {
        if row.get("is_new")? {
            Ok(InsertOutcome::New {
                room: row.get("room")?,
                seq: row.get("seq")?,
                sender: read_sender(row, "sender_id")?,
            })
        } else {
            read_known(row, new.id)
        }
    };
    let (sender, text, session) = (new.sender.id, &new.text, new.session);
    let outcome = match new.room.as_id() {
        Some(room) => {
            db.row(INSERT_BY_ID, values![new.id, room, sender, text, sent_at, session], read)
        }
        None => {
            let slug = &new.room.0;
            db.row(INSERT_BY_SLUG, values![new.id, slug, sender, text, sent_at, session], read)
        }
    };
    if let Some(outcome) = outcome? {
        return Ok(outcome);
    }
    check_session(db, session)?;
    Err(StoreError::NotFound("room"))
}

fn read_known(row: &Row<'_>, id: MessageId) -> Result<InsertOutcome> {
    let sent =
        Sent { id, room: row.get("room")?, seq: row.get("seq")?, sent_at: row.get("sent_at")? };
    Ok(InsertOutcome::Known(row.get("sender_id")?, sent))
}
