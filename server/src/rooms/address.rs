//! The address of a new room, made of its name.

use deunicode::deunicode_with_tofu;
use protocol::limits::MAX_SLUG_CHARS;

/// Derives a slug from a room's name: `Front desk` becomes `front-desk`, `Привет` `privet`.
///
/// Letters of other scripts are transliterated. Empty if nothing of the name can be.
pub(super) fn slug_from_name(name: &str) -> String {
    let latin = deunicode_with_tofu(name, " ").to_lowercase();
    // An apostrophe stands within a word, also as the sign of a soft consonant.
    let latin = latin.replace(['\'', '`', '"'], "");
    let words =
        latin.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(MAX_SLUG_CHARS);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::text::is_slug;

    use super::*;

    #[test]
    fn slugs_are_derived_from_names() {
        for (name, slug) in [
            ("Front desk", "front-desk"),
            ("  Release 2.0!  ", "release-2-0"),
            ("Bob's", "bobs"),
            ("C#", "c"),
            ("C++", "c"),
            ("Küche & Garten", "kuche-garten"),
            ("Ku\u{308}che", "kuche"),
            ("Привет", "privet"),
            ("Больше", "bolshe"),
            ("Καλημέρα", "kalemera"),
            ("日本語", "ri-ben-yu"),
            ("ラーメン", "ramen"),
            ("한국", "hangug"),
            ("!?", ""),
            ("\u{e000}", ""),
        ] {
            assert_eq!(slug_from_name(name), slug, "{name}");
        }
        assert_eq!(slug_from_name(&"x".repeat(80)).len(), MAX_SLUG_CHARS);
        assert_eq!(slug_from_name(&"xyz ".repeat(20)), "xyz-".repeat(16).trim_end_matches('-'));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn a_slug_from_any_name_is_valid_or_empty(name in r"\PC{1,80}") {
            let slug = slug_from_name(&name);
            prop_assert!(slug.is_empty() || is_slug(&slug), "{name:?}: {slug:?}");
        }
    }
}
