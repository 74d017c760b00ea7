//! Payloads of edits, deletions and reactions: the requests, their response and the events.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{MAX_FILES, MAX_LINK_PREVIEWS, MAX_REACTION_CHARS, MAX_TEXT_CHARS};
use crate::{
    Block, FieldError, File, FileId, LinkPreview, MessageId, OpId, RoomId, RoomName, Sender,
    ThreadSummary, Timestamp, UserId,
    chat::text_faults,
    files::file_faults,
    messages::Validate,
    text::{canonical_emoji, custom_emoji_name},
};

/// Payload of `chat_edit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatEdit {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message to edit.
    pub id: MessageId,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id changes nothing and receives the first response again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// The new text, 1 to 10,000 characters without U+0000, at least one of them visible. If the
    /// message has files after the edit, the text may be empty.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_TEXT_CHARS),
        regex(pattern = crate::schema::NO_NUL),
    ))]
    pub text: String,
    /// The files of the message after the edit, at most 10, in this order: those that stay, and new
    /// ones. The files stay as they are if this is missing.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_FILES)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FileId>>,
}

impl Validate for ChatEdit {
    fn faults(&self) -> Vec<FieldError> {
        // Whether a message keeps files is not known here.
        let may_have_files = self.files.as_ref().is_none_or(|files| !files.is_empty());
        let mut faults = text_faults(&self.text, may_have_files);
        faults.extend(file_faults(self.files.as_deref().unwrap_or_default()));
        faults
    }

    fn has_retry_id(&self) -> bool {
        self.op.is_some()
    }
}

/// Payload of `chat_delete`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatDelete {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message to delete.
    pub id: MessageId,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id changes nothing and receives the first response again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
}

impl Validate for ChatDelete {
    fn has_retry_id(&self) -> bool {
        self.op.is_some()
    }
}

/// Payload of `chat_react`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatReact {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message to react to.
    pub id: MessageId,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id changes nothing and receives the first response again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// One emoji, or the name of a custom emoji with colons: `:name:`. The spellings of an emoji
    /// with and without U+FE0F are the same reaction. A custom emoji must exist to be added; to
    /// remove the reaction, it need not exist any more.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_REACTION_CHARS),
        regex(pattern = crate::schema::NO_SPACE),
    ))]
    pub emoji: String,
    /// True to add the user's reaction, false to remove it.
    pub on: bool,
}

impl Validate for ChatReact {
    fn faults(&self) -> Vec<FieldError> {
        let is_custom = custom_emoji_name(&self.emoji).is_some();
        if is_custom || canonical_emoji(&self.emoji).is_some() {
            return Vec::new();
        }
        vec![FieldError::new("emoji", "must be one emoji")]
    }

    fn has_retry_id(&self) -> bool {
        self.op.is_some()
    }
}

/// Payload of `chat_edit_response`, `chat_delete_response` and `chat_react_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the update in the room log. For an update without effect, such as a second
    /// deletion: the position of the update that made it so.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
}

/// Payload of `chat_edited`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatEdited {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the edit in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The position of the message in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub message_seq: u64,
    /// The new text. Missing in recovered events of a message that has been deleted since.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TEXT_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The tree of the new text. Missing if the text is shown as it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// All files of the message after the edit; in recovered events, as they stand now. Missing if
    /// there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// The previews of the links that the message kept; in recovered events, all as they stand now.
    /// Those of new links follow with `chat_previewed`. Missing if there are none.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_LINK_PREVIEWS)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_previews: Vec<LinkPreview>,
    /// The time at which the server accepted the edit.
    pub edited_at: Timestamp,
}

/// Payload of `chat_deleted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatDeleted {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the deletion in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The position of the message in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub message_seq: u64,
    /// The user who deleted the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Box<Sender>>,
    /// The message that begins the thread, if the deleted message was a reply in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// The `replies` of that message after the deletion. Clients set them, and never count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_replies: Option<Box<ThreadSummary>>,
}

/// Payload of `chat_reacted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatReacted {
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
    /// The user who reacted.
    pub user: UserId,
    /// The emoji of the reaction, or `:name:` of a custom one.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_REACTION_CHARS),
        regex(pattern = crate::schema::NO_SPACE),
    ))]
    pub emoji: String,
    /// True if the reaction was added, false if it was removed.
    pub on: bool,
}
