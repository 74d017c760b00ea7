//! Appends messages to room logs.

use protocol::{
    Block, Event, FieldError, File, KeptDraft, Message, MessageId, Quote, Response, RoomId,
    RoomName, Sender, Sent, Timestamp, UserId, mentioned,
};
use uuid::Uuid;

use super::{
    super::{
        OnCommit, Result, Store, StoreError,
        access::{ReadOnly, access, deserted, read_only_columns},
        direct::{show_again, show_again_for_reply},
        drafts::{end_draft, place as draft_place},
        files::{find_files, take_files},
        former_slugs::former_room,
        links::{Links, add_links, refuse_previews},
        mentions::record_mentions,
        now,
        push::{insert_notify, notify_at, notify_payload},
        sessions::check_session,
        sql::{Db, Row, values},
        threads::{Thread, count_reply, find_thread, follow_mentioned, follow_replied},
        trees::{keep_known, tree_of},
        users::read_sender,
    },
    Logged, NewMessage,
    details::find_quote,
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
        // Not by the writer, behind which all other messages wait.
        let blocks = tree_of(&new.text).await;
        let links = new.links_of(&blocks);
        let on_commit = self.waking_pushes(self.waking(links.may_ask(), on_commit));
        self.writer.submit_checked(move |db| append(db, new, blocks, &links), on_commit).await
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

pub(in crate::store) fn append(
    db: &Db,
    new: NewMessage,
    mut blocks: Vec<Block>,
    links: &Links,
) -> Result<Logged> {
    let sent_at = now();
    let outcome = match db {
        Db::Sqlite(_) => insert_stepwise(db, &new, sent_at)?,
        Db::Postgres(_) => insert_at_once(db, &new, &new.room, sent_at)?,
    };
    let (place, seq, context) = match outcome {
        InsertOutcome::New(place, seq, context) => (place, seq, context),
        known @ InsertOutcome::Known(..) => return repeat(known, new.sender),
    };
    let (room, author, is_shown) = (place.room, new.sender, new.is_shown());
    take_files(db, new.id, &context.files)?;
    if new.previews {
        add_links(db, new.id, author, links)?;
    } else {
        refuse_previews(db, new.id)?;
    }
    let names = mentioned(&new.text, &blocks);
    let mentions = record_mentions(db, room, seq, author, &names)?;
    keep_known(db, &mut [(&new.text, &mut blocks)])?;
    let mut message = Message {
        id: new.id,
        room,
        seq,
        sender: place.sender,
        text: Some(new.text),
        blocks,
        files: context.files,
        sent_at,
        reply_to: context.quote.map(Box::new),
        reminder: new.reminder,
        ..Message::default()
    };
    if let Some(thread) = context.thread {
        let summary = count_reply(db, &thread, author, (seq, sent_at))?;
        follow_replied(db, &thread, author, summary.count == 1)?;
        if mentions {
            follow_mentioned(db, room, seq)?;
        }
        message.thread = Some(thread.id);
        message.in_room = new.in_room;
        message.thread_replies = Some(Box::new(summary));
    }
    let shown_to = match message.thread.filter(|_| !is_shown) {
        _ if !place.is_direct => Vec::new(),
        Some(thread) => show_again_for_reply(db, room, (thread, seq))?,
        None => show_again(db, room)?,
    };
    let ended_draft = context.ends_draft.then(|| KeptDraft {
        room,
        thread: message.thread,
        text: String::new(),
        at: sent_at,
    });
    let response = Response::Chat(Sent::from(&message));
    Ok(Logged::New { room, seq, event: Event::Chat(message), response, shown_to, ended_draft })
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

/// What an insertion did.
#[expect(clippy::large_enum_variant, reason = "nearly all are new, and it is moved once")]
enum InsertOutcome {
    /// The message was appended to this room, at this position.
    New(Place, u64, Context),
    /// The message was there before, from this sender.
    Known(UserId, Sent),
}

/// A room that a message may be appended to.
struct Place {
    room: RoomId,
    /// The last `seq` of the room log.
    last: u64,
    /// The author, read from the store: the connection may be older than the name.
    sender: Sender,
    is_direct: bool,
    /// Why nobody can write to the room.
    read_only: Option<ReadOnly>,
}

/// The messages that a new one refers to, and its files.
#[derive(Default)]
struct Context {
    files: Vec<File>,
    quote: Option<Quote>,
    thread: Option<Thread>,
    /// True if the author had a draft there.
    ends_draft: bool,
}

fn read_place(row: &Row<'_>) -> Result<Place> {
    Ok(Place {
        room: row.get("id")?,
        last: row.get("seq")?,
        sender: read_sender(row, "sender_id")?,
        is_direct: row.get("direct")?,
        read_only: ReadOnly::read(row)?,
    })
}

/// Inserts a message in several statements. Each is cheap in a file if it is simple. All checks
/// precede the first write.
fn insert_stepwise(db: &Db, new: &NewMessage, sent_at: Timestamp) -> Result<InsertOutcome> {
    let mut place = match new.room.as_id() {
        Some(id) => db.row(PLACE_BY_ID, values![new.sender, id], read_place)?,
        None => db.row(PLACE_BY_SLUG, values![new.sender, &new.room.0], read_place)?,
    };
    if place.is_none()
        && new.room.as_id().is_none()
        && let Some(room) = former_room(db, &new.room.0)?
    {
        place = db.row(PLACE_BY_ID, values![new.sender, room], read_place)?;
    }
    let checked = place.ok_or(StoreError::NotFound("room")).and_then(|place| {
        let context = check(db, &place, new)?;
        Ok((place, context))
    });
    let (place, mut context) = match checked {
        Ok(checked) => checked,
        // A repeated message gets its first response, even if its sender may no longer write here.
        Err(error) => return find_known(db, new.id)?.ok_or(error),
    };
    let seq = place.last + 1;
    let inserted = db.execute(
        "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at, reply_to, thread, shown,
             files, reminder)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
        values![
            place.room,
            seq,
            new.id,
            new.sender,
            &new.text,
            sent_at,
            new.reply_to,
            new.thread,
            new.is_shown(),
            new.files.len(),
            new.reminder,
        ],
    )?;
    if inserted == 0 {
        return find_known(db, new.id)?.ok_or(StoreError::NotFound("room"));
    }
    db.execute("UPDATE rooms SET seq = $1 WHERE id = $2", values![seq, place.room])?;
    db.execute(
        "INSERT INTO search_pending (sent_at, room_id, seq, change) VALUES ($1, $2, $3, $3)",
        values![sent_at, place.room, seq],
    )?;
    db.execute(
        concat!(
            insert_notify!("$1", "$2", "$3", "$4"),
            " WHERE EXISTS (SELECT 1 FROM push_devices)"
        ),
        values![Uuid::now_v7(), new.sender, &notify_payload(new.id)?, notify_at(sent_at)],
    )?;
    if new.session.is_some() {
        let ended = db.execute(
            end_draft!("$1", "$2", "$3"),
            values![sent_at, new.sender, draft_place(place.room, new.thread)],
        )?;
        context.ends_draft = ended > 0;
    }
    Ok(InsertOutcome::New(place, seq, context))
}

/// Checks that the message may stand here, and reads what it refers to.
fn check(db: &Db, place: &Place, new: &NewMessage) -> Result<Context> {
    if let Some(read_only) = place.read_only {
        return Err(read_only.error());
    }
    let thread = new.thread.map(|thread| find_thread(db, place.room, thread)).transpose()?;
    let quote = new.reply_to.map(|quoted| find_quote(db, place.room, quoted)).transpose()?;
    let files = find_files(db, new.sender, &new.files)?;
    Ok(Context { files, quote, thread, ends_draft: false })
}

fn find_known(db: &Db, id: MessageId) -> Result<Option<InsertOutcome>> {
    let select = "SELECT room_id AS id, seq, sender_id, sent_at FROM messages WHERE id = $1";
    db.row(select, values![id], |row| read_known(row, id))
}

/// Selects a room that a user may see: its id, the last `seq`, whether it is a direct one, what
/// decides whether the user may write there, and the user's name and picture.
macro_rules! place_by {
    ($column:literal) => {
        concat!(
            "SELECT rooms.id, seq, direct, users.id AS sender_id, username, display_name, alike,
                 picture, ",
            read_only_columns!(),
            " FROM rooms JOIN users ON users.id = $1 WHERE rooms.",
            $column,
            " = $2 AND (private = 0 OR EXISTS (SELECT 1 FROM room_members
                 WHERE room_id = rooms.id AND user_id = $1))"
        )
    };
}

const PLACE_BY_ID: &str = place_by!("id");
const PLACE_BY_SLUG: &str = place_by!("slug");

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
                   AND archived_at IS NULL AND NOT ",
            deserted!("$3"),
            "
                   AND ($6::bytea IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = $6))
                 RETURNING id, seq, direct),
             placed AS (
                 INSERT INTO messages
                     (room_id, seq, id, sender_id, text, sent_at, reply_to, thread, shown, files,
                      reminder)
                 SELECT id, seq, $1, $3, $4, $5, $7::bytea, $8::bytea, $9, $10, $11 FROM place),
             pending AS (
                 INSERT INTO search_pending (sent_at, room_id, seq, change)
                 SELECT $5, id, seq, seq FROM place),
             notify AS (",
            insert_notify!("$12::bytea", "$3", "$13::text", "$14::bigint"),
            " FROM place WHERE EXISTS (SELECT 1 FROM push_devices)),
             ended AS (",
            end_draft!("$5", "$3", "coalesce($8::bytea, (SELECT id FROM place))"),
            " AND $6::bytea IS NOT NULL AND EXISTS (SELECT 1 FROM place) RETURNING 1)
             SELECT room_id AS id, seq, sender_id, sent_at, 0 AS is_new, 0 AS archived,
                 0 AS deserted, 0 AS direct, '' AS username, NULL AS display_name, 0 AS alike,
                 NULL AS picture, 0 AS ends_draft FROM known
             UNION ALL SELECT place.id, seq, $3, $5, 1, 0, 0, direct, username, display_name,
                 alike, picture, (SELECT count(*) FROM ended)
                 FROM place JOIN users ON users.id = $3"
        )
    };
}

const INSERT_BY_ID: &str = insert_by!("id");
const INSERT_BY_SLUG: &str = insert_by!("slug");

/// The checks follow the insertion, which is undone if one fails.
fn insert_at_once(
    db: &Db,
    new: &NewMessage,
    room: &RoomName,
    sent_at: Timestamp,
) -> Result<InsertOutcome> {
    let read = |row: &Row<'_>| {
        if row.get("is_new")? {
            let place = read_place(row)?;
            let seq = place.last;
            let ends_draft = row.get("ends_draft")?;
            Ok(InsertOutcome::New(place, seq, Context { ends_draft, ..Context::default() }))
        } else {
            read_known(row, new.id)
        }
    };
    let (sender, text, session) = (new.sender, &new.text, new.session);
    let (quoted, thread, shown) = (new.reply_to, new.thread, new.is_shown());
    let (id, files, reminder) = (new.id, new.files.len(), new.reminder);
    let (job, payload, notify_at) = (Uuid::now_v7(), notify_payload(new.id)?, notify_at(sent_at));
    let outcome = match room.as_id() {
        Some(room) => db.row(
            INSERT_BY_ID,
            values![
                id, room, sender, text, sent_at, session, quoted, thread, shown, files, reminder,
                job, &payload, notify_at
            ],
            read,
        ),
        None => db.row(
            INSERT_BY_SLUG,
            values![
                id, &room.0, sender, text, sent_at, session, quoted, thread, shown, files,
                reminder, job, &payload, notify_at
            ],
            read,
        ),
    };
    match outcome? {
        Some(InsertOutcome::New(place, seq, Context { ends_draft, .. })) => {
            let context = check(db, &place, new)?;
            Ok(InsertOutcome::New(place, seq, Context { ends_draft, ..context }))
        }
        Some(known) => Ok(known),
        None => {
            session.map_or(Ok(()), |session| check_session(db, session))?;
            let access = access(db, sender, room)?;
            access.check_writable()?;
            if room.as_id().is_some() {
                return Err(StoreError::NotFound("room"));
            }
            // The name is a former slug.
            insert_at_once(db, new, &access.room.into(), sent_at)
        }
    }
}

fn read_known(row: &Row<'_>, id: MessageId) -> Result<InsertOutcome> {
    let sent =
        Sent { id, room: row.get("id")?, seq: row.get("seq")?, sent_at: row.get("sent_at")? };
    Ok(InsertOutcome::Known(row.get("sender_id")?, sent))
}
