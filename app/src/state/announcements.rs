//! The messages that a screen reader announces.

use protocol::{Message, MessageId, UserId};

/// The maximum number of messages that wait to be announced.
const MAX_ANNOUNCEMENTS: usize = 3;

/// The last messages of other users in the room in view; the newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Announcements(Vec<Message>);

impl Announcements {
    /// Returns the messages.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.0
    }

    /// Adds those of the new messages that `me` did not write. Old ones make room for them.
    pub(super) fn add(&mut self, messages: Vec<Message>, me: UserId) {
        let is_other_user = |message: &Message| message.sender.id != me && !message.deleted;
        self.0.extend(messages.into_iter().filter(is_other_user));
        self.0.drain(..self.0.len().saturating_sub(MAX_ANNOUNCEMENTS));
    }

    /// Removes a message that was deleted.
    pub(super) fn remove(&mut self, message: MessageId) {
        self.0.retain(|known| known.id != message);
    }

    /// Removes all messages.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
