//! One way to speak SQL with both engines: the same text, the same parameters, the same rows.
//!
//! Placeholders are `$1, $2, …`, whose first appearances are in order: SQLite numbers them as it meets them. Flags are
//! integers in both, so conditions say `private = 0`.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use protocol::{MessageId, OpId, RoomId, SessionId, Timestamp, UserId};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Fault, Result, StoreError, postgres::PgConnection};

/// Values that one statement looks for.
pub(super) const VALUES_AT_A_TIME: usize = 100;

/// A connection.
#[derive(Debug)]
pub(super) enum Db {
    /// To the file.
    Sqlite(rusqlite::Connection),
    /// To the server.
    Postgres(Box<PgConnection>),
}

impl Db {
    /// Runs a statement; gives how many rows it touched.
    pub(super) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(db) => {
                Ok(db.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))? as u64)
            }
            Self::Postgres(db) => db.execute(sql, params),
        }
    }

    /// The first row, if there is one.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
            }
            Self::Postgres(db) => {
                db.row(sql, params)?.map(|row| read(&Row::Postgres(&row))).transpose()
            }
        }
    }

    /// The row that must be there.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.row(sql, params, read)?.ok_or(StoreError::Failed(Fault::Missing))
    }

    /// All rows.
    pub(super) fn rows<T>(
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

    /// All rows in whose last column of `select` one of these ids stands; its other parameters come first. Any number of ids
    /// takes few statements.
    pub(super) fn rows_among<T>(
        &self,
        select: &str,
        first: &[Value<'_>],
        ids: &[Uuid],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let sql = format!("{select} {}", in_places(first.len()));
        let mut all = Vec::new();
        for some in ids.chunks(VALUES_AT_A_TIME) {
            let some: Vec<_> = some.iter().map(|id| Value::Id(*id)).collect();
            all.extend(self.rows(&sql, &with_places_filled(first, &some), &mut read)?);
        }
        Ok(all)
    }

    /// Runs a statement for all rows in which one of these values stands, likewise: in the last column of `before`, which
    /// `after` follows.
    pub(super) fn execute_among(
        &self,
        (before, after): (&str, &str),
        first: &[Value<'_>],
        among: &[Value<'_>],
    ) -> Result<u64> {
        let sql = format!("{before} {} {after}", in_places(first.len()));
        let some = among.chunks(VALUES_AT_A_TIME);
        some.map(|some| self.execute(&sql, &with_places_filled(first, some))).sum()
    }

    /// Row by row, until `take` has enough.
    pub(super) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                while let Some(row) = rows.next()? {
                    if take(&Row::Sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(db) => db.each(sql, params, |row| take(&Row::Postgres(row))),
        }
    }

    /// Runs statements without parameters, and without answers.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Self::Postgres(db) => db.batch(sql),
        }
    }

    /// Reads what all is of one moment.
    pub(super) fn moment<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        match self {
            Self::Sqlite(db) => {
                let _moment = db.unchecked_transaction()?;
                read()
            }
            Self::Postgres(db) => {
                db.begin_moment();
                let result = read();
                db.end_moment()?;
                result
            }
        }
    }

    /// Whether it must not be used any more.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(db) => db.is_broken(),
        }
    }

    /// A server's data may go on elsewhere than before, while a file stays what it is.
    pub(super) fn belongs_to(&self, history: watch::Receiver<Arc<str>>) {
        if let Self::Postgres(db) = self {
            db.belongs_to(history);
        }
    }

    /// Begins a transaction that writes.
    pub(super) fn begin(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch("BEGIN IMMEDIATE")?),
            Self::Postgres(db) => {
                db.begin_jobs();
                Ok(())
            }
        }
    }

    /// One job's writes happen all or not at all, whatever the others in its transaction do.
    pub(super) fn in_savepoint<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        match self {
            Self::Sqlite(db) => {
                still_open(db)?;
                db.prepare_cached("SAVEPOINT job")?.execute([])?;
                let result = self.guarded(work);
                if result.is_err() {
                    db.prepare_cached("ROLLBACK TO job")?.execute([])?;
                }
                db.prepare_cached("RELEASE job")?.execute([])?;
                result
            }
            Self::Postgres(db) => {
                let result = self.guarded(work);
                db.end_job(result.is_ok());
                result
            }
        }
    }

    /// The same for a job that refuses before it writes. It saves SQLite a copy of every page that the job touches. Where
    /// a statement behind its first write fails all the same (the disk is full), its whole transaction is given up.
    pub(super) fn without_savepoint<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let Self::Sqlite(db) = self else { return self.in_savepoint(work) };
        still_open(db)?;
        let before = db.total_changes();
        let result = self.guarded(work);
        if result.is_err() && db.total_changes() != before && !db.is_autocommit() {
            db.execute_batch("ROLLBACK")?;
        }
        result
    }

    fn guarded<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        result.unwrap_or(Err(StoreError::Failed(Fault::Panicked)))
    }

    /// Ends the transaction: what it wrote is on durable storage then.
    pub(super) fn commit(&self) -> Result<()> {
        let committed = match self {
            Self::Sqlite(db) => db.execute_batch("COMMIT").map_err(StoreError::from),
            Self::Postgres(db) => db.commit_jobs(),
        };
        if committed.is_err() {
            let _ = self.batch("ROLLBACK"); // fails where none is open
        }
        committed
    }
}

/// A full disk makes SQLite end the transaction in the middle of it. What came after would be committed on its own, and
/// yet told to have failed.
fn still_open(db: &rusqlite::Connection) -> Result<()> {
    if db.is_autocommit() {
        return Err(StoreError::Unavailable("the transaction was rolled back".into()));
    }
    Ok(())
}

/// Places for values to look for, after so many others.
fn in_places(first: usize) -> String {
    let places: Vec<_> =
        (1..=VALUES_AT_A_TIME).map(|place| format!("${}", first + place)).collect();
    format!("IN ({})", places.join(", "))
}

/// Always as many, so that it is one statement: the last one stands for those that are missing.
fn with_places_filled<'a>(first: &[Value<'a>], some: &[Value<'a>]) -> Vec<Value<'a>> {
    let missing = some.last().into_iter().cycle().take(VALUES_AT_A_TIME - some.len());
    first.iter().chain(some).chain(missing).copied().collect()
}

/// What goes into a statement, and what comes out of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// None.
    Null,
    /// A number, a moment in milliseconds, or a flag.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// 16 bytes.
    Id(Uuid),
}

/// The parameters of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::db::Value::from($value)),*] };
}
pub(super) use values;

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Numbers that no engine takes are beyond all that there is: the largest stands for them.
macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }

        impl Column for $number {
            fn read(value: Value<'_>) -> Option<Self> {
                i64::read(value)?.try_into().ok()
            }
        }
    )*};
}

numbers!(u32, u64, usize);

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.as_millis())
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl From<$id> for Value<'_> {
            fn from(id: $id) -> Self {
                Self::Id(id.0)
            }
        }

        impl Column for $id {
            fn read(value: Value<'_>) -> Option<Self> {
                Uuid::read(value).map(Self)
            }
        }
    )*};
}

ids!(MessageId, OpId, RoomId, SessionId, UserId);

/// A row of an answer.
#[derive(Debug)]
pub(super) enum Row<'a> {
    /// Of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// What stands in that column.
    pub(super) fn get<T: Column>(&self, column: &str) -> Result<T> {
        T::read(self.value(column)?)
            .ok_or_else(|| StoreError::Failed(Fault::Column(column.to_owned())))
    }

    /// The same, whatever it is.
    pub(super) fn value(&self, column: &str) -> Result<Value<'_>> {
        let wrong = || StoreError::Failed(Fault::Column(column.to_owned()));
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).map_err(|_| wrong())?)
                }
                ValueRef::Blob(bytes) => Value::Bytes(bytes),
                ValueRef::Real(_) => return Err(wrong()),
            }),
            Self::Postgres(row) => row.try_get(column).map_err(|_| wrong()),
        }
    }
}

/// What a column can be read as.
pub(super) trait Column: Sized {
    /// None where the column holds something else.
    fn read(value: Value<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Int(number) = value { Some(number) } else { None }
    }
}

impl Column for bool {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(|number| number != 0)
    }
}

impl Column for String {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl Column for Timestamp {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(Self::from_millis)
    }
}

impl Column for Uuid {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Self::from_slice(bytes).ok(),
            Value::Id(id) => Some(id),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::read(value).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(db: &Db, number: i64) -> Result<u64> {
        db.execute("INSERT INTO numbers VALUES ($1)", values![number])
    }

    fn database() -> Db {
        let db = Db::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
        db.batch("CREATE TABLE numbers (number INTEGER UNIQUE)").unwrap();
        db.begin().unwrap();
        db
    }

    fn numbers(db: &Db) -> Vec<i64> {
        db.rows("SELECT number FROM numbers ORDER BY number", &[], |row| row.get("number")).unwrap()
    }

    #[test]
    fn a_job_that_fails_before_it_writes_leaves_the_others_alone() {
        let db = database();
        db.without_savepoint(|db| insert(db, 1)).unwrap();
        assert!(db.without_savepoint(|db| insert(db, 1)).is_err());
        assert!(db.without_savepoint(|_| -> Result<()> { panic!("on purpose") }).is_err());
        db.without_savepoint(|db| insert(db, 2)).unwrap();
        db.commit().unwrap();
        assert_eq!(numbers(&db), [1, 2]);
    }

    #[test]
    fn a_job_that_fails_behind_its_first_write_takes_its_transaction_along_and_none_after_it() {
        let db = database();
        db.without_savepoint(|db| insert(db, 1)).unwrap();
        assert!(db.without_savepoint(|db| insert(db, 2).and_then(|_| insert(db, 2))).is_err());
        assert!(matches!(
            db.without_savepoint(|db| insert(db, 3)),
            Err(StoreError::Unavailable(_))
        ));
        assert!(matches!(db.in_savepoint(|db| insert(db, 4)), Err(StoreError::Unavailable(_))));
        assert!(db.commit().is_err(), "all that was in it is told to have failed");
        db.begin().unwrap();
        db.without_savepoint(|db| insert(db, 5)).unwrap();
        db.commit().unwrap();
        assert_eq!(numbers(&db), [5]);
    }
}
