//! Links to rooms by their slugs.

use std::ops::Range;

use super::{is_mark, joins, signs};
use crate::text::is_slug;

/// Returns where the possible links to rooms stand in a text: each `#` with the slug after it. They
/// begin where a mention could, and end where a word does.
///
/// ```
/// let text = "See #general.";
/// assert!(protocol::room_link_ranges(text).map(|range| &text[range]).eq(["#general"]));
/// assert_eq!(protocol::room_link_ranges("C#foo, #Foo, #foo_bar, https://a.b/#foo").count(), 0);
/// ```
pub fn room_link_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    signs(text, &['#']).filter_map(|(at, rest)| {
        let is_slug_char =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        let end = rest.find(|letter| !is_slug_char(letter)).unwrap_or(rest.len());
        let next = rest[end..].chars().next();
        if next.is_some_and(|next| next == '_' || is_mark(next) || joins(next)) {
            return None;
        }
        let slug = rest[..end].trim_end_matches('-');
        is_slug(slug).then(|| at..at + 1 + slug.len())
    })
}
