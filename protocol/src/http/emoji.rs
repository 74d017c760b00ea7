//! Bodies about the emoji that users have added.

use serde::{Deserialize, Serialize};

use crate::CustomEmoji;

/// Response of `GET /api/emoji`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomEmojiList {
    /// All of them, sorted by name.
    pub emoji: Vec<CustomEmoji>,
    /// True if the user may add others.
    pub may_add: bool,
}

/// Response of `PUT /api/emoji/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddedEmoji {
    /// The new emoji.
    pub emoji: CustomEmoji,
}
