//! What a text says, without its Markdown: for screen readers and quotes.

use std::ops::Range;

use super::{Block, ListItem, Span};
use crate::limits::MAX_QUOTE_CHARS;

/// A text as it is read out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainText {
    /// The text.
    pub text: String,
    /// The parts of it, in bytes and in order, that were written as they are. What stands between
    /// them was written otherwise, or not at all.
    pub literal: Vec<Range<usize>>,
}

/// Returns a text as it is read out. `blocks` is its tree, empty if the text is plain.
#[must_use]
pub fn plain_text(text: &str, blocks: &[Block]) -> String {
    if blocks.is_empty() { text.to_owned() } else { PlainText::of(blocks).text }
}

/// Returns the beginning of a text as it is quoted, without its Markdown.
#[must_use]
pub fn quoted_text(text: &str, blocks: &[Block]) -> String {
    plain_text(text, blocks).chars().take(MAX_QUOTE_CHARS).collect()
}

impl PlainText {
    /// Returns the text of a tree.
    #[must_use]
    pub fn of(blocks: &[Block]) -> Self {
        let mut plain = Self::default();
        plain.add_blocks(blocks);
        plain
    }

    /// Adds what was written as it is.
    fn add_literal(&mut self, text: &str) {
        let start = self.text.len();
        self.text += text;
        if !text.is_empty() {
            self.literal.push(start..self.text.len());
        }
    }

    fn add_blocks(&mut self, blocks: &[Block]) {
        self.join(blocks, "\n", Self::add_block);
    }

    fn add_block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(spans) => self.add_spans(spans),
            Block::Heading(heading) => self.add_spans(&heading.spans),
            Block::Code(code) => {
                // Each line may have marks before it, such as those of a quote.
                for line in code.text.trim_end().split_inclusive('\n') {
                    self.add_literal(line.trim_end_matches('\n'));
                    if line.ends_with('\n') {
                        self.add_literal("\n");
                    }
                }
            }
            Block::Quote(blocks) => self.add_blocks(blocks),
            Block::List(list) => {
                let number = |place| list.start.map(|start| u64::from(start) + place);
                let items = (0..).map(number).zip(&list.items);
                self.join(items, "\n", |plain, (number, item)| plain.add_item(number, item));
            }
            Block::Table(table) => {
                let rows = [&table.head].into_iter().chain(&table.rows);
                self.join(rows, "\n", |plain, cells| {
                    plain.join(cells, ", ", |plain, cell| plain.add_spans(cell));
                });
            }
            Block::Rule(_) => {}
        }
    }

    fn add_item(&mut self, number: Option<u64>, item: &ListItem) {
        if let Some(number) = number {
            self.text += &format!("{number}. ");
        }
        match item.checked {
            Some(true) => self.text += "Done: ",
            Some(false) => self.text += "Not done: ",
            None => {}
        }
        self.add_blocks(&item.blocks);
    }

    fn add_spans(&mut self, spans: &[Span]) {
        for span in spans {
            match span {
                Span::Text(text) | Span::Code(text) | Span::RoomMention(text) => {
                    self.add_literal(text);
                }
                Span::Break => self.add_literal("\n"),
                Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                    self.add_spans(spans);
                }
                Span::Link(link) => self.add_spans(&link.spans),
                Span::Mention(mention) => match &mention.text {
                    Some(text) => self.add_literal(text),
                    None => self.add_literal(&format!("@{}", mention.username)),
                },
                Span::RoomLink(slug) => self.add_literal(&format!("#{slug}")),
                Span::Emoji(emoji) => self.text += &emoji.text,
                Span::CustomEmoji(name) => self.add_literal(&format!(":{name}:")),
            }
        }
    }

    /// Adds parts, with something between those that are not empty.
    fn join<T>(
        &mut self,
        parts: impl IntoIterator<Item = T>,
        between: &str,
        add: impl Fn(&mut Self, T),
    ) {
        let mut is_first = true;
        for part in parts {
            let before = self.text.len();
            if !is_first {
                self.text += between;
            }
            let start = self.text.len();
            add(self, part);
            if self.text.len() == start {
                self.text.truncate(before);
            } else {
                is_first = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(json: &str, expected: &str) {
        let blocks: Vec<Block> = serde_json::from_str(json).unwrap();
        assert_eq!(plain_text("**source**", &blocks), expected, "{json}");
    }

    #[test]
    fn what_was_written_as_it_is_is_known() {
        let json = r##"[{"list":{"start":1,"items":[{"blocks":[{"paragraph":["a ",
            {"strong":["b"]},{"emoji":{"name":"tada","text":"🎉"}}]},{"rule":{}},
            {"code":{"text":"c\n\nd\n"}}]},{"blocks":[]}]}}]"##;
        let blocks: Vec<Block> = serde_json::from_str(json).unwrap();
        let PlainText { text, literal } = PlainText::of(&blocks);
        assert_eq!(text, "1. a b🎉\nc\n\nd\n2. ");
        let literal: Vec<_> = literal.into_iter().map(|part| &text[part]).collect();
        assert_eq!(literal, ["a ", "b", "c", "\n", "\n", "d"]);
    }

    #[test]
    fn marks_are_not_said() {
        says(
            r##"[{"paragraph":["Ask ",{"strong":[{"mention":{"username":"ada"}}]}," in ",
                {"room_link":"general"},":","\n",{"link":{"href":"https://a.b","spans":["here"]}},
                " ",{"emoji":{"name":"tada","text":"🎉"}},{"custom_emoji":"wave"}]}]"##,
            "Ask @ada in #general:\nhere 🎉:wave:",
        );
        says(
            r#"[{"heading":{"level":1,"spans":["Plan"]}},{"rule":{}},
                {"quote":[{"paragraph":[{"code":"x"}]}]},{"code":{"text":"a\nb\n"}}]"#,
            "Plan\nx\na\nb",
        );
        says(
            r#"[{"list":{"start":3,"items":[{"blocks":[{"paragraph":["a"]}]},
                {"checked":true,"blocks":[{"paragraph":["b"]}]},
                {"checked":false,"blocks":[{"paragraph":["c"]}]}]}}]"#,
            "3. a\n4. Done: b\n5. Not done: c",
        );
        says(
            r#"[{"table":{"align":["none","none"],"head":[["a"],["b"]],"rows":[[["1"],[]]]}}]"#,
            "a, b\n1",
        );
        assert_eq!(plain_text("1 * 2", &[]), "1 * 2");
    }
}
