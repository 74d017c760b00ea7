//! Pages of older messages, apart from the newest ones: what the user reads far up.

use protocol::Message;

/// The number of messages above which those far from the reader are dropped.
pub(super) const MAX_LOADED: usize = 1_000;
/// The number of messages that are kept around the reader then.
pub(super) const KEPT_AROUND: usize = 600;

/// A contiguous range of messages that ends before the newest ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Past {
    /// The messages by `seq`.
    pub(super) messages: Vec<Message>,
    /// True if the server has older messages.
    pub(super) has_more: bool,
}

impl Past {
    /// Drops the newest messages of many, after older ones were loaded.
    pub(super) fn drop_newest(&mut self) {
        if self.messages.len() > MAX_LOADED {
            self.messages.truncate(KEPT_AROUND);
        }
    }

    /// Drops the oldest messages of many, after newer ones were loaded.
    pub(super) fn drop_oldest(&mut self) {
        self.has_more |= drop_oldest(&mut self.messages);
    }
}

/// Drops the oldest of many messages. Returns whether it did.
pub(super) fn drop_oldest(messages: &mut Vec<Message>) -> bool {
    let is_long = messages.len() > MAX_LOADED;
    if is_long {
        messages.drain(..messages.len() - KEPT_AROUND);
    }
    is_long
}
