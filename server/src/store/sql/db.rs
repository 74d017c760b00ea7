//! A connection to the database, of either engine.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use tokio::sync::watch;
use uuid::Uuid;

use super::{
    super::{Fault, Result, StoreError},
    postgres::{PgConnection, Server},
    row::Row,
    sqlite::SqliteConnection,
    value::{VALUES_PER_STATEMENT, Value, in_list, padded},
};

#[cfg(test)]
thread_local! {
    /// The statements that this thread ran with parameters.
    static STATEMENTS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    /// The steps of SQLite's virtual machine that they took.
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Returns the number of statements that a piece of work runs on this thread.
#[cfg(test)]
pub(in crate::store) fn count_statements(work: impl FnOnce()) -> u64 {
    let before = STATEMENTS.get();
    work();
    STATEMENTS.get() - before
}

/// Returns the steps of SQLite's virtual machine that a piece of work takes on this thread. Unlike
/// its duration, they are the same on every machine.
#[cfg(test)]
pub(in crate::store) fn count_steps(work: impl FnOnce()) -> u64 {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}

#[cfg(test)]
pub(super) fn note_steps(steps: i32) {
    STEPS.set(STEPS.get() + u64::try_from(steps).unwrap());
}

fn note_statement() {
    #[cfg(test)]
    STATEMENTS.set(STATEMENTS.get() + 1);
}

/// A connection to the database.
#[derive(Debug)]
pub(in crate::store) enum Db {
    /// A connection to the SQLite file.
    Sqlite(SqliteConnection),
    /// A connection to the PostgreSQL server.
    Postgres(Box<PgConnection>),
}

impl Db {
    /// Opens a SQLite file.
    pub(in crate::store) fn open_file(path: &Path) -> Result<Self> {
        SqliteConnection::open(path).map(Self::Sqlite)
    }

    /// Opens an empty SQLite database in memory.
    #[cfg(test)]
    pub(in crate::store) fn open_in_memory() -> Self {
        Self::Sqlite(SqliteConnection::open_in_memory())
    }

    /// Connects to a PostgreSQL server.
    pub(in crate::store) fn connect(server: &Server) -> Result<Self> {
        server.connect().map(|connection| Self::Postgres(Box::new(connection)))
    }

    /// Runs a statement. Returns the number of rows that it changed.
    pub(in crate::store) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        note_statement();
        match self {
            Self::Sqlite(db) => db.execute(sql, params),
            Self::Postgres(db) => db.execute(sql, params),
        }
    }

    /// Returns the first row, if there is one.
    pub(in crate::store) fn row<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        note_statement();
        match self {
            Self::Sqlite(db) => db.row(sql, params, read),
            Self::Postgres(db) => {
                db.row(sql, params)?.map(|row| read(&Row::Postgres(&row))).transpose()
            }
        }
    }

    /// Returns the first row. Fails if there is none.
    pub(in crate::store) fn one<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.row(sql, params, read)?.ok_or(StoreError::Failed(Fault::Missing))
    }

    /// Returns all rows.
    pub(in crate::store) fn rows<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(sql, params, |row| {
            all.push(read(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Returns all rows of `select` whose last named column is one of `ids`. The parameters
    /// `first` precede the ids. One statement looks for up to [`VALUES_PER_STATEMENT`] ids.
    pub(in crate::store) fn rows_among<T>(
        &self,
        select: &str,
        first: &[Value<'_>],
        ids: &[Uuid],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let ids: Vec<_> = ids.iter().map(|id| Value::Id(*id)).collect();
        self.rows_among_values((select, first), &ids, read)
    }

    /// Returns all rows of `select` whose last named column is one of the values `among`. The
    /// parameters `first` precede the values.
    pub(in crate::store) fn rows_among_values<T>(
        &self,
        (select, first): (&str, &[Value<'_>]),
        among: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let sql = format!("{select} {}", in_list(first.len()));
        let mut all = Vec::new();
        for some in among.chunks(VALUES_PER_STATEMENT) {
            all.extend(self.rows(&sql, &padded(first, some), &mut read)?);
        }
        Ok(all)
    }

    /// Runs a statement for all rows whose last column named in `before` is one of the values
    /// `among`. The statement ends with `after`. The parameters `first` precede the values.
    pub(in crate::store) fn execute_among(
        &self,
        (before, after): (&str, &str),
        first: &[Value<'_>],
        among: &[Value<'_>],
    ) -> Result<u64> {
        let sql = format!("{before} {} {after}", in_list(first.len()));
        let some = among.chunks(VALUES_PER_STATEMENT);
        some.map(|some| self.execute(&sql, &padded(first, some))).sum()
    }

    /// Passes rows to `take` until it breaks or none is left.
    pub(in crate::store) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        note_statement();
        match self {
            Self::Sqlite(db) => db.each(sql, params, take),
            Self::Postgres(db) => db.each(sql, params, |row| take(&Row::Postgres(row))),
        }
    }

    /// Runs statements that have neither parameters nor results.
    pub(in crate::store) fn batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.batch(sql),
            Self::Postgres(db) => db.batch(sql),
        }
    }

    /// Runs reads that all see the same state of the database.
    pub(in crate::store) fn read_snapshot<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        match self {
            Self::Sqlite(db) => db.read_snapshot(read),
            Self::Postgres(db) => {
                db.begin_snapshot();
                let result = read();
                db.end_snapshot()?;
                result
            }
        }
    }

    /// Returns whether the connection must not be used again.
    pub(in crate::store) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(db) => db.is_broken(),
        }
    }

    /// Makes the connection count as broken once the epoch changes. A file keeps its data, while
    /// a server may be replaced by another one.
    pub(in crate::store) fn bind_to_epoch(&self, epoch: watch::Receiver<Arc<str>>) {
        if let Self::Postgres(db) = self {
            db.bind_to_epoch(epoch);
        }
    }

    /// Begins a transaction that writes.
    pub(in crate::store) fn begin(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.batch("BEGIN IMMEDIATE"),
            Self::Postgres(db) => {
                db.begin_jobs();
                Ok(())
            }
        }
    }

    /// Runs one job of the open transaction. If it fails, only its own writes are undone.
    pub(in crate::store) fn in_savepoint<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Sqlite(db) => {
                db.begin_savepoint()?;
                let result = self.catch_panic(work);
                let ended = db.end_savepoint(result.is_ok());
                if result.is_err() && ended.is_err() {
                    // A full disk may have rolled back the transaction, and with it the savepoint.
                    let _ = db.batch("ROLLBACK"); // fails then
                    return result;
                }
                ended.and(result)
            }
            Self::Postgres(db) => {
                let result = self.catch_panic(work);
                db.end_job(result.is_ok());
                result
            }
        }
    }

    /// Runs one job of the open transaction that makes all its checks before its first write.
    ///
    /// This saves SQLite a copy of every page that the job changes. If a statement after the
    /// first write fails nevertheless (the disk is full), the whole transaction is rolled back.
    pub(in crate::store) fn without_savepoint<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let Self::Sqlite(db) = self else { return self.in_savepoint(work) };
        db.check_open_transaction()?;
        let before = db.total_changes();
        let result = self.catch_panic(work);
        if result.is_err() {
            db.roll_back_changes_since(before)?;
        }
        result
    }

    fn catch_panic<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        result.unwrap_or(Err(StoreError::Failed(Fault::Panicked)))
    }

    /// Ends the transaction. Its writes are on durable storage if this succeeds.
    pub(in crate::store) fn commit(&self) -> Result<()> {
        let committed = match self {
            Self::Sqlite(db) => db.batch("COMMIT"),
            Self::Postgres(db) => db.commit_jobs(),
        };
        if committed.is_err() {
            let _ = self.batch("ROLLBACK"); // fails if no transaction is open
        }
        committed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::values;

    fn insert(db: &Db, number: i64) -> Result<u64> {
        db.execute("INSERT INTO numbers VALUES ($1)", values![number])
    }

    fn database() -> Db {
        let db = Db::open_in_memory();
        db.batch("CREATE TABLE numbers (number INTEGER UNIQUE)").unwrap();
        db.begin().unwrap();
        db
    }

    fn numbers(db: &Db) -> Vec<i64> {
        db.rows("SELECT number FROM numbers ORDER BY number", &[], |row| row.get("number")).unwrap()
    }

    #[test]
    fn a_job_that_fails_before_its_first_write_does_not_affect_the_others() {
        let db = database();
        db.without_savepoint(|db| insert(db, 1)).unwrap();
        assert!(db.without_savepoint(|db| insert(db, 1)).is_err());
        assert!(db.without_savepoint(|_| -> Result<()> { panic!("on purpose") }).is_err());
        db.without_savepoint(|db| insert(db, 2)).unwrap();
        db.commit().unwrap();
        assert_eq!(numbers(&db), [1, 2]);
    }

    #[test]
    fn a_job_that_fails_after_its_first_write_rolls_back_its_own_transaction_only() {
        let db = database();
        db.without_savepoint(|db| insert(db, 1)).unwrap();
        assert!(db.without_savepoint(|db| insert(db, 2).and_then(|_| insert(db, 2))).is_err());
        assert!(matches!(
            db.without_savepoint(|db| insert(db, 3)),
            Err(StoreError::Unavailable(_))
        ));
        assert!(matches!(db.in_savepoint(|db| insert(db, 4)), Err(StoreError::Unavailable(_))));
        assert!(db.commit().is_err(), "every job in the transaction is reported as failed");
        db.begin().unwrap();
        db.without_savepoint(|db| insert(db, 5)).unwrap();
        db.commit().unwrap();
        assert_eq!(numbers(&db), [5]);
    }
}
