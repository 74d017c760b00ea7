//! Which characters show something by themselves, by Unicode's own data.

use icu_properties::{
    CodePointSetData,
    props::{DefaultIgnorableCodePoint, GraphemeExtend},
};

/// Characters that show nothing, though no property of Unicode says so.
const UNMARKED_BLANKS: [char; 6] = [
    '\u{2800}',  // a braille cell without dots
    '\u{fffc}',  // the place of an object that a text cannot carry
    '\u{13441}', // a blank among hieroglyphs
    '\u{13442}', // a half blank among hieroglyphs
    '\u{16fe4}', // a filler among Khitan signs
    '\u{1d159}', // a note without its head
];

/// Returns whether a text shows nothing: it is empty, or has only white space, control characters,
/// characters that Unicode declares invisible, or marks without a letter to stand on.
///
/// ```
/// assert!(protocol::text::is_blank("\u{200b} \u{2800}\u{fe0f}"));
/// assert!(!protocol::text::is_blank("."));
/// ```
#[must_use]
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// Returns whether a character shows something by itself.
pub(super) fn is_visible(letter: char) -> bool {
    letter.is_ascii_graphic()
        || !(letter.is_whitespace()
            || letter.is_control()
            || is_unmarked_blank(letter)
            || is_ignorable(letter)
            || CodePointSetData::new::<GraphemeExtend>().contains(letter))
}

/// Returns whether a character is a blank that Unicode's properties do not tell.
pub(super) fn is_unmarked_blank(letter: char) -> bool {
    UNMARKED_BLANKS.contains(&letter) || matches!(letter, '\u{fff9}'..='\u{fffb}')
}

/// Returns whether programs show nothing for a character, even if they do not know it.
pub(super) fn is_ignorable(letter: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}
