//! The pinned messages of a room. The server has the list; events only tell that it has changed.

use protocol::{Event, Message, MessageId};

/// The pinned messages, as far as they were loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PinList {
    /// The messages, the newest pin first. None until they are loaded.
    pub messages: Option<Vec<Message>>,
    /// The number of changes since the room was opened. A response may precede the last ones.
    pub(crate) changes: u32,
    /// The number of changes that `messages` has.
    pub(crate) loaded_at: Option<u32>,
}

impl PinList {
    /// Returns whether the list has to be loaded.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.loaded_at != Some(self.changes)
    }

    /// Returns whether a message is pinned, as far as the list is loaded.
    #[must_use]
    pub fn contains(&self, message: MessageId) -> bool {
        self.messages.iter().flatten().any(|pinned| pinned.id == message)
    }

    /// Replaces the list by the response to a request that was sent after `changes`.
    pub(crate) fn load(&mut self, messages: Vec<Message>, changes: u32) {
        self.messages = Some(messages);
        self.loaded_at = Some(changes);
    }

    /// Notes an event of the room log.
    pub(super) fn note(&mut self, event: &Event) {
        // A list that is on its way may have any message as it was before.
        let may_have = |id| self.is_stale() || self.contains(id);
        let is_changed = match event {
            Event::ChatPinned(_) => true,
            Event::ChatEdited(edited) => may_have(edited.id),
            Event::ChatDeleted(deleted) => may_have(deleted.id),
            Event::ChatPreviewed(previewed) => may_have(previewed.id),
            _ => false,
        };
        if is_changed {
            self.changed();
        }
    }

    /// Notes that the list may have changed.
    pub(super) fn changed(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use protocol::ChatDeleted;

    use super::*;
    use crate::state::fixtures::message;

    #[test]
    fn a_list_is_stale_once_a_pinned_message_changes() {
        let mut pins = PinList::default();
        let deleted =
            |seq| Event::ChatDeleted(ChatDeleted { id: message(seq).id, ..ChatDeleted::default() });
        assert!(pins.is_stale());
        pins.load(vec![message(1)], 0);
        pins.note(&deleted(2));
        assert!(!pins.is_stale() && pins.contains(message(1).id));
        pins.note(&deleted(1));
        assert!(pins.is_stale());
        pins.load(Vec::new(), 0);
        assert!(pins.is_stale(), "the response may precede the deletion");
        pins.load(Vec::new(), 1);
        assert!(!pins.is_stale());
    }

    #[test]
    fn a_list_that_was_requested_before_a_change_of_an_unknown_message_stays_stale() {
        let mut pins = PinList::default();
        let id = message(1).id;
        pins.note(&Event::ChatDeleted(ChatDeleted { id, ..ChatDeleted::default() }));
        pins.load(vec![message(1)], 0);
        assert!(pins.is_stale(), "the response may precede the deletion");
        pins.load(vec![message(1)], pins.changes);
        assert!(!pins.is_stale());
    }
}
