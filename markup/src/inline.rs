//! What text outside of code contains besides words: bare links, mentions, links to rooms, emoji.

use std::ops::Range;

use protocol::{
    Span,
    blocks::{Emoji, Link, Mention},
};

use crate::{bare_link, emoji};

/// A run of text between two elements of the Markdown.
#[derive(Default)]
pub(crate) struct Run {
    text: String,
    /// Where characters stand that mean only themselves, since they were escaped.
    literal: Vec<usize>,
}

impl Run {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text whose first character means only itself.
    pub(crate) fn push_literal(&mut self, text: &str) {
        self.literal.push(self.text.len());
        self.text.push_str(text);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the spans of the run. In a link are no other links.
    pub(crate) fn into_spans(self, in_link: bool, mentions_left: &mut usize) -> Vec<Span> {
        let mut found: Vec<(Range<usize>, Span)> = Vec::new();
        if self.text.contains(['@', '#', ':', '.', '\u{ff20}', '\u{fe6b}']) {
            self.find(in_link, &mut found);
        }
        let mut spans = Vec::new();
        let mut done = 0;
        for (range, span) in found {
            if range.start < done {
                continue;
            }
            if matches!(span, Span::Mention(_) | Span::RoomMention(_)) {
                if *mentions_left == 0 {
                    continue;
                }
                *mentions_left -= 1;
            }
            if done < range.start {
                spans.push(Span::Text(self.text[done..range.start].to_owned()));
            }
            done = range.end;
            spans.push(span);
        }
        if done == 0 {
            spans.push(Span::Text(self.text));
        } else if done < self.text.len() {
            spans.push(Span::Text(self.text[done..].to_owned()));
        }
        spans
    }

    /// Adds what the text contains, by its position.
    fn find(&self, in_link: bool, found: &mut Vec<(Range<usize>, Span)>) {
        let text = self.text.as_str();
        let is_literal = |at: usize| self.literal.binary_search(&at).is_ok();
        if !in_link {
            let links = bare_link::find(text).into_iter();
            found.extend(links.filter(|link| !is_literal(link.sign)).map(|link| {
                let spans = vec![Span::Text(text[link.range.clone()].to_owned())];
                (link.range, Span::Link(Link { href: link.href, spans }))
            }));
            let rooms = protocol::room_link_ranges(text).filter(|range| !is_literal(range.start));
            found.extend(rooms.map(|range| {
                let slug = text[range.start + 1..range.end].to_owned();
                (range, Span::RoomLink(slug))
            }));
        }
        let mentions = protocol::mention_ranges(text).filter(|range| !is_literal(range.start));
        found.extend(mentions.map(|range| (range.clone(), mention(&text[range]))));
        let emoji = emoji::find(text).filter(|(range, _)| !is_literal(range.start));
        found.extend(emoji.map(|(range, emoji)| {
            let name = text[range.start + 1..range.end - 1].to_owned();
            let span = match emoji {
                Some(emoji) => Span::Emoji(Emoji { name, text: emoji.to_owned() }),
                None => Span::CustomEmoji(name),
            };
            (range, span)
        }));
        found.sort_by_key(|(range, _)| range.start);
    }
}

/// Returns the span of a mention, from the sign on.
fn mention(written: &str) -> Span {
    let sign = written.chars().next().map_or(0, char::len_utf8);
    let username = written[sign..].to_ascii_lowercase();
    if username == "room" {
        return Span::RoomMention(written.to_owned());
    }
    let is_usual = written.strip_prefix('@') == Some(username.as_str());
    Span::Mention(Mention { username, text: (!is_usual).then(|| written.to_owned()) })
}
