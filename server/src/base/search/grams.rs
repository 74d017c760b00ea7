//! The grams of a text: the parts of it by which an index leads to the texts that may contain a
//! needle.
//!
//! A text has a gram for each three characters in a row, unless the first or the last is a space,
//! for each beginning of a word with its first two characters, and for each character of a script
//! that is searched by single characters. A message also has some for what it is besides its text.

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript as _};
use uuid::Uuid;

/// A gram, as the index has it: up to three characters, or the hash of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gram(pub i64);

/// All grams from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GramRange(pub Gram, pub Gram);

/// What a message is or has besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A message of this author.
    From(Uuid),
    /// A message with files.
    File,
    /// A message with images.
    Image,
    /// A message with links.
    Link,
}

/// The bits of a character.
const BITS: u32 = 21;
/// Stands before the first two characters of a word: no character has so large a number.
const BEGINNING: i64 = ((1 << BITS) - 1) << (2 * BITS);

impl Gram {
    /// Three characters in a row.
    fn of_three([first, second, third]: [char; 3]) -> Self {
        Self(bits(first) << (2 * BITS) | bits(second) << BITS | bits(third))
    }

    /// The first two characters of a word, or the only one.
    fn of_beginning(first: char, second: Option<char>) -> Self {
        Self(BEGINNING | bits(first) << BITS | second.map_or(0, bits))
    }

    /// A single character.
    fn of_one(letter: char) -> Self {
        Self(bits(letter))
    }

    /// Returns the gram of an attribute.
    #[must_use]
    pub fn of(attribute: Attribute) -> Self {
        let hash = match attribute {
            // Ids are random at their end.
            Attribute::From(id) => (id.as_u64_pair().1 >> 8).cast_signed() | 16,
            Attribute::File => 1,
            Attribute::Image => 2,
            Attribute::Link => 3,
        };
        Self(-hash)
    }
}

fn bits(letter: char) -> i64 {
    i64::from(u32::from(letter))
}

/// Returns the grams of a folded text.
#[must_use]
pub fn grams_of(folded: &str) -> Vec<Gram> {
    let mut grams = Vec::new();
    for word in folded.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        for (at, &letter) in letters.iter().enumerate() {
            if is_beginning(at.checked_sub(1).map(|before| letters[before]), letter) {
                grams.push(Gram::of_beginning(letter, letters.get(at + 1).copied()));
            }
            if is_sought_alone(letter) {
                grams.push(Gram::of_one(letter));
            }
        }
    }
    grams.extend(threes(folded));
    grams
}

/// Returns the grams of three characters.
fn threes(folded: &str) -> impl Iterator<Item = Gram> {
    let (seconds, thirds) = (folded.chars().skip(1), folded.chars().skip(2));
    let all = folded.chars().zip(seconds).zip(thirds);
    let is_one = |three: &[char; 3]| three[0] != ' ' && three[2] != ' ';
    all.map(|((first, second), third)| [first, second, third]).filter(is_one).map(Gram::of_three)
}

/// Returns ranges of grams that each text has which contains this folded one, of each range at
/// least one gram. `begins` says whether it is the beginning of a word there.
pub(super) fn needed(folded: &str, begins: bool) -> Vec<GramRange> {
    let one = |gram: Gram| GramRange(gram, gram);
    let mut needed: Vec<GramRange> = threes(folded).map(one).collect();
    let last = folded.split(' ').count() - 1;
    for (index, word) in folded.split(' ').enumerate() {
        let letters: Vec<char> = word.chars().collect();
        let alone = letters.iter().copied().filter(|letter| is_sought_alone(*letter));
        needed.extend(alone.map(Gram::of_one).map(one));
        if index == 0 && !begins {
            continue;
        }
        match letters[..] {
            [] => {}
            [first] if index < last => needed.push(one(Gram::of_beginning(first, None))),
            [first] => needed.push(GramRange(
                Gram::of_beginning(first, None),
                Gram::of_beginning(first, Some(char::MAX)),
            )),
            [first, second, ..] => needed.push(one(Gram::of_beginning(first, Some(second)))),
        }
    }
    needed
}

/// Returns whether a word begins with a letter of a folded text, after another one.
pub(super) fn is_beginning(before: Option<char>, letter: char) -> bool {
    let Some(before) = before.filter(|before| *before != ' ') else { return true };
    is_sought_alone(letter)
        || (is_of_word(letter)
            && !is_combining_mark(letter)
            && (!is_of_word(before) || is_sought_alone(before)))
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// Returns whether a character is searched by itself, wherever it stands: of Han, kana, Hangul,
/// Thai, or a symbol such as emoji.
pub(super) fn is_sought_alone(letter: char) -> bool {
    if letter.is_ascii() {
        return false;
    }
    let is_symbol = matches!(letter,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{1f000}'..='\u{1faff}');
    let own = letter.script();
    let eastern = [Script::Han, Script::Hiragana, Script::Katakana, Script::Hangul];
    // A character that several scripts share has those that use it. Thai shares an apostrophe.
    let shares = |script: &Script| {
        let shared = letter.script_extension();
        own == Script::Common && shared.contains_script(*script) && !shared.is_common()
    };
    is_symbol || own == Script::Thai || eastern.contains(&own) || eastern.iter().any(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_sought_alone() {
        for letter in "漢かカー々한\u{1112}ไ👍❤→☃".chars() {
            assert!(is_sought_alone(letter), "{letter}");
        }
        for letter in "aé3я.-– «»\u{3099}عʼ".chars() {
            assert!(!is_sought_alone(letter), "{letter}");
        }
    }

    #[test]
    fn words_begin_after_what_is_no_letter() {
        let all = "foo-bar x2 é 漢a\u{e01}b (c) नमस्ते";
        let mut before = None;
        let mut found = String::new();
        for letter in all.chars() {
            if letter != ' ' && is_beginning(before, letter) {
                found.push(letter);
            }
            before = Some(letter);
        }
        assert_eq!(found, "fbxé漢a\u{e01}b(cन");
    }

    #[test]
    fn kinds_of_grams_do_not_meet() {
        let one = Gram::of_one(char::MAX);
        let smallest = Gram::of_three(['!', '!', '!']);
        let largest = Gram::of_three([char::MAX; 3]);
        assert!(one < smallest && smallest < largest);
        assert!(largest < Gram::of_beginning('!', None));
        assert!(Gram::of(Attribute::From(Uuid::nil())).0 < -3);
    }
}
