//! Trees are bounded, whatever the text.

use protocol::{
    Block, Span,
    blocks::ListItem,
    limits::{MAX_HREF_BYTES, MAX_MENTIONS, MAX_TREE_BYTES, MAX_TREE_DEPTH, MAX_TREE_NODES},
};

use crate::parse;

/// The size of a tree.
#[derive(Debug, Default)]
struct Size {
    depth: usize,
    nodes: usize,
    bytes: usize,
    mentions: usize,
    text: String,
}

impl Size {
    fn of(blocks: &[Block]) -> Self {
        let mut size = Self::default();
        size.add_blocks(blocks, 1);
        size
    }

    fn add(&mut self, depth: usize) {
        self.depth = self.depth.max(depth);
        self.nodes += 1;
    }

    fn add_text(&mut self, text: &str) {
        self.bytes += text.len();
        self.text.push_str(text);
    }

    fn add_blocks(&mut self, blocks: &[Block], depth: usize) {
        for block in blocks {
            self.add(depth);
            match block {
                Block::Paragraph(spans) => self.add_spans(spans, depth + 1),
                Block::Heading(heading) => self.add_spans(&heading.spans, depth + 1),
                Block::Code(code) => self.add_text(&code.text),
                Block::Quote(blocks) => self.add_blocks(blocks, depth + 1),
                Block::List(list) => {
                    for ListItem { blocks, .. } in &list.items {
                        self.nodes += 1;
                        self.add_blocks(blocks, depth + 1);
                    }
                }
                Block::Table(table) => {
                    for cell in table.head.iter().chain(table.rows.iter().flatten()) {
                        self.nodes += 1;
                        self.add_spans(cell, depth + 1);
                    }
                }
                Block::Rule(_) => {}
            }
            self.text.push('\n');
        }
    }

    fn add_spans(&mut self, spans: &[Span], depth: usize) {
        for span in spans {
            self.add(depth);
            match span {
                Span::Text(text) | Span::Code(text) | Span::RoomMention(text) => {
                    self.add_text(text)
                }
                Span::RoomLink(name) | Span::CustomEmoji(name) => self.add_text(name),
                Span::Break => self.text.push('\n'),
                Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                    self.add_spans(spans, depth + 1);
                }
                Span::Link(link) => {
                    assert!(link.href.is_ascii() && link.href.len() <= MAX_HREF_BYTES);
                    self.bytes += link.href.len();
                    self.add_spans(&link.spans, depth + 1);
                }
                Span::Mention(mention) => {
                    self.mentions += 1;
                    self.add_text(mention.text.as_ref().unwrap_or(&mention.username));
                }
                Span::Emoji(emoji) => self.add_text(&emoji.name),
            }
        }
    }
}

#[track_caller]
fn is_bounded(text: &str) -> Size {
    let blocks = parse(text);
    let size = Size::of(&blocks);
    assert!(size.depth <= MAX_TREE_DEPTH, "{size:?}");
    assert!(size.nodes <= MAX_TREE_NODES, "{} nodes", size.nodes);
    assert!(size.bytes <= MAX_TREE_BYTES, "{} bytes", size.bytes);
    assert!(size.mentions <= MAX_MENTIONS, "{size:?}");
    let json = serde_json::to_string(&blocks).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Block>>(&json).unwrap(), blocks);
    size
}

#[test]
fn deep_texts_are_cut() {
    for text in [
        ">".repeat(10_000) + "deep",
        "- ".repeat(5_000) + "deep",
        "1. ".repeat(3_000) + "deep",
        "> - ".repeat(2_500) + "deep",
        "*".repeat(3_000) + "deep" + &"*".repeat(3_000),
        "x ".to_owned() + &"**_".repeat(1_000) + "deep" + &"_**".repeat(1_000),
        "![".repeat(1_000) + "deep" + &"](/a)".repeat(1_000),
        "[".repeat(2_000) + "deep" + &"](https://a)".repeat(300),
        "> ".repeat(14) + "# " + &"**_".repeat(10) + "deep" + &"_**".repeat(10),
        "> ".repeat(20) + "|a|b|\n" + &"> ".repeat(20) + "|-|-|\n" + &"> ".repeat(20) + "|deep|d|",
        "> ".repeat(20) + "```\n" + &"> ".repeat(20) + "deep",
    ] {
        let size = is_bounded(&text);
        assert!(size.text.contains("deep"), "{}", &text[..40]);
    }
}

#[test]
fn large_texts_stand_as_they_are() {
    let table = "|a".repeat(1_000) + "\n" + &"|-".repeat(1_000) + "\n" + &"x\n".repeat(2_000);
    let reference = format!("[a]: https://a.b/{}\n\n{}", "c".repeat(1_900), "[a] ".repeat(1_900));
    for text in [table, "a\n".repeat(5_000), "*a* ".repeat(2_500), "- a\n".repeat(2_500), reference]
    {
        is_bounded(&text);
        assert_eq!(parse(&text), [Block::Paragraph(vec![Span::Text(text.clone())])]);
    }
}

#[test]
fn many_mentions_are_text() {
    assert_eq!(is_bounded(&"@a *@b* ".repeat(100)).mentions, MAX_MENTIONS);
}

#[test]
fn long_addresses_are_text() {
    let size = is_bounded(&format!("https://a.b/{}", "ä".repeat(1_000)));
    assert_eq!(size.nodes, 2);
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_text_has_a_bounded_tree(
            text in r"([\[\]()!*_~`<>#@:&|\\+\-=.0-9a-cA/ \t\n＠你é]|https://|www\.|  \n|\PC){0,120}",
        ) {
            is_bounded(&text);
        }

        /// Without what takes words as syntax: addresses, tables, names of languages, entities.
        #[test]
        fn no_word_is_lost(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-z0-9]{1,4}",
                    r"[*_~\[\]()!<>#@:.+\-= ]{1,3}",
                    r"\n{1,2}(> ?|- |[0-9]\. |# |    )?",
                    Just("`".to_owned()),
                    Just(":tada:".to_owned()),
                ],
                0..60,
            ),
        ) {
            let text = parts.concat().replace("](", "] (").replace("]:", "] :");
            let text = text.replace("``", "` `").replace("~~", "~ ~");
            let shown = is_bounded(&text).text;
            let mut shown = shown.chars();
            for letter in text.chars().filter(char::is_ascii_alphabetic) {
                let is_shown = shown.any(|other| other.eq_ignore_ascii_case(&letter));
                prop_assert!(is_shown, "{letter} of {text:?} is lost");
            }
        }
    }
}
