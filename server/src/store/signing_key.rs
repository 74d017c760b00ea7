//! The key that signs tokens: shared by all nodes on PostgreSQL, and the same on all of them.

use std::time::{Duration, Instant};

use super::{
    Result, Store, StoreError,
    sql::{Db, run_blocking, serialized, values},
};

/// The time in which the connections of a node that was killed disappear.
const PATIENCE: Duration = Duration::from_secs(3);
/// The pause between two looks at the connections of other nodes.
const PAUSE: Duration = Duration::from_millis(100);

/// The result of comparing a node's key with that of the node that started last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCheck {
    /// It is the same, or this is the first node.
    Same,
    /// It is another one, and no other node runs: all sessions end.
    Changed,
    /// It is another one, and other nodes run.
    Conflict,
}

impl Store {
    /// Returns the key that all nodes share. Stores `new` as the key if there is none yet.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub fn signing_key(&self, new: &str) -> Result<String> {
        run_blocking(|| {
            self.readers.run(|db| {
                db.execute(
                    "INSERT INTO meta (key, value) VALUES ('signing_key', $1)
                     ON CONFLICT DO NOTHING",
                    values![new],
                )?;
                let select = "SELECT value FROM meta WHERE key = 'signing_key'";
                db.one(select, &[], |row| row.get("value"))
            })
        })
    }

    /// Records the digest of the key that this node signs tokens with, unless other nodes run with
    /// another key.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub fn record_signing_key(&self, digest: &str) -> Result<KeyCheck> {
        let connected_at = self.connected_at;
        run_blocking(|| {
            let deadline = Instant::now() + PATIENCE;
            loop {
                let check = self
                    .readers
                    .run(|db| serialized(db, || record_key(db, digest, connected_at)))?;
                if check != KeyCheck::Conflict || Instant::now() > deadline {
                    return Ok(check);
                }
                std::thread::sleep(PAUSE);
            }
        })
    }
}

fn record_key(db: &Db, digest: &str, connected_at: Option<i64>) -> Result<KeyCheck> {
    let select = "SELECT value FROM meta WHERE key = 'signing_key_digest'";
    let previous: Option<String> = db.row(select, &[], |row| row.get("value"))?;
    let is_change = previous.is_some_and(|previous| previous != digest);
    if is_change && has_other_nodes(db, connected_at)? {
        return Ok(KeyCheck::Conflict);
    }
    db.execute(
        "INSERT INTO meta (key, value) VALUES ('signing_key_digest', $1)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        values![digest],
    )?;
    Ok::<_, StoreError>(if is_change { KeyCheck::Changed } else { KeyCheck::Same })
}

/// Returns the time at which this connection to PostgreSQL was made, in microseconds.
pub(super) fn connected_at(db: &Db) -> Result<Option<i64>> {
    let Db::Postgres(_) = db else { return Ok(None) };
    let select = "SELECT (extract(epoch FROM backend_start) * 1000000)::bigint AS at
         FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    db.row(select, &[], |row| row.get("at"))
}

/// Returns whether nodes are connected that were so before this one. SQLite has one node.
fn has_other_nodes(db: &Db, connected_at: Option<i64>) -> Result<bool> {
    let Some(since) = connected_at else { return Ok(false) };
    db.one(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND application_name IN ('banter', current_setting('application_name'))
             AND (extract(epoch FROM backend_start) * 1000000)::bigint < $1) AS others",
        values![since],
        |row| row.get("others"),
    )
}
