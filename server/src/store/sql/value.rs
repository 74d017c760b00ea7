//! Values of parameters and columns, and the Rust types they convert to and from.

use protocol::{FileId, MessageId, OpId, PushId, RoomId, SessionId, Timestamp, UserId};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

/// The number of values in an `IN (…)` list.
pub(in crate::store) const VALUES_PER_STATEMENT: usize = 100;

/// A value of a parameter or a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::store) enum Value<'a> {
    /// NULL.
    Null,
    /// A number, a time in milliseconds, or a flag.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A UUID, stored as 16 bytes.
    Id(Uuid),
}

/// The parameters of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Value::from($value)),*] };
}
pub(in crate::store) use values;

/// A type that a column can be read as.
pub(in crate::store) trait Column: Sized {
    /// Converts the value. Returns `None` if it is of another type.
    fn read(value: Value<'_>) -> Option<Self>;
}

/// Returns the placeholders of an `IN (…)` list that follow `first` other parameters.
pub(super) fn in_list(first: usize) -> String {
    let placeholders: Vec<_> =
        (1..=VALUES_PER_STATEMENT).map(|number| format!("${}", first + number)).collect();
    format!("IN ({})", placeholders.join(", "))
}

/// Appends `some` values to `first`. Repeats the last one up to a constant length, so that the
/// statement is prepared once for any number of values.
pub(super) fn padded<'a>(first: &[Value<'a>], some: &[Value<'a>]) -> Vec<Value<'a>> {
    let padding = some.last().into_iter().cycle().take(VALUES_PER_STATEMENT - some.len());
    first.iter().chain(some).chain(padding).copied().collect()
}

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
    fn from(time: Timestamp) -> Self {
        Self::Int(time.as_millis())
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
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

impl Column for Vec<u8> {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.to_vec()) } else { None }
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

/// Unsigned numbers. One that exceeds `i64` exceeds every stored number: the maximum stands for it.
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

ids!(FileId, MessageId, OpId, PushId, RoomId, SessionId, UserId);
