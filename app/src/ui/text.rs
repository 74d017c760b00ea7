//! The text of a message.

mod blocks;
mod code;
mod element;
mod spans;

use leptos::prelude::*;
use protocol::{Block, text::canonical_emoji};

use crate::state::bidi::split_mentions;

/// Longest text that is shown at once, in lines of usual width.
const MAX_LINES: usize = 30;
/// The letters in a line of usual width.
const LINE_CHARS: usize = 80;
/// Most emoji that are shown large, if a message has nothing else.
const MAX_LARGE_EMOJI: usize = 6;

/// The user who reads a text.
pub(crate) struct Reader<'a> {
    /// The username.
    pub(crate) username: &'a str,
    /// Returns the address of a room that the user can see, by its slug.
    pub(crate) address_of: &'a dyn Fn(&str) -> Option<String>,
    /// Returns the address of the picture of a custom emoji, by its name.
    pub(crate) emoji_of: &'a dyn Fn(&str) -> Option<String>,
}

/// Returns a text that a user wrote, and `after` in the last line. `blocks` is its tree, empty if
/// the text is shown as it stands.
pub(crate) fn message_text(
    text: &str,
    blocks: &[Block],
    reader: &Reader<'_>,
    after: Option<AnyView>,
) -> AnyView {
    let content = if blocks.is_empty() {
        plain(text, after)
    } else {
        blocks::document(blocks, reader, after)
    };
    let prose = view! { <div class="prose">{content}</div> };
    if !is_long(text) {
        return prose.into_any();
    }
    view! {
        {prose}
        <details class="fold">
            <summary class="fold__more">
                <span class="fold__closed">"Show all"</span>
                <span class="fold__open">"Show less"</span>
            </summary>
        </details>
    }
    .into_any()
}

/// Returns a text as it stands, with its mentions as isolates.
fn plain(text: &str, after: Option<AnyView>) -> AnyView {
    let pieces = split_mentions(text).into_iter().map(|(piece, is_mention)| {
        if is_mention { view! { <bdi>{piece}</bdi> }.into_any() } else { piece.into_any() }
    });
    let class = is_only_emoji(text).then_some("prose__emoji");
    view! {
        <p class=class dir="auto">
            <span class="message__text">{pieces.collect_view()}</span>
            {after}
        </p>
    }
    .into_any()
}

/// Returns whether a text is too long to be shown at once.
fn is_long(text: &str) -> bool {
    let lines = text.lines().map(|line| 1 + line.chars().count() / LINE_CHARS);
    text.len() > MAX_LINES && lines.sum::<usize>() > MAX_LINES
}

/// Returns whether a text is a few emoji and nothing else.
fn is_only_emoji(text: &str) -> bool {
    let mut rest = text.trim();
    for _ in 0..MAX_LARGE_EMOJI {
        if rest.is_ascii() {
            return false;
        }
        let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let ends: Vec<_> = ends.take(protocol::limits::MAX_EMOJI_CHARS).collect();
        let emoji = ends.into_iter().rev().find(|end| canonical_emoji(&rest[..*end]).is_some());
        let Some(end) = emoji else { return false };
        rest = rest[end..].trim_start();
        if rest.is_empty() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_emoji_alone_are_large() {
        for text in ["🎉", "👍🏽 ❤️", "👩‍👩‍👧🇫🇷", " 🎉\n"] {
            assert!(is_only_emoji(text), "{text}");
        }
        for text in ["", " ", "a", "🎉!", "a 🎉", "1", &"🎉".repeat(MAX_LARGE_EMOJI + 1)] {
            assert!(!is_only_emoji(text), "{text}");
        }
    }

    #[test]
    fn long_texts_are_folded() {
        assert!(!is_long(&"a\n".repeat(30)));
        assert!(is_long(&"a\n".repeat(31)));
        assert!(!is_long(&"a".repeat(2_000)));
        assert!(is_long(&"a".repeat(2_500)));
        assert!(!is_long(""));
    }
}
