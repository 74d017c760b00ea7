//! The state of the connection and of the page itself.

pub mod connection;
pub mod files;
pub mod outdated;
pub mod restored;
