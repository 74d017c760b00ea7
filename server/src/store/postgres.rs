//! PostgreSQL, spoken on blocking threads: each connection has a small runtime of its own, which runs while a statement
//! does. Thus the store has one shape for both engines, and a batch of writes stays on one thread.

mod address;

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::HashMap,
    error::Error as _,
    ops::ControlFlow,
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::BytesMut;
use futures_util::{
    FutureExt as _, TryStreamExt as _,
    future::{BoxFuture, join},
};
use rustls::ClientConfig;
use tokio::{runtime::Runtime, sync::watch};
use tokio_postgres::{
    Client, Config, NoTls, Row, Statement,
    config::Host,
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Fault, Result, StoreError, db::Db, db::Value, unavailable};
use crate::base::tls;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long nobody tries again after that has failed: whoever comes meanwhile is told so at once.
const CONNECT_PAUSE: Duration = Duration::from_millis(500);
/// How long a statement may take, the wait for other nodes' writes included. PostgreSQL gives up first.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);
/// When a silent connection is asked whether its other end lives.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
/// How often, and how many times.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVE_RETRIES: u32 = 3;

/// How each connection behaves. Statements are planned once, perhaps while their tables are still empty: each has an index
/// for what it looks up, which it is to use then, too. A node that stops in the middle of a transaction holds up the others for no longer than
/// they wait for their turn. Who chose to wait for replicas, too, keeps that choice.
const SESSION: &str =
    "SET enable_seqscan = off; SET statement_timeout = '6s'; SET idle_in_transaction_session_timeout = '3s';
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
/// For work that takes long: migrations, copies.
const PATIENT: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// The turn of a node's writes: one transaction at a time on all nodes. It ends with the transaction.
/// Each statement sees what was committed before it: the lock is waited for in the first.
const BEGIN_JOBS: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(4702394921427289928); SAVEPOINT job";
const NEXT_JOB: &str = "RELEASE SAVEPOINT job; SAVEPOINT job";
const UNDO_JOB: &str = "ROLLBACK TO SAVEPOINT job";
const COMMIT_JOBS: &str = "RELEASE SAVEPOINT job; COMMIT";
const BEGIN_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Whether it takes no writes; else where its data branched off: from another server's, from what was there before a replica
/// took over or an earlier state was put back, or from what was there before the table was put back from a dump.
const BRANCH: &str = "SELECT pg_is_in_recovery() AS is_replica, CASE WHEN NOT pg_is_in_recovery() THEN
    concat_ws('/', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
        to_regclass('meta')::oid) END AS branch";
/// The turn of a node that prepares the database.
pub(super) const LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(4702394921427289929)";
/// The same where nobody else has it; says whether it does.
pub(super) const TRY_LOCK_SCHEMA: &str =
    "SELECT pg_try_advisory_xact_lock(4702394921427289929) AS has_it";

/// The same for as long as the connection lasts.
pub(super) const KEEP_SCHEMA: &str = "SELECT pg_advisory_lock(4702394921427289929)";

/// Where the database is.
#[derive(Debug)]
pub(super) struct Server {
    config: Config,
    /// How TLS is spoken with it, if it is.
    tls: Option<ClientConfig>,
    /// Until when nobody tries again, and why.
    pause: Mutex<Option<(Instant, String)>>,
}

impl Server {
    /// At that `postgres://` address.
    ///
    /// # Errors
    /// It is none, or asks for TLS, and nobody's certificates are trusted.
    pub(super) fn new(url: &str) -> Result<Self> {
        let (mut config, with_tls) = address::read(url).map_err(|why| unavailable(&why))?;
        let tls = with_tls.then(tls::client).transpose().map_err(|why| unavailable(&why))?;
        if config.get_application_name().is_none() {
            config.application_name("banter");
        }
        config
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(ANSWER_TIMEOUT)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES);
        Ok(Self { config, tls, pause: Mutex::default() })
    }

    /// Connects. Right after that has failed it fails at once, so that not everybody waits for a server that is away.
    pub(super) fn open(&self) -> Result<Db> {
        let pause = |pause: Option<(Instant, String)>| {
            if let Ok(mut current) = self.pause.lock() {
                *current = pause;
            }
        };
        let paused = self.pause.lock().ok().and_then(|pause| pause.clone());
        if let Some((until, why)) = paused
            && Instant::now() < until
        {
            return Err(StoreError::Unavailable(why));
        }
        let opened = PgConnection::open(&self.config, self.tls.as_ref());
        pause(opened.as_ref().err().map(|error| (Instant::now() + CONNECT_PAUSE, error.cause())));
        opened.map(|connection| Db::Postgres(Box::new(connection)))
    }
}

/// A connection.
pub(super) struct PgConnection {
    client: Client,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    statements: RefCell<HashMap<String, Statement>>,
    /// What goes out together with the next statement, which saves its way there and back.
    ahead: Cell<&'static str>,
    is_broken: Cell<bool>,
    patience: Cell<Option<Duration>>,
    /// Told when another history begins than the one it leads to.
    history: OnceCell<watch::Receiver<Arc<str>>>,
}

impl PgConnection {
    fn open(config: &Config, tls: Option<&ClientConfig>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unavailable(&error))?;
        let all_hosts =
            CONNECT_TIMEOUT * u32::try_from(config.get_hosts().len().max(1)).unwrap_or(1);
        let connecting = async { tokio::time::timeout(all_hosts, connect(config, tls)).await };
        let (client, connection) = match runtime.block_on(connecting) {
            Ok(connected) => connected.map_err(|error| {
                let advice = advice(&error, tls.is_some())
                    .map(|advice| format!("; {advice}"))
                    .unwrap_or_default();
                unavailable(&format_args!(
                    "PostgreSQL at {}: {}{advice}",
                    addresses(config),
                    describe(&error)
                ))
            })?,
            Err(_) => {
                return Err(unavailable(&format_args!(
                    "PostgreSQL at {} does not answer",
                    addresses(config)
                )));
            }
        };
        runtime.spawn(connection);
        let connection = Self {
            client,
            runtime: Some(runtime),
            statements: RefCell::default(),
            ahead: Cell::new(""),
            is_broken: Cell::new(false),
            patience: Cell::new(Some(ANSWER_TIMEOUT)),
            history: OnceCell::new(),
        };
        connection.batch(SESSION)?;
        Ok(connection)
    }

    /// Where its data branched off, as a text that is another one then. None: the server does not tell everybody.
    ///
    /// # Errors
    /// It is a replica, at which nothing can be written. It may become more than that with nobody being told.
    pub(super) fn branch(&self) -> Result<Option<String>> {
        let (Some(runtime), false) = (&self.runtime, self.is_broken()) else {
            return Err(unavailable(&"the connection is lost"));
        };
        let asked = async {
            tokio::time::timeout(ANSWER_TIMEOUT, self.client.query_one(BRANCH, &[])).await
        };
        match runtime.block_on(asked) {
            Ok(Ok(row)) if row.try_get("is_replica")? => {
                Err(unavailable(&"it is a replica, which takes no writes"))
            }
            Ok(Ok(row)) => Ok(row.try_get("branch")?),
            Ok(Err(error)) if is_refused(&error) => Ok(None),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(unavailable(&"PostgreSQL does not answer")),
        }
    }

    /// It is of no use any more when another history begins.
    pub(super) fn belongs_to(&self, history: watch::Receiver<Arc<str>>) {
        let _ = self.history.set(history); // said once
    }

    /// Lets statements take as long as they take.
    pub(super) fn be_patient(&self) -> Result<()> {
        self.patience.set(None);
        self.batch(PATIENT)
    }

    /// The opposite.
    pub(super) fn be_quick(&self) -> Result<()> {
        self.patience.set(Some(ANSWER_TIMEOUT));
        self.batch(SESSION)
    }

    /// Waits for an answer.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        let Some(runtime) = self.runtime.as_ref().filter(|_| !self.is_broken.get()) else {
            return Err(unavailable(&"the connection is lost"));
        };
        let answered = runtime.block_on(async {
            match self.patience.get() {
                Some(patience) => tokio::time::timeout(patience, answer).await,
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
                Err(unavailable(&"PostgreSQL does not answer"))
            }
        }
    }

    /// Waits for an answer, after what is to go ahead.
    fn ask<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        match self.ahead.take() {
            "" => self.wait(answer),
            // Both are on their way before the first is answered. Where that fails, so does the other: it is in no
            // transaction that could be committed.
            ahead => self.wait(async {
                let (ahead, answer) = join(self.client.batch_execute(ahead), answer).await;
                ahead.and(answer)
            }),
        }
    }

    pub(super) fn batch(&self, sql: &str) -> Result<()> {
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

    pub(super) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepared(sql, params)?;
        self.ask(self.client.execute_raw(&statement, params.iter().copied()))
    }

    pub(super) fn row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        let statement = self.prepared(sql, params)?;
        self.ask(async {
            let mut rows = pin!(self.client.query_raw(&statement, params.iter().copied()).await?);
            let first = rows.try_next().await?;
            // Only at its end it has succeeded; past that nothing may be asked of it.
            while first.is_some() && rows.try_next().await?.is_some() {}
            Ok(first)
        })
    }

    pub(super) fn each(
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

    /// Whether it was cut, here or at the other end, as far as one can tell without asking, or leads to what is past.
    pub(super) fn is_broken(&self) -> bool {
        if self.history.get().is_some_and(|history| history.has_changed().unwrap_or_default()) {
            return true;
        }
        if let (Some(runtime), false) = (&self.runtime, self.is_broken.get()) {
            // The runtime looks for what has arrived since: the end of the line, perhaps.
            runtime.block_on(async {
                for _ in 0..2 {
                    tokio::task::yield_now().await;
                }
            });
        }
        self.is_broken.get() || self.client.is_closed()
    }

    pub(super) fn begin_moment(&self) {
        self.ahead.set(BEGIN_MOMENT);
    }

    pub(super) fn end_moment(&self) -> Result<()> {
        // Where nothing was read, nothing has begun.
        if self.ahead.take() == BEGIN_MOMENT { Ok(()) } else { self.batch("COMMIT") }
    }

    pub(super) fn begin_jobs(&self) {
        self.ahead.set(BEGIN_JOBS);
    }

    pub(super) fn end_job(&self, succeeded: bool) {
        // Where the job ran no statement, the next one begins where it did.
        if self.ahead.get().is_empty() {
            self.ahead.set(if succeeded { NEXT_JOB } else { UNDO_JOB });
        }
    }

    pub(super) fn commit_jobs(&self) -> Result<()> {
        match self.ahead.take() {
            BEGIN_JOBS => Ok(()), // no job ran a statement
            // In a transaction that failed RELEASE is an error, while COMMIT alone would quietly roll it back.
            NEXT_JOB => self.batch(COMMIT_JOBS),
            ahead => {
                self.ahead.set(ahead);
                self.batch(COMMIT_JOBS)
            }
        }
    }
}

/// A runtime must not wait for its end on a thread of another one.
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

/// Connects, over TLS where that is given; gives with it what has to run for as long as it is spoken with.
async fn connect(
    config: &Config,
    tls: Option<&ClientConfig>,
) -> Result<(Client, BoxFuture<'static, Result<(), tokio_postgres::Error>>), tokio_postgres::Error>
{
    Ok(match tls {
        Some(tls) => {
            let (client, connection) = config.connect(MakeRustlsConnect::new(tls.clone())).await?;
            (client, connection.boxed())
        }
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            (client, connection.boxed())
        }
    })
}

/// What to do about a connection that did not come about, as far as one can tell.
fn advice(error: &tokio_postgres::Error, with_tls: bool) -> Option<&'static str> {
    if with_tls {
        let offers_none =
            error.source().is_some_and(|cause| cause.to_string() == "server does not support TLS");
        return if offers_none {
            Some("switch it on there (ssl = on), or leave sslmode out of the address")
        } else {
            tls::advice(error)
        };
    }
    // PostgreSQL's pg_hba.conf and services word it each in their own way.
    let refused = error
        .as_db_error()
        .filter(|error| *error.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION)?;
    let of_tls = ["encryption", "SSL"].iter().any(|word| refused.message().contains(word));
    of_tls
        .then_some("where it takes encrypted connections only, add ?sslmode=require to the address")
}

/// Where the server is, without name and password.
fn addresses(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |nth: usize| ports.get(nth).or(ports.first()).copied().unwrap_or(5432);
    let hosts = config.get_hosts().iter().enumerate().map(|(nth, host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(nth)),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    });
    hosts.collect::<Vec<_>>().join(", ")
}

fn ends_connection(error: &tokio_postgres::Error) -> bool {
    // Classes 08 and 57P: the connection, and the server's end. 0A000: a newer Banter changed a table under a statement that
    // was prepared before.
    let ends = |code: &str| code.starts_with("08") || code.starts_with("57P") || code == "0A000";
    error.code().is_none_or(|code| ends(code.code()))
}

/// Whether the server has no such function, or not for everybody.
fn is_refused(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("42") || code.code() == "0A000")
}

/// Without what PostgreSQL adds as details, which may hold what people wrote.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(code) = error.code().map(|code| code.code()) else {
            return Self::Unavailable(describe(&error));
        };
        match code.get(..2) {
            // Connection, wrong password, wrong state (a replica), conflicts, a lack of means, an operator, the system.
            Some("08" | "0A" | "28" | "25" | "3D" | "40" | "53" | "55" | "57" | "58") => {
                Self::Unavailable(describe(&error))
            }
            _ => Self::Failed(Fault::Postgres(describe(&error))),
        }
    }
}

impl Value<'_> {
    fn pg_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN, // PostgreSQL finds out
            Self::Int(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) | Self::Id(_) => Type::BYTEA,
        }
    }
}

type Problem = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Problem> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => {
                out.extend_from_slice(&i32::try_from(*number)?.to_be_bytes())
            }
            Self::Int(number) => out.extend_from_slice(&number.to_be_bytes()),
            // PostgreSQL takes no NUL. What is kept holds none, but somebody may ask for a name with one, which nobody has:
            // what stands for it, here as in copies, is in no such name either.
            Self::Text(text) => out.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes()),
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Id(id) => out.extend_from_slice(id.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Problem> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::BOOL | Type::TEXT | Type::VARCHAR | Type::BYTEA
        )
    }
}
