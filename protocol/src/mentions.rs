//! Mentions: the usernames that a text names. Links to rooms follow the same rules.

mod rooms;
mod scripts;
mod tree;

use std::ops::Range;

use crate::{
    limits::{MAX_MENTIONS, MAX_USERNAME_CHARS},
    text::is_username,
};

pub use rooms::room_link_ranges;
pub use tree::{mentioned, retain_mentions};

/// The signs before a username. Keyboards for Chinese, Japanese and Korean type the wide ones.
const SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// Returns the usernames that a text may mention, in order: every `@username` that is not part of a
/// longer word or of an address. Scripts without spaces between words need none before the sign. At
/// the end of a sentence, `@ada.` yields both `ada.` and `ada`; the server knows which of them
/// exist. Stops after [`MAX_MENTIONS`].
///
/// ```
/// let mentioned: Vec<_> = protocol::mentions("@Ada, ask @bo-2. Not a@b.org.").collect();
/// assert_eq!(mentioned, ["ada", "bo-2.", "bo-2"]);
/// assert!(protocol::mentions("你好＠ada").eq(["ada"]));
/// ```
pub fn mentions(text: &str) -> impl Iterator<Item = String> + '_ {
    signs(text, &SIGNS).flat_map(|(_, rest)| names_at_start(rest)).take(MAX_MENTIONS)
}

/// Returns where the possible mentions of a text stand: each sign with the name after it, without
/// punctuation at its end.
///
/// ```
/// let text = "Thanks @ada!";
/// assert!(protocol::mention_ranges(text).map(|range| &text[range]).eq(["@ada"]));
/// ```
pub fn mention_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    signs(text, &SIGNS)
        .filter_map(|(at, rest)| {
            let start = text.len() - rest.len();
            names_at_start(rest).last().map(|name| at..start + name.len())
        })
        .take(MAX_MENTIONS)
}

/// Returns the signs that may begin a name: their positions, and the texts after them.
fn signs<'a>(text: &'a str, signs: &'static [char]) -> impl Iterator<Item = (usize, &'a str)> {
    let mut before = Before::default();
    text.char_indices().filter_map(move |(at, letter)| {
        let rest = &text[at + letter.len_utf8()..];
        let begins = signs.contains(&letter) && before.allows_name(signs);
        before.push(letter, rest);
        begins.then_some((at, rest))
    })
}

/// Returns whether a text mentions the user with this username.
///
/// ```
/// assert!(protocol::is_mentioned("thanks @ada!", "ada"));
/// assert!(!protocol::is_mentioned("thanks @adam", "ada"));
/// ```
#[must_use]
pub fn is_mentioned(text: &str, username: &str) -> bool {
    mentions(text).any(|name| name == username)
}

/// Returns the usernames that a text may begin with, the longest first.
fn names_at_start(text: &str) -> impl Iterator<Item = String> + '_ {
    let end = text.find(|letter: char| !is_username_char(letter)).unwrap_or(text.len());
    let longest_name = &text[..end];
    let continues = text[end..].chars().next().is_some_and(|next| is_mark(next) || joins(next));
    // Trailing punctuation may belong to the name or to the sentence.
    let without_punctuation =
        longest_name.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let shortest = without_punctuation.len().max(1);
    let longest = if continues { 0 } else { longest_name.len().min(MAX_USERNAME_CHARS) };
    (shortest..=longest)
        .rev()
        .map(|len| longest_name[..len].to_ascii_lowercase())
        .filter(|name| is_username(name))
}

/// The text before a character, as far as it decides about a mention.
#[derive(Default)]
struct Before {
    /// The last character that is no mark: a mark belongs to the letter before it.
    last: Option<char>,
    /// The last character before a run of `_`, `-` and `+`, which are part of addresses as well as
    /// of markup.
    last_of_word: Option<char>,
    /// The number of dots, each between letters, in the possible host name that ends here.
    host_dots: usize,
    /// True in the address of a page.
    in_address: bool,
}

impl Before {
    /// Returns whether a name may begin here, with one of these signs.
    fn allows_name(&self, signs: &[char]) -> bool {
        let in_word = |letter: Option<char>| letter.is_some_and(joins);
        !self.in_address
            && !in_word(self.last_of_word)
            && !self.last.is_some_and(|last| last == '.' || signs.contains(&last))
    }

    /// Adds a character, which `rest` follows.
    fn push(&mut self, letter: char, rest: &str) {
        if is_mark(letter) {
            return;
        }
        if letter.is_whitespace() || ends_address(letter) {
            self.in_address = false;
        } else if letter == '/' && self.host_dots > 0
            || letter == ':'
                && self.last.is_some_and(char::is_alphanumeric)
                && rest.starts_with("//")
        {
            self.in_address = true;
        }
        let is_dot = letter == '.'
            && self.last.is_some_and(char::is_alphanumeric)
            && rest.starts_with(char::is_alphabetic);
        if is_dot {
            self.host_dots += 1;
        } else if !(letter.is_alphanumeric() || matches!(letter, '-' | ':')) {
            self.host_dots = 0;
        }
        self.last = Some(letter);
        if !matches!(letter, '_' | '-' | '+') {
            self.last_of_word = Some(letter);
        }
    }
}

/// Returns whether a character ends the address of a page, apart from white space: brackets that
/// enclose addresses, and the punctuation of Chinese and Japanese, which no space follows.
fn ends_address(letter: char) -> bool {
    matches!(letter, '<' | '>')
        || matches!(letter, '\u{3001}'..='\u{3011}')
        || matches!(letter, '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff1f}')
}

/// Returns whether a character joins what stands beside it to one word: digits, and letters of
/// scripts in which usernames and addresses are written.
fn joins(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric();
    }
    // Enclosed and Han numbers stand by themselves, as at the start of a list.
    letter.is_numeric() && !matches!(letter, '\u{2460}'..='\u{33ff}')
        || letter.is_alphabetic() && scripts::is_western(letter)
}

/// Returns whether a character modifies the one before it.
fn is_mark(letter: char) -> bool {
    !letter.is_ascii() && scripts::is_inherited(letter)
}

fn is_username_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

#[cfg(test)]
mod tests;
