//! The jobs of notifications: leases, and how each ends.

use std::sync::Arc;

use protocol::{MessageId, PushId, Timestamp, UserId};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    DevicePayload, DeviceTask, KINDS, Kind, NotifyPayload, PushJob, Sent,
    audience::subject,
    close::{add_job, close_read},
};
use crate::store::{
    OnCommit, Result, Store, StoreError,
    jobs::end_job,
    now,
    read_state::read_seq,
    sql::{Db, Row, values},
};

/// The time between a message and its notifications, in which the user may read it.
const NOTIFY_DELAY_MS: i64 = 3_000;
/// The most jobs of a kind that a node leases at once.
const LEASED_AT_ONCE: u64 = 64;
/// The most notifications of a user that wait. Older ones are dropped.
const MAX_WAITING: u64 = 1_000;
/// The age from which a message that has notified nobody is old news: the data were restored from a
/// backup, or the server did not run.
const MAX_AGE_MS: i64 = 60 * 60 * 1000;

/// How the attempt to send something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The push service took it.
    Taken,
    /// It is not to be sent any more, or never can be.
    Dropped,
    /// The push service has ended the subscription.
    Gone,
    /// It is tried again: when, and whether this was an attempt.
    Later(Timestamp, bool),
}

impl Store {
    /// Returns what is notified when there may be notifications to send.
    #[must_use]
    pub fn pushes_due(&self) -> &Notify {
        &self.pushes_due
    }

    /// Returns a callback that wakes who sends notifications.
    pub(in crate::store) fn waking_pushes<T: 'static>(
        &self,
        on_commit: impl OnCommit<T>,
    ) -> impl OnCommit<T> {
        let due = Arc::clone(&self.pushes_due);
        move |outcome| {
            on_commit(outcome);
            due.notify_one();
        }
    }

    /// Returns the time at which the next job of notifications is due that nobody holds.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn next_push(&self) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let select = "SELECT due_at FROM jobs
                 WHERE error IS NULL AND kind = $1 AND leased_until <= $2 ORDER BY due_at LIMIT 1";
            let mut next: Option<Timestamp> = None;
            for kind in KINDS {
                let read = |row: &Row<'_>| row.get("due_at");
                let due = db.row(select, values![kind.as_str(), now()], read)?;
                next = next.into_iter().chain(due).min();
            }
            Ok(next)
        })
        .await
    }

    /// Leases jobs of notifications that are due, until a time, the earliest of each kind first.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn lease_pushes(&self, holder: Uuid, until: Timestamp) -> Result<Vec<PushJob>> {
        self.write(move |db| {
            let mut leased = Vec::new();
            for kind in KINDS {
                leased.extend(lease(db, kind, holder, until)?);
            }
            Ok(leased)
        })
        .await
    }

    /// Ends a job that was to find out whom a message notifies: leaves a job for each browser of
    /// these users. Does nothing if the lease was lost.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn notify_users(
        &self,
        job: PushJob,
        message: MessageId,
        users: Vec<UserId>,
    ) -> Result<()> {
        self.write(move |db| {
            if !is_held(db, &job)? {
                return Ok(());
            }
            let select = "SELECT id FROM push_devices WHERE user_id = $1 AND ended_at IS NULL";
            for user in users {
                for device in db.rows(select, values![user], |row| row.get::<PushId>("id"))? {
                    let payload = DevicePayload::new(device, Sent::Message(message)).to_json()?;
                    add_job(db, Kind::Push, user, &payload)?;
                }
                drop_oldest(db, user)?;
            }
            end_job(db, job.id)
        })
        .await
    }

    /// Notes how the attempt to send something ended. Does nothing if the lease was lost.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_ended(
        &self,
        job: PushJob,
        task: DeviceTask,
        outcome: PushOutcome,
    ) -> Result<()> {
        self.write(move |db| {
            if !is_held(db, &job)? {
                return Ok(());
            }
            match outcome {
                PushOutcome::Taken => {
                    let update = "UPDATE push_devices SET pushed_at = $1 WHERE id = $2";
                    db.execute(update, values![now(), task.device])?;
                    if let Sent::Message(message) = task.what {
                        note_shown(db, task.device, message)?;
                    }
                    end_job(db, job.id)
                }
                PushOutcome::Dropped => end_job(db, job.id),
                PushOutcome::Gone => {
                    end_device(db, task.device)?;
                    end_job(db, job.id)
                }
                PushOutcome::Later(due, counts) => delay(db, &job, task, due, counts),
            }
        })
        .await
    }

    /// Notes that a push service has ended the subscription of a browser.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_device_ended(&self, device: PushId) -> Result<()> {
        self.write(move |db| end_device(db, device)).await
    }
}

fn lease(db: &Db, kind: Kind, holder: Uuid, until: Timestamp) -> Result<Vec<PushJob>> {
    let mut rows = db.rows(
        "UPDATE jobs SET holder = $1, leased_until = $2
         WHERE leased_until <= $3 AND id IN (
             SELECT id FROM jobs
             WHERE error IS NULL AND kind = $4 AND due_at <= $3 AND leased_until <= $3
             ORDER BY due_at, id LIMIT $5)
         RETURNING id, payload, due_at",
        values![holder, until, now(), kind.as_str(), LEASED_AT_ONCE],
        |row| {
            let due: Timestamp = row.get("due_at")?;
            Ok((due, row.get::<Uuid>("id")?, row.get::<String>("payload")?))
        },
    )?;
    rows.sort();
    let mut jobs = Vec::with_capacity(rows.len());
    for (due, id, payload) in rows {
        let is_old = kind == Kind::Notify && now().as_millis() - due.as_millis() > MAX_AGE_MS;
        match PushJob::read(id, (holder, until), kind, &payload).filter(|_| !is_old) {
            Some(job) => jobs.push(job),
            None => end_job(db, id)?,
        }
    }
    Ok(jobs)
}

fn is_held(db: &Db, job: &PushJob) -> Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM jobs WHERE id = $1 AND holder = $2) AS is_held";
    db.one(select, values![job.id, job.holder], |row| row.get("is_held"))
}

/// Keeps the newest notifications of a user that wait, if there are too many.
fn drop_oldest(db: &Db, user: UserId) -> Result<()> {
    db.execute(
        "DELETE FROM jobs WHERE kind = 'push' AND user_id = $1 AND id IN (
             SELECT id FROM jobs WHERE kind = 'push' AND user_id = $1
             ORDER BY id DESC LIMIT 1000000 OFFSET $2)",
        values![user, MAX_WAITING],
    )?;
    Ok(())
}

/// Notes what a browser may show now. If it was read meanwhile, it is to be closed.
fn note_shown(db: &Db, device: PushId, message: MessageId) -> Result<()> {
    let Some(subject) = subject(db, message)? else { return Ok(()) };
    let select = "SELECT user_id FROM push_devices WHERE id = $1";
    let user = db.row(select, values![device], |row| row.get::<UserId>("user_id"))?;
    let Some(user) = user else { return Ok(()) };
    let tag = subject.thread.map_or(subject.room.0, |thread| thread.0);
    db.execute(
        "INSERT INTO pushed (device_id, tag, user_id, seq) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device_id, tag) DO UPDATE SET seq = excluded.seq
             WHERE pushed.seq < excluded.seq",
        values![device, tag, user, subject.seq],
    )?;
    let place = (subject.room, subject.thread);
    close_read(db, user, place, read_seq(db, user, place.0, place.1)?)?;
    Ok(())
}

fn end_device(db: &Db, device: PushId) -> Result<()> {
    db.execute(
        "UPDATE push_devices SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
        values![now(), device],
    )?;
    db.execute("DELETE FROM pushed WHERE device_id = $1", values![device])?;
    Ok(())
}

fn delay(db: &Db, job: &PushJob, task: DeviceTask, due: Timestamp, counts: bool) -> Result<()> {
    let mut payload = DevicePayload::new(task.device, task.what);
    payload.tries = task.tries + u32::from(counts);
    payload.since = task.since.or_else(|| counts.then(now));
    db.execute(
        "UPDATE jobs SET payload = $1, due_at = $2, holder = NULL, leased_until = 0 WHERE id = $3",
        values![&payload.to_json()?, due, job.id],
    )?;
    Ok(())
}

/// Leaves a job that finds out whom a message notifies.
macro_rules! insert_notify {
    ($id:literal, $sender:literal, $payload:literal, $due:literal) => {
        concat!(
            "INSERT INTO jobs (id, kind, user_id, payload, due_at, error, holder, leased_until)
             SELECT ",
            $id,
            ", 'notify', ",
            $sender,
            ", ",
            $payload,
            ", ",
            $due,
            ", NULL, NULL, 0"
        )
    };
}
pub(in crate::store) use insert_notify;

/// Returns when a message notifies.
pub(in crate::store) fn notify_at(sent_at: Timestamp) -> Timestamp {
    Timestamp::from_millis(sent_at.as_millis().saturating_add(NOTIFY_DELAY_MS))
}

/// Returns the payload of the job that finds out whom a message notifies.
pub(in crate::store) fn notify_payload(message: MessageId) -> Result<String> {
    serde_json::to_string(&NotifyPayload { message }).map_err(StoreError::unavailable)
}

#[cfg(test)]
mod tests {
    use protocol::SessionId;

    use super::*;
    use crate::store::{
        Device, LinkRules, Logged, NewMessage, NewPushDevice, NewUser, SessionUser, push::PushTask,
    };

    /// A store with a user who has a browser.
    async fn store_with_browser() -> (tempfile::TempDir, Store, UserId, PushId) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let user = store.register(NewUser::test("ada")).await.unwrap().user;
        let begin = |db: &Db| crate::store::sessions::begin_session(db, user_id(db), &DEVICE);
        let id: SessionId = store.write(begin).await.unwrap();
        let session = SessionUser { id, user: user.clone() };
        let new = NewPushDevice {
            endpoint: "https://push.example/x".to_owned(),
            p256dh: vec![4; 65],
            auth: vec![1; 16],
        };
        let device = store.add_push_device(&session, new).await.unwrap();
        (folder, store, user.id, device)
    }

    const DEVICE: Device = Device { browser: None, address: None };

    fn user_id(db: &Db) -> UserId {
        db.one("SELECT id FROM users", &[], |row| row.get("id")).unwrap()
    }

    fn soon() -> Timestamp {
        Timestamp::from_millis(now().as_millis() + 100_000)
    }

    #[tokio::test]
    async fn a_message_leaves_a_job_once_there_is_a_browser() {
        let (_folder, store, user, _) = store_with_browser().await;
        let say = async |number: u128| {
            let new = NewMessage {
                id: MessageId(Uuid::from_u128(number)),
                room: "general".into(),
                sender: user,
                session: None,
                text: "a message".to_owned(),
                reply_to: None,
                thread: None,
                in_room: false,
                files: Vec::new(),
                previews: false,
                links: LinkRules::default(),
                reminder: false,
            };
            let (sender, outcome) = tokio::sync::oneshot::channel();
            store.append(new, move |logged| drop(sender.send(logged))).await.unwrap();
            assert!(matches!(outcome.await.unwrap(), Ok(Logged::New { .. })));
        };
        say(1).await;
        say(2).await;
        let due = store.next_push().await.unwrap().unwrap().as_millis() - now().as_millis();
        assert!((1..=NOTIFY_DELAY_MS).contains(&due), "{due}");
        let count = "SELECT count(*) AS jobs FROM jobs WHERE kind = 'notify'";
        let jobs = |db: &Db| db.one(count, &[], |row| row.get::<u64>("jobs"));
        assert_eq!(store.read(jobs).await.unwrap(), 2);

        // What is old is news to nobody.
        let long_ago = now().as_millis() - MAX_AGE_MS - 1_000;
        let age = move |db: &Db| db.execute("UPDATE jobs SET due_at = $1", values![long_ago]);
        store.write(age).await.unwrap();
        assert!(store.lease_pushes(Uuid::nil(), soon()).await.unwrap().is_empty());
        assert_eq!(store.read(jobs).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn the_newest_notifications_of_a_user_wait_and_a_job_is_ended_by_who_holds_it() {
        let (_folder, store, user, device) = store_with_browser().await;
        let id = |number: u64| MessageId(Uuid::from_u128(number.into()));
        store
            .write(move |db| {
                for number in 0..MAX_WAITING + 5 {
                    let payload = DevicePayload::new(device, Sent::Message(id(number)));
                    add_job(db, Kind::Push, user, &payload.to_json()?)?;
                }
                drop_oldest(db, user)
            })
            .await
            .unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let leased = store.lease_pushes(one, soon()).await.unwrap();
        assert_eq!(leased.len() as u64, LEASED_AT_ONCE);
        let PushTask::Send(task) = leased[0].task else { panic!("{leased:?}") };
        assert_eq!(task.what, Sent::Message(id(5)), "the first five were dropped");

        let stolen = PushJob { holder: other, ..leased[0].clone() };
        store.push_ended(stolen, task, PushOutcome::Dropped).await.unwrap();
        let count = "SELECT count(*) AS jobs FROM jobs";
        let jobs = |db: &Db| db.one(count, &[], |row| row.get::<u64>("jobs"));
        assert_eq!(store.read(jobs).await.unwrap(), MAX_WAITING);
        store.push_ended(leased[0].clone(), task, PushOutcome::Gone).await.unwrap();
        assert_eq!(store.read(jobs).await.unwrap(), MAX_WAITING - 1);
        assert!(store.push_content(task).await.unwrap().is_none(), "the browser has ended");
        assert!(store.push_targets(user).await.unwrap().is_empty());
    }
}
