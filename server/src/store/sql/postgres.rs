//! PostgreSQL, used from blocking threads.
//!
//! Each connection owns a single-threaded tokio runtime, which runs while a statement does. The
//! store thus has one shape for both engines, and a batch of writes stays on one thread.

mod connection;
mod error;
mod server;
mod value;

pub(in crate::store) use connection::META_TABLE;
pub(super) use connection::PgConnection;
pub(in crate::store) use server::Server;
