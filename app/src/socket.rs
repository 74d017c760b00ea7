//! The pure part of the connection.

pub mod link;
