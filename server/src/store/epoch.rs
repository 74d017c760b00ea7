//! The epoch: names the history that the `seq`s of the room logs count in.
//!
//! A new epoch begins when a backup is restored, or when a replica takes over that lacked the last
//! events. Each new connection to PostgreSQL is checked for this.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    sql::{Db, values},
};

/// Called when a new epoch begins.
type OnNewEpoch = Box<dyn Fn() + Send + Sync>;

/// The epoch as known to this process.
pub(super) struct Epoch {
    current: watch::Sender<Arc<str>>,
    callbacks: Mutex<Vec<OnNewEpoch>>,
}

impl Store {
    /// Returns the current epoch.
    #[must_use]
    pub fn epoch(&self) -> String {
        self.epoch.current.borrow().to_string()
    }

    /// Returns a receiver of the current epoch and of all later ones.
    #[must_use]
    pub fn epochs(&self) -> watch::Receiver<Arc<str>> {
        self.epoch.subscribe()
    }

    /// Checks for a new epoch: another node may have begun it, or the tables may have been
    /// restored under an open connection.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn check_epoch(&self) -> Result<()> {
        let mut seen = self.epoch.subscribe();
        let found = self.read(find).await?;
        self.epoch.adopt(found, &mut seen)
    }

    /// Begins a new epoch because the room logs have become shorter. Does nothing if the epoch
    /// `ended` is no longer the current one.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn end_epoch(&self, ended: String) -> Result<()> {
        let mut seen = self.epoch.subscribe();
        let found = self.write(move |db| end(db, &ended)).await?;
        self.epoch.adopt(found, &mut seen)
    }

    /// Registers a callback for new epochs. It runs before anything of the new epoch is read, and
    /// must be quick.
    pub fn on_new_epoch(&self, callback: impl Fn() + Send + Sync + 'static) {
        self.epoch.callbacks().push(Box::new(callback));
    }
}

impl Epoch {
    /// Reads the epoch of the database.
    pub(super) fn load(db: &Db) -> Result<Self> {
        Ok(Self { current: watch::Sender::new(find(db)?), callbacks: Mutex::default() })
    }

    /// Returns a receiver of the current epoch and of all later ones.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<str>> {
        self.current.subscribe()
    }

    /// Checks a new connection for a new epoch. `seen` was subscribed before connecting.
    pub(super) fn check(&self, db: &Db, seen: &mut watch::Receiver<Arc<str>>) -> Result<()> {
        self.adopt(find(db)?, seen)
    }

    /// Adopts an epoch that was found in the database. `seen` was subscribed before it was read,
    /// and is marked as unchanged.
    fn adopt(&self, found: Arc<str>, seen: &mut watch::Receiver<Arc<str>>) -> Result<()> {
        // Other threads that have found the same epoch wait here until all callbacks have run.
        let callbacks = self.callbacks();
        if *self.current.borrow() != found {
            if seen.has_changed().unwrap_or_default() {
                return Err(StoreError::unavailable("a new epoch has begun in the meantime"));
            }
            tracing::warn!(epoch = %found, "the database was set back: a new epoch begins");
            self.current.send_replace(found);
            callbacks.iter().for_each(|callback| callback());
        }
        seen.mark_unchanged();
        Ok(())
    }

    fn callbacks(&self) -> std::sync::MutexGuard<'_, Vec<OnNewEpoch>> {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Epoch").field(&self.current.borrow()).finish()
    }
}

/// Returns the epoch of the database. First begins a new one if the data have branched off since
/// the last check.
fn find(db: &Db) -> Result<Arc<str>> {
    if let Db::Postgres(connection) = db
        && let Some(branch) = connection.branch()?
    {
        record_branch(db, &branch)?;
    }
    read(db)
}

fn read(db: &Db) -> Result<Arc<str>> {
    let epoch: String =
        db.one("SELECT value FROM meta WHERE key = 'epoch'", &[], |row| row.get("value"))?;
    Ok(epoch.into())
}

/// Replaces the epoch, unless it differs from `ended` already. Returns the current one.
fn end(db: &Db, ended: &str) -> Result<Arc<str>> {
    let update = "UPDATE meta SET value = $1 WHERE key = 'epoch' AND value = $2";
    db.execute(update, values![&Uuid::new_v4().to_string(), ended])?;
    read(db)
}

fn record_branch(db: &Db, branch: &str) -> Result<()> {
    let known: Option<String> =
        db.row("SELECT value FROM meta WHERE key = 'branch'", &[], |row| row.get("value"))?;
    match known {
        Some(known) if known == branch => {}
        // Many nodes notice it at once. The first one sets the new epoch.
        Some(known) => {
            let epoch = Uuid::new_v4().to_string();
            let is_first = db.execute(
                "WITH first AS (
                     UPDATE meta SET value = $1 WHERE key = 'branch' AND value = $2 RETURNING key)
                 UPDATE meta SET value = $3
                 WHERE key = 'epoch' AND EXISTS (SELECT 1 FROM first)",
                values![branch, &known, &epoch],
            )? > 0;
            if is_first {
                tracing::warn!(
                    epoch,
                    "the database was restored, or a replica took over: a new epoch begins"
                );
            }
        }
        None => {
            let insert =
                "INSERT INTO meta (key, value) VALUES ('branch', $1) ON CONFLICT DO NOTHING";
            db.execute(insert, values![branch])?;
        }
    }
    Ok(())
}
