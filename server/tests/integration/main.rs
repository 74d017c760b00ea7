//! Tests of a complete server on a free port, over HTTP and WebSockets.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]
#![expect(clippy::disallowed_methods, reason = "the tasks of a test end with its runtime")]

mod accounts;
mod chat;
mod cluster;
mod connect;
mod copy;
mod documents;
mod epoch;
mod hostile;
mod invitations;
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
mod room_addresses;
mod stall;
mod subscribe;
mod support;
mod tls;
mod updates;
