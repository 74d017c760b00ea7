//! Copies the rows of a table, and sums them up to compare the copy.

use std::{fmt, ops::ControlFlow};

use sha2::{Digest as _, Sha256};

use super::{
    super::{
        Result,
        migrations::Table,
        sql::{Db, Row, Value},
    },
    CopyError,
};

/// The number of rows that one statement writes.
const ROWS_PER_STATEMENT: usize = 100;

/// A copied table. Equal in source and target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// The name of the table.
    pub name: &'static str,
    /// The number of rows.
    pub rows: u64,
    /// The SHA-256 hash of all rows, in order.
    pub hash: [u8; 32],
}

impl fmt::Display for CopiedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:>10} rows  sha256 ", self.name, self.rows)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Copies the rows of a table.
pub(super) fn copy_table(
    source: &Db,
    target: &Db,
    table: &'static Table,
) -> Result<CopiedTable, CopyError> {
    let mut batch = Vec::new();
    let mut failure = None;
    let copied = for_each_row(source, table, |row| {
        batch.push(row);
        if batch.len() == ROWS_PER_STATEMENT {
            failure = insert(target, table, &std::mem::take(&mut batch)).err();
        }
        Ok(if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    if let Some(error) = failure {
        return Err(CopyError::To(error));
    }
    let copied = copied.map_err(CopyError::From)?;
    insert(target, table, &batch)?;
    Ok(copied)
}

/// Counts and hashes the rows of a table.
pub(super) fn sum_up(db: &Db, table: &'static Table) -> Result<CopiedTable> {
    for_each_row(db, table, |_| Ok(ControlFlow::Continue(())))
}

/// Passes the rows to `take`, sorted by key, until it breaks. Returns their number and hash.
fn for_each_row(
    db: &Db,
    table: &'static Table,
    mut take: impl FnMut(Vec<OwnedValue>) -> Result<ControlFlow<()>>,
) -> Result<CopiedTable> {
    let Table { name, columns, key } = table;
    let (mut rows, mut hash) = (0, Sha256::new());
    db.each(&format!("SELECT {} FROM {name} ORDER BY {key}", columns.join(", ")), &[], |row| {
        let values = columns.iter().map(|column| OwnedValue::read(row, column));
        let values: Vec<_> = values.collect::<Result<_>>()?;
        values.iter().for_each(|value| value.add_to(&mut hash));
        rows += 1;
        take(values)
    })?;
    Ok(CopiedTable { name, rows, hash: hash.finalize().into() })
}

fn insert(db: &Db, table: &Table, rows: &[Vec<OwnedValue>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let Table { name, columns, .. } = table;
    let placeholders = (0..rows.len()).map(|row| {
        let numbers = (1..=columns.len()).map(|column| row * columns.len() + column);
        let row: Vec<_> = numbers.map(|number| format!("${number}")).collect();
        format!("({})", row.join(", "))
    });
    let placeholders = placeholders.collect::<Vec<_>>().join(", ");
    let values: Vec<_> = rows.iter().flatten().map(OwnedValue::as_value).collect();
    let insert = format!("INSERT INTO {name} ({}) VALUES {placeholders}", columns.join(", "));
    db.execute(&insert, &values).map(drop)
}

/// A value between source and target.
#[derive(Debug)]
enum OwnedValue {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl OwnedValue {
    fn read(row: &Row<'_>, column: &str) -> Result<Self> {
        Ok(match row.value(column)? {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(number),
            // PostgreSQL rejects NUL. Early versions of Banter accepted it on SQLite.
            Value::Text(text) => Self::Text(text.replace('\0', "\u{fffd}")),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
            Value::Id(id) => Self::Bytes(id.as_bytes().to_vec()),
        })
    }

    fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    /// Adds type, length and content, so that different rows never hash the same bytes.
    fn add_to(&self, hash: &mut Sha256) {
        let number;
        let (kind, bytes) = match self {
            Self::Null => (0, &[][..]),
            Self::Int(value) => {
                number = value.to_be_bytes();
                (1, &number[..])
            }
            Self::Text(text) => (2, text.as_bytes()),
            Self::Bytes(bytes) => (3, &bytes[..]),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
}
