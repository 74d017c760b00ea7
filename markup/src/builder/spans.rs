//! Spans: what a line of text consists of.

use protocol::{Span, blocks::Link, limits::MAX_TREE_DEPTH};
use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use super::{Builder, is_block};
use crate::inline::Run;

impl Builder<'_> {
    /// Returns the spans up to the end of what contains them. `depth` is theirs.
    pub(super) fn spans(&mut self, depth: usize, in_link: bool) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut run = Run::default();
        // Spans that would be too deep, and whose content is therefore added to this one.
        let mut unwrapped = 0_usize;
        while let Some(event) = self.peek() {
            match event {
                Event::End(end) if unwrapped == 0 || !is_span_end(end) => break,
                Event::Start(tag) if is_block(tag) => break,
                Event::Rule => break,
                _ => {}
            }
            let Some((event, range)) = self.next() else { break };
            match event {
                Event::Text(text) => {
                    let is_escaped = self.source[..range.start].ends_with('\\')
                        || self.source.get(range) != Some(&*text);
                    // An entity may stand for a line break.
                    let text = self.unmask(&text).replace(['\n', '\r'], " ");
                    if is_escaped {
                        run.push_literal(&text)
                    } else {
                        run.push(&text)
                    }
                    continue;
                }
                Event::InlineHtml(html) | Event::Html(html) => {
                    for (index, line) in self.unmask(&html).split('\n').enumerate() {
                        if index > 0 {
                            self.push_run(&mut spans, &mut run, in_link);
                            self.push(&mut spans, Span::Break);
                        }
                        run.push(line);
                    }
                    continue;
                }
                Event::TaskListMarker(checked) => {
                    self.checked = Some(checked);
                    continue;
                }
                _ => self.push_run(&mut spans, &mut run, in_link),
            }
            match event {
                Event::Code(code) => {
                    let code = self.unmask(&code);
                    self.push(&mut spans, Span::Code(code));
                }
                Event::SoftBreak | Event::HardBreak => self.push(&mut spans, Span::Break),
                Event::End(_) => unwrapped = unwrapped.saturating_sub(1),
                Event::Start(_) if depth >= MAX_TREE_DEPTH => unwrapped += 1,
                Event::Start(tag) => self.span(&mut spans, tag, depth, in_link),
                _ => {}
            }
        }
        self.push_run(&mut spans, &mut run, in_link);
        spans
    }

    /// Adds the span whose start was the last event.
    fn span(&mut self, spans: &mut Vec<Span>, tag: Tag<'_>, depth: usize, in_link: bool) {
        let span = match tag {
            Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. } => {
                self.uses_definitions |= matches!(
                    link_type,
                    LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
                );
                let address = self.address(link_type, &dest_url);
                return self.link(spans, &address, depth, in_link);
            }
            Tag::Strong => Span::Strong(self.spans(depth + 1, in_link)),
            Tag::Strikethrough => Span::Strikethrough(self.spans(depth + 1, in_link)),
            _ => Span::Emphasis(self.spans(depth + 1, in_link)),
        };
        self.next();
        self.push(spans, span);
    }

    /// Adds a link, or its text if there can be none.
    fn link(&mut self, spans: &mut Vec<Span>, address: &str, depth: usize, in_link: bool) {
        let href = if in_link { None } else { (self.policy)(address) };
        let mut text = self.spans(depth + 1, in_link || href.is_some());
        self.next();
        if text.is_empty() {
            self.push(&mut text, Span::Text(address.replace(['\n', '\r'], " ")));
        }
        match href {
            Some(href) => self.push(spans, Span::Link(Link { href, spans: text })),
            None => text.into_iter().for_each(|span| append(spans, span)),
        }
    }

    fn address(&self, link_type: LinkType, address: &CowStr<'_>) -> String {
        let address = self.unmask(address);
        match link_type {
            LinkType::Email => format!("mailto:{address}"),
            _ => address,
        }
    }

    /// Adds the text up to here, if there is any.
    pub(super) fn push_run(&mut self, spans: &mut Vec<Span>, run: &mut Run, in_link: bool) {
        let run = std::mem::take(run);
        if !run.is_empty() {
            for span in run.into_spans(in_link, &mut self.mentions_left) {
                self.push(spans, span);
            }
        }
    }

    /// Adds a span, and counts it.
    pub(super) fn push(&mut self, spans: &mut Vec<Span>, span: Span) {
        self.count(match &span {
            Span::Text(text) | Span::Code(text) | Span::RoomMention(text) => text.len(),
            Span::RoomLink(name) | Span::CustomEmoji(name) => name.len(),
            Span::Link(link) => link.href.len(),
            Span::Mention(mention) => {
                mention.username.len() + mention.text.as_ref().map_or(0, String::len)
            }
            Span::Emoji(emoji) => emoji.name.len() + emoji.text.len(),
            Span::Break | Span::Strong(_) | Span::Emphasis(_) | Span::Strikethrough(_) => 0,
        });
        append(spans, span);
    }
}

/// Adds a span, text to the text before it.
fn append(spans: &mut Vec<Span>, span: Span) {
    match (spans.last_mut(), span) {
        (Some(Span::Text(before)), Span::Text(text)) => before.push_str(&text),
        (_, span) => spans.push(span),
    }
}

fn is_span_end(end: &TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}
