//! Payloads of drafts: what a user has begun to write, kept for all devices.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_DRAFTS;
use crate::{
    FieldError, MessageId, RoomId, RoomName, Timestamp, limits::MAX_TEXT_CHARS, messages::Validate,
    text::has_chars,
};

/// Payload of `draft`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Draft {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The message that begins the thread, if the text is for a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// At most 10,000 characters without U+0000. Empty if there is no draft any more.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_TEXT_CHARS),
        regex(pattern = crate::schema::NO_NUL),
    ))]
    pub text: String,
    /// The time of the change, by the clock of the device. A time after the server's counts as the
    /// server's.
    pub at: Timestamp,
}

impl Validate for Draft {
    fn faults(&self) -> Vec<FieldError> {
        if !has_chars(&self.text, 0, MAX_TEXT_CHARS) {
            vec![FieldError::new("text", format!("must have at most {MAX_TEXT_CHARS} characters"))]
        } else if self.text.contains('\0') {
            vec![FieldError::new("text", "must not contain the character U+0000")]
        } else {
            Vec::new()
        }
    }
}

/// A draft as it is kept: payload of the event `draft`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptDraft {
    /// The room.
    pub room: RoomId,
    /// The message that begins the thread, if the text is for a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// The text. Empty if there is no draft any more.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TEXT_CHARS)))]
    pub text: String,
    /// The time of the change.
    pub at: Timestamp,
}

/// Payload of `drafts_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DraftsPage {
    /// The drafts, the newest first. Those that would make the response longer than 512 KiB are
    /// missing.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_DRAFTS)))]
    pub drafts: Vec<KeptDraft>,
}
