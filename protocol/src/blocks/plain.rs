//! What a text says, without its Markdown: for screen readers and quotes.

use super::{Block, ListItem, Span};
use crate::limits::MAX_QUOTE_CHARS;

/// Returns a text as it is read out. `blocks` is its tree, empty if the text is plain.
#[must_use]
pub fn plain_text(text: &str, blocks: &[Block]) -> String {
    if blocks.is_empty() { text.to_owned() } else { of_blocks(blocks) }
}

/// Returns the beginning of a text as it is quoted, without its Markdown.
#[must_use]
pub fn quoted_text(text: &str, blocks: &[Block]) -> String {
    plain_text(text, blocks).chars().take(MAX_QUOTE_CHARS).collect()
}

fn of_blocks(blocks: &[Block]) -> String {
    let parts = blocks.iter().map(|block| match block {
        Block::Paragraph(spans) => of_spans(spans),
        Block::Heading(heading) => of_spans(&heading.spans),
        Block::Code(code) => code.text.trim_end().to_owned(),
        Block::Quote(blocks) => of_blocks(blocks),
        Block::List(list) => {
            let number = |place| list.start.map(|start| u64::from(start) + place);
            let items = (0..).map(number).zip(&list.items);
            join(items.map(|(number, item)| of_item(number, item)), "\n")
        }
        Block::Table(table) => {
            let row = |cells: &Vec<Vec<Span>>| join(cells.iter().map(|cell| of_spans(cell)), ", ");
            join([&table.head].into_iter().chain(&table.rows).map(row), "\n")
        }
        Block::Rule(_) => String::new(),
    });
    join(parts, "\n")
}

fn of_item(number: Option<u64>, item: &ListItem) -> String {
    let mut text = number.map(|number| format!("{number}. ")).unwrap_or_default();
    match item.checked {
        Some(true) => text += "Done: ",
        Some(false) => text += "Not done: ",
        None => {}
    }
    text + &of_blocks(&item.blocks)
}

fn of_spans(spans: &[Span]) -> String {
    let text = |span: &Span| match span {
        Span::Text(text) | Span::Code(text) | Span::RoomMention(text) => text.clone(),
        Span::Break => "\n".to_owned(),
        Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => of_spans(spans),
        Span::Link(link) => of_spans(&link.spans),
        Span::Mention(mention) => {
            mention.text.clone().unwrap_or_else(|| format!("@{}", mention.username))
        }
        Span::RoomLink(slug) => format!("#{slug}"),
        Span::Emoji(emoji) => emoji.text.clone(),
        Span::CustomEmoji(name) => format!(":{name}:"),
    };
    spans.iter().map(text).collect()
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
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
