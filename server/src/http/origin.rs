//! The origins that may use a user's cookie (docs/decisions/0004-origin-and-csrf.md).
//!
//! A browser sends the cookie with requests of any page and names the page's origin in `Origin`.
//! Nothing else restricts WebSockets to our own pages.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::config::PublicUrl;

/// The detail of the error for a page of another origin.
pub const REFUSED: &str = "This page is not at the address that this server is configured for. \
     Open it there, or set BANTER_PUBLIC_URL to the address of this page.";

/// The origins that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    allowed: Vec<String>,
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
        Self { allowed: allowed.collect() }
    }

    /// Returns the URL for links, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.allowed.first().map_or("", String::as_str)
    }

    /// Returns the link with which an invited user registers.
    #[must_use]
    pub fn invite_url(&self, code: &str) -> String {
        format!("{}/join/{code}", self.public_url())
    }

    /// Returns the host, for users to read.
    #[must_use]
    pub fn host(&self) -> &str {
        let url = self.public_url();
        url.split_once("://").map_or(url, |(_, host)| host)
    }

    /// Returns whether cookies are for https only.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// Returns whether the request names an origin that is allowed, as our own pages do.
    #[must_use]
    pub fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::ORIGIN) && self.is_allowed(headers)
    }

    /// Returns whether the request names an origin that is allowed, or none, as programs do.
    #[must_use]
    pub fn is_allowed(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().all(|origin| {
            self.allowed
                .iter()
                .any(|allowed| origin.as_bytes().eq_ignore_ascii_case(allowed.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn on_loopback_all_names_of_this_machine_are_allowed() {
        let origins = Origins::new(None, ([127, 0, 0, 1], 3000).into());
        for origin in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(origins.is_same_origin(&from(origin)), "{origin}");
        }
        for origin in
            ["http://localhost", "http://localhost:3001", "https://localhost:3000", "null", ""]
        {
            assert!(!origins.is_allowed(&from(origin)), "{origin}");
        }
    }

    #[test]
    fn with_a_public_url_only_its_origin_is_allowed() {
        let url = "https://chat.example.org".parse().unwrap();
        let origins = Origins::new(Some(&url), ([127, 0, 0, 1], 3000).into());
        assert!(origins.is_same_origin(&from("https://chat.example.org")));
        assert!(!origins.is_same_origin(&from("http://localhost:3000")));
        assert!(!origins.is_same_origin(&from("https://chat.example.org.evil.example")));
    }

    #[test]
    fn a_request_without_an_origin_is_allowed_but_not_same_origin() {
        let origins = Origins::new(None, ([127, 0, 0, 1], 3000).into());
        assert!(origins.is_allowed(&HeaderMap::new()));
        assert!(!origins.is_same_origin(&HeaderMap::new()));
    }
}
