//! Durable data: accounts, rooms and room logs, in one SQLite file or in PostgreSQL.
//!
//! One thread writes. It commits all waiting writes in one transaction (`store/writer.rs`). Reads
//! run beside it on a small pool of connections (`store/readers.rs`). The future of a write
//! completes once the write is on durable storage (`synchronous = FULL` in SQLite,
//! `synchronous_commit = on` in PostgreSQL). `store/sql.rs` hides the engine.

mod access;
mod accounts;
mod actor;
pub mod backup;
mod connector;
mod copy;
mod custom_emoji;
mod data_folder;
mod direct;
mod drafts;
mod edits;
mod epoch;
mod error;
mod figures;
mod files;
mod former_slugs;
mod health;
mod invites;
mod jobs;
mod later;
mod links;
mod location;
mod log;
mod managers;
mod members;
mod mentions;
mod migrations;
mod names;
mod permits;
mod pictures;
mod profiles;
mod push;
mod read_state;
mod readers;
mod reconcile;
mod resets;
mod room_choices;
mod room_slugs;
mod room_update;
mod room_view;
mod rooms;
mod search;
mod sessions;
mod signing_key;
mod sql;
mod threads;
mod trees;
mod updates;
mod user_list;
mod users;
mod writer;

use std::{fs::File, path::Path, sync::Arc};

use tokio::sync::Notify;

use protocol::UserId;

pub use access::{ReadOnly, RoomAccess};
pub use accounts::{Credentials, MAY_NOT_BAN, MAY_NOT_CHANGE_ROLES, NewUser};
use connector::Connector;
pub use copy::{CopiedTable, CopyError, copy, stored_bytes};
pub use custom_emoji::{EmojiPicture, EmojiVersion, MAY_NOT_ADD_EMOJI};
pub use data_folder::UsedDatabase;
use data_folder::{Traces, create_database_file, has_database_file, lock_data_folder};
pub use direct::DirectRoom;
use epoch::Epoch;
pub use error::{Fault, Result, StoreError};
pub use figures::Figures;
pub use files::{
    DuePreview, ExpiredUpload, FilesQuery, FoundFile, LockOutcome, NewUpload, StorageLimits,
    StoredBytes, StoredFile, Upload, UploadLock,
};
use health::{Health, Writes};
pub use invites::{INVITE_REFUSED, MAY_NOT_INVITE, StoredInvite};
pub use jobs::{JobKind, LeasedJob};
pub use later::NewLater;
pub use links::{ClaimedLinks, DueLink, FoundPage, LinkRules, PreviewJob};
pub use location::DataLocation;
pub use log::{Logged, MessagePage, NewMessage, snapshot::Snapshot};
pub use members::Departure;
pub use migrations::migrate;
use permits::Permits;
pub use permits::{RecoveryPermit, SearchPermit, UserPermit};
pub use pictures::StoredPicture;
pub use profiles::{ChangedUsers, ProfileChange};
pub use push::{
    DeviceTask, Leased as LeasedPushes, NewPushDevice, Noted as NotedPush, Notified, PushContent,
    PushEnd, PushJob, PushOutcome, PushTarget, PushTask, PushedMessage, Sent as PushSent,
};
pub use read_state::{CountedPosition, NewPosition, SetPosition};
use readers::{READERS, Readers};
pub use resets::{MAY_NOT_RESET, RESET_REFUSED, check_right as check_reset_right, make_reset_at};
pub use room_slugs::{NewSlug, is_reserved_slug};
pub use room_update::RoomUpdate;
pub use rooms::NewStoredRoom;
pub use search::{
    BuildRules, BuildStep, Condition as SearchCondition, Found, Part, Place as SearchPlace,
    Reindexed, SearchQuery, Term as SearchTerm, reindex,
};
pub use sessions::{Device, SessionUser};
pub use signing_key::KeyCheck;
use sql::{Db, Server, run_blocking, values};
pub use threads::ThreadCursor;
pub use updates::{MessageUpdate, NewUpdate};
pub use writer::OnCommit;
use writer::Writer;

use crate::base::clock::now;

/// The file of the SQLite database, in the data folder.
const DATABASE_FILE: &str = "banter.sqlite3";
/// A key of `meta` that marks a backup. The first start on it removes the key.
const IS_BACKUP: &str = "is_backup";

/// A handle to the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    permits: Arc<Permits>,
    health: Arc<Health>,
    epoch: Arc<Epoch>,
    /// Wakes those who make previews of links.
    previews_due: Arc<Notify>,
    /// Wakes who sends notifications.
    pushes_due: Arc<Notify>,
    /// Wakes those who remove the bytes of files that are gone.
    bytes_due: Arc<Notify>,
    /// The time of the first connection to PostgreSQL, by its clock, in microseconds.
    connected_at: Option<i64>,
    /// Locks the data folder while the store is open: a second server on the same folder would
    /// not see the messages of the first.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Opens the store in a data folder. Creates and migrates it as needed.
    ///
    /// # Errors
    /// Fails if the folder cannot be used, if another server has locked it, if its database was
    /// lost, or if a newer version of Banter created it.
    pub fn open(folder: &Path) -> Result<Self> {
        let lock = lock_data_folder(folder)?;
        let traces = Traces::read(UsedDatabase::Sqlite, folder);
        if !has_database_file(folder) {
            traces.refuse_new(DATABASE_FILE)?;
        }
        let path = create_database_file(folder)?;
        let db = Db::open_file(&path)?;
        if migrations::is_new(&db)? {
            traces.refuse_new(DATABASE_FILE)?;
        }
        if let Db::Sqlite(connection) = &db {
            connection.tune_for_writing()?;
        }
        Self::start(db, |_| Connector::Sqlite(path), Some(lock))
    }

    /// Opens the store in a PostgreSQL database at a `postgres://` address. Migrates it as needed.
    /// Many nodes can share it, and start at the same time. The data folder may note that there was
    /// a database.
    ///
    /// # Errors
    /// Fails if the database is unavailable, if it is new and `folder` says that there was one, or
    /// if a newer version of Banter created it.
    pub fn connect(url: &str, folder: Option<&Path>) -> Result<Self> {
        let server = Server::new(url)?;
        let traces = folder.map(|folder| Traces::read(UsedDatabase::Postgres, folder));
        run_blocking(move || {
            let db = Db::connect(&server)?;
            if let Some(traces) = traces
                && migrations::is_new(&db)?
            {
                traces.refuse_new("the data")?;
            }
            Self::start(db, |epoch| Connector::Postgres(Box::new(server), epoch), None)
        })
    }

    fn start(
        db: Db,
        connector: impl FnOnce(Arc<Epoch>) -> Connector,
        lock: Option<File>,
    ) -> Result<Self> {
        migrations::prepare(&db)?;
        if lock.is_some() {
            end_leases(&db)?;
        }
        let connected_at = signing_key::connected_at(&db)?;
        let epoch = Arc::new(Epoch::load(&db)?);
        db.bind_to_epoch(epoch.subscribe());
        let connector = Arc::new(connector(Arc::clone(&epoch)));
        let health = Arc::new(Health::default());
        Ok(Self {
            writer: Arc::new(Writer::start(db, Arc::clone(&connector), Arc::clone(&health))?),
            readers: Arc::new(Readers::new(connector, Arc::clone(&health))),
            health,
            // Recovery never occupies all connections.
            permits: Arc::new(Permits::new(READERS / 2)),
            epoch,
            previews_due: Arc::new(Notify::new()),
            pushes_due: Arc::new(Notify::new()),
            bytes_due: Arc::new(Notify::new()),
            connected_at,
            _lock: lock.map(Arc::new),
        })
    }

    /// Returns whether the database is on another machine. The confirmation of a commit can then
    /// be lost on the network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.readers.are_remote()
    }

    /// Checks that the store can be read and written. Writes only if the last commit failed, or if
    /// there was no space.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn ping(&self) -> Result<()> {
        self.read(|db| db.one("SELECT value FROM meta WHERE key = 'epoch'", &[], |_| Ok(())))
            .await?;
        if self.writer.is_alive() && self.health.writes() == Writes::Working {
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
        .await?;
        match self.health.writes() {
            Writes::Full => Err(StoreError::Full("there was no space for a write".to_owned())),
            _ => Ok(()),
        }
    }

    /// Commits the queued writes and closes the connections. Later writes fail.
    pub async fn close(&self) {
        let (writer, readers) = (Arc::clone(&self.writer), Arc::clone(&self.readers));
        let close = move || {
            writer.stop();
            readers.close();
        };
        // Fails only if the runtime is shutting down.
        let _ = tokio::task::spawn_blocking(close).await;
    }

    /// Waits for a permit to recover missed events. Do not hold it during a write: others wait.
    ///
    /// # Errors
    /// Fails if the store is closed.
    pub async fn recovery_permit(&self, user: UserId) -> Result<RecoveryPermit> {
        self.permits.recovery(user).await.map_err(StoreError::unavailable)
    }

    /// Waits for a permit to search, so that searches leave connections to other reads.
    ///
    /// # Errors
    /// Fails if the store is closed.
    pub async fn search_permit(&self, user: UserId) -> Result<SearchPermit> {
        self.permits.search(user).await.map_err(StoreError::unavailable)
    }

    /// Waits until the user's earlier requests of this kind are done. For reads that one user may
    /// send by the thousand.
    ///
    /// # Errors
    /// Fails if the store is closed.
    pub async fn user_permit(&self, user: UserId) -> Result<UserPermit> {
        self.permits.user(user).await.map_err(StoreError::unavailable)
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Arc::clone(&self.readers).read(work).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(work).await
    }
}

/// Ends the leases and locks of a process that was killed. Only where no other can hold any.
fn end_leases(db: &Db) -> Result<()> {
    db.execute(
        "UPDATE jobs SET holder = NULL, leased_until = 0 WHERE leased_until > 0",
        values![],
    )?;
    db.execute(
        "UPDATE uploads SET holder = NULL, locked_until = 0 WHERE locked_until > 0",
        values![],
    )?;
    db.execute("UPDATE links SET leased_until = 0 WHERE leased_until > 0", values![])?;
    db.execute("UPDATE search_builder SET leased_until = 0 WHERE leased_until > 0", values![])?;
    Ok(())
}
