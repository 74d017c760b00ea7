//! Signs of a text that would be Markdown.

use crate::state::writing::link::is_address;

/// Appends a text with white space as a page shows it, and its signs as they are.
pub(super) fn push_words(text: &mut String, words: &str) {
    let is_space = |letter: char| letter.is_ascii_whitespace();
    let has_gap = |text: &str| text.is_empty() || text.ends_with([' ', '\n']);
    if words.starts_with(is_space) && !has_gap(text) {
        text.push(' ');
    }
    for (place, word) in words.split(is_space).filter(|word| !word.is_empty()).enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(&escape(word));
    }
    if words.ends_with(is_space) && !has_gap(text) {
        text.push(' ');
    }
}

/// Escapes what would be Markdown inside of a line.
pub(super) fn escape(word: &str) -> String {
    if is_address(word) {
        return word.to_owned();
    }
    let mut escaped = String::with_capacity(word.len());
    let mut before = None;
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let is_in_word = [before, next].into_iter().all(|it| it.is_some_and(char::is_alphanumeric));
        let is_sign = match letter {
            '*' | '`' | '[' | ']' => true,
            '_' => !is_in_word,
            '~' => next == Some('~'),
            '\\' => next.is_some_and(|next| next.is_ascii_punctuation()),
            '<' => next.is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(next)),
            '&' => next.is_some_and(|next| next.is_ascii_alphabetic() || next == '#'),
            _ => false,
        };
        if is_sign {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = Some(letter);
    }
    escaped
}

/// Escapes what would be Markdown at the start of a line: of a heading, a quote, a list, a line.
pub(super) fn escape_start(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let is_number = digits > 0 && (rest.starts_with(". ") || rest.starts_with(") "));
    let first = line.split(' ').next().unwrap_or_default();
    let is_run = |letter: char| !first.is_empty() && first.chars().all(|other| other == letter);
    if is_number {
        format!("{}\\{rest}", &line[..digits])
    } else if is_run('#') || is_run('-') || is_run('+') || is_run('=') || line.starts_with('>') {
        format!("\\{line}")
    } else {
        line.to_owned()
    }
}
