//! Which history the logs tell. `seq`s count within one, which its epoch names. What was put back from a backup is another
//! one, and so is what a replica goes on with that lacked the last events when it took over. Each new connection finds out
//! whether it leads there.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Result,
    db::{Db, values},
    unavailable,
};

/// Those who are to know of another history.
type Told = Vec<Box<dyn Fn() + Send + Sync>>;

/// The history as this process knows it.
pub(super) struct History {
    epoch: watch::Sender<Arc<str>>,
    told: Mutex<Told>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("History").field(&self.epoch()).finish()
    }
}

impl History {
    /// Of the database at the other end of that connection.
    pub(super) fn of(db: &Db) -> Result<Self> {
        Ok(Self { epoch: watch::Sender::new(find(db)?), told: Mutex::default() })
    }

    pub(super) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch.borrow())
    }

    /// Its epoch, and each that follows.
    pub(super) fn epochs(&self) -> watch::Receiver<Arc<str>> {
        self.epoch.subscribe()
    }

    /// From now on `tell` is called when another history begins, before anything of it is read.
    pub(super) fn tell(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(tell));
    }

    /// Looks which history a new connection leads to. `before` is from before one connected.
    pub(super) fn check(&self, db: &Db, before: &mut watch::Receiver<Arc<str>>) -> Result<()> {
        self.settle(find(db)?, before)
    }

    /// That epoch was found. `before` is from before one looked, and knows it afterwards.
    pub(super) fn settle(
        &self,
        found: Arc<str>,
        before: &mut watch::Receiver<Arc<str>>,
    ) -> Result<()> {
        // Others that found it, too, wait here until all were told.
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *self.epoch.borrow() != found {
            if before.has_changed().unwrap_or_default() {
                return Err(unavailable(&"another history began meanwhile"));
            }
            tracing::warn!(epoch = %found, "the database was set back: all come back anew");
            self.epoch.send_replace(found);
            told.iter().for_each(|tell| tell());
        }
        before.mark_unchanged();
        Ok(())
    }
}

/// The epoch of the database, which gets another one where its data have branched off since anybody looked.
pub(super) fn find(db: &Db) -> Result<Arc<str>> {
    if let Db::Postgres(connection) = db
        && let Some(branch) = connection.branch()?
    {
        note_branch(db, &branch)?;
    }
    epoch(db)
}

fn epoch(db: &Db) -> Result<Arc<str>> {
    let epoch: String =
        db.one("SELECT value FROM meta WHERE key = 'epoch'", &[], |row| row.get("value"))?;
    Ok(epoch.into())
}

/// Begins another history than that one, unless it is over already; gives the present one's epoch.
pub(super) fn end(db: &Db, over: &str) -> Result<Arc<str>> {
    let update = "UPDATE meta SET value = $1 WHERE key = 'epoch' AND value = $2";
    db.execute(update, values![&Uuid::new_v4().to_string(), over])?;
    epoch(db)
}

fn note_branch(db: &Db, branch: &str) -> Result<()> {
    let known: Option<String> =
        db.row("SELECT value FROM meta WHERE key = 'branch'", &[], |row| row.get("value"))?;
    match known {
        Some(known) if known == branch => {}
        // Many nodes find out at once: the first of them names the history.
        Some(known) => {
            let epoch = Uuid::new_v4().to_string();
            let is_first = db.execute(
                "WITH first AS (UPDATE meta SET value = $1 WHERE key = 'branch' AND value = $2 RETURNING key)
                 UPDATE meta SET value = $3 WHERE key = 'epoch' AND EXISTS (SELECT 1 FROM first)",
                values![branch, &known, &epoch],
            )? > 0;
            if is_first {
                tracing::warn!(
                    epoch,
                    "the database was put back, or a replica took over: another history begins"
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
