//! Connections to hosts of the Internet whose addresses come from users: never into the own
//! network.

mod address;
mod connect;

pub use connect::{BoxFuture, Connector, Resolve};
