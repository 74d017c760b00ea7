//! The session cookie.

use axum::http::{HeaderMap, header};
use protocol::limits::SESSION_LIFETIME;

use super::origin::Origins;

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "banter_session";

/// Returns the value of the session cookie of a request.
///
/// A value that is not UTF-8 counts as an empty one, which is present and not valid.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            pair.trim_ascii().strip_prefix(SESSION_COOKIE.as_bytes())?.strip_prefix(b"=")
        })
        .map(|value| std::str::from_utf8(value).unwrap_or_default())
        .next()
}

/// Returns the `Set-Cookie` that begins a session in a browser or extends it.
#[must_use]
pub fn set_session(origins: &Origins, token: &str) -> String {
    set_cookie(origins, token, SESSION_LIFETIME.as_secs())
}

/// Returns the `Set-Cookie` that removes the session cookie from a browser.
#[must_use]
pub fn clear_session(origins: &Origins) -> String {
    set_cookie(origins, "", 0)
}

fn set_cookie(origins: &Origins, value: &str, max_age_s: u64) -> String {
    let secure = if origins.is_https() { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; banter_session=x.y.z; banter_session2=no"),
        );
        assert_eq!(session_cookie(&headers), Some("x.y.z"));
        headers.insert(header::COOKIE, HeaderValue::from_static("banter_session="));
        assert_eq!(session_cookie(&headers), Some(""), "an empty cookie is present and not valid");
    }
}
