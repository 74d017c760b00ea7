//! The addresses of this server, and the origins that may use a user's cookie
//! (docs/decisions/0017-browser-boundaries.md).
//!
//! A browser sends the cookie with requests of any page and names the page's origin in `Origin`.
//! Nothing else restricts WebSockets to our own pages.

use std::{borrow::Cow, net::SocketAddr};

use axum::http::{HeaderMap, Method, Uri, header};

use super::host::Hosts;
use crate::{config::PublicUrl, error::Error};

/// The detail of the error for a page of another origin.
const FOREIGN: &str = "This page is not at the address that this server is configured for. \
     Open it there, or set BANTER_PUBLIC_URL to the address of this page.";

/// The detail of the error for a page that the browser does not name.
const UNNAMED: &str = "The browser did not tell which page sent this. A proxy or an add-on \
     probably sets Referrer-Policy to no-referrer: set it to same-origin, or open this server \
     over https.";

/// The detail of the error for an unsafe request that the cookie alone authenticates.
const MISSING: &str = "The session cookie counts only with an Origin header that names this \
     server, as browsers send it. Programs use the token: Authorization: Bearer.";

/// The header by which a browser tells how the page that sends a request relates to its target. No
/// script can set it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The addresses of this server and the origins that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    allowed: Vec<String>,
    hosts: Hosts,
}

/// What a request tells about the page that sent it.
///
/// Ordered: of several, the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sender {
    /// One of our own pages.
    Own,
    /// No page, as far as one can tell: a program.
    Program,
    /// A page of another origin.
    Foreign,
    /// A page that the browser does not name.
    Unnamed,
}

impl Origins {
    /// Allows the public URL. Without one, allows the address and its names on this machine.
    #[must_use]
    pub fn new(public: Option<&PublicUrl>, address: SocketAddr) -> Self {
        let port = address.port();
        let allowed = match public {
            Some(url) => vec![url.origin().to_owned()],
            None => {
                let mut names = vec![format!("http://{address}")];
                if address.ip().is_unspecified() {
                    names.clear(); // no browser opens that
                }
                if address.ip().is_loopback() || address.ip().is_unspecified() {
                    names.extend(
                        ["localhost", "127.0.0.1", "[::1]"]
                            .map(|host| format!("http://{host}:{port}")),
                    );
                }
                names
            }
        };
        // A browser leaves out the default port.
        let allowed = allowed
            .into_iter()
            .map(|origin| origin.strip_suffix(":80").map(str::to_owned).unwrap_or(origin));
        let hosts = public.map_or(Hosts::Local, |url| Hosts::of_origin(url.origin()));
        Self { allowed: allowed.collect(), hosts }
    }

    /// Returns the URL for links, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.allowed.first().map_or("", String::as_str)
    }

    /// Returns the URL for links in the response to a request. Without a public URL, it is the one
    /// that the request was sent to.
    #[must_use]
    pub fn url(&self, request: &HeaderMap) -> Cow<'_, str> {
        match self.local_origin(request) {
            Some(origin) => origin.into(),
            None => self.public_url().into(),
        }
    }

    /// Returns the link with which an invited user registers.
    #[must_use]
    pub fn invite_url(&self, request: &HeaderMap, code: &str) -> String {
        format!("{}/join/{code}", self.url(request))
    }

    /// Returns the link with which a user sets a new password.
    #[must_use]
    pub fn reset_url(&self, request: &HeaderMap, token: &str) -> String {
        format!("{}/reset/{token}", self.url(request))
    }

    /// Returns the host, for users to read.
    #[must_use]
    pub fn host(&self, request: &HeaderMap) -> String {
        let url = self.url(request);
        url.split_once("://").map_or(&*url, |(_, host)| host).to_owned()
    }

    /// Returns whether cookies are for https only.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// Checks that a request names this server by a host that leads here, if it names any.
    ///
    /// # Errors
    /// Returns [`Error::Http`] with 421 (RFC 9110, section 15.5.20).
    pub fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        let named = headers.get_all(header::HOST).iter().map(|host| host.as_bytes());
        // An absolute address takes precedence over `Host`, so both must fit.
        let mut named =
            uri.authority().map(|name| name.as_str().as_bytes()).into_iter().chain(named);
        let is_own = |name| std::str::from_utf8(name).is_ok_and(|name| self.hosts.accepts(name));
        let Some(foreign) = named.find(|name| !is_own(name)) else { return Ok(()) };
        let host = String::from_utf8_lossy(foreign);
        tracing::debug!(?host, "request names another host");
        let detail = match self.hosts {
            Hosts::Public { .. } => format!(
                "This server is at {}, and the request names another host. A proxy must pass on \
                 the Host header that it receives.",
                self.public_url()
            ),
            Hosts::Local => "This server knows no public address, and the request names one. Set \
                 BANTER_PUBLIC_URL to the address that users open."
                .to_owned(),
        };
        Err(Error::Http(421, detail))
    }

    /// Checks that no page elsewhere sent an unsafe request.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if one did, or if the browser does not tell.
    pub fn check_sender(&self, method: &Method, headers: &HeaderMap) -> Result<(), Error> {
        if method.is_safe() { Ok(()) } else { self.check_origin(headers) }
    }

    /// Checks that the request names an origin that is allowed, or none, as programs do.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if it does not.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Error> {
        match self.sender(headers) {
            Sender::Own | Sender::Program => Ok(()),
            Sender::Foreign => Err(Error::Forbidden(FOREIGN.into())),
            Sender::Unnamed => Err(Error::Forbidden(UNNAMED.into())),
        }
    }

    /// Checks that an unsafe request that the cookie alone authenticates comes from our own pages.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if it does not say so.
    pub fn check_own_page(&self, headers: &HeaderMap) -> Result<(), Error> {
        self.check_origin(headers)?;
        if self.is_own_page(headers) { Ok(()) } else { Err(Error::Forbidden(MISSING.into())) }
    }

    /// Returns whether the request comes from our own pages.
    #[must_use]
    pub fn is_own_page(&self, headers: &HeaderMap) -> bool {
        self.sender(headers) == Sender::Own
    }

    fn sender(&self, headers: &HeaderMap) -> Sender {
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter().map(|site| site.as_bytes());
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        if origins.peek().is_none() {
            // A browser that sends no `Origin` with an unsafe request may still tell this.
            let is_foreign = sites.any(|site| site == b"cross-site" || site == b"same-site");
            return if is_foreign { Sender::Foreign } else { Sender::Program };
        }
        let site = sites.next();
        let is_same_site = site == Some(b"same-origin") && sites.next().is_none();
        let local = self.local_origin(headers);
        let senders = origins.map(|origin| match origin.as_bytes() {
            // Under `Referrer-Policy: no-referrer`, a browser names no origin in forms.
            b"null" if is_same_site => Sender::Own,
            b"null" if site.is_none() => Sender::Unnamed,
            origin => {
                let is_own = |own: &str| origin.eq_ignore_ascii_case(own.as_bytes());
                if self.allowed.iter().map(String::as_str).chain(local.as_deref()).any(is_own) {
                    Sender::Own
                } else {
                    Sender::Foreign
                }
            }
        });
        senders.max().unwrap_or(Sender::Program)
    }

    /// Returns the origin of the pages at the host that the request names, if no public URL is set
    /// and no page elsewhere can be at that host.
    fn local_origin(&self, headers: &HeaderMap) -> Option<String> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Hosts::Local, Some(host), None) = (&self.hosts, hosts.next(), hosts.next()) else {
            return None;
        };
        let host = host.to_str().ok().filter(|host| self.hosts.accepts(host))?.to_ascii_lowercase();
        let host = host.strip_suffix(":80").or_else(|| host.strip_suffix(':')).unwrap_or(&host);
        Some(format!("http://{host}"))
    }
}

#[cfg(test)]
mod tests;
