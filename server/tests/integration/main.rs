//! Tests of a complete server on a free port, over HTTP and WebSockets.

#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]
#![expect(clippy::disallowed_methods, reason = "the tasks of a test end with its runtime")]

mod abuse;
mod accounts;
mod boundaries;
mod chat;
mod cluster;
mod command_line;
mod connect;
mod copy;
mod documents;
mod epoch;
mod files;
mod hostile;
mod hostile_text;
mod invitations;
mod lifecycle;
mod limits;
mod membership;
mod metrics;
mod names;
mod pages;
mod password_resets;
mod pictures;
mod ports;
mod postgres;
mod presence;
mod process;
mod profile;
mod reactions;
mod read_state;
mod refusals;
mod repair;
mod resume;
mod retries;
mod room_addresses;
mod room_list;
mod sessions_list;
mod stall;
mod subscribe;
mod support;
mod tls;
mod updates;
mod user_changes;
