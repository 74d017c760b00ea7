//! Upper case. The browser has Unicode's table, so the page does without its 15 KB.

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
