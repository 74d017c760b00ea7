//! Sizes and times that both ends check alike (docs/protocol.md).

use std::time::Duration;

/// The version of this wire contract, sent in `welcome`. It grows when a change breaks older clients.
pub const PROTOCOL_VERSION: u32 = 1;

/// Longest message from a client, all frames together, in bytes. Above: close code 1009.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
/// Longest text of one chat message, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 10_000;
/// Longest emoji of a reaction, in Unicode scalar values: families and flags are put together of many.
pub const MAX_EMOJI_CHARS: usize = 32;
/// Most reactions to one message, of all people together. Above: `forbidden`.
pub const MAX_REACTIONS: usize = 1000;
/// Most names that are looked at in one message; further ones are only text.
pub const MAX_MENTIONS: usize = 50;
/// More unread messages of a room are not counted.
pub const MAX_UNREAD: u64 = 1000;
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
pub const PAGE_MESSAGES: u64 = 50;
/// Most messages on a page; a larger `limit` is clamped to it.
pub const MAX_PAGE_MESSAGES: u64 = 100;
/// Most events in the answer to a `subscribe` that recovers. More: the client starts from a fresh page.
pub const MAX_RECOVERED_EVENTS: usize = 500;
/// Most members in one answer to `members`.
pub const MAX_PAGE_MEMBERS: u64 = 500;
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
/// Longest life of an invitation.
pub const MAX_INVITE_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Most people that may use one invitation.
pub const MAX_INVITE_USES: u32 = 10_000;

/// How often something may happen: on average `count` times in `per`, and up to `burst` times at once (a token bucket).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many times …
    pub count: u32,
    /// … in this time.
    pub per: Duration,
    /// How many times at once, after a pause.
    pub burst: u32,
}

impl Rate {
    const fn per_second(count: u32, burst: u32) -> Self {
        Self { count, per: Duration::from_secs(1), burst }
    }
}

/// Messages of one person, on all connections together.
pub const MESSAGE_RATE: Rate = Rate::per_second(10, 30);
/// Requests of one connection, of whatever type.
pub const REQUEST_RATE: Rate = Rate::per_second(50, 200);
/// Notices of one person, on all connections together: `typing`, which all who follow a room hear of, and `read`, which is
/// stored.
pub const NOTICE_RATE: Rate = Rate::per_second(20, 200);
/// Rooms that one person makes. Nobody can take them away, and everybody is told of all of them.
pub const NEW_ROOM_RATE: Rate = Rate { count: 1, per: Duration::from_secs(10), burst: 1500 };
/// Tickets of one person.
pub const TICKET_RATE: Rate = Rate::per_second(5, 50);
/// Tries to log in from one address under one name.
pub const LOG_IN_RATE: Rate = Rate { count: 10, per: Duration::from_secs(60), burst: 10 };
/// Rooms that one connection may follow at a time.
pub const MAX_SUBSCRIPTIONS: usize = 1000;

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

/// Whether `emoji` can be a reaction: 1 to 32 characters, no spaces, and none that hides or turns what stands beside it.
///
/// ```
/// assert!(protocol::limits::is_emoji("👍🏽"));
/// assert!(!protocol::limits::is_emoji("two words"));
/// ```
#[must_use]
pub fn is_emoji(emoji: &str) -> bool {
    !emoji.contains(char::is_whitespace) && is_name(emoji, MAX_EMOJI_CHARS)
}

/// Whether `name` can name a person or a room to others: 1 to `max` characters, and none that hides or turns what
/// stands beside it.
///
/// ```
/// assert!(protocol::limits::is_name("Ada Lovelace", 64));
/// assert!(!protocol::limits::is_name("Ada\u{202e}", 64));
/// assert!(!protocol::limits::is_name("\u{200d}", 64));
/// ```
#[must_use]
pub fn is_name(name: &str, max: usize) -> bool {
    // Joiners belong to emoji and to some scripts, but do not make a name on their own.
    let is_joiner =
        |letter: char| matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    let is_trick = |letter: char| {
        letter.is_control()
            || matches!(
                letter,
                '\u{ad}'
                    | '\u{61c}'
                    | '\u{115f}'
                    | '\u{1160}'
                    | '\u{180e}'
                    | '\u{200b}'
                    | '\u{200e}'
                    | '\u{200f}'
            )
            || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
    };
    has_chars(name, 1, max)
        && name.chars().any(|letter| !letter.is_whitespace() && !is_joiner(letter))
        && !name.chars().any(is_trick)
}

/// Whether `text` has between `min` and `max` Unicode scalar values.
#[must_use]
pub fn has_chars(text: &str, min: usize, max: usize) -> bool {
    // A scalar value takes at most four bytes: long texts need no counting.
    text.len() <= max * 4 && (min..=max).contains(&text.chars().count())
}
