//! Who is named in a text: `@username`, wherever no word or address goes on.

use crate::limits::MAX_USERNAME_CHARS;

/// The usernames that a text may mean, in order; `@ada.` at the end of a sentence may be `ada.` or `ada`. Which of them
/// exist, the server knows.
///
/// ```
/// let named: Vec<_> = protocol::mentions("@Ada, ask @bo-2. Not a@b.org.").collect();
/// assert_eq!(named, ["ada", "bo-2.", "bo-2"]);
/// ```
pub fn mentions(text: &str) -> impl Iterator<Item = String> + '_ {
    let signs = text.match_indices('@').map(|(at, _)| at);
    signs
        .filter(|at| !text[..*at].ends_with(|letter: char| letter.is_alphanumeric() || "._-@".contains(letter)))
        .flat_map(|at| {
            let rest = &text[at + 1..];
            let len = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
            let whole = rest[..len].to_ascii_lowercase();
            std::iter::successors(Some(whole), |name| {
                name.strip_suffix(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_owned)
            })
            .filter(|name| crate::limits::is_username(name))
            .take(MAX_USERNAME_CHARS)
        })
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
