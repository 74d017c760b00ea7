//! Accepts connections and serves HTTP on them.
//!
//! Replaces `axum::serve`, which leaves Nagle's algorithm on, waits without limit for the rest of a
//! request's head, and closes connections that the peer takes for kept.

use std::{convert::Infallible, io, net::SocketAddr, panic::AssertUnwindSafe, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::{
    head_timer::{HeadTimer, IDLE_TIMEOUT},
    lingering::{LingeringStream, NotedBody, Unread},
};
use crate::{
    base::{file_descriptors, shutdown::Shutdown},
    error::Error,
    limits::Limits,
};

/// Connections that may wait to be accepted, such as when all clients reconnect at once.
///
/// The system may allow fewer.
const BACKLOG: u32 = 4096;
/// File descriptors reserved for everything but connections, above all the store.
const RESERVED_DESCRIPTORS: usize = 128;
/// Maximum size in bytes of a request's head and of the buffer for its body.
const HTTP_BUFFER: usize = 32 << 10;
/// Time that sent data may stay unacknowledged before the connection is closed.
#[cfg(target_os = "linux")]
const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause after a connection could not be accepted, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// Fails if the address is taken or does not belong to this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restarted server takes over the address from connections that are still closing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections. Never returns.
///
/// Continues while the server drains, so that `/readyz` can report it. The limit of connections
/// includes those that became WebSockets, in `sockets`.
pub async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    (connections, sockets): (TaskTracker, TaskTracker),
    shutdown: Shutdown,
) {
    let most = file_descriptors::limit()
        .map_or(usize::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS).max(1));
    loop {
        match listener.accept().await {
            Ok((stream, peer)) if connections.len() + sockets.len() >= most => {
                drop(stream);
                tracing::debug!(%peer, "connection closed: no file descriptors left");
            }
            Ok((stream, peer)) => {
                let stream = LingeringStream::new(stream, limits.receive_head(peer.ip()));
                connections.spawn(connection(stream, peer, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: LingeringStream, peer: SocketAddr, router: Router, shutdown: Shutdown) {
    // The server batches writes itself. If the option is refused, writes are only delayed.
    let _ = stream.tcp().set_nodelay(true);
    // A peer that stops reading or vanishes does not keep memory for long.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream.tcp()).set_tcp_user_timeout(Some(UNREAD_TIMEOUT));
    let (unread, head) = (stream.unread(), stream.head());
    let timer = HeadTimer::new(stream.unread());
    let service = service_fn(move |request| {
        let (router, unread, head) = (router.clone(), unread.clone(), head.clone());
        async move {
            head.end();
            let response = respond(request, peer, router, unread).await;
            head.begin();
            response
        }
    });
    let draining = shutdown.is_draining();
    let connection = http1::Builder::new()
        .timer(timer)
        .header_read_timeout(IDLE_TIMEOUT)
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
        tracing::debug!(%error, "connection ended early");
    }
}

/// Passes a request to the router. A panic is answered as a failure of the server.
///
/// Announces the end of the connection if the body was not read to its end: hyper closes such a
/// connection, and a proxy that does not know would send another request on it.
async fn respond(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    router: Router,
    unread: Unread,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let body = NotedBody::new(body, unread);
    let rest = body.rest();
    let mut request = hyper::Request::from_parts(parts, Body::new(body));
    request.extensions_mut().insert(ConnectInfo(peer));
    let answered = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
    let mut response = match answered {
        Ok(response) => response?,
        Err(_) => Error::Internal("a request panicked".into()).into_response(),
    };
    if rest.is_unread() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
