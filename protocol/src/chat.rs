//! Payloads of sending a message.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_FILES;
use crate::{
    FieldError, FileId, Message, MessageId, RoomId, RoomName, Timestamp,
    files::file_faults,
    limits::MAX_TEXT_CHARS,
    messages::Validate,
    text::{has_chars, is_blank},
};

/// Payload of `chat`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Chat {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// 1 to 10,000 characters without U+0000, at least one of them visible. With files, the text
    /// may be empty.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_TEXT_CHARS),
        regex(pattern = crate::schema::NO_NUL),
    ))]
    pub text: String,
    /// A UUID chosen by the client. It makes the request idempotent: a second request of the
    /// same user with this id stores nothing and receives the first response again. Without an id,
    /// the server generates one, and a retry is a new message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// A message of the same room to quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The message that begins the thread to reply to. It must not be a reply in a thread itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True if the room shall show the reply as well. Ignored without `thread`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// Files that the user has uploaded and no message has, at most 10, in this order.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_FILES)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
    /// False: the links of the message get no previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previews: Option<bool>,
}

impl Chat {
    /// Returns the fields that are not valid, for a message that did not arrive as a request.
    #[must_use]
    pub fn invalid_fields(&self) -> Vec<FieldError> {
        self.faults()
    }
}

impl Validate for Chat {
    fn faults(&self) -> Vec<FieldError> {
        let mut faults = text_faults(&self.text, !self.files.is_empty());
        faults.extend(file_faults(&self.files));
        faults
    }

    fn has_retry_id(&self) -> bool {
        self.id.is_some()
    }
}

/// Checks the text of a message, which may be empty if it has files.
pub(crate) fn text_faults(text: &str, may_be_empty: bool) -> Vec<FieldError> {
    if !may_be_empty && is_blank(text) {
        vec![FieldError::new("text", "must not be empty")]
    } else if !has_chars(text, 0, MAX_TEXT_CHARS) {
        vec![FieldError::new("text", format!("must have at most {MAX_TEXT_CHARS} characters"))]
    } else if text.contains('\0') {
        // PostgreSQL cannot store this character.
        vec![FieldError::new("text", "must not contain the character U+0000")]
    } else {
        Vec::new()
    }
}

/// Payload of `chat_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the message in the room log.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The time at which the server accepted the message.
    pub sent_at: Timestamp,
}

impl From<&Message> for Sent {
    fn from(message: &Message) -> Self {
        Self { id: message.id, room: message.room, seq: message.seq, sent_at: message.sent_at }
    }
}
