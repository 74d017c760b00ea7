//! Errors of the store.

use std::{
    fmt::Display,
    io::{self, ErrorKind},
};

use protocol::FieldError;
use rusqlite::ErrorCode;

use crate::base::io_error::explain;

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such room, message or user, or the caller may not see it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A unique name or id is taken.
    #[error("the {0} is taken")]
    Taken(&'static str),
    /// The name is the id of one and the name of another.
    #[error("the {0} is ambiguous")]
    Ambiguous(&'static str),
    /// The change does not fit the present state. The text says why.
    #[error("{0}")]
    Clash(&'static str),
    /// Some values are invalid.
    #[error("some values are invalid")]
    Invalid(Vec<FieldError>),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The caller's session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The store does not work at present: the disk is full, the database is down, or the server
    /// is stopping.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The disk is full: data can be read, and nothing can be written until there is space.
    #[error("the disk of the store is full: {0}")]
    Full(String),
    /// Files may have no more bytes. The database is not full.
    #[error("there is no space for more files")]
    StorageFull,
    /// The files of the user may have no more bytes.
    #[error("the user's files have all the space that they may have")]
    UserStorageFull,
    /// A bug.
    #[error("the store failed")]
    Failed(#[source] Fault),
}

/// An error of a statement or its result.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite rejected the statement.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    /// PostgreSQL rejected the statement.
    #[error("{0}")]
    Postgres(String),
    /// A row lacks a column, or the column is of another type.
    #[error("the column {0} is missing or of another type")]
    Column(String),
    /// A required row does not exist.
    #[error("a row is missing")]
    Missing,
    /// A row has a value that no version of Banter writes.
    #[error("the column {0} has an unknown value")]
    UnknownValue(&'static str),
    /// The work panicked.
    #[error("the work panicked")]
    Panicked,
}

impl StoreError {
    /// Returns an [`Self::Unavailable`] with that reason.
    pub(super) fn unavailable(reason: impl Display) -> Self {
        Self::Unavailable(reason.to_string())
    }

    /// Returns whether the store as a whole does not work at present.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_))
    }

    /// Returns the error for further writes that fail for the same reason.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full(reason) => Self::Full(reason.clone()),
            other => Self::Unavailable(other.cause()),
        }
    }

    /// Returns the reason alone, for messages that already say that the store failed.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Unavailable(reason) | Self::Full(reason) => reason.clone(),
            Self::Failed(fault) => fault.to_string(),
            other => other.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error.to_string()),
            // SQLite knows one way of a disk to be full. A quota and a limit are others.
            Some(ErrorCode::SystemIoFailure) if is_full(&io::Error::last_os_error()) => {
                Self::Full(explain(&io::Error::last_os_error()))
            }
            // The disk or a lock is the cause: a later attempt may succeed.
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen,
            ) => Self::unavailable(error),
            _ => Self::Failed(Fault::Sqlite(error)),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}
