//! Connects to addresses of the Internet only.
//!
//! A name is resolved once, and the connection goes to exactly the address that was checked: what a
//! name server answers later does not matter.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Semaphore};
use tower::Service;

use super::address::is_public;
use crate::config::PrivateNetworks;

/// The longest time until one of several addresses answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 4;
/// Names that are resolved at the same time. Each holds a thread, also after its time is over.
const NAMES_AT_ONCE: usize = 12;

/// A future on the heap.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Finds the addresses of a name.
pub type Resolve = Arc<dyn Fn(String, u16) -> BoxFuture<io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Connects to hosts.
#[derive(Clone)]
pub struct Connector {
    networks: Arc<PrivateNetworks>,
    resolve: Resolve,
}

impl Connector {
    /// Creates a connector that asks the name servers of the system.
    #[must_use]
    pub fn new(networks: PrivateNetworks) -> Self {
        let names = Arc::new(Semaphore::new(NAMES_AT_ONCE));
        let resolve =
            move |host, port| -> BoxFuture<_> { Box::pin(resolve(Arc::clone(&names), host, port)) };
        Self::resolving(networks, Arc::new(resolve))
    }

    /// Creates a connector that finds addresses by `resolve`.
    #[must_use]
    pub fn resolving(networks: PrivateNetworks, resolve: Resolve) -> Self {
        Self { networks: Arc::new(networks), resolve }
    }

    /// Returns the addresses of the host of a URL that may be reached.
    ///
    /// # Errors
    /// Fails if there are none, with [`io::ErrorKind::PermissionDenied`] if all are private.
    pub async fn addresses(&self, uri: &Uri) -> io::Result<Vec<SocketAddr>> {
        let host = uri.host().ok_or_else(|| io::Error::other("no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let mut found = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => (self.resolve)(host.to_owned(), port).await?,
        };
        found.retain(|address| is_public(address.ip()) || self.networks.contains(address.ip()));
        found.truncate(MAX_ADDRESSES);
        if found.is_empty() { Err(no_address()) } else { Ok(found) }
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let mut last = no_address();
        for address in self.addresses(&uri).await? {
            match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                // A public address of this machine: no firewall stands before it.
                Ok(Ok(stream)) if is_own(&stream) && !self.networks.contains(address.ip()) => {
                    last = io::ErrorKind::PermissionDenied.into();
                }
                Ok(Ok(stream)) => return Ok(TokioIo::new(stream)),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "it has no address of the Internet")
}

/// Returns whether a connection leads to the machine that it begins on, or cannot tell.
fn is_own(stream: &TcpStream) -> bool {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(local), Ok(peer)) => local.ip().to_canonical() == peer.ip().to_canonical(),
        _ => true,
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("networks", &self.networks).finish_non_exhaustive()
    }
}

async fn resolve(names: Arc<Semaphore>, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let place = names.acquire_owned().await.map_err(io::Error::other)?;
    let resolve = move || {
        let _place = place;
        Ok((host.as_str(), port).to_socket_addrs()?.collect())
    };
    tokio::task::spawn_blocking(resolve).await?
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}
