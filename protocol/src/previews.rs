//! Payloads of previews: what the pages show that a message links to.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{
    MAX_HREF_BYTES, MAX_LINK_PREVIEWS, MAX_PREVIEW_SITE_CHARS, MAX_PREVIEW_TEXT_CHARS,
    MAX_PREVIEW_TITLE_CHARS,
};
use crate::{Block, FieldError, MessageId, OpId, RoomId, RoomName, Span, messages::Validate};

/// What a page says of itself that a message links to. The texts are those of a stranger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkPreview {
    /// The address that the message links to: `http://` or `https://`.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_HREF_BYTES),
        regex(pattern = "^https?://"),
    ))]
    pub url: String,
    /// The name of the site, or the host of the address.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_PREVIEW_SITE_CHARS)))]
    pub site: String,
    /// The title of the page.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_PREVIEW_TITLE_CHARS)))]
    pub title: String,
    /// What the page is about.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_PREVIEW_TEXT_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The picture of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Box<LinkPicture>>,
}

/// The picture of a page, made small and kept by this server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkPicture {
    /// The address, on this server.
    pub url: String,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
}

/// Payload of `chat_previews`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatPreviews {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message whose previews to remove.
    pub id: MessageId,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id changes nothing and receives the first response again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// False: removed previews do not come back.
    pub on: bool,
}

impl Validate for ChatPreviews {
    fn faults(&self) -> Vec<FieldError> {
        if self.on {
            return vec![FieldError::new("on", "must be false: previews can only be removed")];
        }
        Vec::new()
    }

    fn has_retry_id(&self) -> bool {
        self.op.is_some()
    }
}

/// Payload of `chat_previewed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatPreviewed {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the change in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The position of the message in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub message_seq: u64,
    /// All previews of the message; in recovered events, as they stand now. Missing if there are
    /// none.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_LINK_PREVIEWS)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_previews: Vec<LinkPreview>,
}

/// Returns where the links of a tree lead to, in their order. What stands in code is no link.
///
/// ```
/// use protocol::{Block, Span, blocks::Link};
///
/// let link = |href: &str| Span::Link(Link { href: href.into(), spans: Vec::new() });
/// let spans = vec![link("https://a.example/"), Span::Strong(vec![link("mailto:ada@b.example")])];
/// let blocks = [Block::Paragraph(spans)];
/// assert_eq!(protocol::links(&blocks), ["https://a.example/", "mailto:ada@b.example"]);
/// ```
#[must_use]
pub fn links(blocks: &[Block]) -> Vec<&str> {
    let mut links = Vec::new();
    in_blocks(blocks, &mut links);
    links
}

fn in_blocks<'a>(blocks: &'a [Block], links: &mut Vec<&'a str>) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) => in_spans(spans, links),
            Block::Heading(heading) => in_spans(&heading.spans, links),
            Block::Quote(blocks) => in_blocks(blocks, links),
            Block::List(list) => list.items.iter().for_each(|item| in_blocks(&item.blocks, links)),
            Block::Table(table) => {
                for cell in table.head.iter().chain(table.rows.iter().flatten()) {
                    in_spans(cell, links);
                }
            }
            Block::Code(_) | Block::Rule(_) => {}
        }
    }
}

fn in_spans<'a>(spans: &'a [Span], links: &mut Vec<&'a str>) {
    for span in spans {
        match span {
            Span::Link(link) => links.push(&link.href),
            Span::Strong(spans) | Span::Emphasis(spans) | Span::Strikethrough(spans) => {
                in_spans(spans, links);
            }
            _ => {}
        }
    }
}
