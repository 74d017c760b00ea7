//! Passwords that are guessed first.

use zxcvbn::zxcvbn;

/// Passwords that are found within this number of guesses are weak. The library counts as many for
/// the attempt to combine two words.
const MAX_WEAK_GUESSES: u64 = 10_000;
/// The longest password that is estimated as a whole. The estimate takes time that grows with the
/// square of the length.
const MAX_ESTIMATED_CHARS: usize = 48;
/// Signs that stand for letters, and the largest number of different ones that is estimated: all
/// their combinations are tried. Nobody guesses a password with more of them soon.
const SIGNS: &str = "@({[<!|$+%";
const MAX_SIGNS: usize = 3;
/// The name of this program, which is guessed like the name of a user.
const PROGRAM: &str = "banter";
/// The shortest word of a name that counts as a name.
const MIN_WORD_CHARS: usize = 3;

/// Returns whether a password is among the first that somebody tries who knows these names of its
/// user: one of the most common passwords, a row of keys, a repetition, or a name with nothing but
/// digits and signs around.
pub(super) fn is_weak(password: &str, names: &[String]) -> bool {
    let words = names.iter().flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()));
    let words = words.filter(|word| word.chars().count() >= MIN_WORD_CHARS);
    let known: Vec<&str> = names.iter().map(String::as_str).chain(words).chain([PROGRAM]).collect();
    known.iter().any(|name| is_decorated(password, name))
        || to_estimate(password)
            .is_some_and(|part| zxcvbn(&part, &known).guesses() < MAX_WEAK_GUESSES)
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

/// Returns whether a password is the name, once or several times, with digits and signs only.
fn is_decorated(password: &str, name: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let (password, name) = (plain(password), plain(name));
    !name.is_empty()
        && password.contains(&name)
        && !password.replace(&name, "").contains(char::is_alphabetic)
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
            "hunter2hunter2",
            "8f3k2m9x4q",
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
