//! Keys that are pressed together, as the registry of actions writes them: `Mod+Shift+M`, `?`.
//!
//! `Mod` is ⌘ on Apple's systems and Ctrl on others.

/// A key press.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Press {
    /// The character or the name of the key.
    pub key: String,
    /// The place of the key on the keyboard, such as `KeyK`.
    pub code: String,
    /// Ctrl is held.
    pub ctrl: bool,
    /// Alt is held.
    pub alt: bool,
    /// Shift is held.
    pub shift: bool,
    /// ⌘, or the Windows key, is held.
    pub meta: bool,
}

/// Splits a chord into what is held and the key.
fn split(chord: &str) -> (impl Iterator<Item = &str> + Clone, &str) {
    let (held, key) = match chord.rsplit_once('+') {
        Some((held, key)) if !key.is_empty() => (held, key),
        _ => ("", chord),
    };
    (held.split('+').filter(|name| !name.is_empty()), key)
}

/// Returns whether a chord is a plain key, which enters text in a field.
#[must_use]
pub fn is_plain(chord: &str) -> bool {
    split(chord).0.next().is_none()
}

/// Returns whether a press is a chord.
#[must_use]
pub fn is_pressed(chord: &str, press: &Press, is_apple: bool) -> bool {
    let (held, key) = split(chord);
    let is_held = |name: &str| held.clone().any(|held| held == name);
    let is_mod = if is_apple { press.meta } else { press.ctrl };
    let is_other = if is_apple { press.ctrl } else { press.meta };
    // Which keys make a sign depends on the keyboard.
    let is_sign = key.len() == 1 && !key.as_bytes()[0].is_ascii_alphanumeric();
    is_mod == is_held("Mod")
        && !is_other
        && (press.alt == is_held("Alt"))
        && (is_sign || press.shift == is_held("Shift"))
        && is_key(key, press)
}

/// Returns whether a key was pressed. Where the keyboard has letters of another script, its place
/// counts. That of digits counts too, because with Shift they are signs.
fn is_key(key: &str, press: &Press) -> bool {
    let is_letter = key.len() == 1 && key.as_bytes()[0].is_ascii_alphabetic();
    let is_at =
        |row: &str| press.code.strip_prefix(row).is_some_and(|code| code.eq_ignore_ascii_case(key));
    press.key.eq_ignore_ascii_case(key)
        || (is_letter && !press.key.is_ascii() && is_at("Key"))
        || is_at("Digit")
}

/// Returns the names of the keys of a chord, as they stand on a keyboard.
#[must_use]
pub fn key_names(chord: &str, is_apple: bool) -> Vec<String> {
    let (held, key) = split(chord);
    let name = |key: &str| {
        let name = match (key, is_apple) {
            ("Mod", true) => "⌘",
            ("Mod", false) => "Ctrl",
            ("Alt", true) => "⌥",
            ("ArrowUp", _) => "↑",
            ("ArrowDown", _) => "↓",
            ("ArrowLeft", _) => "←",
            ("ArrowRight", _) => "→",
            ("Escape", _) => "Esc",
            ("PageUp", _) => "Page Up",
            ("PageDown", _) => "Page Down",
            (key, _) => key,
        };
        name.to_owned()
    };
    held.chain([key]).map(name).collect()
}

/// Returns a chord for the attribute `aria-keyshortcuts`.
#[must_use]
pub fn for_aria(chord: &str, is_apple: bool) -> String {
    chord.replace("Mod", if is_apple { "Meta" } else { "Control" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the press of a key while the named others are held.
    fn press(held: &str, key: &str) -> Press {
        Press {
            key: key.to_owned(),
            ctrl: held.contains('c'),
            alt: held.contains('a'),
            shift: held.contains('s'),
            meta: held.contains('m'),
            ..Press::default()
        }
    }

    #[test]
    fn a_chord_needs_exactly_what_it_names() {
        for (chord, held, key) in [
            ("Mod+K", "c", "k"),
            ("Mod+K", "c", "K"),
            ("Mod+Shift+M", "cs", "M"),
            ("Alt+ArrowUp", "a", "ArrowUp"),
            ("Alt+Shift+ArrowDown", "as", "ArrowDown"),
            ("?", "s", "?"),
            ("?", "", "?"),
            ("Mod+/", "c", "/"),
            ("Mod+,", "c", ","),
            ("E", "", "e"),
        ] {
            assert!(is_pressed(chord, &press(held, key), false), "{chord}: {held} {key}");
        }
        for (chord, held, key) in [
            ("Mod+K", "", "k"),
            ("Mod+K", "cs", "K"),
            ("Mod+K", "ca", "k"),
            ("Mod+K", "cm", "k"),
            ("Mod+K", "m", "k"),
            ("Alt+ArrowUp", "as", "ArrowUp"),
            ("E", "c", "e"),
            ("E", "s", "E"),
            ("?", "c", "?"),
        ] {
            assert!(!is_pressed(chord, &press(held, key), false), "{chord}: {held} {key}");
        }
        assert!(is_pressed("Mod+K", &press("m", "k"), true));
        assert!(!is_pressed("Mod+K", &press("c", "k"), true));
    }

    #[test]
    fn letters_of_other_scripts_are_known_by_their_place() {
        let code = "KeyK".to_owned();
        assert!(is_pressed("Mod+K", &Press { code: code.clone(), ..press("c", "л") }, false));
        assert!(!is_pressed("Mod+K", &Press { code, ..press("c", "t") }, false), "Dvorak");
    }

    #[test]
    fn digits_are_known_by_their_place() {
        let code = "Digit7".to_owned();
        for sign in ["7", "&", "/"] {
            let press = Press { code: code.clone(), ..press("cs", sign) };
            assert!(is_pressed("Mod+Shift+7", &press, false), "{sign}");
            assert!(!is_pressed("Mod+Shift+8", &press, false), "{sign}");
        }
    }

    #[test]
    fn keys_have_names() {
        assert_eq!(key_names("Mod+Shift+M", false), ["Ctrl", "Shift", "M"]);
        assert_eq!(key_names("Alt+ArrowUp", true), ["⌥", "↑"]);
        assert_eq!(key_names("Mod+K", true), ["⌘", "K"]);
        assert_eq!(key_names("?", false), ["?"]);
        assert_eq!(for_aria("Mod+K", false), "Control+K");
        assert!(is_plain("?") && is_plain("E") && !is_plain("Mod+/"));
    }
}
