//! The process: start, SIGTERM, SIGKILL, backups and settings.

mod durability;
mod settings;
mod shutdown;
mod start;
