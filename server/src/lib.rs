//! Banter's server. `docs/architecture.md` follows a message through it.
//!
//! The modules stand on floors, lowest first. A module imports from lower floors or from its own
//! folder, never from above; `tests/architecture/` checks this.

pub mod base;
pub mod metrics;

pub mod store;
pub mod websocket;

pub mod config;
pub mod emoji;
pub mod error;
pub mod files;
pub mod hub;
pub mod outbound;

pub mod cluster;

pub mod delivery;

pub mod accounts;
pub mod auth;
pub mod limits;
pub mod rooms;
pub mod search;

pub mod links;
pub mod push;

pub mod chat;
pub mod gateway;
pub mod http;

pub mod run;
pub mod startup;
pub mod telemetry;

pub use base::failure::Failure;
pub use run::{run, serve};
pub use startup::{BackgroundTasks, open, open_on};
