//! Payloads of reading older messages.

use serde::{Deserialize, Serialize};

use crate::{FieldError, Message, MessageId, RoomId, RoomName, messages::Validate};

/// Payload of `history`. At most one of `before`, `after` and `around` may be given. Without any,
/// the response is the newest page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// The room. `channel` is an alias. Optional on `/ws/{room}`, where it defaults to that room.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The message that begins a thread: returns that thread's replies. Without it, the page has
    /// what the room shows: of replies in threads only those with `in_room`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// Returns the page that ends just before this `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Returns the page that begins just after this `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Returns the page with this `seq` in its middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<u64>,
    /// The number of messages. Defaults to 50, is clamped to 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl History {
    /// Returns the fields that are not valid, for a page that is requested over HTTP.
    #[must_use]
    pub fn invalid_fields(&self) -> Vec<FieldError> {
        self.faults()
    }
}

impl Validate for History {
    fn faults(&self) -> Vec<FieldError> {
        if [self.before, self.after, self.around].iter().flatten().count() <= 1 {
            return Vec::new();
        }
        vec![FieldError::new("before", "only one of before, after and around may be given")]
    }
}

/// Payload of `history_response`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryPage {
    /// The room.
    pub room: RoomId,
    /// The thread, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// True if the room has more messages beyond this page: older ones after `before` or without a
    /// cursor, newer ones after `after`, either after `around`.
    pub has_more: bool,
}
