//! The spans of a text as elements.

use leptos::prelude::*;
use protocol::{
    Span,
    blocks::{Link, Mention},
};

use super::{MAX_LARGE_EMOJI, Reader, element::bare};
use crate::{state::bidi::balance, ui::emoji_picture::emoji_picture};

/// An emoji, in place of a custom one.
const ANY_EMOJI: &str = "\u{1f389}";

/// Returns the elements of spans.
pub(super) fn spans(spans: &[Span], reader: &Reader<'_>) -> Vec<AnyView> {
    spans.iter().map(|span| view_of(span, reader)).collect()
}

fn view_of(span: &Span, reader: &Reader<'_>) -> AnyView {
    match span {
        Span::Text(text) => balance(text).into_owned().into_any(),
        // Not an element, so that the selected text has it as well.
        Span::Break => "\n".into_any(),
        Span::Strong(content) => bare("strong", None, spans(content, reader).into_any()),
        Span::Emphasis(content) => bare("em", None, spans(content, reader).into_any()),
        Span::Strikethrough(content) => bare("del", None, spans(content, reader).into_any()),
        Span::Code(code) => bare("code", None, balance(code).into_owned().into_any()),
        Span::Link(link) => view_link(link, reader),
        Span::Mention(mention) => {
            view_mention(written(mention), mention.username == reader.username)
        }
        Span::RoomMention(text) => view_mention(text.clone(), true),
        Span::RoomLink(slug) => {
            let text = format!("#{slug}");
            match (reader.address_of)(slug) {
                Some(address) => view! { <a class="mention" href=address>{text}</a> }.into_any(),
                None => text.into_any(),
            }
        }
        Span::Emoji(emoji) => {
            let title = format!(":{}:", emoji.name);
            view! { <span title=title>{emoji.text.clone()}</span> }.into_any()
        }
        Span::CustomEmoji(name) => match (reader.emoji_of)(name) {
            Some(url) => emoji_picture(name, url),
            None => format!(":{name}:").into_any(),
        },
    }
}

fn view_link(link: &Link, reader: &Reader<'_>) -> AnyView {
    view! {
        <a href=link.href.clone() rel="noopener noreferrer nofollow" target="_blank" dir="auto">
            {spans(&link.spans, reader)}
        </a>
    }
    .into_any()
}

fn view_mention(text: String, is_me: bool) -> AnyView {
    let class = if is_me { "mention mention--me" } else { "mention" };
    bare("bdi", Some(class), text.into_any())
}

/// Returns a mention as it was written.
fn written(mention: &Mention) -> String {
    mention.text.clone().unwrap_or_else(|| format!("@{}", mention.username))
}

/// Returns the text and the emoji of spans that contain nothing else; otherwise what shows that.
/// Stops when there are more emoji than are shown large.
pub(super) fn source(spans: &[Span], reader: &Reader<'_>) -> String {
    let text = |span: &Span| match span {
        Span::Text(text) => text.clone(),
        Span::Emoji(emoji) => emoji.text.clone(),
        Span::CustomEmoji(name) if (reader.emoji_of)(name).is_some() => ANY_EMOJI.to_owned(),
        Span::Break => "\n".to_owned(),
        _ => "-".to_owned(),
    };
    let mut count = 0;
    let is_some = |span: &&Span| {
        let is_enough = count > MAX_LARGE_EMOJI;
        count += usize::from(matches!(span, Span::Emoji(_) | Span::CustomEmoji(_)));
        !is_enough
    };
    spans.iter().take_while(is_some).map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn only_as_many_emoji_are_looked_up_as_are_shown_large() {
        let looked_up = Cell::new(0);
        let emoji_of = |_: &str| {
            looked_up.set(looked_up.get() + 1);
            Some(String::new())
        };
        let reader = Reader { username: "", address_of: &|_| None, emoji_of: &emoji_of };
        let emoji = |count| vec![Span::CustomEmoji("ship".to_owned()); count];
        assert_eq!(source(&emoji(2), &reader), ANY_EMOJI.repeat(2));
        looked_up.set(0);
        assert_eq!(source(&emoji(2_000), &reader), ANY_EMOJI.repeat(MAX_LARGE_EMOJI + 1));
        assert_eq!(looked_up.get(), MAX_LARGE_EMOJI + 1);
    }
}
