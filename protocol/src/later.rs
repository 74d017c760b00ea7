//! Payloads of messages that are sent later, and of reminders.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{MAX_FILES, MAX_LATER, MAX_TEXT_CHARS};
use crate::{
    ErrorPayload, FieldError, File, FileId, MessageId, RoomId, RoomName, Timestamp,
    chat::text_faults, files::file_faults, limits::MAX_REMINDER_CHARS, messages::Validate,
    text::has_chars,
};

/// Payload of `later`. A second request with the same `id` changes the message, which has these
/// values then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Later {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// 1 to 10,000 characters without U+0000, at least one of them visible. With files, the text
    /// may be empty.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_TEXT_CHARS),
        regex(pattern = crate::schema::NO_NUL),
    ))]
    pub text: String,
    /// The time at which to send it: not more than 5 minutes ago, and at most 366 days from now.
    pub at: Timestamp,
    /// The id that the message will have: a UUID chosen by the client. Without one, the server
    /// generates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// A message of the same room to quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The message that begins the thread to reply to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True if the room shall show the reply as well. Ignored without `thread`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// Files that the user has uploaded and no message has, at most 10, in this order. They are
    /// kept until the message is sent.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_FILES)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
    /// False: the links of the message get no previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previews: Option<bool>,
}

impl Validate for Later {
    fn faults(&self) -> Vec<FieldError> {
        let mut faults = text_faults(&self.text, !self.files.is_empty());
        faults.extend(file_faults(&self.files));
        faults
    }
}

/// Payload of `remind`. At its time, a message to oneself says what it is about. A second request
/// with the same `id` changes the reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remind {
    /// The time: not more than 5 minutes ago, and at most 366 days from now.
    pub at: Timestamp,
    /// At most 1,000 characters without U+0000. With `room` or `message`, the text may be empty.
    #[cfg_attr(feature = "schema", schemars(
        length(max = MAX_REMINDER_CHARS),
        regex(pattern = crate::schema::NO_NUL),
    ))]
    pub text: String,
    /// The id that the message to oneself will have: a UUID chosen by the client. Without one, the
    /// server generates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// A room that the reminder links to. Ignored with `message`.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// A message that the reminder links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

impl Validate for Remind {
    fn faults(&self) -> Vec<FieldError> {
        if !has_chars(&self.text, 0, MAX_REMINDER_CHARS) {
            let rule = format!("must have at most {MAX_REMINDER_CHARS} characters");
            return vec![FieldError::new("text", rule)];
        }
        text_faults(&self.text, self.room.is_some() || self.message.is_some())
    }
}

/// Payload of `later_cancel` and of its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaterCancel {
    /// The message or reminder.
    pub id: MessageId,
}

impl Validate for LaterCancel {}

/// Payload of `later_list`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaterList {
    /// The last message of the previous page. Without it, the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MessageId>,
}

impl Validate for LaterList {}

/// A message that waits for its time, or that could not be sent at it: payload of `later_response`,
/// `remind_response` and of the event `later_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaterMessage {
    /// The id that the message will have.
    pub id: MessageId,
    /// The room.
    pub room: RoomId,
    /// The text.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TEXT_CHARS)))]
    pub text: String,
    /// The time at which it is sent.
    pub at: Timestamp,
    /// True for a reminder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminder: bool,
    /// The message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The message that begins the thread that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True if the room will show the reply as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// The files.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_FILES)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// False: the links of the message will get no previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previews: Option<bool>,
    /// Why it was not sent at its time. It is not sent any more, unless it is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<ErrorPayload>>,
}

/// Payload of `later_list_response`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaterPage {
    /// The messages and reminders, the next one first. A page ends early at 512 KiB.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_LATER)))]
    pub messages: Vec<LaterMessage>,
    /// True if there are more after these.
    pub has_more: bool,
}

/// Payload of `later_gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaterGone {
    /// The message or reminder, which does not wait any more.
    pub id: MessageId,
    /// True if it was sent, false if it was cancelled on another connection.
    pub sent: bool,
    /// True for a reminder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminder: bool,
}
