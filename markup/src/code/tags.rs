//! Finds the parts of HTML and XML.

use protocol::blocks::CodeKind;

use super::{Parts, after};

/// More than the longest name of an entity. Without a bound, many signs in a row would each look at
/// all that follows.
const MAX_ENTITY: usize = 40;

/// Adds the parts of a code.
pub(super) fn scan(parts: &mut Parts<'_>) {
    while !parts.is_done() {
        let rest = parts.rest();
        let name = rest.strip_prefix('<').unwrap_or_default().trim_start_matches(['/', '!', '?']);
        if rest.starts_with("<!--") {
            parts.push(CodeKind::Comment, after(rest, "-->"));
        } else if name.starts_with(char::is_alphabetic) {
            let end = name.find(|letter: char| !is_name(letter)).unwrap_or(name.len());
            parts.push(CodeKind::Keyword, rest.len() - name.len() + end);
            scan_attributes(parts);
        } else if let Some(named) = rest.strip_prefix('&') {
            let name = named.bytes().take(MAX_ENTITY);
            let length = name.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
            let end = 1 + length.count();
            if rest[end..].starts_with(';') {
                parts.push(CodeKind::Number, end + 1);
            } else {
                parts.push_char(CodeKind::Plain);
            }
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let next = rest[first..].find(['<', '&']);
            parts.push(CodeKind::Plain, next.map_or(rest.len(), |at| first + at));
        }
    }
}

/// Adds the parts of a tag after its name.
fn scan_attributes(parts: &mut Parts<'_>) {
    while !parts.is_done() {
        let rest = parts.rest();
        let next = rest.chars().next().unwrap_or_default();
        match next {
            '>' => return parts.push(CodeKind::Keyword, 1),
            '<' => return,
            '/' | '?' if rest[1..].starts_with('>') => return parts.push(CodeKind::Keyword, 2),
            '"' | '\'' => {
                let sign = if next == '"' { "\"" } else { "'" };
                parts.push(CodeKind::String, 1 + after(&rest[1..], sign));
            }
            _ if next.is_whitespace() => parts.push_space(),
            _ if is_name(next) => {
                let end = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
                parts.push(CodeKind::Name, end);
            }
            _ => parts.push_char(CodeKind::Plain),
        }
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | ':' | '.' | '@')
}
