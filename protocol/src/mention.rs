//! Who is named in a text: `@username`, wherever no word or address goes on.

use crate::limits::{MAX_MENTIONS, MAX_USERNAME_CHARS, is_username};

/// The usernames that a text may mean, in order; `@ada.` at the end of a sentence may be `ada.` or `ada`. Which of them
/// exist, the server knows. No more than [`MAX_MENTIONS`] are looked at.
///
/// ```
/// let named: Vec<_> = protocol::mentions("@Ada, ask @bo-2. Not a@b.org.").collect();
/// assert_eq!(named, ["ada", "bo-2.", "bo-2"]);
/// ```
pub fn mentions(text: &str) -> impl Iterator<Item = String> + '_ {
    let signs = text.match_indices('@').map(|(at, _)| at);
    let begins = |at: &usize| {
        !text[..*at].ends_with(|letter: char| letter.is_alphanumeric() || "._-@".contains(letter))
    };
    let named = signs.filter(begins).flat_map(|at| {
        let rest = &text[at + 1..];
        let whole = &rest[..rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len())];
        // A name ends where its word does, or before the marks that end the word.
        let shortest =
            whole.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric()).len().max(1);
        let longest = whole.len().min(MAX_USERNAME_CHARS);
        (shortest..=longest)
            .rev()
            .map(|len| whole[..len].to_ascii_lowercase())
            .filter(|name| is_username(name))
    });
    named.take(MAX_MENTIONS)
}

/// Whether a text names that person.
///
/// ```
/// assert!(protocol::is_mentioned("thanks @ada!", "ada"));
/// assert!(!protocol::is_mentioned("thanks @adam", "ada"));
/// ```
#[must_use]
pub fn is_mentioned(text: &str, username: &str) -> bool {
    text.contains('@') && mentions(text).any(|name| name == username)
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}
