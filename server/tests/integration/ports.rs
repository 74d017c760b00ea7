//! Ports for servers that tests start.

use std::net::TcpListener;

use uuid::Uuid;

/// A free port below those that outgoing connections take theirs from: it stays free until a server takes it, and while
/// one is away.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 10_000 + (Uuid::new_v4().as_u128() % 10_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
