//! Keeps the underscores in `https://a.b/__init__.py` from being emphasis: GFM reads addresses
//! before emphasis, but the parser knows no addresses.

use std::borrow::Cow;

use crate::bare_link;

/// What stands for delimiters in addresses while a text is parsed: characters that texts do not
/// contain, and that mean nothing to the parser.
const MASKS: [(char, char); 3] = [('*', '\u{fdd0}'), ('_', '\u{fdd1}'), ('~', '\u{fdd2}')];

/// Masks the delimiters in addresses.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let may_contain_address = text.contains("://") || text.contains("www.");
    if !may_contain_address || text.contains(MASKS.map(|(_, mask)| mask)) {
        return text.into();
    }
    let mut masked = String::new();
    let mut done = 0;
    for link in bare_link::find(text) {
        masked.push_str(&text[done..link.range.start]);
        done = link.range.end;
        masked.extend(text[link.range].chars().map(|letter| {
            MASKS
                .iter()
                .find(|(delimiter, _)| *delimiter == letter)
                .map_or(letter, |(_, mask)| *mask)
        }));
    }
    masked.push_str(&text[done..]);
    masked.into()
}

/// Undoes [`mask`].
pub(crate) fn unmask(text: &str) -> Cow<'_, str> {
    if !text.contains(MASKS.map(|(_, mask)| mask)) {
        return text.into();
    }
    let delimiter = |letter: char| {
        MASKS.iter().find(|(_, mask)| *mask == letter).map_or(letter, |(delimiter, _)| *delimiter)
    };
    text.chars().map(delimiter).collect::<String>().into()
}
