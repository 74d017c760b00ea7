//! The case of letters. The browser has Unicode's tables, so the page does without their size.

/// Returns a character in upper case, which may be several characters.
#[cfg(feature = "hydrate")]
pub(crate) fn upper_case(letter: char) -> String {
    js_sys::JsString::from(letter).to_upper_case().into()
}

/// Returns a character in upper case, which may be several characters.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn upper_case(letter: char) -> String {
    letter.to_uppercase().collect()
}

/// Returns a letter in lower case and without its accents. Empty for an accent by itself.
#[cfg(feature = "hydrate")]
pub(crate) fn fold(letter: char) -> String {
    let folded: String = js_sys::JsString::from(letter).normalize("NFD").to_lower_case().into();
    folded.chars().filter(|letter| !is_accent(*letter)).collect()
}

/// Returns a letter in lower case. The server searches nothing.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn fold(letter: char) -> String {
    letter.to_lowercase().filter(|letter| !is_accent(*letter)).collect()
}

/// Returns whether a character is an accent of the letter before it.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}
