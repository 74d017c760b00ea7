//! Ports for servers that tests start.

use std::{
    net::TcpListener,
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering},
    },
};

use uuid::Uuid;

/// Each test is a process of its own and starts at a random port.
static NEXT: LazyLock<AtomicU16> =
    LazyLock::new(|| AtomicU16::new((Uuid::new_v4().as_u128() % 10_000) as u16));

/// Returns a free port below the range of outgoing connections. It stays free until a server binds
/// it, and while that server is down. No test gets it twice.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 10_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
