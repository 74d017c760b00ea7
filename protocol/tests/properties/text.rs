//! Names, emoji and texts of any characters.

use proptest::prelude::*;
use protocol::text::{canonical_emoji, is_blank, is_name};

use crate::strategies::config;

/// Any text, with many of the characters that hide, join, turn and stack others.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[aé \u{34f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{2800}\u{3164}]{0,8}",
        "[aم\u{300}-\u{30f}\u{fe00}-\u{fe0f}\u{e0020}-\u{e007f}\u{ad}\u{94d}\u{915}\u{200d}]{0,8}",
        "[👍❤🏽🏴🇸🇪1#\u{20e3}\u{200d}\u{fe0e}\u{fe0f}\u{e0067}\u{e007f}]{0,8}",
    ]
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_name_shows_something_and_turns_nothing(text in hostile()) {
        if is_name(&text, 64) {
            prop_assert!(!is_blank(&text));
            prop_assert!(!text.contains(char::is_control));
            let turns = |letter| {
                matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}')
                    || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            prop_assert!(!text.contains(turns));
            let with_hidden = [text.clone() + "\u{202e}", text + "\u{200b}"];
            prop_assert!(with_hidden.iter().all(|text| !is_name(text, 65)));
        }
    }

    #[test]
    fn the_one_spelling_of_an_emoji_is_its_own(text in hostile()) {
        if let Some(canonical) = canonical_emoji(&text) {
            prop_assert_eq!(canonical_emoji(&canonical), Some(canonical.clone()));
            let is_selector = |letter: &char| matches!(letter, '\u{fe0e}' | '\u{fe0f}');
            let plain: String = text.chars().filter(|letter| !is_selector(letter)).collect();
            prop_assert_eq!(canonical_emoji(&plain), Some(canonical));
            prop_assert!(!is_blank(&text));
        }
    }
}
