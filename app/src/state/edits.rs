//! The edit history that the user looks at.

use protocol::{EarlierText, Event, MessageId, RoomId};

/// The earlier texts of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditHistory {
    /// The room of the message.
    pub room: RoomId,
    /// The message.
    pub message: MessageId,
    /// All texts before the present one, the original first. None until they are loaded.
    pub edits: Option<Vec<EarlierText>>,
    /// The reason why they cannot be shown.
    pub refused: Option<String>,
    /// The number of edits that were made while the history was open. Each needs a new request.
    pub changes: u32,
}

impl EditHistory {
    /// Creates the history of a message, to be loaded.
    #[must_use]
    pub fn new(room: RoomId, message: MessageId) -> Self {
        Self { room, message, edits: None, refused: None, changes: 0 }
    }

    /// Notes an event that changes the history.
    pub(super) fn note(&mut self, event: &Event) {
        let changed = match event {
            Event::ChatEdited(edited) => edited.id,
            Event::ChatDeleted(deleted) => deleted.id,
            _ => return,
        };
        if changed == self.message {
            self.changes = self.changes.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ChatDeleted, ChatPinned};

    use super::*;
    use crate::state::fixtures::{message, room, user};

    #[test]
    fn only_edits_and_the_deletion_of_its_message_change_a_history() {
        let mut history = EditHistory::new(room().id, message(1).id);
        let deleted =
            |seq| Event::ChatDeleted(ChatDeleted { id: message(seq).id, ..ChatDeleted::default() });
        history.note(&deleted(2));
        history.note(&Event::ChatPinned(ChatPinned {
            id: message(1).id,
            room: room().id,
            seq: 3,
            message_seq: 1,
            user: user("bo").id,
            on: true,
        }));
        assert_eq!(history.changes, 0);
        history.note(&deleted(1));
        assert_eq!(history.changes, 1);
    }
}
