//! Words that are sought as a whole.

use super::grams::is_sought_alone;

/// Returns whether a folded text has these folded words, and not as a part of others. In scripts
/// that are written without spaces, a word may begin and end anywhere.
#[must_use]
pub fn has_words(text: &str, words: &str) -> bool {
    let (Some(first), Some(last)) = (words.chars().next(), words.chars().next_back()) else {
        return false;
    };
    let is_bound = |inner: char, outer: Option<char>| {
        outer.is_none_or(|outer| {
            !outer.is_alphanumeric() || is_sought_alone(inner) || is_sought_alone(outer)
        })
    };
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(words)) {
        let (begin, end) = (from + at, from + at + words.len());
        let (before, after) = (text[..begin].chars().next_back(), text[end..].chars().next());
        if is_bound(first, before) && is_bound(last, after) {
            return true;
        }
        // The next one may overlap with this one.
        from = begin + first.len_utf8();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::search::fold;

    fn has(text: &str, words: &str) -> bool {
        has_words(&fold(text), &fold(words))
    }

    #[test]
    fn words_are_found_as_a_whole_whatever_their_case_and_accents() {
        assert!(has("The BACKUP failed.", "backup"));
        assert!(has("le café", "Cafe"));
        assert!(has("ask the front desk, please", "front desk"));
        assert!(has("(backup)", "backup"));
        assert!(has("I like C++ much", "c++"));
        assert!(!has("backups", "backup"));
        assert!(!has("nobackup", "backup"));
        assert!(has("backups and backup", "backup"));
        assert!(has("aha ha ha", "ha ha"), "the first one begins within a word");
        assert!(!has("anything", ""));
    }

    #[test]
    fn words_of_scripts_without_spaces_are_found_anywhere() {
        for (text, words) in [
            ("明日会議です", "会議"),
            ("วันนี้ประชุม", "ประชุม"),
            ("서버가 죽었다", "서버"),
            ("🚒🚒🚒", "🚒🚒"),
            ("今日backupする", "backup"),
        ] {
            assert!(has(text, words), "{words} in {text}");
        }
        assert!(!has("会社の議題", "会議"));
    }
}
