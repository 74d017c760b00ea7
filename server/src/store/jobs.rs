//! Work for later (table `jobs`): each piece is done once, over all nodes and restarts.
//!
//! The node that does it holds a lease, so that no other node tries at the same time. What makes it
//! happen once is that its effect and the end of the job are one transaction: a lease that ends too
//! early does no harm, nor does a process that is killed.

use protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::{
    Result, Store, StoreError, now,
    sql::{Column, Db, Row, Value, values},
};

/// The most jobs that a node leases at once.
const LEASED_AT_ONCE: u64 = 20;
/// The jobs that are looked at for the next one that is due. More are hardly ever leased at once.
const LOOKED_AT: u64 = 100;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Sends a message of its user.
    Later,
    /// Sends a message of its user that is a reminder.
    Remind,
}

/// A job that this node has leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job.
    pub id: Uuid,
    /// What it does.
    pub kind: JobKind,
    /// The user for whom.
    pub user: UserId,
    /// What is to be done, as JSON.
    pub(super) payload: String,
    /// Who holds the lease.
    pub(super) holder: Uuid,
}

impl JobKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Remind => "remind",
        }
    }
}

impl Column for JobKind {
    fn read(value: Value<'_>) -> Option<Self> {
        let kinds = [Self::Later, Self::Remind];
        kinds.into_iter().find(|kind| value == Value::Text(kind.as_str()))
    }
}

impl Store {
    /// Returns the time at which the next job is due that nobody holds.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn next_job(&self) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let select = "SELECT due_at, leased_until FROM jobs
                 WHERE error IS NULL AND kind IN ('later', 'remind') AND user_id IS NOT NULL
                 ORDER BY due_at LIMIT $1";
            let read = |row: &Row<'_>| {
                let (due, free): (Timestamp, Timestamp) =
                    (row.get("due_at")?, row.get("leased_until")?);
                Ok(due.max(free))
            };
            Ok(db.rows(select, values![LOOKED_AT], read)?.into_iter().min())
        })
        .await
    }

    /// Leases jobs that are due, until a time. The earliest is first. Kinds of a later version are
    /// left to nodes that know them.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn lease_jobs(&self, holder: Uuid, until: Timestamp) -> Result<Vec<LeasedJob>> {
        self.write(move |db| {
            let mut jobs = db.rows(
                "UPDATE jobs SET holder = $1, leased_until = $2
                 WHERE leased_until <= $3 AND id IN (
                     SELECT id FROM jobs
                     WHERE error IS NULL AND due_at <= $3 AND leased_until <= $3
                         AND kind IN ('later', 'remind') AND user_id IS NOT NULL
                     ORDER BY due_at LIMIT $4)
                 RETURNING id, kind, user_id, payload, due_at",
                values![holder, until, now(), LEASED_AT_ONCE],
                |row| {
                    let due: Timestamp = row.get("due_at")?;
                    let job = LeasedJob {
                        id: row.get("id")?,
                        kind: row.get("kind")?,
                        user: row.get("user_id")?,
                        payload: row.get("payload")?,
                        holder,
                    };
                    Ok((due, job))
                },
            )?;
            jobs.sort_by_key(|(due, job)| (*due, job.id));
            Ok(jobs.into_iter().map(|(_, job)| job).collect())
        })
        .await
    }
}

/// Checks that a job is still held, and the same as when it was leased.
///
/// # Errors
/// Returns [`StoreError::NotFound`] if it was changed or ended, or if the lease is another's.
pub(super) fn check_held(db: &Db, job: &LeasedJob) -> Result<()> {
    let select = "SELECT payload FROM jobs
         WHERE id = $1 AND holder = $2 AND error IS NULL AND due_at <= $3";
    let read = |row: &Row<'_>| row.get::<String>("payload");
    let payload = db.row(select, values![job.id, job.holder, now()], read)?;
    if payload.as_ref() == Some(&job.payload) { Ok(()) } else { Err(StoreError::NotFound("job")) }
}

/// Removes a job: it is done, or given up.
pub(super) fn end_job(db: &Db, id: Uuid) -> Result<()> {
    db.execute("DELETE FROM jobs WHERE id = $1", values![id])?;
    Ok(())
}
