//! SQL for both engines: the same statements, the same parameters, the same rows.
//!
//! Placeholders are `$1, $2, …`. They must first appear in ascending order, since SQLite numbers
//! them by first appearance. Flags are integers in both engines, so conditions say `private = 0`.

mod address;
mod db;
mod postgres;
mod row;
mod schema_lock;
mod sqlite;
mod value;

pub(super) use db::Db;
#[cfg(test)]
pub(super) use db::{count_statements, count_steps};
pub(super) use postgres::{META_TABLE, Server};
pub(super) use row::Row;
pub(super) use schema_lock::{hold_schema_lock, serialized, without_timeout};
pub(super) use value::{Column, VALUES_PER_STATEMENT, Value, values};

use super::{Fault, Result, StoreError};

/// Runs blocking work on a thread of its own and waits for it.
///
/// The caller may be a thread of an async runtime. A PostgreSQL connection blocks on a runtime of
/// its own, which tokio forbids there.
pub(super) fn run_blocking<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        scope.spawn(work).join().unwrap_or(Err(StoreError::Failed(Fault::Panicked)))
    })
}
