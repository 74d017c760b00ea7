//! The parts of code: comments, strings, keywords and the like.
//!
//! A language is a table of words and signs ([`languages`]), not a grammar. The time is linear in
//! the length of the code, and nothing is kept. Nobody guesses: code without the name of a known
//! language has no parts.

mod language;
mod languages;
mod scan;
mod tags;

use protocol::{
    blocks::{CodeKind, CodeToken},
    limits::MAX_COLOURED_BYTES,
};

/// Returns the parts of a block of code in order, or none if there would be more than `most`. None
/// for code that is too large, or whose language is not known.
pub(crate) fn tokens(language: &str, code: &str, most: usize) -> Vec<CodeToken> {
    if code.len() > MAX_COLOURED_BYTES {
        return Vec::new();
    }
    let mut parts = Parts::new(code, most);
    // As in `rust,ignore` and `js{1-3}`.
    let name = language.split([',', '{', ':']).next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "html" | "xml" | "svg" | "xhtml" | "vue" | "svelte" => tags::scan(&mut parts),
        "diff" | "patch" => scan_diff(&mut parts),
        name => match languages::find(name) {
            Some(language) => scan::scan(language, &mut parts),
            None => return Vec::new(),
        },
    }
    parts.finish()
}

/// The parts of a code that were found so far.
struct Parts<'a> {
    code: &'a str,
    /// Where the next part begins, in bytes.
    at: usize,
    most: usize,
    found: Vec<CodeToken>,
    is_too_much: bool,
}

impl<'a> Parts<'a> {
    fn new(code: &'a str, most: usize) -> Self {
        Self { code, at: 0, most, found: Vec::new(), is_too_much: false }
    }

    /// Returns the code that is left.
    fn rest(&self) -> &'a str {
        &self.code[self.at..]
    }

    /// Returns the code before that.
    fn before(&self) -> &'a str {
        &self.code[..self.at]
    }

    /// Returns whether all is done.
    fn is_done(&self) -> bool {
        self.is_too_much || self.at == self.code.len()
    }

    /// Adds the next `len` bytes.
    fn push(&mut self, kind: CodeKind, len: usize) {
        let part = &self.rest()[..len];
        self.at += len;
        let chars = u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
        let is_full = self.found.len() == self.most;
        match self.found.last_mut() {
            _ if chars == 0 => {}
            Some(last) if last.0 == kind => last.1 += chars,
            _ if is_full => self.is_too_much = true,
            _ => self.found.push(CodeToken(kind, chars)),
        }
    }

    /// Adds the next character.
    fn push_char(&mut self, kind: CodeKind) {
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.push(kind, len);
    }

    /// Adds the white space that comes next.
    fn push_space(&mut self) {
        let rest = self.rest();
        self.push(CodeKind::Plain, rest.len() - rest.trim_start().len());
    }

    fn finish(self) -> Vec<CodeToken> {
        let is_plain = self.found.iter().all(|token| token.0 == CodeKind::Plain);
        if self.is_too_much || is_plain { Vec::new() } else { self.found }
    }
}

/// Returns the position after `end`, or the end of the text.
fn after(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

fn scan_diff(parts: &mut Parts<'_>) {
    while !parts.is_done() {
        let rest = parts.rest();
        let line = &rest[..after(rest, "\n")];
        let kind = match line.as_bytes()[0] {
            b'+' if !line.starts_with("+++ ") => CodeKind::Inserted,
            b'-' if !line.starts_with("--- ") => CodeKind::Deleted,
            b'@' => CodeKind::Keyword,
            b' ' | b'\n' => CodeKind::Plain,
            _ => CodeKind::Comment,
        };
        parts.push(kind, line.len());
    }
}

#[cfg(test)]
mod tests;
