//! What is being typed and can be completed: a person, a room, an emoji or a command.

use super::writing::{Written, code::is_in_code};

/// The most characters of a word that is completed.
const MAX_QUERY: usize = 40;
/// The characters of the name of an emoji before others are offered.
const MIN_EMOJI: usize = 2;

/// What a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `@name`.
    Person,
    /// `#room`.
    Room,
    /// `:name`.
    Emoji,
    /// `/name`, at the start of the text.
    Command,
}

/// A word that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it names.
    pub kind: Kind,
    /// Where its sign stands, in bytes.
    pub start: usize,
    /// What follows the sign, up to the caret.
    pub query: String,
}

impl Token {
    /// Returns the word before the caret, if it can be completed.
    #[must_use]
    pub fn at_caret(written: &Written) -> Option<Self> {
        let caret = written.selected.start;
        if !written.selected.is_empty() {
            return None;
        }
        let before = &written.text[..caret];
        let word = before.chars().rev().take_while(|letter| is_in_word(*letter)).take(MAX_QUERY);
        let start = caret - word.map(char::len_utf8).sum::<usize>();
        let query = &before[start..];
        let sign = before[..start].chars().next_back()?;
        let start = start - sign.len_utf8();
        let kind = match sign {
            '@' | '\u{ff20}' => Kind::Person,
            '#' if !query.is_empty() => Kind::Room,
            ':' if query.chars().count() >= MIN_EMOJI => Kind::Emoji,
            '/' if start == 0 => Kind::Command,
            _ => return None,
        };
        let is_free = before[..start].chars().next_back().is_none_or(may_precede);
        let is_code = || kind != Kind::Command && is_in_code(&written.text, start);
        (is_free && !is_code()).then(|| Self { kind, start, query: query.to_owned() })
    }

    /// Returns the text with a completion in place of the word, and a space after it
    /// where a letter or nothing follows.
    #[must_use]
    pub fn complete(&self, written: &Written, completion: &str) -> Written {
        let end = written.selected.start;
        let word = Written { text: written.text.clone(), selected: self.start..end };
        let is_apart = written.text[end..].starts_with(|next: char| !next.is_alphanumeric());
        let mut done = word.insert(&format!("{completion}{}", if is_apart { "" } else { " " }));
        if is_apart {
            let space = done.text[done.selected.start..].chars().next().filter(|it| *it == ' ');
            let caret = done.selected.start + space.map_or(0, char::len_utf8);
            done.selected = caret..caret;
        }
        done
    }
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+')
}

/// Returns whether a sign after this character begins a word of its own. In scripts without spaces
/// it does after a letter.
fn may_precede(letter: char) -> bool {
    match letter {
        '@' | '#' | ':' | '/' | '.' | '_' | '-' | '+' | '&' | '=' | '\\' => false,
        letter => !letter.is_alphanumeric() || letter >= '\u{2e80}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_caret(text: &str) -> Option<(Kind, usize, String)> {
        let caret = text.find('|').unwrap();
        let written = Written { text: text.replace('|', ""), selected: caret..caret };
        Token::at_caret(&written).map(|Token { kind, start, query }| (kind, start, query))
    }

    #[test]
    fn words_that_begin_with_a_sign_are_completed() {
        for (text, kind, start, query) in [
            ("@|", Kind::Person, 0, ""),
            ("hello @ad|", Kind::Person, 6, "ad"),
            ("(@bo-2.|x", Kind::Person, 1, "bo-2."),
            ("👍 @é|", Kind::Person, 5, "é"),
            ("你好@ada|", Kind::Person, 6, "ada"),
            ("＠ada|", Kind::Person, 0, "ada"),
            ("see #gen|eral", Kind::Room, 4, "gen"),
            (":ta|", Kind::Emoji, 0, "ta"),
            ("a :+1|", Kind::Emoji, 2, "+1"),
            ("/|", Kind::Command, 0, ""),
            ("/to|", Kind::Command, 0, "to"),
            ("a `b` @c|", Kind::Person, 6, "c"),
        ] {
            assert_eq!(at_caret(text), Some((kind, start, query.to_owned())), "{text}");
        }
    }

    #[test]
    fn other_words_are_left_alone() {
        for text in [
            "|",
            "a|",
            "a@b|",
            "mail a.b@c.d|",
            "@ |",
            "# |",
            "#|",
            ":t|",
            "10:30|",
            "a::b|",
            "https://a.example/x|",
            "a /to|",
            "//to|",
            "`@a|`",
            "```\n@a|",
            "@@a|",
            "x#12|",
            "https://a.example/#part|",
        ] {
            assert_eq!(at_caret(text), None, "{text}");
        }
        let long = format!("@{}|", "a".repeat(50));
        assert_eq!(at_caret(&long), None);
        let chosen = Written { text: "@ab".to_owned(), selected: 1..3 };
        assert_eq!(Token::at_caret(&chosen), None);
    }

    #[test]
    fn a_completion_replaces_the_word_and_ends_with_a_space() {
        for (text, completion, expected) in [
            ("hi @a|", "@ada", "hi @ada |"),
            ("hi @a| there", "@ada", "hi @ada |there"),
            ("hi @a|\nthere", "@ada", "hi @ada|\nthere"),
            ("@a|!", "@ada", "@ada|!"),
            (":ta|", "🎉", "🎉 |"),
        ] {
            let caret = text.find('|').unwrap();
            let written = Written { text: text.replace('|', ""), selected: caret..caret };
            let done = Token::at_caret(&written).unwrap().complete(&written, completion);
            let Written { text: after, selected } = done;
            let shown = format!("{}|{}", &after[..selected.start], &after[selected.end..]);
            assert_eq!(shown, expected, "{text}");
        }
    }
}
