//! Messages that wait for their time, and reminders. Each is a job (`store/jobs.rs`).

use protocol::{
    ErrorPayload, FileId, LaterCancel, LaterMessage, LaterPage, MessageId, RoomId, RoomName,
    Timestamp, UserId,
    limits::{MAX_LATER, MAX_REPLY_BYTES},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    OnCommit, Result, Store, StoreError,
    access::access,
    actor::check_actor,
    files::{keep_files, kept_files, release_files},
    jobs::{JobKind, LeasedJob, check_held, end_job},
    links::LinkRules,
    log::{Logged, NewMessage, append::append, details::find_quote, encoded_len},
    read_state::read_before_reminder,
    sql::{Db, Row, values},
    threads::find_thread,
    trees::tree_of,
};

const TOO_MANY: &str = "You have 100 messages and reminders that wait. Cancel some of them first.";
/// The error of somebody who was banned before the time of a message.
const BANNED: &str = "You were banned at that time.";

/// A message that shall wait for its time.
#[derive(Clone, Debug)]
pub struct NewLater {
    /// The id that it will have. Known: it is changed.
    pub id: MessageId,
    /// Whether it is a reminder.
    pub kind: JobKind,
    /// The room.
    pub room: RoomName,
    /// The text.
    pub text: String,
    /// The time.
    pub at: Timestamp,
    /// A message of the room to quote.
    pub reply_to: Option<MessageId>,
    /// The message that begins the thread.
    pub thread: Option<MessageId>,
    /// True if the room will show the reply as well.
    pub in_room: bool,
    /// Files that the user has sent.
    pub files: Vec<FileId>,
    /// False if its links get no previews.
    pub previews: Option<bool>,
}

/// The payload of the job.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    room: RoomId,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<MessageId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    in_room: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previews: Option<bool>,
}

impl Store {
    /// Queues a message that shall wait for its time, or a change of one. `on_commit` receives it
    /// as it waits.
    ///
    /// The outcome is [`StoreError::NotFound`] or [`StoreError::Forbidden`] if the user may not
    /// write there or has too many, and [`StoreError::Taken`] if the id is another's, or that of a
    /// message.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn keep_later(
        &self,
        user: UserId,
        new: NewLater,
        on_commit: impl OnCommit<LaterMessage>,
    ) -> Result<()> {
        self.writer.submit(move |db| keep(db, user, new), on_commit).await
    }

    /// Queues the end of a message that waits. The outcome is [`StoreError::NotFound`] if none of
    /// the user has this id, and [`StoreError::Taken`] if it was sent to a room that the user may
    /// see. `on_commit` receives whether it is a reminder.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn cancel_later(
        &self,
        user: UserId,
        LaterCancel { id }: LaterCancel,
        on_commit: impl OnCommit<JobKind>,
    ) -> Result<()> {
        let cancel = move |db: &Db| {
            let kind = find(db, id)?.filter(|(owner, _)| *owner == Some(user));
            let Some((_, kind)) = kind else {
                let is_sent = is_sent(db, user, id)?;
                let gone = StoreError::NotFound("message");
                return Err(if is_sent { StoreError::Taken("id") } else { gone });
            };
            release_files(db, id.0)?;
            end_job(db, id.0)?;
            Ok(kind)
        };
        self.writer.submit(cancel, on_commit).await
    }

    /// Returns the messages of a user that wait, the next one first.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if `after` does not wait any more.
    pub async fn later_list(&self, user: UserId, after: Option<MessageId>) -> Result<LaterPage> {
        self.read(move |db| {
            let mut messages = db.read_snapshot(|| list(db, user))?.into_iter();
            if let Some(after) = after {
                let found = messages.find(|message| message.id == after);
                found.ok_or(StoreError::NotFound("message"))?;
            }
            let (mut page, mut bytes) = (LaterPage::default(), 0);
            for message in messages {
                bytes += encoded_len(&message);
                if bytes > MAX_REPLY_BYTES && !page.messages.is_empty() {
                    page.has_more = true;
                    break;
                }
                page.messages.push(message);
            }
            Ok(page)
        })
        .await
    }

    /// Queues the message of a job: it is sent and the job ends, or neither. The user's rights are
    /// those of now.
    ///
    /// The outcome is [`StoreError::NotFound`] of a `job` if the lease was lost, or if the message
    /// was changed or cancelled.
    ///
    /// # Errors
    /// Fails if the store accepts no more writes. `on_commit` is not called then.
    pub async fn send_later(
        &self,
        job: LeasedJob,
        rules: LinkRules,
        on_commit: impl OnCommit<Logged>,
    ) -> Result<()> {
        let payload = read_payload(&job.payload)?;
        let blocks = tree_of(&payload.text).await;
        let links = rules.links_of(&blocks);
        let on_commit = self.waking_pushes(self.waking(links.may_ask(), on_commit));
        let send = move |db: &Db| {
            check_held(db, &job)?;
            check_actor(db, job.user).map_err(|error| match error {
                StoreError::SessionEnded => StoreError::Forbidden(BANNED),
                error => error,
            })?;
            let files = kept_files(db, &[job.id])?.remove(&job.id).unwrap_or_default();
            if files.is_empty() && payload.text.is_empty() {
                return Err(StoreError::NotFound("file"));
            }
            release_files(db, job.id)?;
            let new = NewMessage {
                id: MessageId(job.id),
                room: payload.room.into(),
                sender: job.user,
                session: None,
                text: payload.text,
                reply_to: payload.reply_to,
                thread: payload.thread,
                in_room: payload.in_room,
                files: files.into_iter().map(|file| file.id).collect(),
                links: rules,
                previews: payload.previews.unwrap_or(true),
                reminder: job.kind == JobKind::Remind,
            };
            let logged = append(db, new, blocks, &links)?;
            if let (JobKind::Remind, &Logged::New { room, seq, .. }) = (job.kind, &logged) {
                read_before_reminder(db, job.user, (room, seq))?;
            }
            end_job(db, job.id)?;
            Ok(logged)
        };
        self.writer.submit(send, on_commit).await
    }

    /// Notes why a message was not sent at its time. Returns it, unless the lease was lost.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn refuse_later(
        &self,
        job: LeasedJob,
        error: ErrorPayload,
    ) -> Result<Option<LaterMessage>> {
        let error = serde_json::to_string(&error).map_err(StoreError::unavailable)?;
        self.write(move |db| {
            match check_held(db, &job) {
                Err(StoreError::NotFound(_)) => return Ok(None),
                held => held?,
            }
            db.execute("UPDATE jobs SET error = $1 WHERE id = $2", values![&error, job.id])?;
            Ok(list(db, job.user)?.into_iter().find(|message| message.id.0 == job.id))
        })
        .await
    }
}

fn keep(db: &Db, user: UserId, new: NewLater) -> Result<LaterMessage> {
    let access = access(db, user, &new.room)?;
    access.check_writable()?;
    let room = access.room;
    new.thread.map(|thread| find_thread(db, room, thread)).transpose()?;
    new.reply_to.map(|quoted| find_quote(db, room, quoted)).transpose()?;
    match find(db, new.id)? {
        Some(known) if known != (Some(user), new.kind) => return Err(StoreError::Taken("id")),
        Some(_) => {}
        None => check_new(db, user, new.id)?,
    }
    let NewLater { id, kind, text, at, reply_to, thread, in_room, previews, .. } = new;
    let payload = Payload { room, text, reply_to, thread, in_room, previews };
    let json = serde_json::to_string(&payload).map_err(StoreError::unavailable)?;
    // A change ends the lease: the node that holds it sends nothing then.
    db.execute(
        "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
         VALUES ($1, $2, $3, $4, $5, NULL, NULL, 0)
         ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, due_at = excluded.due_at,
             error = NULL, holder = NULL, leased_until = 0",
        values![id, kind.as_str(), user, &json, at],
    )?;
    let files = keep_files(db, user, id.0, &new.files)?;
    let reminder = kind == JobKind::Remind;
    let Payload { room, text, .. } = payload;
    Ok(LaterMessage {
        id,
        room,
        text,
        at,
        reminder,
        reply_to,
        thread,
        in_room,
        files,
        previews,
        error: None,
    })
}

/// Returns whether a message of the user is in a room that the user may see.
fn is_sent(db: &Db, user: UserId, id: MessageId) -> Result<bool> {
    let select = "SELECT room_id FROM messages WHERE id = $1 AND sender_id = $2";
    let Some(room) = db.row(select, values![id, user], |row| row.get::<RoomId>("room_id"))? else {
        return Ok(false);
    };
    match access(db, user, &room.into()) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the user and the kind of a job.
fn find(db: &Db, id: MessageId) -> Result<Option<(Option<UserId>, JobKind)>> {
    let select = "SELECT user_id, kind FROM jobs WHERE id = $1";
    db.row(select, values![id], |row| Ok((row.get("user_id")?, row.get("kind")?)))
}

fn check_new(db: &Db, user: UserId, id: MessageId) -> Result<()> {
    let select = "SELECT (SELECT count(*) FROM jobs
                 WHERE user_id = $1 AND kind IN ('later', 'remind')) AS waiting,
             EXISTS (SELECT 1 FROM messages WHERE id = $2) AS is_sent";
    let read = |row: &Row<'_>| Ok((row.get::<u64>("waiting")?, row.get::<bool>("is_sent")?));
    match db.one(select, values![user, id], read)? {
        (_, true) => Err(StoreError::Taken("id")),
        (waiting, _) if waiting >= MAX_LATER as u64 => Err(StoreError::Forbidden(TOO_MANY)),
        _ => Ok(()),
    }
}

fn list(db: &Db, user: UserId) -> Result<Vec<LaterMessage>> {
    let select = "SELECT id, kind, payload, due_at, error FROM jobs
         WHERE user_id = $1 AND kind IN ('later', 'remind') ORDER BY due_at, id";
    let mut messages = db.rows(select, values![user], read_later)?;
    let ids: Vec<_> = messages.iter().map(|message| message.id.0).collect();
    let mut files = kept_files(db, &ids)?;
    for message in &mut messages {
        message.files = files.remove(&message.id.0).unwrap_or_default();
    }
    Ok(messages)
}

fn read_later(row: &Row<'_>) -> Result<LaterMessage> {
    let payload = read_payload(&row.get::<String>("payload")?)?;
    let error: Option<String> = row.get("error")?;
    let error = error.map(|json| serde_json::from_str(&json).map_err(StoreError::unavailable));
    Ok(LaterMessage {
        id: row.get::<Uuid>("id").map(MessageId)?,
        room: payload.room,
        text: payload.text,
        at: row.get("due_at")?,
        reminder: row.get::<JobKind>("kind")? == JobKind::Remind,
        reply_to: payload.reply_to,
        thread: payload.thread,
        in_room: payload.in_room,
        files: Vec::new(),
        previews: payload.previews,
        error: error.transpose()?,
    })
}

fn read_payload(json: &str) -> Result<Payload> {
    serde_json::from_str(json).map_err(StoreError::unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewUser, now};

    fn new(text: &str, at: Timestamp) -> NewLater {
        NewLater {
            id: MessageId(Uuid::from_u128(7)),
            kind: JobKind::Later,
            room: "general".into(),
            text: text.to_owned(),
            at,
            reply_to: None,
            thread: None,
            in_room: false,
            files: Vec::new(),
            previews: None,
        }
    }

    async fn held(store: &Store, holder: Uuid, until: i64) -> Vec<LeasedJob> {
        store.lease_jobs(holder, Timestamp::from_millis(until)).await.unwrap()
    }

    async fn send(store: &Store, job: &LeasedJob) -> Result<Logged> {
        let (sender, outcome) = tokio::sync::oneshot::channel();
        let on_commit = |logged| drop(sender.send(logged));
        store.send_later(job.clone(), LinkRules::default(), on_commit).await.unwrap();
        outcome.await.unwrap()
    }

    #[tokio::test]
    async fn a_job_is_done_by_who_holds_it_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let user = store.register(NewUser::test("ada")).await.unwrap().user.id;
        let (soon, late) = (now(), now().as_millis() + 100_000);
        let keep = async |new: NewLater| store.write(move |db| keep(db, user, new)).await.unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(store.next_job().await.unwrap(), None);
        keep(new("not yet", Timestamp::from_millis(late))).await;
        assert_eq!(store.next_job().await.unwrap().map(Timestamp::as_millis), Some(late));
        assert_eq!(held(&store, one, late).await, []);

        keep(new("first", soon)).await;
        let leased = held(&store, one, late).await;
        assert_eq!(leased.len(), 1);
        assert_eq!(held(&store, other, late).await, [], "another node leaves it alone");
        assert_eq!(store.next_job().await.unwrap().map(Timestamp::as_millis), Some(late));
        // A change takes it from who holds it.
        keep(new("second", soon)).await;
        assert!(matches!(send(&store, &leased[0]).await, Err(StoreError::NotFound("job"))));
        // So does a lease that has ended.
        let slow = held(&store, one, 1).await;
        let quick = held(&store, other, late).await;
        assert_eq!((slow.len(), quick.len()), (1, 1));
        assert!(matches!(send(&store, &slow[0]).await, Err(StoreError::NotFound("job"))));
        assert!(matches!(send(&store, &quick[0]).await, Ok(Logged::New { seq: 1, .. })));
        assert!(matches!(send(&store, &quick[0]).await, Err(StoreError::NotFound("job"))));
        assert_eq!(store.later_list(user, None).await.unwrap().messages, []);
        assert_eq!(store.next_job().await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_a_killed_process_had_leased_is_due_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let user = store.register(NewUser::test("ada")).await.unwrap().user.id;
        store.write(move |db| keep(db, user, new("soon", now()))).await.unwrap();
        let until = now().as_millis() + 100_000;
        let (killed, next) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(held(&store, killed, until).await.len(), 1);
        assert_eq!(held(&store, next, until).await, []);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(held(&store, next, until).await.len(), 1);
    }
}
