//! Rules for text: usernames, slugs, display names, emoji, and mentions in messages.

mod emoji;
mod names;
mod visible;

pub use emoji::canonical_emoji;
pub use names::is_name;
pub use visible::is_blank;

use uuid::Uuid;

use crate::limits::{MAX_MENTIONS, MAX_SLUG_CHARS, MAX_USERNAME_CHARS, RESERVED_USERNAMES};

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

/// Returns the usernames that a text may mention, in order: every `@username` that does not
/// continue a word or an address. At the end of a sentence, `@ada.` yields both `ada.` and `ada`;
/// the server knows which of them exist. Stops after [`MAX_MENTIONS`].
///
/// ```
/// let mentioned: Vec<_> = protocol::mentions("@Ada, ask @bo-2. Not a@b.org.").collect();
/// assert_eq!(mentioned, ["ada", "bo-2.", "bo-2"]);
/// ```
pub fn mentions(text: &str) -> impl Iterator<Item = String> + '_ {
    let signs = text.match_indices('@').map(|(at, _)| at);
    let begins = |at: &usize| {
        !text[..*at].ends_with(|letter: char| letter.is_alphanumeric() || "._-@".contains(letter))
    };
    let names = signs.filter(begins).flat_map(|at| {
        let rest = &text[at + 1..];
        let end = rest.find(|letter: char| !is_username_char(letter)).unwrap_or(rest.len());
        let longest_name = &rest[..end];
        // Trailing punctuation may belong to the name or to the sentence.
        let without_punctuation =
            longest_name.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let shortest = without_punctuation.len().max(1);
        let longest = longest_name.len().min(MAX_USERNAME_CHARS);
        (shortest..=longest)
            .rev()
            .map(|len| longest_name[..len].to_ascii_lowercase())
            .filter(|name| is_username(name))
    });
    names.take(MAX_MENTIONS)
}

/// Returns whether a text mentions the user with this username.
///
/// ```
/// assert!(protocol::is_mentioned("thanks @ada!", "ada"));
/// assert!(!protocol::is_mentioned("thanks @adam", "ada"));
/// ```
#[must_use]
pub fn is_mentioned(text: &str, username: &str) -> bool {
    text.contains('@') && mentions(text).any(|name| name == username)
}

fn is_username_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}
