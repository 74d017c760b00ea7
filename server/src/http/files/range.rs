//! The part of a file that a request asks for (RFC 9110, sections 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

/// The part of a file to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing: the client has it.
    None,
    /// All bytes.
    All,
    /// These bytes.
    Some(Range<u64>),
    /// The file has no such bytes.
    Unsatisfiable,
}

/// Returns the part that a request asks for, of a file with this tag and size. Several ranges at
/// once are answered by the whole file.
pub(super) fn requested_part(headers: &HeaderMap, etag: &HeaderValue, size: u64) -> Part {
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| has_tag(tags, etag)) {
        return Part::None;
    }
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Part::All;
    };
    // A part of another version would not fit to what the client has.
    if headers.get(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Part::All;
    }
    parse(range, size)
}

/// Returns whether a list of tags has this one. Weak tags count as well (section 13.1.2).
fn has_tag(tags: &HeaderValue, etag: &HeaderValue) -> bool {
    let Ok(tags) = tags.to_str() else { return false };
    tags.split(',').map(str::trim).any(|tag| {
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
    })
}

fn parse(range: &str, size: u64) -> Part {
    let Some((unit, range)) = range.split_once('=') else { return Part::All };
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return Part::All;
    }
    let Some((first, last)) = range.trim().split_once('-') else { return Part::All };
    // A number that is too large is beyond every end.
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (first, last) {
        ("", last) => match number(last) {
            Some(count) => size.saturating_sub(count)..size,
            None => return Part::All,
        },
        (first, "") => match number(first) {
            Some(first) => first..size,
            None => return Part::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
            _ => return Part::All,
        },
    };
    if range.is_empty() { Part::Unsatisfiable } else { Part::Some(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: &str) -> Part {
        parse(range, 100)
    }

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(part("bytes=0-9"), Part::Some(0..10));
        assert_eq!(part("bytes=90-"), Part::Some(90..100));
        assert_eq!(part("bytes=-5"), Part::Some(95..100));
        assert_eq!(part("bytes=-500"), Part::Some(0..100));
        assert_eq!(part("Bytes=0-18446744073709551615"), Part::Some(0..100));
        assert_eq!(part("bytes=0-99999999999999999999999"), Part::Some(0..100));
        for unsatisfiable in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(part(unsatisfiable), Part::Unsatisfiable, "{unsatisfiable}");
        }
        for ignored in [
            "bytes=9-0",
            "bytes=a-b",
            "bytes=1-2,5-6",
            "lines=1-2",
            "bytes",
            "bytes=-",
            "bytes=+1-",
        ] {
            assert_eq!(part(ignored), Part::All, "{ignored}");
        }
        assert_eq!(parse("bytes=0-", 0), Part::Unsatisfiable);
    }

    #[test]
    fn tags_decide_before_ranges() {
        let etag = HeaderValue::from_static("\"a\"");
        let part = |pairs: &[(header::HeaderName, &'static str)]| {
            let pairs =
                pairs.iter().map(|(name, text)| (name.clone(), HeaderValue::from_static(text)));
            requested_part(&pairs.collect(), &etag, 100)
        };
        let range = (header::RANGE, "bytes=0-9");
        assert_eq!(part(&[]), Part::All);
        for same in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert_eq!(part(&[(header::IF_NONE_MATCH, same), range.clone()]), Part::None, "{same}");
        }
        assert_eq!(part(&[(header::IF_NONE_MATCH, "\"b\"")]), Part::All);
        assert_eq!(part(&[(header::IF_RANGE, "\"a\""), range.clone()]), Part::Some(0..10));
        for other in ["\"b\"", "W/\"a\"", "Sat, 29 Nov 2025 00:00:00 GMT"] {
            assert_eq!(part(&[(header::IF_RANGE, other), range.clone()]), Part::All, "{other}");
        }
    }
}
