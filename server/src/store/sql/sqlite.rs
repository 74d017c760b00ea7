//! SQLite: a connection to the database file.

use std::{ops::ControlFlow, path::Path, time::Duration};

use rusqlite::Connection;

use super::{
    super::{Result, StoreError},
    row::Row,
    value::Value,
};

/// The time that SQLite waits for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The prepared statements that a connection caches.
const CACHED_STATEMENTS: usize = 64;

/// Settings of every connection.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048;";
/// Settings of the connection that writes: a larger cache, and fewer checkpoints of the WAL.
const WRITER_SETTINGS: &str = "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000;
    PRAGMA secure_delete = ON;";

/// A connection to SQLite.
#[derive(Debug)]
pub(in crate::store) struct SqliteConnection(Connection);

impl SqliteConnection {
    pub(in crate::store) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        connection.execute_batch(SETTINGS)?;
        Ok(Self(connection))
    }

    #[cfg(test)]
    pub(super) fn open_in_memory() -> Self {
        Self(Connection::open_in_memory().unwrap())
    }

    /// Applies the settings of the connection that writes.
    pub(in crate::store) fn tune_for_writing(&self) -> Result<()> {
        self.batch(WRITER_SETTINGS)
    }

    pub(super) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.0.prepare_cached(sql)?;
        let changed = statement.execute(rusqlite::params_from_iter(params))? as u64;
        note_steps(&statement);
        Ok(changed)
    }

    pub(super) fn row<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let found = rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose();
        drop(rows);
        note_steps(&statement);
        found
    }

    pub(super) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        while let Some(row) = rows.next()? {
            if take(&Row::Sqlite(row))?.is_break() {
                break;
            }
        }
        drop(rows);
        note_steps(&statement);
        Ok(())
    }

    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        Ok(self.0.execute_batch(sql)?)
    }

    pub(super) fn read_snapshot<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        let _transaction = self.0.unchecked_transaction()?;
        read()
    }

    pub(super) fn begin_savepoint(&self) -> Result<()> {
        self.check_open_transaction()?;
        self.0.prepare_cached("SAVEPOINT job")?.execute([])?;
        Ok(())
    }

    pub(super) fn end_savepoint(&self, succeeded: bool) -> Result<()> {
        if !succeeded {
            self.0.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        self.0.prepare_cached("RELEASE job")?.execute([])?;
        Ok(())
    }

    /// Fails if no transaction is open.
    ///
    /// A full disk makes SQLite roll a transaction back in the middle. Without this check, later
    /// writes would be committed one by one, and yet be reported as failed.
    pub(super) fn check_open_transaction(&self) -> Result<()> {
        if self.0.is_autocommit() {
            return Err(StoreError::unavailable("the transaction was rolled back"));
        }
        Ok(())
    }

    /// Returns the number of rows changed since the connection was opened.
    pub(super) fn total_changes(&self) -> u64 {
        self.0.total_changes()
    }

    /// Rolls the open transaction back, if rows have changed since `total_changes` was `before`.
    pub(super) fn roll_back_changes_since(&self, before: u64) -> Result<()> {
        if self.total_changes() == before || self.0.is_autocommit() {
            return Ok(());
        }
        self.batch("ROLLBACK")
    }

    /// Returns the number of applied migrations.
    pub(in crate::store) fn schema_version(&self) -> Result<usize> {
        Ok(self.0.pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    /// Sets the number of applied migrations.
    pub(in crate::store) fn set_schema_version(&self, version: usize) -> Result<()> {
        Ok(self.0.pragma_update(None, "user_version", version)?)
    }
}

/// Notes how long a statement ran, for tests.
fn note_steps(statement: &rusqlite::Statement<'_>) {
    #[cfg(test)]
    super::db::note_steps(statement.reset_status(rusqlite::StatementStatus::VmStep));
    #[cfg(not(test))]
    let _ = statement;
}
