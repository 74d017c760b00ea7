//! The scripts that mentions tell apart, by Unicode's own data: `build.rs` makes the tables.

use std::cmp::Ordering;

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));

/// Returns whether a character is of the Latin, the Greek or the Cyrillic script.
pub(super) fn is_western(letter: char) -> bool {
    contains(&WESTERN, letter)
}

/// Returns whether a character has the script of the one before it.
pub(super) fn is_inherited(letter: char) -> bool {
    contains(&INHERITED, letter)
}

fn contains(ranges: &[(u32, u32)], letter: char) -> bool {
    let letter = u32::from(letter);
    let position = |&(first, last): &(u32, u32)| match letter {
        _ if last < letter => Ordering::Less,
        _ if letter < first => Ordering::Greater,
        _ => Ordering::Equal,
    };
    ranges.binary_search_by(position).is_ok()
}

#[cfg(test)]
mod tests {
    use icu_properties::{CodePointMapData, props::Script};

    use super::*;

    #[test]
    fn tables_agree_with_unicode() {
        let scripts = CodePointMapData::<Script>::new();
        for letter in '\0'..=char::MAX {
            let script = scripts.get(letter);
            let western = matches!(script, Script::Latin | Script::Greek | Script::Cyrillic);
            assert_eq!(is_western(letter), western, "{letter:?}");
            assert_eq!(is_inherited(letter), script == Script::Inherited, "{letter:?}");
        }
    }
}
