//! Connects to addresses of the Internet only.
//!
//! A name is resolved once, and the connection goes to exactly the address that was checked: what a
//! name server answers later does not matter.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use super::address::is_public;
use crate::config::PrivateNetworks;

/// The longest time until one of several addresses answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 4;

/// A future on the heap.
pub(super) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Finds the addresses of a name.
pub(super) type Resolve =
    Arc<dyn Fn(String, u16) -> BoxFuture<io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Connects to hosts.
#[derive(Clone)]
pub(super) struct Connector {
    networks: Arc<PrivateNetworks>,
    resolve: Resolve,
}

impl Connector {
    /// Creates a connector that asks the name servers of the system.
    pub(super) fn new(networks: PrivateNetworks) -> Self {
        Self::resolving(networks, Arc::new(|host, port| Box::pin(resolve(host, port))))
    }

    /// Creates a connector that finds addresses by `resolve`.
    pub(super) fn resolving(networks: PrivateNetworks, resolve: Resolve) -> Self {
        Self { networks: Arc::new(networks), resolve }
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let host = uri.host().ok_or_else(|| io::Error::other("no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let found = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => (self.resolve)(host.to_owned(), port).await?,
        };
        let may_reach =
            |address: &SocketAddr| is_public(address.ip()) || self.networks.contains(address.ip());
        let mut last =
            io::Error::new(io::ErrorKind::PermissionDenied, "it has no address of the Internet");
        for address in found.into_iter().filter(may_reach).take(MAX_ADDRESSES) {
            match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(TokioIo::new(stream)),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

async fn resolve(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
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
