//! Emoji that users have added to this server: a name and a picture.

use serde::{Deserialize, Serialize};

use crate::{Block, Sender, Span, blocks::each_span};

/// An emoji that a user has added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomEmoji {
    /// The name, which texts and reactions write as `:name:`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::EMOJI_NAME)))]
    pub name: String,
    /// The address of the picture, on this server. Another picture has another address.
    pub url: String,
    /// The user who added it.
    pub by: Sender,
}

/// Payload of `emoji_changed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmojiChanged {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::EMOJI_NAME)))]
    pub name: String,
    /// The emoji that has this name now. Missing if it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<CustomEmoji>,
}

/// Returns the names of the custom emoji that a tree contains, sorted and each once, whether or not
/// they exist.
///
/// ```
/// use protocol::{Block, Span, custom_emoji_names};
///
/// let emoji = |name: &str| Span::CustomEmoji(name.to_owned());
/// let strong = Span::Strong(vec![emoji("ship"), emoji("blobcat")]);
/// let blocks = [Block::Paragraph(vec![strong, emoji("ship")])];
/// assert_eq!(custom_emoji_names(&blocks), ["blobcat", "ship"]);
/// ```
#[must_use]
pub fn custom_emoji_names(blocks: &[Block]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    each_span(blocks, &mut |span| {
        if let Span::CustomEmoji(name) = span {
            names.push(name);
        }
    });
    names.sort_unstable();
    names.dedup();
    names
}
