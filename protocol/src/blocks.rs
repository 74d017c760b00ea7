//! The tree of a text: what its Markdown means.
//!
//! Arrays of blocks, which contain arrays of spans. A span is a string if it is text:
//!
//! ```
//! use protocol::Block;
//!
//! let json = r#"[{"paragraph":["Ask ",{"mention":{"username":"ada"}},{"strong":[" now"]}]}]"#;
//! let blocks: Vec<Block> = serde_json::from_str(json).unwrap();
//! assert!(matches!(&blocks[..], [Block::Paragraph(spans)] if spans.len() == 3));
//! assert_eq!(serde_json::to_string(&blocks).unwrap(), json);
//! ```
//!
//! Blocks and spans together nest up to [`MAX_TREE_DEPTH`](crate::limits::MAX_TREE_DEPTH) levels
//! deep. A tree has up to [`MAX_TREE_NODES`](crate::limits::MAX_TREE_NODES) blocks, spans, items
//! and cells, and up to [`MAX_TREE_BYTES`](crate::limits::MAX_TREE_BYTES) bytes of strings. New
//! versions may add blocks and spans: clients that do not know one show the text of the message.

mod plain;
#[cfg(feature = "schema")]
mod schema;
mod walk;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

pub use self::plain::{PlainText, plain_text, quoted_text};
pub use self::walk::each_span;

use crate::Empty;
#[cfg(feature = "schema")]
use crate::limits::{MAX_CODE_TOKENS, MAX_HREF_BYTES};

/// A part of a text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// A heading.
    Heading(Heading),
    /// Text that is shown as it is, in a font of fixed width.
    Code(CodeBlock),
    /// Blocks that are quoted.
    Quote(Vec<Block>),
    /// A list.
    List(List),
    /// A table.
    Table(Table),
    /// A line that separates what stands before it from what stands after it.
    Rule(Empty),
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heading {
    /// The level, from 1 (the highest) to 6.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 6)))]
    pub level: u8,
    /// The text of the heading.
    pub spans: Vec<Span>,
}

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CodeBlock {
    /// The language as the author named it: the first word after the fence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The code. Each line ends with U+000A.
    pub text: String,
    /// The parts of the code, in order. Missing if the language is not named or not known, or if
    /// the code is large.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_CODE_TOKENS)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<CodeToken>,
}

/// A part of code: what it is, and its length in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeToken(pub CodeKind, pub u32);

/// What a part of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// Anything else.
    Plain,
    /// A comment.
    Comment,
    /// A word of the language.
    Keyword,
    /// A string.
    String,
    /// A number or another value.
    Number,
    /// The name of a function, a key or an attribute.
    Name,
    /// A type.
    Type,
    /// A line that a change adds.
    Inserted,
    /// A line that a change removes.
    Deleted,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct List {
    /// The number of the first item. Missing if the items have no numbers.
    #[cfg_attr(feature = "schema", schemars(range(max = 999_999_999)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// True if there is space between the items.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loose: bool,
    /// The items.
    pub items: Vec<ListItem>,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListItem {
    /// For a task: whether it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
    /// The content of the item. May be empty.
    pub blocks: Vec<Block>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Table {
    /// The alignment of each column.
    pub align: Vec<Alignment>,
    /// The cells of the first row, one for each column.
    pub head: Vec<Vec<Span>>,
    /// The cells of the other rows, one for each column.
    pub rows: Vec<Vec<Vec<Span>>>,
}

/// The alignment of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// That of any other text.
    #[default]
    None,
    /// Left.
    Left,
    /// Centred.
    Center,
    /// Right.
    Right,
}

/// A part of running text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum Span {
    /// Text: a string on the wire. It contains no line break.
    #[serde(skip)]
    Text(String),
    /// A line break: the string `"\n"` on the wire.
    #[serde(skip)]
    Break,
    /// Strong emphasis.
    Strong(Vec<Span>),
    /// Emphasis.
    Emphasis(Vec<Span>),
    /// Text that is struck through.
    Strikethrough(Vec<Span>),
    /// Code.
    Code(String),
    /// A link. Contains no other link and no room link.
    Link(Link),
    /// A mention of a user. In the messages of a server, somebody has this username.
    Mention(Mention),
    /// A mention of all members of the room, as it was written: `@room`.
    RoomMention(String),
    /// The slug of a room. It may not exist, or be hidden from some readers.
    RoomLink(String),
    /// An emoji that was written as `:name:`.
    Emoji(Emoji),
    /// The name of a custom emoji that was written as `:name:`. It may not exist: then it is shown
    /// as it was written.
    CustomEmoji(String),
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Link {
    /// The address: `http://` or `https://` with a host, or `mailto:` with an address.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_HREF_BYTES),
        regex(pattern = "^(https?://|mailto:)"),
    ))]
    pub href: String,
    /// The text of the link.
    pub spans: Vec<Span>,
}

/// A mention of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mention {
    /// The username without punctuation at its end: in `@ada.`, the dot is text.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    pub username: String,
    /// The mention as it was written, if not as `@` and the username: `@Ada`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An emoji that was written as `:name:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Emoji {
    /// The name as it was written, without the colons.
    pub name: String,
    /// The emoji itself.
    pub text: String,
}

// The derived functions of `Span` write and read the objects, these implementations the strings.

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Break => serializer.serialize_str("\n"),
            marked => Self::serialize(marked, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl<'de> Visitor<'de> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<Span, E> {
        Ok(if text == "\n" { Span::Break } else { Span::Text(text.to_owned()) })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Span, A::Error> {
        Span::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_written(block: &Block, json: &str) {
        assert_eq!(serde_json::to_string(block).unwrap(), json);
        assert_eq!(serde_json::from_str::<Block>(json).unwrap(), *block, "{json}");
    }

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    #[test]
    fn blocks_are_objects() {
        let spans = vec![text("a")];
        is_written(&Block::Paragraph(spans.clone()), r#"{"paragraph":["a"]}"#);
        let heading = Heading { level: 2, spans: spans.clone() };
        is_written(&Block::Heading(heading), r#"{"heading":{"level":2,"spans":["a"]}}"#);
        let tokens = vec![CodeToken(CodeKind::Keyword, 1), CodeToken(CodeKind::Plain, 1)];
        let language = Some("rust".to_owned());
        let code = CodeBlock { language, text: "x\n".to_owned(), tokens };
        let json = r#"{"language":"rust","text":"x\n","tokens":[["keyword",1],["plain",1]]}"#;
        is_written(&Block::Code(code), &format!(r#"{{"code":{json}}}"#));
        let code = CodeBlock { language: None, text: "\n".to_owned(), tokens: vec![] };
        is_written(&Block::Code(code), r#"{"code":{"text":"\n"}}"#);
        is_written(&Block::Quote(vec![Block::Rule(Empty {})]), r#"{"quote":[{"rule":{}}]}"#);
        let items = vec![ListItem { checked: Some(false), blocks: vec![Block::Rule(Empty {})] }];
        let list = List { start: Some(7), loose: true, items };
        let items = r#"[{"checked":false,"blocks":[{"rule":{}}]}]"#;
        let json = format!(r#"{{"list":{{"start":7,"loose":true,"items":{items}}}}}"#);
        is_written(&Block::List(list), &json);
        let list = List { start: None, loose: false, items: vec![ListItem::default()] };
        is_written(&Block::List(list), r#"{"list":{"items":[{"blocks":[]}]}}"#);
        let align = vec![Alignment::None, Alignment::Right];
        let table = Table { align, head: vec![spans.clone(), vec![]], rows: vec![vec![spans]] };
        is_written(
            &Block::Table(table),
            r#"{"table":{"align":["none","right"],"head":[["a"],[]],"rows":[[["a"]]]}}"#,
        );
    }

    #[test]
    fn spans_are_strings_or_objects() {
        let spans = vec![
            text("a"),
            Span::Break,
            Span::Strong(vec![Span::Emphasis(vec![Span::Strikethrough(vec![text("b")])])]),
            Span::Code("c".to_owned()),
            Span::Link(Link { href: "https://d".to_owned(), spans: vec![text("d")] }),
            Span::Mention(Mention { username: "ada".to_owned(), text: Some("@Ada".to_owned()) }),
            Span::Mention(Mention { username: "bo".to_owned(), text: None }),
            Span::RoomMention("@room".to_owned()),
            Span::RoomLink("general".to_owned()),
            Span::Emoji(Emoji { name: "tada".to_owned(), text: "🎉".to_owned() }),
            Span::CustomEmoji("blobcat".to_owned()),
        ];
        let json = [
            r#""a","\n",{"strong":[{"emphasis":[{"strikethrough":["b"]}]}]},{"code":"c"}"#,
            r#"{"link":{"href":"https://d","spans":["d"]}}"#,
            r#"{"mention":{"username":"ada","text":"@Ada"}},{"mention":{"username":"bo"}}"#,
            r#"{"room_mention":"@room"},{"room_link":"general"}"#,
            r#"{"emoji":{"name":"tada","text":"🎉"}},{"custom_emoji":"blobcat"}"#,
        ];
        is_written(&Block::Paragraph(spans), &format!(r#"{{"paragraph":[{}]}}"#, json.join(",")));
    }

    #[test]
    fn unknown_spans_are_refused() {
        for json in ["1", "null", "[]", "{}", r#"{"blink":[]}"#, r#"{"text":"a"}"#] {
            assert!(serde_json::from_str::<Span>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_deepest_tree_is_read() {
        let mut block = Block::Quote(vec![]);
        for _ in 1..crate::limits::MAX_TREE_DEPTH {
            let items = vec![ListItem { checked: None, blocks: vec![block] }];
            block = Block::List(List { start: None, loose: false, items });
        }
        // As deep as in the response to `subscribe`.
        let json = serde_json::to_string(&[[[[[[[block]]]]]]]).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
