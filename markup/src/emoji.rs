//! Emoji by their names.

use std::{cmp::Ordering, ops::Range};

use protocol::text::is_emoji_name;

/// Lines of a name and its emoji with a space between them, sorted by name.
static NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/emoji.txt"));

/// No name is longer, in bytes.
const MAX_NAME_BYTES: usize = 80;

/// Returns the emoji with this name: CLDR's short name in lower case with underscores for spaces,
/// or a name of gemoji.
pub(crate) fn by_name(name: &str) -> Option<&'static str> {
    let (mut start, mut end) = (0, if name.is_empty() { 0 } else { NAMES.len() });
    while start < end {
        let middle = NAMES.floor_char_boundary(start.midpoint(end));
        let line_start = NAMES[start..middle].rfind('\n').map_or(start, |at| start + at + 1);
        let line_end = NAMES[middle..end].find('\n').map_or(end, |at| middle + at);
        let (candidate, emoji) = NAMES[line_start..line_end].split_once(' ')?;
        match candidate.cmp(name) {
            Ordering::Less => start = line_end + 1,
            Ordering::Greater => end = line_start,
            Ordering::Equal => return Some(emoji),
        }
    }
    None
}

/// Returns where `:name:` of an emoji stands in a text, and the emoji, or `None` if the name may be
/// that of a custom emoji. It does not begin after a letter or digit of ASCII, as in `10:100:20`,
/// and that of a custom emoji not after another colon, as in `std::io::Result`. It may follow
/// another one.
pub(crate) fn find(text: &str) -> impl Iterator<Item = (Range<usize>, Option<&'static str>)> {
    let mut from = 0;
    let mut after_emoji = None;
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find(':')?;
            from = start + 1;
            let before = text[..start].chars().next_back();
            let before = before.filter(|_| after_emoji != Some(start));
            if before.is_some_and(|before| before.is_ascii_alphanumeric()) {
                continue;
            }
            let rest = &text[from..text.floor_char_boundary(from + MAX_NAME_BYTES)];
            let Some(end) = rest.find(':') else { continue };
            let (name, emoji) = (&rest[..end], by_name(&rest[..end]));
            if emoji.is_none() && (before == Some(':') || !is_emoji_name(name)) {
                continue;
            }
            from += end + 1;
            after_emoji = Some(from);
            return Some((start..from, emoji));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        let mut count = 0;
        let mut last = "";
        for line in NAMES.lines() {
            let (name, emoji) = line.split_once(' ').unwrap();
            assert_eq!(by_name(name), Some(emoji), "{name}");
            assert!(last < name && name.len() < MAX_NAME_BYTES && !name.contains(':'), "{name}");
            last = name;
            count += 1;
        }
        assert!(count > 2_500, "{count}");
        for name in ["", " ", "tada ", "tad", "tadaa", "TADA", "zzz_", "\n", "\u{1f389}", "é"] {
            assert_eq!(by_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_of_cldr_and_gemoji_are_known() {
        for (name, emoji) in [
            ("party_popper", "🎉"),
            ("tada", "🎉"),
            ("+1", "👍️"),
            ("thumbs_up", "👍️"),
            ("100", "💯"),
            ("flag_france", "🇫🇷"),
            ("fr", "🇫🇷"),
            ("red_heart", "❤️"),
            ("piñata", "🪅"),
        ] {
            let found = by_name(name).map(|found| found.replace('\u{fe0f}', ""));
            assert_eq!(found, Some(emoji.replace('\u{fe0f}', "")), "{name}");
        }
    }

    #[test]
    fn names_stand_between_colons() {
        let found = |text: &'static str| {
            let is_known = |is_known| {
                let names = find(text).filter(move |(_, emoji)| emoji.is_some() == is_known);
                names.map(|(range, _)| &text[range]).collect::<Vec<_>>()
            };
            (is_known(true), is_known(false))
        };
        let none = Vec::<&str>::new;
        assert_eq!(found(":tada:"), (vec![":tada:"], none()));
        assert_eq!(found("::tada::tada:"), (vec![":tada:", ":tada:"], none()));
        for text in ["10:100:20", "10:30:45", "std::io::Result", "::", ":::", ":q:k:", ":Ab: :é:"]
        {
            assert_eq!(found(text), (none(), none()), "{text}");
        }
        assert_eq!(found("你好:tada:吗"), (vec![":tada:"], none()));
        assert_eq!(found("a: tada: :no: :+1:"), (vec![":+1:"], vec![":no:"]));
        assert_eq!(found(":blobcat::blobcat:x"), (none(), vec![":blobcat:", ":blobcat:"]));
        assert_eq!(found(":aa:bb:, :tada::cc:"), (vec![":tada:"], vec![":aa:", ":cc:"]));
        assert_eq!(found(":-_: :_k: :k q: ::blobcat: :q"), (none(), none()));
    }
}
