//! Rules for text: usernames, slugs, display names and emoji.

use crate::limits::{MAX_EMOJI_CHARS, MAX_SLUG_CHARS, MAX_USERNAME_CHARS};

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

fn is_slug_like(text: &str, max: usize, also: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= max
        && text.as_bytes().first().is_some_and(plain)
        && text.bytes().all(|byte| plain(&byte) || also.contains(&byte))
}

/// Returns whether `emoji` is valid for a reaction: 1 to 32 characters without whitespace, none of
/// them invisible or able to change the direction of surrounding text.
///
/// ```
/// assert!(protocol::text::is_emoji("👍🏽"));
/// assert!(!protocol::text::is_emoji("two words"));
/// ```
#[must_use]
pub fn is_emoji(emoji: &str) -> bool {
    !emoji.contains(char::is_whitespace) && is_name(emoji, MAX_EMOJI_CHARS)
}

/// Returns whether `name` is valid as the name of a user or a room: 1 to `max` characters, none of
/// them invisible or able to change the direction of surrounding text.
///
/// ```
/// assert!(protocol::text::is_name("Ada Lovelace", 64));
/// assert!(!protocol::text::is_name("Ada\u{202e}", 64));
/// assert!(!protocol::text::is_name("\u{200d}", 64));
/// ```
#[must_use]
pub fn is_name(name: &str, max: usize) -> bool {
    has_chars(name, 1, max)
        && name.chars().any(|letter| !letter.is_whitespace() && !is_joiner(letter))
        && !name.chars().any(is_deceptive)
}

/// Joiners and variation selectors are part of emoji and of some scripts, but no name by
/// themselves.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Returns whether a character is invisible or changes the direction of surrounding text.
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}')
        || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// Returns whether `text` has between `min` and `max` Unicode scalar values.
#[must_use]
pub fn has_chars(text: &str, min: usize, max: usize) -> bool {
    // A scalar value takes at most four bytes: very long texts need not be counted.
    text.len() <= max * 4 && (min..=max).contains(&text.chars().count())
}
