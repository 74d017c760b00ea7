//! Sizes and times that both ends check alike (CONTRACT sections 2 to 4).

use std::time::Duration;

/// The version of this wire contract, sent in `welcome`. It grows when a change breaks older clients.
pub const PROTOCOL_VERSION: u32 = 1;

/// Longest message from a client, all frames together, in bytes. Above: close code 1009.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
/// Longest text of one chat message, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 10_000;
/// Longest `request_id`, in Unicode scalar values.
pub const MAX_REQUEST_ID_CHARS: usize = 64;
/// Most that may wait for one reader, in bytes, answers to its own requests not counted. Above: close code 1013.
pub const MAX_OUTBOX_BYTES: usize = 1 << 20;
/// While this many bytes of answers wait for a client, the server reads nothing more from it.
/// One answer ends early at this size, too.
pub const MAX_ANSWER_BYTES: usize = 512 << 10;
/// Longest JSON body of an HTTP request, in bytes. Above: 413.
pub const MAX_BODY_BYTES: usize = 64 << 10;

/// Messages on a page of history unless the request says otherwise.
pub const PAGE_MESSAGES: u32 = 50;
/// Most messages on a page; a larger `limit` is clamped to it.
pub const MAX_PAGE_MESSAGES: u32 = 100;
/// Most events in the answer to a `subscribe` that recovers. More: the client starts from a fresh page.
pub const MAX_RECOVERED_EVENTS: usize = 500;
/// Most members in one answer to `members`.
pub const MAX_PAGE_MEMBERS: u32 = 500;
/// Rooms with more people online than this make no `system` events of who comes and goes.
pub const MAX_ANNOUNCED_ONLINE: usize = 100;

/// Longest username, in bytes (it is ASCII).
pub const MAX_USERNAME_CHARS: usize = 32;
/// Longest display name, in Unicode scalar values.
pub const MAX_DISPLAY_NAME_CHARS: usize = 64;
/// Longest slug of a room, in bytes (it is ASCII).
pub const MAX_SLUG_CHARS: usize = 64;
/// Longest name of a room, in Unicode scalar values.
pub const MAX_ROOM_NAME_CHARS: usize = 80;
/// Shortest password, in Unicode scalar values.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in Unicode scalar values.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Longest reason in a close frame, in bytes (RFC 6455, section 5.5).
pub const MAX_CLOSE_REASON_BYTES: usize = 123;

/// How long a ticket for the WebSocket lives.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);
/// How long a new socket may stay without authentication.
pub const AUTH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a session lives after its last use.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long an invitation lives unless its maker says otherwise.
pub const INVITE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Slugs that no room may take, since the server answers on them itself.
pub const RESERVED_SLUGS: [&str; 2] = ["ticket", "echo"];

/// Whether `name` can be a username: `[a-z0-9][a-z0-9._-]{0,31}`.
///
/// ```
/// assert!(protocol::limits::is_username("ada.l"));
/// assert!(!protocol::limits::is_username("Ada"));
/// ```
#[must_use]
pub fn is_username(name: &str) -> bool {
    is_slug_like(name, MAX_USERNAME_CHARS, b"._-")
}

/// Whether `slug` can name a room: `[a-z0-9][a-z0-9-]{0,63}`. Reserved ones count as possible here.
///
/// ```
/// assert!(protocol::limits::is_slug("release-2"));
/// assert!(!protocol::limits::is_slug("-release"));
/// ```
#[must_use]
pub fn is_slug(slug: &str) -> bool {
    is_slug_like(slug, MAX_SLUG_CHARS, b"-")
}

fn is_slug_like(text: &str, max: usize, also: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= max
        && text.as_bytes().first().is_some_and(plain)
        && text.bytes().all(|byte| plain(&byte) || also.contains(&byte))
}

/// Whether `text` has between `min` and `max` Unicode scalar values.
#[must_use]
pub fn has_chars(text: &str, min: usize, max: usize) -> bool {
    // A scalar value takes at most four bytes: long texts need no counting.
    text.len() <= max * 4 && (min..=max).contains(&text.chars().count())
}
