//! A whole server on a free port, spoken to as others do: over HTTP and a real WebSocket.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![expect(clippy::disallowed_methods, reason = "a test's tasks end with its runtime")]

mod accounts;
mod changes;
mod chat;
mod connect;
mod copy;
mod documents;
mod history;
mod hostile;
mod lifecycle;
mod limits;
mod membership;
mod nodes;
mod pages;
mod ports;
mod process;
mod reading;
mod resume;
mod standstill;
mod subscribe;
mod support;
mod tls;
