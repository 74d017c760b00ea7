//! Addresses of pages, and values in them.

use axum::response::Redirect;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The page that opens after signing in.
pub const HOME: &str = "/rooms/general";

/// The anchor of the message at which a room is opened.
pub(super) const MARKED: &str = "at";

/// The bytes that a query value may not contain unescaped.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes text for use as a value in a query.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, QUERY_VALUE).to_string()
}

/// Returns whether a redirect to `path` stays on this site.
pub(super) fn is_local(path: &str) -> bool {
    // Everything else is escaped in a path.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    path.starts_with('/') && !path.starts_with("//") && path.bytes().all(is_plain)
}

/// Redirects a user whose session has ended to signing in, and then to `next`.
pub(super) fn sign_in_again(next: &str) -> Redirect {
    Redirect::to(&format!("/sign-in?fault=session-ended&next={}", escape(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_site() {
        assert!(is_local("/rooms/general?at=7"));
        for elsewhere in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/é",
        ] {
            assert!(!is_local(elsewhere), "{elsewhere:?}");
        }
    }
}
