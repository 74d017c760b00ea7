//! Finds the parts of code by the table of its language.

use protocol::blocks::CodeKind;

use super::{
    Parts, after,
    language::{Language, Quote},
};

/// The longest character in quotes, in bytes: `'\u{10ffff}'`.
const MAX_CHAR_BYTES: usize = 12;

/// Adds the parts of a code.
pub(super) fn scan(language: &Language, parts: &mut Parts<'_>) {
    while !parts.is_done() {
        let rest = parts.rest();
        let next = rest.chars().next().unwrap_or_default();
        if next.is_whitespace() {
            parts.push_space();
        } else if let Some(len) = comment(language, parts) {
            parts.push(CodeKind::Comment, len);
        } else if let Some(len) = string(language, rest) {
            let is_key = language.keys.is_some_and(|sign| is_key(&rest[len..], sign));
            parts.push(if is_key { CodeKind::Name } else { CodeKind::String }, len);
        } else if next.is_ascii_digit() {
            parts.push(CodeKind::Number, number(rest));
        } else if begins_word(language, next) {
            let len = word(language, rest);
            parts.push(kind_of_word(language, &rest[..len], &rest[len..]), len);
        } else {
            parts.push_char(CodeKind::Plain);
        }
    }
}

/// Returns the length of the comment that comes next.
fn comment(language: &Language, parts: &Parts<'_>) -> Option<usize> {
    let rest = parts.rest();
    for (open, close) in language.blocks {
        if let Some(inner) = rest.strip_prefix(open) {
            return Some(open.len() + after(inner, close));
        }
    }
    let sign = language.lines.iter().find(|sign| rest.starts_with(**sign))?;
    // `$#` and `a#b` are no comments of a shell.
    let stands_alone = !sign.starts_with('#')
        || parts.before().chars().next_back().is_none_or(char::is_whitespace);
    stands_alone.then(|| rest.find('\n').unwrap_or(rest.len()))
}

/// Returns the length of the string that comes next. It ends with its line, unless the language
/// allows more.
fn string(language: &Language, rest: &str) -> Option<usize> {
    let quote = language.quotes.iter().find(|quote| rest.starts_with(quote.open()))?;
    let open = quote.open().len();
    let (close, escapes, spans_lines) = match quote {
        Quote::Char => return char_in_quotes(rest),
        Quote::Line(sign) => (*sign, true, false),
        Quote::Raw(_, close) => (*close, false, true),
        Quote::Lines(sign) => (*sign, true, true),
    };
    let mut letters = rest[open..].char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && escapes {
            letters.next();
        } else if rest[open + at..].starts_with(close) {
            return Some(open + at + close.len());
        } else if letter == '\n' && !spans_lines {
            return Some(open + at);
        }
    }
    Some(rest.len())
}

/// Returns the length of a character in quotes. A single quote may also begin something else.
fn char_in_quotes(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    let close = if first == '\\' {
        letters.next()?; // maybe a quote
        letters.find(|(at, letter)| *at > MAX_CHAR_BYTES || matches!(letter, '\'' | '\n'))
    } else {
        letters.next()
    };
    close.filter(|(_, letter)| *letter == '\'' && first != '\'').map(|(at, _)| at + 1)
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_part = |(at, byte): (usize, &u8)| {
        byte.is_ascii_alphanumeric()
            || *byte == b'_'
            || *byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    let parts = bytes.iter().enumerate();
    parts.take_while(|part| is_part(*part)).count()
}

fn begins_word(language: &Language, letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || language.signs.contains(letter)
}

fn word(language: &Language, rest: &str) -> usize {
    let is_part =
        |letter: char| letter.is_alphanumeric() || letter == '_' || language.inner.contains(letter);
    let mut letters = rest.char_indices().skip(1);
    letters.find(|(_, letter)| !is_part(*letter)).map_or(rest.len(), |(at, _)| at)
}

fn kind_of_word(language: &Language, word: &str, after: &str) -> CodeKind {
    let is_among = |words: &str| {
        words.split(' ').any(|known| {
            if language.any_case { known.eq_ignore_ascii_case(word) } else { known == word }
        })
    };
    let first = word.chars().next().unwrap_or_default();
    if language.keys.is_some_and(|sign| is_key(after, sign)) {
        CodeKind::Name
    } else if is_among(language.keywords) {
        CodeKind::Keyword
    } else if is_among(language.values) {
        CodeKind::Number
    } else if language.signs.contains(first) && word.len() > 1 {
        CodeKind::Name
    } else if language.types && first.is_uppercase() {
        CodeKind::Type
    } else if language.calls && after.trim_start_matches('!').starts_with('(') {
        CodeKind::Name
    } else {
        CodeKind::Plain
    }
}

/// Returns whether a sign follows that makes a key of what stands before it.
fn is_key(after: &str, sign: char) -> bool {
    let after = after.trim_start_matches([' ', '\t']).strip_prefix(sign);
    after.is_some_and(|after| {
        sign == '=' || after.is_empty() || after.starts_with(char::is_whitespace)
    })
}
