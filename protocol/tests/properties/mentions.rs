//! Properties of mentions in texts of all scripts.

use proptest::prelude::*;
use protocol::{is_mentioned, mentions, text::is_username};

use crate::strategies::config;

const SIGN: &str = "[@\u{ff20}\u{fe6b}]";
/// Letters of scripts whose words stand without spaces between them.
const UNSPACED: &str =
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}&&\P{N}]";
/// What continues a word.
const SPACED: &str = r"[\p{Latin}\p{Greek}\p{Cyrillic}&&\p{L}]|[0-9]";

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn any_text_yields_usernames_that_stand_in_it(text in r"([@＠a-z._\-:/ 你ก]|\PC){0,40}") {
        for name in mentions(&text) {
            prop_assert!(is_username(&name), "{name:?}");
            prop_assert!(text.to_ascii_lowercase().contains(&name), "{name:?}");
        }
    }

    #[test]
    fn unspaced_scripts_need_no_space_before_the_sign(
        (before, sign, name, after) in (UNSPACED, SIGN, "[a-z][a-z0-9]{0,9}", UNSPACED),
    ) {
        let text = format!("{before}{sign}{name}{after}");
        prop_assert!(is_mentioned(&text, &name), "{text:?}");
    }

    #[test]
    fn letters_and_digits_join_the_sign_to_their_word(
        (before, marks, sign, name) in (SPACED, "\u{301}{0,3}", SIGN, "[a-z][a-z0-9]{0,9}"),
    ) {
        let text = format!("{before}{marks}{sign}{name}");
        prop_assert!(!is_mentioned(&text, &name), "{text:?}");
        let text = format!("https://{name}/{before}{sign}{name}");
        prop_assert!(!is_mentioned(&text, &name), "{text:?}");
    }
}
