//! All that lasts: accounts, rooms and the rooms' logs, in one SQLite file.
//!
//! One thread writes and gathers what waits into one transaction (`store/writer.rs`); reads run beside it on a few
//! connections of their own. What a write's future has answered is on durable storage (WAL, `synchronous = FULL`).

mod accounts;
mod changes;
mod log;
mod nodes;
mod reading;
mod rooms;
mod writer;

use std::{fs::File, path::Path, path::PathBuf, sync::Arc, sync::Mutex, time::Duration};

use protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use accounts::{Credentials, INVITE_REFUSED, NewUser, SessionUser, StoredInvite};
pub use changes::{Change, NewChange};
pub use log::{Logged, NewMessage, Page, Snapshot};
pub use rooms::{NewStoredRoom, RoomAccess};
use writer::Writer;

/// The database, in the data folder.
pub(crate) const DATABASE_FILE: &str = "banter.sqlite3";
/// What `meta` says of a copy until it is opened.
pub(crate) const IS_BACKUP: &str = "is_backup";

/// Read connections, and thus reads at the same time.
const READERS: usize = 4;
/// How long SQLite waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The schema's steps, each applied once; `user_version` counts them.
const MIGRATIONS: &[&str] = &[
    include_str!("store/migrations/1-chat.sql"),
    include_str!("store/migrations/2-bans.sql"),
    include_str!("store/migrations/3-changes.sql"),
];

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
    /// The store does not answer: the disk is full or away, the server stops.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("the store failed")]
    Failed(#[from] rusqlite::Error),
}

/// What the store gives, or why not.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The handle to all that lasts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    /// Turns of those who catch up: they are never all of the readers, so that others are served while everybody comes
    /// back at once.
    recoveries: Arc<Semaphore>,
    epoch: Arc<str>,
    /// Held as long as the store is open: two servers on one folder would hide each other's messages.
    _lock: Arc<File>,
}

impl Store {
    /// Opens the store in `folder`, making and migrating what is missing.
    ///
    /// # Errors
    /// The folder cannot be used, another server holds it, or the file is of a newer version.
    pub fn open(folder: &Path) -> Result<Self> {
        let lock = lock_folder(folder)?;
        let path = folder.join(DATABASE_FILE);
        create_file(&path).map_err(|error| unavailable(&format_args!("{}: {error}", path.display())))?;
        let mut connection = connect(&path)?;
        // The one that writes has more pages at hand, and carries them over to the file less often.
        connection
            .execute_batch("PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;")?;
        migrate(&mut connection)?;
        let epoch: String = connection.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0))?;
        Ok(Self {
            writer: Arc::new(Writer::start(connection)?),
            readers: Arc::new(Readers::new(path)),
            recoveries: Arc::new(Semaphore::new(READERS / 2)),
            epoch: epoch.into(),
            _lock: Arc::new(lock),
        })
    }

    /// Names the history that `seq`s count in; it changes when a backup is restored.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether the store reads and writes. It is written to only where the last commit failed.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        self.read(|db| Ok(db.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |_| Ok(()))?)).await?;
        if self.writer.is_healthy() {
            return Ok(());
        }
        self.write(|db| {
            db.execute("INSERT OR REPLACE INTO meta VALUES ('checked_at', ?)", [now().to_string()])?;
            Ok(())
        })
        .await
    }

    /// Commits what waits and closes the file. Later writes fail.
    pub async fn close(&self) {
        let writer = Arc::clone(&self.writer);
        // It fails only where the runtime is going down, and then there is nobody to tell.
        let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
    }

    async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let readers = Arc::clone(&self.readers);
        let permit = readers.permits.clone().acquire_owned().await.map_err(|error| unavailable(&error))?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = readers.take()?;
            let result = work(&connection);
            readers.give_back(connection);
            result
        });
        task.await.map_err(|_| StoreError::Failed(rusqlite::Error::UnwindingPanic))?
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(work).await
    }
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn new(path: PathBuf) -> Self {
        Self { path, permits: Arc::new(Semaphore::new(READERS)), idle: Mutex::default() }
    }

    fn take(&self) -> Result<Connection> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        idle.map_or_else(|| connect(&self.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(connection);
        }
    }
}

fn unavailable(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn lock_folder(folder: &Path) -> Result<File> {
    let describe = |error: &dyn std::fmt::Display| unavailable(&format_args!("{}: {error}", folder.display()));
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

fn migrate(connection: &mut Connection) -> Result<()> {
    let done: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if done > MIGRATIONS.len() {
        return Err(unavailable(&"its file was made by a newer Banter"));
    }
    for (number, step) in MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number + 1)?;
        transaction.commit()?;
    }
    found(connection)
}

/// Gives a fresh installation its epoch and its first room, and a restored backup another epoch.
fn found(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction()?;
    let epoch: Option<String> =
        transaction.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get(0)).optional()?;
    if epoch.is_none() {
        transaction.execute("INSERT INTO meta VALUES ('epoch', ?)", [Uuid::new_v4().to_string()])?;
        transaction.execute(
            "INSERT INTO rooms (id, slug, name, created_at) VALUES (?, 'general', 'general', ?)",
            params![Uuid::now_v7().as_bytes(), now().as_millis()],
        )?;
    }
    if transaction.execute("DELETE FROM meta WHERE key = ?", [IS_BACKUP])? > 0 {
        transaction.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", [Uuid::new_v4().to_string()])?;
    }
    transaction.commit()?;
    Ok(())
}

/// The present moment, to the millisecond.
#[must_use]
pub fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Reads a 16-byte blob.
fn uuid(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}
