//! A row of a result, of either engine.

use rusqlite::types::ValueRef;

use super::{
    super::{Fault, Result, StoreError},
    value::{Column, Value},
};

/// A row of a result.
#[derive(Debug)]
pub(in crate::store) enum Row<'a> {
    /// A row from SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row from PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// Returns the value of a column as a Rust type.
    pub(in crate::store) fn get<T: Column>(&self, column: &str) -> Result<T> {
        T::read(self.value(column)?).ok_or_else(|| unexpected(column))
    }

    /// Returns the value of a column, of whatever type it is.
    pub(in crate::store) fn value(&self, column: &str) -> Result<Value<'_>> {
        let row = match self {
            Self::Sqlite(row) => row,
            Self::Postgres(row) => return row.try_get(column).map_err(|_| unexpected(column)),
        };
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Text(text) => {
                Value::Text(std::str::from_utf8(text).map_err(|_| unexpected(column))?)
            }
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
            ValueRef::Real(_) => return Err(unexpected(column)),
        })
    }
}

fn unexpected(column: &str) -> StoreError {
    StoreError::Failed(Fault::Column(column.to_owned()))
}
