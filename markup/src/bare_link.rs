//! Addresses that are links without brackets: the extended autolinks of GFM.

use std::ops::Range;

use protocol::limits::MAX_HREF_BYTES;

use crate::href;

/// An address in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BareLink {
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// The `:` or `@` without which it would be none.
    pub(crate) sign: usize,
    /// The address that the link has.
    pub(crate) href: String,
}

/// Returns the addresses in a text, in order: `http://`, `https://` or `www.` with a host, and mail
/// addresses.
pub(crate) fn find(text: &str) -> Vec<BareLink> {
    let mut links: Vec<BareLink> = Vec::new();
    let mut from = 0;
    for (at, letter) in text.char_indices() {
        if at < from {
            continue;
        }
        let page = match letter {
            ':' => with_scheme(text, from, at),
            'w' | 'W' => without_scheme(text, from, at),
            _ => None,
        };
        let link = match page {
            Some(start) => {
                let run = text[start..].find(ends_link).unwrap_or(text.len() - start);
                if run > MAX_HREF_BYTES {
                    // Looking for others in it takes long.
                    from = start + run;
                    continue;
                }
                page_link(text, start..start + run, at)
            }
            None if letter == '@' => mail(text, from, at),
            None => None,
        };
        if let Some(link) = link {
            from = link.range.end;
            links.push(link);
        }
    }
    links
}

/// Returns where the address begins whose scheme ends with this colon.
fn with_scheme(text: &str, from: usize, colon: usize) -> Option<usize> {
    let rest = text[colon..].strip_prefix("://")?;
    let before = &text[from..colon];
    let scheme = before.len() - before.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let is_scheme =
        ["http", "https"].iter().any(|name| before[scheme..].eq_ignore_ascii_case(name));
    (is_scheme && is_host(rest)).then_some(from + scheme)
}

/// Returns where the address begins that has no scheme, if it is one.
fn without_scheme(text: &str, from: usize, start: usize) -> Option<usize> {
    let is_www = text.get(start..start + 4).is_some_and(|www| www.eq_ignore_ascii_case("www."));
    let before = text[from..start].chars().next_back();
    let is_start = start == 0
        || before.is_some_and(|before| before.is_whitespace() || "*_~(".contains(before));
    (is_www && is_start && is_host(&text[start..]) && is_host(&text[start + 4..])).then_some(start)
}

/// Returns the link of an address that ends in this range.
fn page_link(text: &str, range: Range<usize>, sign: usize) -> Option<BareLink> {
    let range = range.start..range.start + trimmed(&text[range]).len();
    let address = &text[range.clone()];
    let href = if sign == range.start {
        href::allowed(&format!("http://{address}"))
    } else {
        href::allowed(address)
    };
    Some(BareLink { range, sign, href: href? })
}

fn mail(text: &str, from: usize, at: usize) -> Option<BareLink> {
    let before = &text[from..at];
    let is_local = |letter: char| letter.is_ascii_alphanumeric() || ".-_+".contains(letter);
    let local = before.trim_end_matches(is_local).len();
    let rest = &text[at + 1..];
    let is_domain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let domain = &rest[..rest.find(|letter| !is_domain(letter)).unwrap_or(rest.len())];
    let domain = domain.trim_end_matches('.');
    let is_domain = domain.contains('.')
        && domain.split('.').all(|part| !part.is_empty())
        && !domain.ends_with(['-', '_']);
    if local == before.len() || !is_domain {
        return None;
    }
    let end = at + 1 + domain.len();
    let href = href::allowed(&format!("mailto:{}", &text[from + local..end]))?;
    // The scheme may be written out.
    let scheme = "mailto:";
    let start = local.checked_sub(scheme.len()).filter(|start| {
        before.get(*start..local).is_some_and(|before| before.eq_ignore_ascii_case(scheme))
            && !before[..*start].ends_with(|letter: char| letter.is_ascii_alphanumeric())
    });
    Some(BareLink { range: from + start.unwrap_or(local)..end, sign: at, href })
}

/// Returns whether a text begins with a domain as GFM defines it: without underscores in its last
/// two segments.
fn is_host(text: &str) -> bool {
    let is_host_char = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let end = text.find(|letter| !is_host_char(letter) || ends_link(letter)).unwrap_or(text.len());
    let host = &text[..end];
    host.starts_with(char::is_alphanumeric)
        && !host.rsplit('.').take(2).any(|segment| segment.contains('_'))
}

/// Returns an address without the punctuation after it.
fn trimmed(mut link: &str) -> &str {
    let mut open = [('(', ')'), ('[', ']')].map(|(opening, closing)| {
        let count = |bracket: char| link.chars().filter(|letter| *letter == bracket).count();
        (closing, count(opening), count(closing))
    });
    while let Some(last) = link.chars().next_back() {
        let bracket = open.iter_mut().find(|(closing, ..)| *closing == last);
        if let Some((_, openings, closings)) = bracket {
            if *closings <= *openings {
                break;
            }
            *closings -= 1;
        } else if last == ';' {
            let before = &link[..link.len() - 1];
            let name = before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric());
            if name.len() < before.len() && name.ends_with('&') {
                link = &name[..name.len()];
            }
        } else if !"?!.,:*_~'".contains(last) {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

/// Returns whether a character ends an address: white space, what no address contains, and the
/// punctuation of Chinese and Japanese, which no space follows.
fn ends_link(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '<' | '>' | '"' | '`' | '\u{3001}'..='\u{3011}')
        || matches!(letter, '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_found(text: &str, expected: &[(&str, &str)]) {
        let found = find(text);
        let found: Vec<_> =
            found.iter().map(|link| (&text[link.range.clone()], link.href.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn addresses_of_pages_are_links() {
        let same = |address: &'static str| (address, address);
        is_found("https://a.b/__init__.py", &[same("https://a.b/__init__.py")]);
        is_found("see http://localhost:3000.", &[same("http://localhost:3000")]);
        is_found("(https://a.b/c_(d)), x", &[same("https://a.b/c_(d)")]);
        is_found("[https://a.b/c]", &[same("https://a.b/c")]);
        is_found("\"https://a.b\" https://c.d!?", &[same("https://a.b"), same("https://c.d")]);
        is_found("请看https://a.b/c，好吗", &[same("https://a.b/c")]);
        is_found("www.a", &[("www.a", "http://www.a")]);
        is_found("HTTPS://A.b", &[("HTTPS://A.b", "https://A.b")]);
        is_found("https://a.b/&amp;", &[same("https://a.b/")]);
        is_found("https://a.b/x;", &[same("https://a.b/x")]);
    }

    #[test]
    fn addresses_of_mail_are_links() {
        is_found("a+b@c.d.", &[("a+b@c.d", "mailto:a+b@c.d")]);
        is_found("mailto:a@b.c", &[("mailto:a@b.c", "mailto:a@b.c")]);
        is_found("xmailto:a@b.c", &[("a@b.c", "mailto:a@b.c")]);
        is_found("a@b", &[]);
        is_found("a@b..c", &[]);
        is_found("@b.c", &[]);
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "http://",
            "http:///a",
            "http://.",
            "xhttp://a.b",
            "ftp://a.b",
            "https://a_b.c_d",
            "https://a_b",
            "www.",
            "www..",
            "awww.a.b",
            "https://a@b",
            "javascript://a.b",
            "://a.b",
        ] {
            is_found(text, &[]);
        }
    }
}
