//! Fetches a page or a picture, within bounds of size, time and redirects.

use std::{fmt, io, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{self, HeaderName},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use url::Url;

use super::{
    hosts::{Hosts, Turn},
    page::{Page, read_page},
};
use crate::{
    base::{host::host_of, tls},
    config::PrivateNetworks,
    outbound::Connector,
};

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// The longest time for a page, and for a picture: redirects, head and body.
const MAX_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a page that are read. Its head is first.
const MAX_PAGE_BYTES: usize = 512 << 10;
/// The most bytes of a picture.
const MAX_PICTURE_BYTES: usize = 5 << 20;

const USER_AGENT: &str = concat!("Banter/", env!("CARGO_PKG_VERSION"), " (link preview)");
const PAGE_TYPES: [&str; 2] = ["text/html", "application/xhtml+xml"];
const PICTURE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Why something was not fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("its address is not one that is fetched")]
    Address,
    /// Without the cause, which may name the host: logs tell nothing of private rooms.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::ErrorKind),
    #[error("it took too long")]
    Slow,
    #[error("it leads on too often")]
    Redirects,
    #[error("the status is {0}")]
    Status(u16),
    #[error("it is of another type")]
    Type,
    #[error("it is too large")]
    Size,
    #[error("it ended early")]
    Broken,
}

/// Fetches pages and pictures of strangers. Keeps no connections and no cookies, and asks no proxy.
pub(super) struct Fetcher {
    client: Client<HttpsConnector<Connector>, Empty<Bytes>>,
    max_time: Duration,
    hosts: Hosts,
    /// The host of this server, which is never asked.
    own: Option<String>,
}

/// An answer, and the right to read it: the next request to its host may begin when it is dropped.
struct Answer {
    url: Url,
    response: Response<Incoming>,
    turn: Turn,
}

impl Fetcher {
    /// Creates a fetcher that may fetch from `networks` although they are private. It asks nothing
    /// of the host of `own`, the public URL of this server.
    ///
    /// # Errors
    /// Fails with the reason if there are no certificates to trust.
    pub(super) fn new(networks: PrivateNetworks, own: &str) -> Result<Self, String> {
        let own = Url::parse(own).ok().as_ref().and_then(host_of).map(ToOwned::to_owned);
        Ok(Self { own, ..Self::over(Connector::new(networks), MAX_TIME)? })
    }

    fn over(connector: Connector, max_time: Duration) -> Result<Self, String> {
        let mut tls = tls::client()?;
        // That client is for PostgreSQL.
        tls.alpn_protocols.clear();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .build(connector);
        Ok(Self { client, max_time, hosts: Hosts::default(), own: None })
    }

    /// Fetches a page, and returns what its head says.
    ///
    /// # Errors
    /// Fails if there is no page within the bounds.
    pub(super) async fn page(&self, url: &str) -> Result<Page, Fault> {
        let url = Url::parse(url).map_err(|_| Fault::Address)?;
        let fetched = async {
            let Answer { url, response, turn } = self.get(url, &PAGE_TYPES).await?;
            let charset = charset(&response);
            let bytes = read_head(response).await?;
            drop(turn);
            Ok::<_, Fault>((url, charset, bytes))
        };
        let fetched = tokio::time::timeout(self.max_time, fetched).await;
        let (url, charset, bytes) = fetched.map_err(|_| Fault::Slow)??;
        // Half a megabyte takes some milliseconds.
        let read = move || read_page(&bytes, charset.as_deref(), &url);
        tokio::task::spawn_blocking(read).await.map_err(|_| Fault::Broken)
    }

    /// Fetches a picture. Whether it is one, its bytes decide.
    ///
    /// # Errors
    /// Fails if there is none within the bounds.
    pub(super) async fn picture(&self, url: Url) -> Result<Vec<u8>, Fault> {
        let fetched = async {
            let Answer { response, turn, .. } = self.get(url, &PICTURE_TYPES).await?;
            let (bytes, is_all) = read(response, MAX_PICTURE_BYTES, |_| false).await?;
            drop(turn);
            if is_all { Ok(bytes) } else { Err(Fault::Size) }
        };
        tokio::time::timeout(self.max_time, fetched).await.map_err(|_| Fault::Slow)?
    }

    /// Sends a request, and follows redirects. Each address is checked anew, and each host has its
    /// own turns.
    async fn get(&self, mut url: Url, types: &[&str]) -> Result<Answer, Fault> {
        for _ in 0..=MAX_REDIRECTS {
            let host = check(&url, self.own.as_deref())?;
            let turn = self.hosts.turn(host).await.ok_or(Fault::Broken)?;
            let request = Request::get(url.as_str())
                .header(header::USER_AGENT, USER_AGENT)
                .header(header::ACCEPT, types.join(", "))
                .header(header::ACCEPT_ENCODING, "identity")
                .header(header::CONNECTION, "close")
                .body(Empty::new())
                .map_err(|_| Fault::Address)?;
            let response = self.client.request(request).await;
            let response = response.map_err(|error| Fault::Unreachable(cause(&error)))?;
            match response.status().as_u16() {
                200 => {
                    check_type(&response, types)?;
                    return Ok(Answer { url, response, turn });
                }
                301 | 302 | 303 | 307 | 308 => {
                    let next = text(&response, &header::LOCATION).ok_or(Fault::Address)?;
                    let mut next = url.join(next).map_err(|_| Fault::Address)?;
                    if url.scheme() == "https" && next.scheme() != "https" {
                        return Err(Fault::Address);
                    }
                    next.set_fragment(None);
                    url = next;
                }
                status => return Err(Fault::Status(status)),
            }
        }
        Err(Fault::Redirects)
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

/// Checks an address before its host is asked for. The connector checks where the host is.
/// Returns the host.
fn check<'a>(url: &'a Url, own: Option<&str>) -> Result<&'a str, Fault> {
    let is_web = matches!(url.scheme(), "http" | "https");
    let host = host_of(url).filter(|host| Some(*host) != own);
    let has_user = !url.username().is_empty() || url.password().is_some();
    // Ports below 1024 belong to other services, such as mail.
    let is_port = url.port().is_none_or(|port| matches!(port, 80 | 443 | 1024..));
    host.filter(|_| is_web && !has_user && is_port).ok_or(Fault::Address)
}

fn check_type(response: &Response<Incoming>, types: &[&str]) -> Result<(), Fault> {
    let is_plain = text(response, &header::CONTENT_ENCODING)
        .is_none_or(|encoding| encoding.trim().eq_ignore_ascii_case("identity"));
    let found = text(response, &header::CONTENT_TYPE).unwrap_or_default();
    let found = found.split(';').next().unwrap_or_default().trim();
    let is_wanted = types.iter().any(|wanted| wanted.eq_ignore_ascii_case(found));
    if is_plain && is_wanted { Ok(()) } else { Err(Fault::Type) }
}

/// Returns the charset that the headers name.
fn charset(response: &Response<Incoming>) -> Option<String> {
    let mut parameters = text(response, &header::CONTENT_TYPE)?.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

fn text<'a>(response: &'a Response<Incoming>, name: &HeaderName) -> Option<&'a str> {
    std::str::from_utf8(response.headers().get(name)?.as_bytes()).ok()
}

/// Reads a page up to the end of its head.
async fn read_head(response: Response<Incoming>) -> Result<Vec<u8>, Fault> {
    const ENDS: [&[u8]; 2] = [b"</head", b"<body"];
    let mut searched = 0;
    let ends = |bytes: &[u8]| {
        let from = searched;
        searched = bytes.len().saturating_sub(6);
        ENDS.iter().any(|end| {
            bytes[from..].windows(end.len()).any(|found| found.eq_ignore_ascii_case(end))
        })
    };
    Ok(read(response, MAX_PAGE_BYTES, ends).await?.0)
}

/// Reads a body up to `max` bytes, or until `ends` says that it is enough. Returns whether it was
/// read to its end.
async fn read(
    response: Response<Incoming>,
    max: usize,
    mut ends: impl FnMut(&[u8]) -> bool,
) -> Result<(Vec<u8>, bool), Fault> {
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::Broken)?.into_data() else { continue };
        let fitting = data.len().min(max - bytes.len());
        bytes.extend_from_slice(&data[..fitting]);
        if fitting < data.len() || ends(&bytes) {
            return Ok((bytes, false));
        }
    }
    Ok((bytes, true))
}

/// Returns the kind of the last cause of an error that has one.
fn cause(error: &(dyn std::error::Error + 'static)) -> io::ErrorKind {
    let (mut kind, mut cause) = (io::ErrorKind::InvalidData, Some(error));
    while let Some(error) = cause {
        kind = error.downcast_ref::<io::Error>().map_or(kind, io::Error::kind);
        cause = error.source();
    }
    kind
}

#[cfg(test)]
mod tests;
