//! A connection to PostgreSQL: statements, pipelining, snapshots, and the jobs of the writer.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::HashMap,
    ops::ControlFlow,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{TryStreamExt as _, future::join};
use tokio::{runtime::Runtime, sync::watch};
use tokio_postgres::{Client, Row, Statement};

use super::{
    super::{
        super::{Result, StoreError},
        value::Value,
    },
    error::{ends_connection, is_refused},
};

/// The time that a statement may take, including the wait for the writes of other nodes.
/// PostgreSQL gives up first (`statement_timeout`).
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(8);

/// Settings of every connection.
///
/// - `enable_seqscan`: statements are planned once, perhaps while their tables are still empty.
///   Every lookup has an index, which it must also use later.
/// - `jit`: without sequential scans, scans that have no index count as extremely expensive, and
///   PostgreSQL would spend tens of milliseconds to compile them.
/// - `idle_in_transaction_session_timeout`: a node that stops in the middle of a transaction
///   blocks the others for less than their own timeout.
/// - `synchronous_commit`: stricter choices, such as waiting for replicas, are kept.
const SETTINGS: &str = "SET enable_seqscan = off;
    SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit';
    SET statement_timeout = '6s'; SET idle_in_transaction_session_timeout = '3s';
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";
/// Settings for long work: migrations and copies.
const NO_TIMEOUTS: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// Begins a transaction of the writer. The advisory lock admits one at a time across all nodes,
/// and is released with the transaction. Read committed lets every statement after the lock see
/// what was committed while this one waited.
const BEGIN_JOBS: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT pg_advisory_xact_lock(4702394921427289928); SAVEPOINT job";
const NEXT_JOB: &str = "RELEASE SAVEPOINT job; SAVEPOINT job";
const UNDO_JOB: &str = "ROLLBACK TO SAVEPOINT job";
const COMMIT_JOBS: &str = "RELEASE SAVEPOINT job; COMMIT";
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Selects the id of the table `meta` that statements use; null if there is none.
///
/// Unlike `to_regclass`, it sees what another node has just created: that function asks a cache.
macro_rules! meta_table {
    () => {
        "(SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE relname = 'meta' AND relkind IN ('r', 'p')
              AND nspname = ANY (current_schemas(false))
          ORDER BY array_position(current_schemas(false), nspname) LIMIT 1)"
    };
}

/// Selects the id of the table `meta`.
pub(in crate::store) const META_TABLE: &str = meta_table!();

/// Returns whether the server is a read-only replica, and the branch of its data otherwise.
///
/// A branch is the server's id, its WAL timeline, and the id of the table `meta`. It changes with
/// another server, after a failover or a point-in-time recovery, and after a restore from a dump.
const BRANCH: &str = concat!(
    "SELECT pg_is_in_recovery() AS is_replica,
     CASE WHEN NOT pg_is_in_recovery() THEN concat_ws('/',
         (SELECT system_identifier FROM pg_control_system()),
         left(pg_walfile_name(pg_current_wal_lsn()), 8), ",
    meta_table!(),
    ") END AS branch"
);

const LOST: &str = "the connection is lost";
const NO_ANSWER: &str = "PostgreSQL does not answer";

/// A connection to PostgreSQL.
pub(in crate::store) struct PgConnection {
    client: Client,
    /// `None` only while the connection is dropped.
    runtime: Option<Runtime>,
    statements: RefCell<HashMap<String, Statement>>,
    /// Statements that are sent together with the next one, which saves a round trip.
    pipelined: Cell<&'static str>,
    is_broken: Cell<bool>,
    /// The time to wait for an answer; `None`: no limit.
    timeout: Cell<Option<Duration>>,
    /// Changes when another epoch begins than the one that the connection was opened in.
    epoch: OnceCell<watch::Receiver<Arc<str>>>,
}

impl PgConnection {
    /// Applies the settings to a new connection, which `runtime` drives.
    pub(super) fn start(client: Client, runtime: Runtime) -> Result<Self> {
        let connection = Self {
            client,
            runtime: Some(runtime),
            statements: RefCell::default(),
            pipelined: Cell::new(""),
            is_broken: Cell::new(false),
            timeout: Cell::new(Some(STATEMENT_TIMEOUT)),
            epoch: OnceCell::new(),
        };
        connection.batch(SETTINGS)?;
        Ok(connection)
    }

    /// Returns the branch of the data. `None`: the server does not let this user see it.
    ///
    /// # Errors
    /// Fails if the server is a replica. It takes no writes, and may be promoted unnoticed.
    pub(in crate::store) fn branch(&self) -> Result<Option<String>> {
        let (Some(runtime), false) = (&self.runtime, self.is_broken()) else {
            return Err(StoreError::unavailable(LOST));
        };
        let answered = runtime.block_on(async {
            tokio::time::timeout(STATEMENT_TIMEOUT, self.client.query_one(BRANCH, &[])).await
        });
        match answered {
            Ok(Ok(row)) if row.try_get("is_replica")? => {
                Err(StoreError::unavailable("it is a replica, which takes no writes"))
            }
            Ok(Ok(row)) => Ok(row.try_get("branch")?),
            Ok(Err(error)) if is_refused(&error) => Ok(None),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(StoreError::unavailable(NO_ANSWER)),
        }
    }

    /// Makes the connection count as broken once `epoch` changes.
    pub(in crate::store) fn bind_to_epoch(&self, epoch: watch::Receiver<Arc<str>>) {
        let _ = self.epoch.set(epoch); // called once
    }

    /// Lets statements take any time.
    pub(in crate::store) fn disable_timeouts(&self) -> Result<()> {
        self.timeout.set(None);
        self.batch(NO_TIMEOUTS)
    }

    /// Restores the usual limits after [`Self::disable_timeouts`].
    pub(in crate::store) fn enable_timeouts(&self) -> Result<()> {
        self.timeout.set(Some(STATEMENT_TIMEOUT));
        self.batch(SETTINGS)
    }

    /// Waits for an answer.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        let Some(runtime) = self.runtime.as_ref().filter(|_| !self.is_broken.get()) else {
            return Err(StoreError::unavailable(LOST));
        };
        let answered = runtime.block_on(async {
            match self.timeout.get() {
                Some(timeout) => tokio::time::timeout(timeout, answer).await,
                None => Ok(answer.await),
            }
        });
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if ends_connection(&error) {
                    self.is_broken.set(true);
                }
                Err(error.into())
            }
            Err(_) => {
                self.is_broken.set(true);
                Err(StoreError::unavailable(NO_ANSWER))
            }
        }
    }

    /// Sends the pipelined statements, if any, then waits for an answer.
    fn ask<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        match self.pipelined.take() {
            "" => self.wait(answer),
            // Both are sent before the first is answered. If the first fails, so does the second:
            // it is in no transaction that could be committed.
            pipelined => self.wait(async {
                let (first, answer) = join(self.client.batch_execute(pipelined), answer).await;
                first.and(answer)
            }),
        }
    }

    pub(in crate::store) fn batch(&self, sql: &str) -> Result<()> {
        self.ask(self.client.batch_execute(sql))
    }

    fn prepared(&self, sql: &str, params: &[Value<'_>]) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let types: Vec<_> = params.iter().map(Value::pg_type).collect();
        let statement = self.ask(self.client.prepare_typed(sql, &types))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(in crate::store) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepared(sql, params)?;
        self.ask(self.client.execute_raw(&statement, params.iter().copied()))
    }

    pub(in crate::store) fn row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        let statement = self.prepared(sql, params)?;
        self.ask(async {
            let mut rows = pin!(self.client.query_raw(&statement, params.iter().copied()).await?);
            let first = rows.try_next().await?;
            // The statement has succeeded only at the end of its rows. The stream must not be
            // polled past its end.
            while first.is_some() && rows.try_next().await?.is_some() {}
            Ok(first)
        })
    }

    pub(in crate::store) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let statement = self.prepared(sql, params)?;
        let mut rows = pin!(self.ask(self.client.query_raw(&statement, params.iter().copied()))?);
        while let Some(row) = self.wait(rows.try_next())? {
            if take(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns whether the connection is closed, as far as this is known without a round trip, or
    /// was opened in an earlier epoch.
    pub(in crate::store) fn is_broken(&self) -> bool {
        if self.epoch.get().is_some_and(|epoch| epoch.has_changed().unwrap_or_default()) {
            return true;
        }
        if let (Some(runtime), false) = (&self.runtime, self.is_broken.get()) {
            // Lets the runtime read what has arrived since, such as the end of the connection.
            runtime.block_on(async {
                for _ in 0..2 {
                    tokio::task::yield_now().await;
                }
            });
        }
        self.is_broken.get() || self.client.is_closed()
    }

    pub(in crate::store) fn begin_snapshot(&self) {
        self.pipelined.set(BEGIN_SNAPSHOT);
    }

    pub(in crate::store) fn end_snapshot(&self) -> Result<()> {
        // If nothing was read, no transaction has begun.
        if self.pipelined.take() == BEGIN_SNAPSHOT { Ok(()) } else { self.batch("COMMIT") }
    }

    pub(in crate::store) fn begin_jobs(&self) {
        self.pipelined.set(BEGIN_JOBS);
    }

    pub(in crate::store) fn end_job(&self, succeeded: bool) {
        // If the job ran no statement, the pipelined ones still wait for the next job.
        if self.pipelined.get().is_empty() {
            self.pipelined.set(if succeeded { NEXT_JOB } else { UNDO_JOB });
        }
    }

    pub(in crate::store) fn commit_jobs(&self) -> Result<()> {
        match self.pipelined.take() {
            BEGIN_JOBS => Ok(()), // no job ran a statement
            // In a failed transaction RELEASE is an error; COMMIT alone would silently roll back.
            NEXT_JOB => self.batch(COMMIT_JOBS),
            pipelined => {
                self.pipelined.set(pipelined);
                self.batch(COMMIT_JOBS)
            }
        }
    }
}

/// Shuts the runtime down without waiting: tokio forbids blocking on it in another runtime.
impl Drop for PgConnection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for PgConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PgConnection").finish_non_exhaustive()
    }
}
