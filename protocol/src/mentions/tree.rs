//! Mentions in the tree of a text.

use super::{SIGNS, mentions, names_at_start};
use crate::{
    Block, Span,
    limits::{MAX_MENTIONS, MAX_USERNAME_CHARS},
};

/// Returns the usernames that a message may mention, as [`mentions`](crate::mentions) does, but not
/// those in code. `blocks` is the tree of the text, empty if it is plain.
///
/// ```
/// use protocol::{Block, Span};
///
/// assert_eq!(protocol::mentioned("@ada", &[]), ["ada"]);
/// let blocks = [Block::Paragraph(vec![Span::Code("@ada".into())])];
/// assert!(protocol::mentioned("`@ada`", &blocks).is_empty());
/// ```
#[must_use]
pub fn mentioned(text: &str, blocks: &[Block]) -> Vec<String> {
    if blocks.is_empty() {
        return mentions(text).collect();
    }
    let mut names = Vec::new();
    in_blocks(blocks, &mut names);
    names.truncate(MAX_MENTIONS);
    names
}

fn in_blocks(blocks: &[Block], names: &mut Vec<String>) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) => in_spans(spans, names),
            Block::Heading(heading) => in_spans(&heading.spans, names),
            Block::Quote(blocks) => in_blocks(blocks, names),
            Block::List(list) => list.items.iter().for_each(|item| in_blocks(&item.blocks, names)),
            Block::Table(table) => {
                for cell in table.head.iter().chain(table.rows.iter().flatten()) {
                    in_spans(cell, names);
                }
            }
            Block::Code(_) | Block::Rule(_) => {}
        }
    }
}

fn in_spans(spans: &[Span], names: &mut Vec<String>) {
    for (index, span) in spans.iter().enumerate() {
        let name = match span {
            Span::Mention(mention) => mention.username.as_str(),
            Span::RoomMention(text) => text.trim_start_matches(SIGNS),
            Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                in_spans(spans, names);
                continue;
            }
            Span::Link(link) => {
                in_spans(&link.spans, names);
                continue;
            }
            _ => continue,
        };
        names.extend(candidates(name, spans.get(index + 1)));
    }
}

/// Returns the usernames that a mention may mean. Punctuation after the name may belong to it.
fn candidates(name: &str, after: Option<&Span>) -> Vec<String> {
    let after = match after {
        Some(Span::Text(text)) => text.as_str(),
        _ => "",
    };
    let after = after.chars().take(MAX_USERNAME_CHARS + 1);
    let rest: String = name.chars().chain(after).collect();
    names_at_start(&rest).collect()
}

/// Makes text of the mentions of users for whom `exists` is false for each name they may mean.
pub fn retain_mentions(blocks: &mut [Block], exists: &dyn Fn(&str) -> bool) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) => retain_in(spans, exists),
            Block::Heading(heading) => retain_in(&mut heading.spans, exists),
            Block::Quote(blocks) => retain_mentions(blocks, exists),
            Block::List(list) => {
                list.items.iter_mut().for_each(|item| retain_mentions(&mut item.blocks, exists));
            }
            Block::Table(table) => {
                for cell in table.head.iter_mut().chain(table.rows.iter_mut().flatten()) {
                    retain_in(cell, exists);
                }
            }
            Block::Code(_) | Block::Rule(_) => {}
        }
    }
}

fn retain_in(spans: &mut Vec<Span>, exists: &dyn Fn(&str) -> bool) {
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    let mut rest = std::mem::take(spans).into_iter().peekable();
    while let Some(mut span) = rest.next() {
        match &mut span {
            Span::Mention(mention) => {
                let names = candidates(&mention.username, rest.peek());
                if !names.iter().any(|name| exists(name)) {
                    let text = mention.text.take();
                    span = Span::Text(text.unwrap_or_else(|| format!("@{}", mention.username)));
                }
            }
            Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                retain_in(spans, exists);
            }
            Span::Link(link) => retain_in(&mut link.spans, exists),
            _ => {}
        }
        match (kept.last_mut(), span) {
            (Some(Span::Text(before)), Span::Text(text)) => before.push_str(&text),
            (_, span) => kept.push(span),
        }
    }
    *spans = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{Link, List, ListItem, Mention, Table};

    fn mention(name: &str) -> Span {
        Span::Mention(Mention { username: name.to_owned(), text: None })
    }

    #[test]
    fn mentions_are_found_in_all_blocks_and_spans() {
        let link = Link { href: "https://x".to_owned(), spans: vec![mention("link")] };
        let spans = vec![Span::Strong(vec![Span::Emphasis(vec![mention("strong")])])];
        let item =
            ListItem { checked: None, blocks: vec![Block::Paragraph(vec![mention("item")])] };
        let blocks = [
            Block::Quote(vec![Block::Paragraph(spans)]),
            Block::List(List { start: None, loose: false, items: vec![item] }),
            Block::Table(Table {
                align: vec![],
                head: vec![vec![mention("head")]],
                rows: vec![vec![vec![Span::Strikethrough(vec![mention("row")])]]],
            }),
            Block::Paragraph(vec![Span::Link(link), Span::RoomMention("＠Room".to_owned())]),
        ];
        let names = mentioned("", &blocks);
        assert_eq!(names, ["strong", "item", "head", "row", "link", "room"]);
    }

    #[test]
    fn punctuation_after_a_mention_may_belong_to_it() {
        let names = |spans| mentioned("", &[Block::Paragraph(spans)]);
        let text = |text: &str| Span::Text(text.to_owned());
        assert_eq!(names(vec![mention("ada"), text("._ and")]), ["ada._", "ada.", "ada"]);
        assert_eq!(names(vec![mention("ada"), Span::Break, text(".")]), ["ada"]);
    }

    #[test]
    fn mentions_of_nobody_are_text() {
        let text = |text: &str| Span::Text(text.to_owned());
        let written = Mention { username: "nobody".into(), text: Some("@NoBody".into()) };
        let spans = vec![
            text("Ask "),
            Span::Mention(written),
            text(", "),
            Span::Strong(vec![mention("nobody"), mention("ada")]),
            mention("bo"),
            text("."),
            Span::RoomMention("@room".to_owned()),
        ];
        let mut blocks = [Block::Quote(vec![Block::Paragraph(spans)])];
        retain_mentions(&mut blocks, &|name| ["ada", "bo."].contains(&name));
        let expected = vec![
            text("Ask @NoBody, "),
            Span::Strong(vec![text("@nobody"), mention("ada")]),
            mention("bo"),
            text("."),
            Span::RoomMention("@room".to_owned()),
        ];
        assert_eq!(blocks, [Block::Quote(vec![Block::Paragraph(expected)])]);
    }

    #[test]
    fn many_mentions_are_cut() {
        let spans = (0..100).map(|_| mention("ada")).collect();
        assert_eq!(mentioned("", &[Block::Paragraph(spans)]).len(), MAX_MENTIONS);
    }
}
