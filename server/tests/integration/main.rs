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
mod direct;
mod documents;
mod edits;
mod epoch;
mod files;
mod following;
mod former_slugs;
mod hostile;
mod hostile_text;
mod invitations;
mod lifecycle;
mod limits;
mod membership;
mod metrics;
mod names;
mod pages;
mod permalinks;
mod pins;
mod ports;
mod postgres;
mod presence;
mod process;
mod quotes;
mod reactions;
mod read_state;
mod recount;
mod refusals;
mod repair;
mod resume;
mod retries;
mod room_addresses;
mod room_list;
mod room_settings;
mod stall;
mod stranger;
mod subscribe;
mod support;
mod threads;
mod tls;
mod updates;
mod users_list;
