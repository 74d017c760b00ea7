//! Parses the Markdown of messages into trees of [`Block`]s.
//!
//! ```
//! let blocks = markup::parse("Ask **@ada**: https://example.org");
//! let json = serde_json::to_value(blocks).unwrap();
//! assert_eq!(json, serde_json::json!([{ "paragraph": [
//!     "Ask ",
//!     { "strong": [{ "mention": { "username": "ada" } }] },
//!     ": ",
//!     { "link": { "href": "https://example.org", "spans": ["https://example.org"] } },
//! ] }]));
//! ```
//!
//! The language is CommonMark 0.31 with tables, strikethrough, task lists and bare links of GFM,
//! with these differences:
//!
//! - Raw HTML is text.
//! - Images are links. One without a description shows its address.
//! - Every line break is one.
//! - Addresses that [`protocol::blocks::Link`] does not allow are left out: the link is its text.
//! - A definition that no link refers to is text.
//! - `@username`, `@room`, `#slug` and `:name:` have a meaning outside of code.
//!
//! The crate does no I/O, and gives the same trees natively and in WebAssembly.

mod bare_link;
mod builder;
mod code;
mod emoji;
mod href;
mod inline;
mod source;

pub use protocol::mentioned;
use protocol::{Block, Span};

/// Returns whether `:name:` is an emoji of Unicode, so that no custom one can have this name.
///
/// ```
/// assert!(markup::is_known_emoji("tada"));
/// assert!(!markup::is_known_emoji("parrot-in-a-hat"));
/// ```
#[must_use]
pub fn is_known_emoji(name: &str) -> bool {
    emoji::by_name(name).is_some()
}

/// Returns the tree of a text. It is one paragraph with the text as it stands if the tree would
/// exceed the [limits](protocol::limits).
#[must_use]
pub fn parse(text: &str) -> Vec<Block> {
    builder::parse(text, href::allowed).unwrap_or_else(|| as_it_stands(text))
}

/// Returns the tree of a text as messages carry it: empty if the text [is plain](is_plain).
#[must_use]
pub fn tree(text: &str) -> Vec<Block> {
    let mut blocks = parse(text);
    if is_plain(text, &blocks) {
        blocks.clear();
    }
    blocks
}

/// Returns whether a text looks the same without its tree: it is one paragraph that contains only
/// the text and its line breaks.
///
/// ```
/// let is_plain = |text| markup::is_plain(text, &markup::parse(text));
/// assert!(is_plain("Snow is\nfalling."));
/// assert!(!is_plain(r"Snow is *not* falling."));
/// assert!(!is_plain(r"Snow is \*not\* falling."));
/// ```
#[must_use]
pub fn is_plain(text: &str, blocks: &[Block]) -> bool {
    let [Block::Paragraph(spans)] = blocks else { return false };
    let mut rest = text.trim_end();
    for span in spans {
        let part = match span {
            Span::Text(text) => text.as_str(),
            Span::Break => "\n",
            _ => return false,
        };
        match rest.strip_prefix(part) {
            Some(after) => rest = after,
            // The white space at the end of the text.
            None => return rest.is_empty() && part.trim_end().is_empty(),
        }
    }
    rest.is_empty()
}

fn as_it_stands(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![Span::Text(text.to_owned())])]
}

#[cfg(test)]
mod tests;
