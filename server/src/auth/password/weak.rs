//! Passwords that are guessed first.

use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{matching::patterns::MatchPattern, zxcvbn};

/// Passwords that are found within this number of guesses are weak: a common one with digits and
/// signs, which is where people who guess continue. Two ordinary words take more.
const MAX_WEAK_GUESSES: u64 = 1_000_000;
/// The longest password that is estimated as a whole. The estimate takes time that grows with the
/// square of the length.
const MAX_ESTIMATED_CHARS: usize = 48;
/// Signs that stand for letters, and the largest number of different ones that is estimated: all
/// their combinations are tried. Nobody guesses a password with more of them soon.
const SIGNS: &str = "@({[<!|$+%";
const MAX_SIGNS: usize = 3;
/// The words of this program, which are guessed like the name of a user.
const PROGRAM: [&str; 2] = ["banter", "chat"];
/// The shortest word of a name that counts as a name.
const MIN_WORD_CHARS: usize = 3;
/// Rows of keys that the library does not know: of keyboards in German and French.
const ROWS: [&str; 6] =
    ["qwertzuiopü+", "asdfghjklöä#", "yxcvbnm", "azertyuiop", "qsdfghjklmù", "wxcvbn"];
/// The keys of a Russian keyboard, and those of an English one at the same places.
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбю";
const ENGLISH_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";

/// Returns whether a password is among the first that somebody tries who knows these names of its
/// user: one of the most common passwords or words, a row of keys, a repetition, or a name, each
/// with nothing but digits and signs around.
pub(super) fn is_weak(password: &str, names: &[String]) -> bool {
    let words = names.iter().flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()));
    let words = words.filter(|word| word.chars().count() >= MIN_WORD_CHARS);
    let known: Vec<&str> = names.iter().map(String::as_str).chain(words).chain(PROGRAM).collect();
    // Letters of full width, for example, are typed by the same keys.
    let plain: String = password.nfkc().flat_map(char::to_lowercase).collect();
    let on_english_keys: String = plain.chars().map(english_key).collect();
    is_decorated(&plain, &known)
        || is_soon_guessed(&plain, &known)
        || (on_english_keys != plain && is_soon_guessed(&on_english_keys, &known))
}

/// Returns the sign that an English keyboard has in the place of a Russian letter.
fn english_key(letter: char) -> char {
    let keys = RUSSIAN_KEYS.chars().zip(ENGLISH_KEYS.chars());
    keys.into_iter().find(|(russian, _)| *russian == letter).map_or(letter, |(_, key)| key)
}

fn is_soon_guessed(password: &str, known: &[&str]) -> bool {
    let Some(part) = to_estimate(password) else { return false };
    let core = part.trim_matches(|letter: char| !letter.is_alphabetic());
    zxcvbn(&part, known).guesses() < MAX_WEAK_GUESSES || is_row(core) || is_word(core, known)
}

/// Returns whether a text is one word of the library's lists, or one pattern of keys.
fn is_word(text: &str, known: &[&str]) -> bool {
    let estimate = zxcvbn(text, known);
    matches!(estimate.sequence(), [one] if !matches!(one.pattern, MatchPattern::BruteForce))
}

/// Returns whether a text is a part of a row of keys, in either direction.
fn is_row(text: &str) -> bool {
    let reversed: String = text.chars().rev().collect();
    let is_long = text.chars().count() > MIN_WORD_CHARS;
    is_long && ROWS.iter().any(|row| row.contains(text) || row.contains(&reversed))
}

/// Returns what is to be estimated of a password: all of it, or the beginning of a long repetition.
/// Returns `None` if the password cannot be weak.
fn to_estimate(password: &str) -> Option<String> {
    let letters: Vec<char> = password.chars().collect();
    if SIGNS.chars().filter(|sign| letters.contains(sign)).count() > MAX_SIGNS {
        return None;
    }
    let repeats = |len: usize| letters.iter().zip(&letters[len..]).all(|(one, next)| one == next);
    if letters.len() > MAX_ESTIMATED_CHARS && !(1..=MAX_ESTIMATED_CHARS / 2).any(repeats) {
        return None;
    }
    Some(letters.into_iter().take(MAX_ESTIMATED_CHARS).collect())
}

/// Returns whether a password is made of these names, with digits and signs only.
fn is_decorated(password: &str, names: &[&str]) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let password = plain(password);
    let mut names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    names.retain(|name| !name.is_empty() && password.contains(name.as_str()));
    // A name may begin with a shorter one.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let rest = names.iter().fold(password, |rest, name| rest.replace(name.as_str(), ""));
    !names.is_empty() && !rest.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(password: &str) -> bool {
        is_weak(password, &["ada.l".to_owned(), "Ada Lovelace".to_owned()])
    }

    #[test]
    fn passwords_that_are_guessed_first_are_weak() {
        for password in [
            "1234567890",
            "0123456789",
            "qwertyuiop",
            "1q2w3e4r5t",
            "password123",
            "Password123",
            "passwordpassword",
            "aaaaaaaaaa",
            "abcdefghij",
            "abcabcabcabc",
            "1111111111",
            "ada lovelace",
            "AdaLovelace1815",
            "1815-lovelace!",
            "ada.l.2026",
            "adaadaada1",
            "banter2026",
            "Banter-1234",
            "banterbanter",
            "Password1!",
            "P@ssw0rd12",
            "passw0rd!!",
            "letmein123",
            "iloveyou12",
            "football12",
            "Welcome2026!",
            "Sommer2026!",
            "Admin12345",
            "january2020",
            "hunter2hunter2",
            "banterchat",
            "chat-banter",
            "ChatChat2026",
            "qwertzuiop",
            "poiuztrewq",
            "Qwertz1234",
            "azertyuiop",
            "qsdfghjklm",
            "mlkjhgfdsq",
            "ùmlkjhgfdsq",
            "äölkjhgfdsa",
            "mnbvcxy123",
            "nbvcxw2026",
            "qazwsxedcr",
            "\u{439}\u{446}\u{443}\u{43a}\u{435}\u{43d}\u{433}\u{448}\u{449}\u{437}",
            "ЙЦУКЕН12345",
            "фывапролдж",
            "пароль12345",
            "１２３４５６７８９０",
            "ｐａｓｓｗｏｒｄ１２",
            "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏𝟐",
        ] {
            assert!(weak(password), "{password}");
        }
    }

    #[test]
    fn ordinary_passphrases_are_not() {
        for password in [
            "correct horse battery staple",
            "correct horse",
            "a long password",
            "password-of-ada",
            "test-password",
            "my secret word",
            "long enough",
            "tr0ub4dor&3",
            "8f3k2m9x4q",
            "correcthorse",
            "2026 xkqzp",
            "две рыбы в чате",
            "ein langes Passwort",
            "пароль для чата",
            "ada and charles",
            "the banter of ada",
        ] {
            assert!(!weak(password), "{password} {}", zxcvbn(password, &[]).guesses());
        }
    }

    #[test]
    fn long_passwords_are_weak_only_if_they_repeat() {
        for unit in ["a", "abc", "password", "é"] {
            let long: String = unit.chars().cycle().take(128).collect();
            assert!(weak(&long), "{unit}");
        }
        assert!(!weak(&("a".repeat(64) + "8f3k2m9x4q")));
        for signs in ["4@8({[<369|10$5+7%2", "@4$5!1", "l1!|"] {
            let long: String = signs.chars().cycle().take(128).collect();
            let _ = weak(&long);
        }
    }
}
