//! A whole server on a free port, spoken to as others do: over HTTP and a real WebSocket.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![expect(clippy::disallowed_methods, reason = "a test's tasks end with its runtime")]

mod accounts;
mod chat;
mod cluster;
mod connect;
mod copy;
mod documents;
mod epoch;
mod hostile;
mod lifecycle;
mod limits;
mod membership;
mod metrics;
mod pages;
mod ports;
mod postgres;
mod process;
mod read_state;
mod resume;
mod stall;
mod subscribe;
mod support;
mod tls;
mod updates;
