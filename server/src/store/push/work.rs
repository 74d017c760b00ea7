//! The jobs of notifications: leases, and how each ends.

use std::sync::Arc;

use protocol::{MessageId, PushId, Timestamp, UserId};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    DevicePayload, DeviceTask, KINDS, Kind, NotifyPayload, PushJob, PushTask, Sent,
    audience::subject,
    close::add_job,
    devices::host_of,
    shown::{Noted, note_refused, shown},
};
use crate::store::{
    OnCommit, Result, Store, StoreError,
    jobs::end_job,
    now,
    sql::{Db, Row, values},
};

/// The time between a message and its notifications, in which the user may read it.
const NOTIFY_DELAY_MS: i64 = 3_000;
/// The most jobs of a kind that a node leases at once.
const LEASED_AT_ONCE: u64 = 64;
/// The most notifications of a user that wait. Older ones are dropped.
const MAX_WAITING: u64 = 1_000;
/// The age from which what was not sent is old news: the data were restored from a backup, or the
/// server or the push service did not run.
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

/// How the attempt to send something ended, for its job.
#[derive(Clone, Debug)]
pub struct PushEnd {
    /// The job.
    pub job: PushJob,
    /// What was to be sent.
    pub task: DeviceTask,
    /// How the attempt ended.
    pub outcome: PushOutcome,
    /// What was noted before, if the push service has refused it: the browser does not show it.
    pub refused: Option<Noted>,
}

/// Whom a message notifies.
#[derive(Clone, Debug)]
pub struct Notified {
    /// The job that was to find out.
    pub job: PushJob,
    /// The message.
    pub message: MessageId,
    /// Those whom it notifies.
    pub users: Vec<UserId>,
    /// Those who look at the room. They are asked about again, since their pages may be lost.
    pub looking: Vec<UserId>,
}

/// Jobs that this node has leased.
#[derive(Debug)]
pub struct Leased {
    /// The jobs, in the order in which they are to be done.
    pub jobs: Vec<PushJob>,
    /// More may be due.
    pub is_full: bool,
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
    /// `pushes` says whether messages that wait for browsers are among them.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn lease_pushes(
        &self,
        holder: Uuid,
        until: Timestamp,
        pushes: bool,
    ) -> Result<Leased> {
        self.write(move |db| {
            let mut leased = Leased { jobs: Vec::new(), is_full: false };
            for kind in KINDS {
                if pushes || kind != Kind::Push {
                    lease(db, kind, (holder, until), &mut leased)?;
                }
            }
            Ok(leased)
        })
        .await
    }

    /// Ends jobs that were to find out whom messages notify: leaves a job for each browser of these
    /// users, in the order of the messages. Those who look at the room are asked about `again`
    /// later. Does nothing for a job whose lease was lost.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn notify_users(&self, notified: Vec<Notified>, again: Timestamp) -> Result<()> {
        self.write(move |db| {
            for notified in notified {
                notify(db, notified, again)?;
            }
            Ok(())
        })
        .await
    }

    /// Notes how attempts to send something ended. Does nothing for a job whose lease was lost.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn pushes_ended(&self, ends: Vec<PushEnd>) -> Result<()> {
        self.write(move |db| ends.into_iter().try_for_each(|end| push_ended(db, &end))).await
    }

    /// Notes that a push service has ended the subscription of a browser.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn push_device_ended(&self, device: PushId) -> Result<()> {
        self.write(move |db| end_device(db, device)).await
    }
}

fn lease(
    db: &Db,
    kind: Kind,
    (holder, until): (Uuid, Timestamp),
    leased: &mut Leased,
) -> Result<()> {
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
    leased.is_full |= rows.len() as u64 == LEASED_AT_ONCE;
    rows.sort();
    if kind == Kind::Push {
        // Those that waited for a browser were due later than newer ones. Ids have the order of the
        // messages.
        rows.sort_by_key(|(_, id, _)| *id);
    }
    for (due, id, payload) in rows {
        let task = match kind {
            Kind::Notify if is_old(due) => None,
            Kind::Notify => PushTask::read_notify(&payload),
            Kind::Push | Kind::Close => device_task(db, due, &payload)?.map(PushTask::Send),
        };
        match task {
            Some(task) => leased.jobs.push(PushJob { id, holder, until, task }),
            None => end_job(db, id)?,
        }
    }
    Ok(())
}

/// Reads what is to be sent to a browser. `None` if it is too old, if there is no such browser any
/// more, or if this version cannot.
fn device_task(db: &Db, due: Timestamp, payload: &str) -> Result<Option<DeviceTask>> {
    let Ok(payload) = serde_json::from_str::<DevicePayload>(payload) else { return Ok(None) };
    let since = payload.since.unwrap_or(due);
    let Some(what) = payload.what().filter(|_| !is_old(since.min(due))) else { return Ok(None) };
    let DevicePayload { device, tries, .. } = payload;
    let select = "SELECT user_id, endpoint FROM push_devices WHERE id = $1 AND ended_at IS NULL";
    db.row(select, values![device], |row| {
        let service = host_of(&row.get::<String>("endpoint")?).into();
        Ok(DeviceTask { device, user: row.get("user_id")?, service, what, tries, since })
    })
}

fn is_old(time: Timestamp) -> bool {
    now().as_millis() - time.as_millis() > MAX_AGE_MS
}

fn notify(db: &Db, notified: Notified, again: Timestamp) -> Result<()> {
    let Notified { job, message, users, looking } = notified;
    if !is_held(db, &job)? {
        return Ok(());
    }
    // Who still looks when they are asked about is told nothing.
    let is_second = matches!(job.task, PushTask::Notify(_, Some(_)));
    let late = if is_second { subject(db, message)? } else { None };
    let select = "SELECT id FROM push_devices WHERE user_id = $1 AND ended_at IS NULL";
    for user in users {
        for device in db.rows(select, values![user], |row| row.get::<PushId>("id"))? {
            // A browser that shows something newer would show nothing else.
            if let Some(late) = &late
                && shown(db, device, late.tag())?.is_some_and(|newest| newest > late.seq)
            {
                continue;
            }
            let payload = DevicePayload::new(device, Sent::Message(message)).to_json()?;
            add_job(db, Kind::Push, user, &payload)?;
        }
        drop_oldest(db, user)?;
    }
    if looking.is_empty() || is_second {
        return end_job(db, job.id);
    }
    let payload = NotifyPayload { message, only: Some(looking) };
    let payload = serde_json::to_string(&payload).map_err(StoreError::unavailable)?;
    put_back(db, &job, &payload, again)
}

fn push_ended(db: &Db, end: &PushEnd) -> Result<()> {
    let PushEnd { job, task, outcome, refused } = end;
    if !is_held(db, job)? {
        return Ok(());
    }
    if let Some(noted) = refused {
        note_refused(db, task.device, *noted)?;
    }
    match *outcome {
        PushOutcome::Taken => {
            let update = "UPDATE push_devices SET pushed_at = $1 WHERE id = $2";
            db.execute(update, values![now(), task.device])?;
        }
        PushOutcome::Dropped => {}
        PushOutcome::Gone => end_device(db, task.device)?,
        PushOutcome::Later(due, counts) => {
            let mut payload = DevicePayload::new(task.device, task.what);
            payload.tries = task.tries + u32::from(counts);
            payload.since = Some(task.since);
            return put_back(db, job, &payload.to_json()?, due);
        }
    }
    end_job(db, job.id)
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

fn end_device(db: &Db, device: PushId) -> Result<()> {
    db.execute(
        "UPDATE push_devices SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
        values![now(), device],
    )?;
    db.execute("DELETE FROM pushed WHERE device_id = $1", values![device])?;
    Ok(())
}

/// Lets go of a job: it is due at a time.
fn put_back(db: &Db, job: &PushJob, payload: &str, due: Timestamp) -> Result<()> {
    db.execute(
        "UPDATE jobs SET payload = $1, due_at = $2, holder = NULL, leased_until = 0 WHERE id = $3",
        values![payload, due, job.id],
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
    serde_json::to_string(&NotifyPayload { message, only: None }).map_err(StoreError::unavailable)
}

#[cfg(test)]
mod tests;
