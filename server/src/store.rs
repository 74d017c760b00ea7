//! All that lasts: accounts, rooms and the rooms' logs, in one SQLite file or in PostgreSQL.
//!
//! One thread writes and gathers what waits into one transaction (`store/writer.rs`); reads run beside it on a few
//! connections of their own. What a write's future has answered is on durable storage (WAL, `synchronous = FULL`;
//! `synchronous_commit = on`). `store/db.rs` makes one of the two engines.

mod accounts;
pub mod backup;
mod changes;
mod copy;
mod db;
mod history;
mod log;
mod migrations;
mod nodes;
mod postgres;
mod reading;
mod rooms;
mod turns;
mod writer;

use std::{fs::File, path::Path, path::PathBuf, sync::Arc, sync::Mutex, time::Duration};

use protocol::UserId;
use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};

pub(crate) use crate::base::clock::now;
pub use accounts::{Credentials, INVITE_REFUSED, NewUser, SessionUser, StoredInvite};
pub use changes::{Change, NewChange};
pub(crate) use copy::back_up;
pub use copy::{CopiedTable, CopyError, copy};
use db::{Db, values};
use history::History;
pub use log::{Logged, NewMessage, Page, Snapshot};
pub use migrations::migrate;
use postgres::Server;
pub use rooms::{NewStoredRoom, RoomAccess};
use turns::Turns;
pub use turns::{OwnTurn, Turn};
use writer::Writer;

/// The database, in the data folder.
pub(crate) const DATABASE_FILE: &str = "banter.sqlite3";
/// What `meta` says of a copy until it is opened.
pub(crate) const IS_BACKUP: &str = "is_backup";

/// Read connections, and thus reads at the same time.
const READERS: usize = 4;
/// How long SQLite waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a read or a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such room, message or person, or not for the one who asks.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A unique name or id is taken.
    #[error("the {0} is taken")]
    Taken(&'static str),
    /// The asking person may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The asking person's session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The store does not answer: the disk is full or away, the server stops.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("the store failed")]
    Failed(#[source] Fault),
}

impl StoreError {
    /// The reason alone, for one who has said already that the store is away or failed.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Unavailable(why) => why.clone(),
            Self::Failed(fault) => fault.to_string(),
            other => other.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Sqlite;
        // Where the disk or a lock is to blame, trying later may help.
        match error.sqlite_error_code() {
            Some(
                Sqlite::DatabaseBusy
                | Sqlite::DatabaseLocked
                | Sqlite::DiskFull
                | Sqlite::SystemIoFailure
                | Sqlite::CannotOpen,
            ) => unavailable(&error),
            _ => Self::Failed(Fault::Sqlite(error)),
        }
    }
}

/// What is wrong with a statement of ours, or with what it met.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite refuses it.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    /// PostgreSQL refuses it.
    #[error("{0}")]
    Postgres(String),
    /// A row lacks that column, or it holds something else.
    #[error("the column {0} is missing or of another kind")]
    Column(String),
    /// A row that must be there is not.
    #[error("a row is missing")]
    Missing,
    /// The work panicked.
    #[error("the work panicked")]
    Panicked,
}

/// What the store gives, or why not.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Where all that lasts is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// In SQLite, in that data folder.
    Folder(PathBuf),
    /// In PostgreSQL, at that address.
    Postgres(String),
}

/// Without the address, which holds a password.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url
            .strip_prefix("sqlite:")
            .map(|path| Path::new(path.strip_prefix("//").unwrap_or(path)))
        {
            Some(path) if path.file_name().is_some_and(|name| name == DATABASE_FILE) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                Ok(Self::Folder(folder.unwrap_or(Path::new(".")).to_owned()))
            }
            Some(path) if !path.as_os_str().is_empty() => Ok(Self::Folder(path.to_owned())),
            _ => Err("must be postgres://… or sqlite:FOLDER"),
        }
    }
}

/// How new connections are made.
#[derive(Debug)]
enum Engine {
    Sqlite(PathBuf),
    Postgres(Box<Server>, Arc<History>),
}

impl Engine {
    fn open(&self) -> Result<Db> {
        match self {
            Self::Sqlite(path) => Ok(Db::Sqlite(connect(path)?)),
            Self::Postgres(server, history) => {
                let mut epochs = history.epochs();
                let db = server.open()?;
                history.check(&db, &mut epochs)?;
                db.belongs_to(epochs);
                Ok(db)
            }
        }
    }
}

/// The handle to all that lasts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    /// Turns of those who catch up: they are never all of the readers.
    turns: Arc<Turns>,
    history: Arc<History>,
    /// Held as long as the store is open: two servers on one folder would hide each other's messages.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Opens the store in `folder`, making and migrating what is missing.
    ///
    /// # Errors
    /// The folder cannot be used, another server holds it, or the file is of a newer version.
    pub fn open(folder: &Path) -> Result<Self> {
        let lock = lock_folder(folder)?;
        let path = make_file(folder)?;
        let connection = connect(&path)?;
        // The one that writes has more pages at hand, and carries them over to the file less often.
        connection
            .execute_batch("PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;")?;
        Self::start(Db::Sqlite(connection), |_| Engine::Sqlite(path), Some(lock))
    }

    /// Opens the store in a PostgreSQL database at a `postgres://` address, making and migrating what is missing. Many
    /// nodes may do so at once, and share it.
    ///
    /// # Errors
    /// The database is away, or of a newer version.
    pub fn connect(url: &str) -> Result<Self> {
        let server = Server::new(url)?;
        aside(move || {
            let db = server.open()?;
            Self::start(db, |history| Engine::Postgres(Box::new(server), history), None)
        })
    }

    fn start(
        db: Db,
        engine: impl FnOnce(Arc<History>) -> Engine,
        lock: Option<File>,
    ) -> Result<Self> {
        migrations::prepare(&db)?;
        let history = Arc::new(History::of(&db)?);
        db.belongs_to(history.epochs());
        let engine = Arc::new(engine(Arc::clone(&history)));
        Ok(Self {
            writer: Arc::new(Writer::start(db, Arc::clone(&engine))?),
            readers: Arc::new(Readers::new(engine)),
            turns: Arc::new(Turns::new(READERS / 2)),
            history,
            _lock: lock.map(Arc::new),
        })
    }

    /// The key that signs tokens, as all nodes share it: `new` becomes it where there is none yet.
    ///
    /// # Errors
    /// The store is away.
    pub fn signing_key(&self, new: String) -> Result<String> {
        let readers = Arc::clone(&self.readers);
        aside(move || {
            let db = readers.take()?;
            let params = values!["signing_key", &new];
            db.execute(
                "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                params,
            )?;
            let key = db.one("SELECT value FROM meta WHERE key = 'signing_key'", &[], |row| {
                row.get("value")
            })?;
            readers.give_back(db);
            Ok(key)
        })
    }

    /// Notes with which key tokens are signed, by its digest. Says whether that was another one when a node last started.
    ///
    /// # Errors
    /// The store is away.
    pub fn note_signing_key(&self, digest: String) -> Result<bool> {
        let readers = Arc::clone(&self.readers);
        aside(move || {
            let db = readers.take()?;
            let is_another = migrations::in_turn(&db, || {
                let noted = "SELECT value FROM meta WHERE key = 'signing_key_digest'";
                let before: Option<String> = db.row(noted, &[], |row| row.get("value"))?;
                db.execute(
                    "INSERT INTO meta (key, value) VALUES ('signing_key_digest', $1)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    values![&digest],
                )?;
                Ok::<_, StoreError>(before.is_some_and(|before| before != digest))
            })?;
            readers.give_back(db);
            Ok(is_another)
        })
    }

    /// Whether it is on another machine, so that the answer to a commit may be lost on its way.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(*self.readers.engine, Engine::Postgres(..))
    }

    /// Names the history that `seq`s count in. It changes when a backup is restored, or a replica takes over.
    #[must_use]
    pub fn epoch(&self) -> String {
        self.history.epoch().to_string()
    }

    /// Its epoch, and each that follows while this process lives.
    #[must_use]
    pub fn epochs(&self) -> watch::Receiver<Arc<str>> {
        self.history.epochs()
    }

    /// Looks whether another history has begun: another node found out, or the tables were put back under an open connection.
    ///
    /// # Errors
    /// The store is away.
    pub async fn look_at_history(&self) -> Result<()> {
        let mut before = self.history.epochs();
        let found = self.read(history::find).await?;
        self.history.settle(found, &mut before)
    }

    /// The logs are shorter than they were: the history of that epoch is over, and another one begins, unless it has already.
    ///
    /// # Errors
    /// The store is away.
    pub async fn end_history(&self, epoch: String) -> Result<()> {
        let mut before = self.history.epochs();
        let found = self.write(move |db| history::end(db, &epoch)).await?;
        self.history.settle(found, &mut before)
    }

    /// From now on `tell` is called when another history begins, before anything of it is read here. It must be quick.
    pub fn tell_of_another_history(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.history.tell(tell);
    }

    /// Whether the store reads and writes. It is written to only where the last commit failed.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        self.read(|db| db.one("SELECT value FROM meta WHERE key = 'epoch'", &[], |_| Ok(())))
            .await?;
        if self.writer.is_healthy() {
            return Ok(());
        }
        self.write(|db| {
            db.execute(
                "INSERT INTO meta (key, value) VALUES ('checked_at', $1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                values![&now().to_string()],
            )?;
            Ok(())
        })
        .await
    }

    /// Commits what waits and closes the connections. Later writes fail.
    pub async fn close(&self) {
        let (writer, readers) = (Arc::clone(&self.writer), Arc::clone(&self.readers));
        let close = move || {
            writer.stop();
            readers.close();
        };
        // It fails only where the runtime is going down, and then there is nobody to tell.
        let _ = tokio::task::spawn_blocking(close).await;
    }

    /// Waits for a person's turn among those who catch up. It is not to be held while something is written: others wait.
    ///
    /// # Errors
    /// The store is closed.
    pub async fn turn_to_recover(&self, user: UserId) -> Result<Turn> {
        self.turns.take(user).await.map_err(|error| unavailable(&error))
    }

    /// Waits until what the same person asked of this kind before is done: reads of which one person may want a thousand at
    /// once, and others one now and then.
    ///
    /// # Errors
    /// The store is closed.
    pub async fn own_turn(&self, user: UserId) -> Result<OwnTurn> {
        self.turns.take_own(user).await.map_err(|error| unavailable(&error))
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(&self.readers);
        let permit =
            readers.permits.clone().acquire_owned().await.map_err(|error| unavailable(&error))?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let db = readers.take()?;
            let result = work(&db);
            readers.give_back(db);
            result
        });
        task.await.map_err(|_| StoreError::Failed(Fault::Panicked))?
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(work).await
    }
}

#[derive(Debug)]
struct Readers {
    engine: Arc<Engine>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Db>>,
}

impl Readers {
    fn new(engine: Arc<Engine>) -> Self {
        Self { engine, permits: Arc::new(Semaphore::new(READERS)), idle: Mutex::default() }
    }

    fn take(&self) -> Result<Db> {
        let idle = || self.idle.lock().ok().and_then(|mut idle| idle.pop());
        while let Some(db) = idle() {
            if !db.is_broken() {
                return Ok(db);
            }
        }
        self.engine.open()
    }

    fn give_back(&self, db: Db) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(db);
        }
    }

    fn close(&self) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.clear();
        }
    }
}

/// Does blocking work on a thread of its own, where the one that asks may be one of the runtime's.
fn aside<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        scope.spawn(work).join().unwrap_or(Err(StoreError::Failed(Fault::Panicked)))
    })
}

fn unavailable(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn lock_folder(folder: &Path) -> Result<File> {
    let describe =
        |error: &dyn std::fmt::Display| unavailable(&format_args!("{}: {error}", folder.display()));
    create_folder(folder).map_err(|error| describe(&error))?;
    let file = File::create(folder.join("lock")).map_err(|error| describe(&error))?;
    file.try_lock().map_err(|_| describe(&"another Banter uses this data folder"))?;
    Ok(file)
}

/// Nobody but the server's own user is to read what lies in the folder.
pub(crate) fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The database's file in that folder.
fn make_file(folder: &Path) -> Result<PathBuf> {
    let path = folder.join(DATABASE_FILE);
    create_file(&path)
        .map_err(|error| unavailable(&format_args!("{}: {error}", path.display())))?;
    Ok(path)
}

/// The same for the file itself, where the folder was there before. SQLite gives its other files the same mode.
pub(crate) fn create_file(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048;",
    )?;
    Ok(connection)
}
