//! The normal form of a password.

use unicode_normalization::UnicodeNormalization as _;

/// Returns the form in which a password is hashed, by the rules of the profile `OpaqueString` (RFC
/// 8265): each space of Unicode is a plain one, and the text has normal form C. Keyboards and
/// systems spell the same letters in different ways.
///
/// Characters that the profile does not know, such as new emoji, are kept as they are.
#[must_use]
pub fn normal_password(password: &str) -> String {
    if password.is_ascii() {
        return password.to_owned();
    }
    password.chars().map(|letter| if is_space(letter) { ' ' } else { letter }).nfc().collect()
}

/// Returns whether a character is a space by its general category.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() && !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use precis_profiles::{OpaqueString, precis_core::profile::Profile as _};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_password_has_one_form() {
        for (typed, normal) in [
            ("correct horse", "correct horse"),
            ("correct\u{a0}horse", "correct horse"),
            ("correct\u{3000}horse", "correct horse"),
            ("Zoe\u{308} pa\u{df}wort", "Zo\u{eb} pa\u{df}wort"),
            ("\u{1100}\u{1161}", "\u{ac00}"),
            ("Ａｂ\u{fb01}", "Ａｂ\u{fb01}"),
            ("👩🏽\u{200d}💻 ❤\u{fe0f}", "👩🏽\u{200d}💻 ❤\u{fe0f}"),
        ] {
            assert_eq!(normal_password(typed), normal);
            assert_eq!(normal_password(normal), normal);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_form_is_that_of_the_profile(
            password in prop_oneof![
                any::<String>(),
                "[a-zA-Z \u{a0}\u{2003}\u{300}-\u{310}é가]{1,20}",
            ],
        ) {
            let normal = normal_password(&password);
            prop_assert_eq!(normal_password(&normal), &*normal);
            if let Ok(theirs) = OpaqueString::new().enforce(password.as_str()) {
                prop_assert_eq!(normal, theirs);
            }
        }
    }
}
