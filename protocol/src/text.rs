//! Rules for text: usernames, slugs, display names and emoji.

mod emoji;
mod names;
mod visible;

pub use emoji::canonical_emoji;
pub use names::{is_legible, is_line, is_name, only_legible};
pub use visible::is_blank;

use uuid::Uuid;

use crate::limits::{
    MAX_EMOJI_NAME_CHARS, MAX_SLUG_CHARS, MAX_USERNAME_CHARS, MIN_EMOJI_NAME_CHARS,
    RESERVED_USERNAMES,
};

/// Returns whether `name` is a valid username: `[a-z0-9][a-z0-9._-]{0,31}`.
///
/// ```
/// assert!(protocol::text::is_username("ada.l"));
/// assert!(!protocol::text::is_username("Ada"));
/// ```
#[must_use]
pub fn is_username(name: &str) -> bool {
    is_slug_like(name, MAX_USERNAME_CHARS, b"._-")
}

/// Returns whether nobody may register this username: it is one of [`RESERVED_USERNAMES`], or it
/// reads as the id of an account, which requests accept in the same place.
///
/// ```
/// assert!(protocol::text::is_reserved_username("system"));
/// assert!(protocol::text::is_reserved_username("0198c0de0000700080000000000000ab"));
/// assert!(!protocol::text::is_reserved_username("ada"));
/// ```
#[must_use]
pub fn is_reserved_username(username: &str) -> bool {
    RESERVED_USERNAMES.contains(&username) || Uuid::try_parse(username).is_ok()
}

/// Returns whether `slug` is a valid slug of a room: `[a-z0-9][a-z0-9-]{0,63}`. Does not check for
/// [`RESERVED_SLUGS`](crate::limits::RESERVED_SLUGS).
///
/// ```
/// assert!(protocol::text::is_slug("release-2"));
/// assert!(!protocol::text::is_slug("-release"));
/// ```
#[must_use]
pub fn is_slug(slug: &str) -> bool {
    is_slug_like(slug, MAX_SLUG_CHARS, b"-")
}

/// Returns whether `name` is a valid name of a custom emoji: `[a-z0-9][a-z0-9_-]{1,31}`. Does not
/// check whether an emoji of Unicode has it.
///
/// ```
/// assert!(protocol::text::is_emoji_name("blob-cat"));
/// assert!(!protocol::text::is_emoji_name("x"));
/// ```
#[must_use]
pub fn is_emoji_name(name: &str) -> bool {
    name.len() >= MIN_EMOJI_NAME_CHARS && is_slug_like(name, MAX_EMOJI_NAME_CHARS, b"_-")
}

/// Returns the name of the custom emoji that a reaction writes as `:name:`, or `None` if it is not
/// of that form.
///
/// ```
/// assert_eq!(protocol::text::custom_emoji_name(":blobcat:"), Some("blobcat"));
/// assert_eq!(protocol::text::custom_emoji_name("blobcat"), None);
/// ```
#[must_use]
pub fn custom_emoji_name(reaction: &str) -> Option<&str> {
    let name = reaction.strip_prefix(':')?.strip_suffix(':')?;
    is_emoji_name(name).then_some(name)
}

fn is_slug_like(text: &str, max: usize, also: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= max
        && text.as_bytes().first().is_some_and(plain)
        && text.bytes().all(|byte| plain(&byte) || also.contains(&byte))
}

/// Returns whether `text` has between `min` and `max` Unicode scalar values.
#[must_use]
pub fn has_chars(text: &str, min: usize, max: usize) -> bool {
    // A scalar value takes at most four bytes: very long texts need not be counted.
    text.len() <= max * 4 && (min..=max).contains(&text.chars().count())
}
