//! Which pages may use a person's cookie. A browser sends the cookie along whoever made the request, and says in
//! `Origin` who that was; WebSockets are not held back by anything else (docs/decisions/0004-origin-and-csrf.md).

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::config::PublicUrl;

/// What a refused page is told.
pub const REFUSED: &str = "This page is not at the address that this Banter is set up for, so nothing was done. Open it there, or set BANTER_PUBLIC_URL to the address of this page.";

/// The allowed origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    allowed: Vec<String>,
}

impl Origins {
    /// The public address, else the names of this machine for itself.
    #[must_use]
    pub fn new(public: Option<&PublicUrl>, address: SocketAddr) -> Self {
        let port = address.port();
        let allowed = match public {
            Some(url) => vec![url.origin().to_owned()],
            None => {
                let mut names = vec![format!("http://{address}")];
                if address.ip().is_unspecified() {
                    names.clear(); // nobody opens that
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
        // A browser leaves the default port out.
        let allowed = allowed
            .into_iter()
            .map(|origin| origin.strip_suffix(":80").map(str::to_owned).unwrap_or(origin));
        Self { allowed: allowed.collect() }
    }

    /// The address for links, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.allowed.first().map_or("", String::as_str)
    }

    /// Returns the link with which an invited user registers.
    #[must_use]
    pub fn invite_url(&self, code: &str) -> String {
        format!("{}/join/{code}", self.public_url())
    }

    /// The host for people to read.
    #[must_use]
    pub fn host(&self) -> &str {
        let url = self.public_url();
        url.split_once("://").map_or(url, |(_, host)| host)
    }

    /// Whether cookies are for https only.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// Whether the request says that it comes from one of our pages.
    #[must_use]
    pub fn is_from_our_page(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::ORIGIN) && self.is_not_from_elsewhere(headers)
    }

    /// Whether the request comes from one of our pages, or from a program, which names no origin.
    #[must_use]
    pub fn is_not_from_elsewhere(&self, headers: &HeaderMap) -> bool {
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
    fn on_loopback_all_its_names_count() {
        let origins = Origins::new(None, ([127, 0, 0, 1], 3000).into());
        for origin in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(origins.is_from_our_page(&from(origin)), "{origin}");
        }
        for origin in
            ["http://localhost", "http://localhost:3001", "https://localhost:3000", "null", ""]
        {
            assert!(!origins.is_not_from_elsewhere(&from(origin)), "{origin}");
        }
    }

    #[test]
    fn with_a_public_address_it_alone_counts() {
        let url = "https://chat.example.org".parse().unwrap();
        let origins = Origins::new(Some(&url), ([127, 0, 0, 1], 3000).into());
        assert!(origins.is_from_our_page(&from("https://chat.example.org")));
        assert!(!origins.is_from_our_page(&from("http://localhost:3000")));
        assert!(!origins.is_from_our_page(&from("https://chat.example.org.evil.example")));
    }

    #[test]
    fn a_program_names_no_origin() {
        let origins = Origins::new(None, ([127, 0, 0, 1], 3000).into());
        assert!(origins.is_not_from_elsewhere(&HeaderMap::new()));
        assert!(!origins.is_from_our_page(&HeaderMap::new()));
    }
}
