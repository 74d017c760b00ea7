//! Folds texts: two texts that search takes for the same become the same.
//!
//! A folded text is in Unicode's normal form D, without the marks of Latin, Greek, Cyrillic, Arabic
//! and Hebrew and without the selectors of emoji and text, case-folded in full, and each run of
//! white space is one space.

use unicode_normalization::char::{
    canonical_combining_class, decompose_canonical, is_combining_mark,
};
use unicode_script::{Script, UnicodeScript as _};

/// Folds a text.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_each(text, |letter, _| folded.push(letter));
    folded
}

/// Folds a text. Returns with it, for each character, which character of the text it is from, and
/// at the end the number of those.
#[must_use]
pub fn fold_with_places(text: &str) -> (String, Vec<u32>) {
    let (mut folded, mut places) = (String::with_capacity(text.len()), Vec::new());
    fold_each(text, |letter, place| {
        folded.push(letter);
        places.push(place);
    });
    places.push(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    (folded, places)
}

/// Passes each folded character on, and which character of the text it is from.
fn fold_each(text: &str, mut take: impl FnMut(char, u32)) {
    let mut follows_space = false;
    // The marks that stay, until the next letter: their order has to be the canonical one.
    let mut marks: Vec<(u8, char, u32)> = Vec::new();
    let mut base = Script::Common;
    for (place, letter) in (0..).zip(text.chars()) {
        if letter.is_ascii() {
            flush(&mut marks, &mut take);
            base = if letter.is_ascii_alphabetic() { Script::Latin } else { Script::Common };
            let is_space = letter.is_ascii_whitespace() || letter == '\u{b}';
            if !is_space {
                take(letter.to_ascii_lowercase(), place);
            } else if !follows_space {
                take(' ', place);
            }
            follows_space = is_space;
            continue;
        }
        if letter.is_whitespace() {
            flush(&mut marks, &mut take);
            if !follows_space {
                take(' ', place);
            }
            (follows_space, base) = (true, Script::Common);
            continue;
        }
        follows_space = false;
        decompose_canonical(letter, |part| {
            if !is_combining_mark(part) {
                flush(&mut marks, &mut take);
                base = part.script();
                fold_case(part, |folded| take(folded, place));
            } else if !is_dropped(part, base) {
                match canonical_combining_class(part) {
                    0 => {
                        flush(&mut marks, &mut take);
                        take(part, place);
                    }
                    class => marks.push((class, part, place)),
                }
            }
        });
    }
    flush(&mut marks, &mut take);
}

/// Passes the marks on in their canonical order.
fn flush(marks: &mut Vec<(u8, char, u32)>, take: &mut impl FnMut(char, u32)) {
    marks.sort_by_key(|(class, ..)| *class);
    for (_, mark, place) in marks.drain(..) {
        take(mark, place);
    }
}

/// Returns whether a mark after a letter of the script `base` does not count.
fn is_dropped(mark: char, base: Script) -> bool {
    if matches!(mark, '\u{fe0e}' | '\u{fe0f}') {
        return true;
    }
    let script = match mark.script() {
        Script::Inherited | Script::Common => base,
        own => own,
    };
    matches!(
        script,
        Script::Latin | Script::Greek | Script::Cyrillic | Script::Arabic | Script::Hebrew
    )
}

/// Passes the full case folding of a letter on.
fn fold_case(letter: char, mut take: impl FnMut(char)) {
    // The only letter of its own whose capital is that of another.
    if letter == 'ı' {
        return take(letter);
    }
    let upper = letter.to_lowercase().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).for_each(take);
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (text, folded) in [
            ("Straße GROSS", "strasse gross"),
            ("ẞ ﬁ ŉ ſ", "ss fi ʼn s"),
            ("Crème BRÛLÉE", "creme brulee"),
            ("cre\u{300}me", "creme"),
            ("Ὀδυσσεύς ᾳ", "οδυσσευσ α"),
            ("Ёлка й", "елка и"),
            ("İstanbul ıI", "istanbul ıi"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("\u{212a}elvin \u{212b}", "kelvin a"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn marks_of_other_scripts_matter() {
        assert_eq!(fold("が"), "か\u{3099}");
        assert_ne!(fold("か"), fold("が"));
        assert_eq!(fold("हिन्दी"), "हिन्दी");
        assert_eq!(fold("ไทย"), "ไทย");
        assert_eq!(fold("한"), "\u{1112}\u{1161}\u{11ab}");
        assert_eq!(fold("❤\u{fe0f}"), "❤");
    }

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(fold("a \t\n b\u{3000}\u{a0}c "), "a b c ");
    }

    #[test]
    fn marks_have_their_canonical_order() {
        // Two ways to write a letter of Devanagari with a dot below and a stress mark.
        assert_eq!(fold("क\u{951}\u{93c}"), fold("क\u{93c}\u{951}"));
    }

    #[test]
    fn places_are_those_of_the_text() {
        let (folded, places) = fold_with_places("ß e\u{301}! x");
        assert_eq!(folded, "ss e! x");
        assert_eq!(places, [0, 0, 1, 2, 4, 5, 6, 7]);
    }

    #[test]
    fn folding_again_changes_nothing() {
        for letter in '\0'..=char::MAX {
            let folded = fold(&letter.to_string());
            assert_eq!(fold(&folded), folded, "{letter:?}");
            let lower: String = letter.to_lowercase().collect();
            let upper: String = letter.to_uppercase().collect();
            // The iota below a letter is a mark, and a letter in capitals.
            let has_iota = letter.nfd().any(|part| part == '\u{345}');
            if letter != 'ı' && !has_iota {
                assert_eq!(fold(&lower), folded, "{letter:?}");
                assert_eq!(fold(&upper), folded, "{letter:?}");
            }
        }
    }
}
