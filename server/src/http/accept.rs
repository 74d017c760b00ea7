//! Accepts connections and speaks HTTP on them. Our own loop instead of `axum::serve`, which leaves Nagle's algorithm
//! on and half-sent request headers open for ever.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::base::{file_descriptors, shutdown::Shutdown};

/// Connections that may wait to be accepted: everybody who comes back at once. The system may allow fewer.
const BACKLOG: u32 = 4096;
/// File descriptors that connections leave to all else, the store first.
const RESERVED_DESCRIPTORS: usize = 128;
/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head, and of what is buffered of its body.
const HTTP_BUFFER: usize = 32 << 10;
/// How long what we send may stay unread before the line is cut.
#[cfg(target_os = "linux")]
const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait when no connection can be accepted, for want of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// It is taken, or none of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that starts again takes the address over from connections that are still ending.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections for ever: while the server drains too, so that it can say that it does. Those that became `sockets`
/// are counted along.
pub async fn accept(
    listener: TcpListener,
    router: Router,
    (connections, sockets): (TaskTracker, TaskTracker),
    shutdown: Shutdown,
) {
    let most = file_descriptors::limit()
        .map_or(usize::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS).max(1));
    loop {
        match listener.accept().await {
            Ok((stream, peer)) if connections.len() + sockets.len() >= most => {
                drop(stream);
                tracing::debug!(%peer, "turned away: all file descriptors for connections are in use");
            }
            Ok((stream, peer)) => {
                connections.spawn(connection(stream, peer, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, shutdown: Shutdown) {
    // We gather what we write ourselves; where the option is refused, writes are only later.
    let _ = stream.set_nodelay(true);
    // Whoever takes nothing in any more, or has gone without a word, does not hold our memory for long.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_TIMEOUT));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.oneshot(request).await.map_err(|error: Infallible| error)
        }
    });
    let draining = shutdown.is_draining();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HTTP_BUFFER)
        .keep_alive(!draining)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.begun(), if !draining => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
