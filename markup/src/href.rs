//! The addresses to which links may lead.

use std::fmt::Write as _;

use protocol::limits::MAX_HREF_BYTES;

/// Returns the address as a link has it, if a link may lead there: `http` or `https` with a host,
/// or `mailto` with an address. A user name before the host is refused, since it reads like one.
pub(crate) fn allowed(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let is_allowed = match scheme.as_str() {
        "http" | "https" => {
            let rest = rest.strip_prefix("//")?;
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            is_authority(&rest[..end])
        }
        "mailto" => {
            let end = rest.find('?').unwrap_or(rest.len());
            rest[..end].split_once('@').is_some_and(|(local, host)| {
                !local.is_empty() && !host.is_empty() && !rest[..end].contains(is_hidden)
            })
        }
        _ => false,
    };
    let href = is_allowed.then(|| format!("{scheme}:{}", encoded(rest)))?;
    (href.len() <= MAX_HREF_BYTES).then_some(href)
}

/// Returns the address with what an address cannot contain as `%XX`.
pub(crate) fn encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    let host_end = address.strip_prefix("//").and_then(|rest| rest.find('/'));
    for (index, byte) in address.bytes().enumerate() {
        // An address of IPv6.
        let is_bracket = matches!(byte, b'[' | b']') && host_end.is_some_and(|end| index < end + 2);
        if byte.is_ascii_alphanumeric() || b"-_.+!*'(),%#@?=;:/&$~".contains(&byte) || is_bracket {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Returns whether this is a host, with a port or without.
fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => {
                let is_ip = host.contains(':')
                    && host.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
                return is_ip && is_port(port);
            }
            None => return false,
        },
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_host_char =
        |letter: char| letter.is_alphanumeric() || "-_.~".contains(letter) || is_mark(letter);
    host.starts_with(char::is_alphanumeric) && host.chars().all(is_host_char) && is_port(port)
}

fn is_port(port: &str) -> bool {
    port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// Returns whether a character may be a mark, which some scripts need in their words: it is neither
/// a letter nor a symbol of ASCII.
fn is_mark(letter: char) -> bool {
    !letter.is_ascii() && !letter.is_whitespace() && !is_hidden(letter)
}

/// Returns whether a character is white space, a control, or a sign that directs the text.
fn is_hidden(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{2044}' | '\u{2215}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_a_host_are_allowed() {
        for (address, href) in [
            ("http://a", "http://a"),
            ("HTTPS://A.b:8080/c?d#e", "https://A.b:8080/c?d#e"),
            ("https://a?b@c", "https://a?b@c"),
            ("https://[::1]:3000/[x]", "https://[::1]:3000/%5Bx%5D"),
            ("https://münchen.example/ä \\", "https://m%C3%BCnchen.example/%C3%A4%20%5C"),
            ("https://a.b/%20%zz", "https://a.b/%20%zz"),
            ("mailto:a@b.c", "mailto:a@b.c"),
            ("MAILTO:a+b@c?subject=d e", "mailto:a+b@c?subject=d%20e"),
        ] {
            assert_eq!(allowed(address).as_deref(), Some(href), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_not() {
        for address in [
            "",
            "a",
            "/a",
            "//a",
            "#a",
            "a.b/c",
            ":",
            "http:",
            "http:a",
            "http:/a",
            "http://",
            "http:///a",
            "https://?a",
            "https://:80",
            "https://.",
            "https://\\a",
            "https://a\\@b",
            "https://a@b",
            "https://a:b@c",
            "https://a:b",
            "https://a:123456",
            "https://a b",
            "https://a\tb",
            "https://a\u{202e}b",
            "https://a\u{2044}b",
            "https://%61",
            "https://[a",
            "https://[::1]a",
            "https://[]",
            " https://a",
            "mailto:",
            "mailto:a",
            "mailto:@b",
            "mailto:a@",
            "mailto:a@?b",
            "mailto:a b@c",
            "javascript:alert(1)",
            "JavaScript://a.b/%0aalert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>",
            "vbscript:a",
            "file:///etc/passwd",
            "blob:https://a.b/c",
            "ftp://a.b",
            "tel:1",
            "\u{1}https://a",
        ] {
            assert_eq!(allowed(address), None, "{address:?}");
        }
        assert_eq!(allowed(&format!("https://a/{}", "b".repeat(MAX_HREF_BYTES))), None);
    }
}
