//! The lock on the schema: one node at a time prepares the database or copies it.

use super::{
    super::{Result, StoreError},
    db::Db,
    value::values,
};

/// Takes the lock until the end of the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4702394921427289929)";
/// Takes the lock if it is free. Returns whether it was.
const TRY_LOCK: &str = "SELECT pg_try_advisory_xact_lock(4702394921427289929) AS is_locked";
/// Takes the lock until the connection ends.
const HOLD: &str = "SELECT pg_advisory_lock(4702394921427289929)";

/// Runs `work` in a transaction that no other node runs at the same time.
pub(in crate::store) fn serialized<T, E: From<StoreError>>(
    db: &Db,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    match db {
        Db::Sqlite(_) => db.batch("BEGIN IMMEDIATE")?,
        Db::Postgres(connection) => {
            connection.disable_timeouts()?;
            db.batch("BEGIN")?;
            if !db.one(TRY_LOCK, values![], |row| row.get("is_locked"))? {
                tracing::info!(
                    "waiting for another node to prepare the database, or for a copy to finish"
                );
                db.batch(LOCK)?;
            }
        }
    }
    let result = work().and_then(|result| Ok(db.batch("COMMIT").map(|()| result)?));
    if result.is_err() {
        let _ = db.batch("ROLLBACK"); // fails if no transaction is open
    }
    if let Db::Postgres(connection) = db
        && result.is_ok()
    {
        // After a failure the connection is dropped.
        connection.enable_timeouts()?;
    }
    result
}

/// Takes the lock until the connection ends. Nodes that start in the meantime wait.
pub(in crate::store) fn hold_schema_lock(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(_) => Ok(()), // the lock on the data folder keeps other processes out
        Db::Postgres(connection) => connection.batch(HOLD),
    }
}

/// Lets statements on this connection take any time.
pub(in crate::store) fn without_timeout(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(connection) => connection.disable_timeouts(),
    }
}
