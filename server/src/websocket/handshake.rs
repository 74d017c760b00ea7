//! The opening handshake of a WebSocket (RFC 6455, section 4.2).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hyper::{
    HeaderMap, Method,
    header::{self, HeaderName, HeaderValue},
};
use sha1::{Digest as _, Sha1};

/// The GUID with which RFC 6455 derives `Sec-WebSocket-Accept`.
const ACCEPT_GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why a request does not open a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeError {
    /// It does not ask for an upgrade to WebSocket, version 13.
    NoUpgrade,
    /// It names more than one version, where a client names the one that it speaks.
    ManyVersions,
    /// Its key is missing, is not 16 bytes in base64, or is one of several.
    InvalidKey,
}

/// Checks the head of an upgrade request. Returns the value of `Sec-WebSocket-Accept`.
///
/// # Errors
/// Returns [`HandshakeError`] if the request does not open a WebSocket.
pub fn accept(method: &Method, headers: &HeaderMap) -> Result<String, HandshakeError> {
    let is_upgrade = method == Method::GET
        && lists(headers, header::CONNECTION, "upgrade")
        && lists(headers, header::UPGRADE, "websocket");
    if !is_upgrade {
        return Err(HandshakeError::NoUpgrade);
    }
    match only(headers, header::SEC_WEBSOCKET_VERSION) {
        Ok(Some(version)) if version.as_bytes().contains(&b',') => {
            return Err(HandshakeError::ManyVersions);
        }
        Ok(Some(version)) if version == "13" => {}
        Ok(_) => return Err(HandshakeError::NoUpgrade),
        Err(Several) => return Err(HandshakeError::ManyVersions),
    }
    let key = only(headers, header::SEC_WEBSOCKET_KEY)
        .unwrap_or_default()
        .filter(|key| BASE64_STANDARD.decode(key).is_ok_and(|key| key.len() == 16))
        .ok_or(HandshakeError::InvalidKey)?;
    let digest = Sha1::new().chain_update(key).chain_update(ACCEPT_GUID).finalize();
    Ok(BASE64_STANDARD.encode(digest))
}

/// A header that must not be repeated has several values (RFC 6455, sections 11.3.1 and 11.3.5).
struct Several;

/// Returns the value of a header that must not be repeated.
fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, Several> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(Several) } else { Ok(first) }
}

/// Returns whether a header that is a list contains a token.
fn lists(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade() -> HeaderMap {
        HeaderMap::from_iter(
            [
                (header::CONNECTION, "keep-alive, Upgrade"),
                (header::UPGRADE, "websocket"),
                (header::SEC_WEBSOCKET_VERSION, "13"),
                (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        )
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        let accepted = accept(&Method::GET, &upgrade());
        assert_eq!(accepted.as_deref(), Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn requests_that_open_no_websocket_are_refused() {
        assert_eq!(accept(&Method::POST, &upgrade()), Err(HandshakeError::NoUpgrade));
        for (name, value, error) in [
            (header::CONNECTION, "keep-alive", HandshakeError::NoUpgrade),
            (header::UPGRADE, "h2c", HandshakeError::NoUpgrade),
            (header::SEC_WEBSOCKET_VERSION, "8", HandshakeError::NoUpgrade),
            (header::SEC_WEBSOCKET_VERSION, "12, 13", HandshakeError::ManyVersions),
            (header::SEC_WEBSOCKET_KEY, "dG9vIHNob3J0", HandshakeError::InvalidKey),
        ] {
            let mut headers = upgrade();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(accept(&Method::GET, &headers), Err(error), "{value}");
        }
        for (name, error) in [
            (header::SEC_WEBSOCKET_VERSION, HandshakeError::ManyVersions),
            (header::SEC_WEBSOCKET_KEY, HandshakeError::InvalidKey),
        ] {
            let mut headers = upgrade();
            headers.append(&name, headers[&name].clone());
            assert_eq!(accept(&Method::GET, &headers), Err(error), "two of {name}");
        }
    }
}
