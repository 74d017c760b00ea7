//! Conversion of values to and from PostgreSQL's types.

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::value::Value;

type ConversionError = Box<dyn std::error::Error + Sync + Send>;

impl Value<'_> {
    /// Returns the type of a parameter with this value.
    pub(super) fn pg_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN, // PostgreSQL infers it
            Self::Int(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) | Self::Id(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, ConversionError> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => {
                out.extend_from_slice(&i32::try_from(*number)?.to_be_bytes())
            }
            Self::Int(number) => out.extend_from_slice(&number.to_be_bytes()),
            // PostgreSQL rejects NUL. Stored texts contain none, but a name that a user looks up
            // may. U+FFFD replaces it, as in copies; no stored name contains that either.
            Self::Text(text) => out.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes()),
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Id(id) => out.extend_from_slice(id.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, ConversionError> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, ConversionError> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::BOOL | Type::TEXT | Type::VARCHAR | Type::BYTEA
        )
    }
}
