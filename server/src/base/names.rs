//! The normal form of names that users choose, and the rule that they must fit.

use unicode_normalization::UnicodeNormalization as _;

/// Returns a name without white space around it, in Unicode's normal form C: the same name is
/// stored as the same characters, however it was typed.
#[must_use]
pub fn normal_name(name: &str) -> String {
    name.trim().nfc().collect()
}

/// Returns the rule of [`is_name`](protocol::text::is_name), as the message of a field error.
#[must_use]
pub fn name_rule(max: usize) -> String {
    format!("must have 1 to {max} characters, none of them invisible")
}
