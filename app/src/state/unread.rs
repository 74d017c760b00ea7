//! The view of everything unread: the first unread messages of each room, and what the user marked
//! as read there.

use std::collections::HashMap;

use protocol::{Event, Message, Room, RoomId};

/// The number of messages that are shown of a room.
pub const SHOWN: usize = 5;
/// The number of rooms that can be put back.
const MAX_CLEARED: usize = 100;

/// The view of everything unread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnreadView {
    /// True while the view is shown.
    pub is_open: bool,
    /// The first unread messages of rooms.
    pub previews: HashMap<RoomId, Preview>,
    /// The rooms that the user marked as read, the last one at the end.
    cleared: Vec<Cleared>,
}

/// The first unread messages of a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// The read position after which they come.
    pub after: u64,
    /// The messages, oldest first. None until they are loaded.
    pub messages: Option<Vec<Message>>,
    /// True if the user asked why the room is unread.
    pub wants_last_read: bool,
    /// The message at the read position, once it is loaded; none if nothing was read before.
    pub last_read: Option<Option<Message>>,
    /// The number of changes since the view was opened. A response may precede the last ones.
    pub(crate) changes: u32,
    /// The number of changes that `messages` has.
    pub(crate) loaded_at: Option<u32>,
}

/// A room that was marked as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared {
    /// The room as it was before.
    pub room: Room,
    /// The last message that was shown of it.
    pub last: Option<Message>,
}

impl Preview {
    /// Returns the messages that are unread: not the user's own, and none that was deleted.
    pub fn unread(&self, me: protocol::UserId) -> impl Iterator<Item = &Message> {
        let messages = self.messages.iter().flatten();
        messages.filter(move |message| message.sender.id != me && !message.deleted)
    }

    /// Returns whether the messages have to be loaded.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.loaded_at != Some(self.changes)
    }
}

impl UnreadView {
    /// Opens or closes the view. What it showed before may be out of date.
    pub fn open(&mut self, is_open: bool) {
        self.is_open = is_open;
        self.previews.clear();
    }

    /// Notes an event that changes what is shown.
    pub(super) fn note(&mut self, event: &Event) {
        let Some((room, _)) = event.log_position() else { return };
        let Some(preview) = self.previews.get_mut(&room) else { return };
        let messages = preview.messages.iter().flatten();
        let is_changed = match event {
            Event::Chat(message) => message.is_shown_in_room() && messages.clone().count() <= SHOWN,
            Event::ChatEdited(edited) => messages.clone().any(|shown| shown.id == edited.id),
            Event::ChatDeleted(deleted) => messages.clone().any(|shown| shown.id == deleted.id),
            _ => false,
        };
        preview.changes += u32::from(is_changed);
    }

    /// Returns the preview of a room after a read position, to change it.
    pub(crate) fn preview_mut(&mut self, room: RoomId, after: u64) -> &mut Preview {
        let preview = self.previews.entry(room).or_default();
        if preview.after != after {
            *preview = Preview { after, ..Preview::default() };
        }
        preview
    }

    /// Remembers a room that the user marks as read.
    pub(super) fn clear(&mut self, room: Room) {
        let last = self.previews.get(&room.id).and_then(|preview| preview.messages.as_ref());
        let last = last.and_then(|messages| messages.last()).cloned();
        self.cleared.push(Cleared { room, last });
        self.cleared.drain(..self.cleared.len().saturating_sub(MAX_CLEARED));
    }

    /// Returns the room that was marked as read last.
    #[must_use]
    pub fn last_cleared(&self) -> Option<&Cleared> {
        self.cleared.last()
    }

    /// Takes the room that was marked as read last.
    pub(super) fn take_cleared(&mut self) -> Option<Cleared> {
        self.cleared.pop()
    }
}

#[cfg(test)]
mod tests {
    use protocol::ChatDeleted;

    use super::*;
    use crate::state::fixtures::{message, room, user};

    fn loaded(seqs: std::ops::RangeInclusive<u64>) -> UnreadView {
        let mut view = UnreadView::default();
        let preview = view.preview_mut(room().id, 0);
        preview.messages = Some(seqs.map(message).collect());
        preview.loaded_at = Some(0);
        view
    }

    #[test]
    fn a_preview_is_stale_once_a_shown_message_changes() {
        let mut view = loaded(1..=2);
        let is_stale = |view: &UnreadView| view.previews[&room().id].is_stale();
        assert!(!is_stale(&view));
        let deleted = |seq| {
            let (id, room) = (message(seq).id, room().id);
            Event::ChatDeleted(ChatDeleted {
                id,
                room,
                seq: 9,
                message_seq: seq,
                ..Default::default()
            })
        };
        view.note(&deleted(5));
        assert!(!is_stale(&view));
        view.note(&deleted(1));
        assert!(is_stale(&view));
        let mut full = loaded(1..=6);
        full.note(&Event::Chat(message(7)));
        assert!(!is_stale(&full), "there is no space for it");
        let mut view = loaded(1..=2);
        view.note(&Event::Chat(message(3)));
        assert!(is_stale(&view));
    }

    #[test]
    fn another_read_position_begins_another_preview() {
        let mut view = loaded(1..=2);
        assert!(view.preview_mut(room().id, 0).messages.is_some());
        assert!(view.preview_mut(room().id, 1).messages.is_none());
    }

    #[test]
    fn own_and_deleted_messages_are_not_unread() {
        let mut view = loaded(1..=3);
        let preview = view.preview_mut(room().id, 0);
        let messages = preview.messages.as_mut().unwrap();
        messages[0].deleted = true;
        messages[1].sender = user("ada").into();
        let seqs: Vec<_> = preview.unread(user("ada").id).map(|message| message.seq).collect();
        assert_eq!(seqs, [3]);
    }

    #[test]
    fn the_last_room_that_was_marked_as_read_comes_back_first() {
        let mut view = loaded(1..=3);
        view.clear(room());
        assert_eq!(view.last_cleared().and_then(|cleared| cleared.last.clone()), Some(message(3)));
        assert!(view.take_cleared().is_some() && view.take_cleared().is_none());
    }
}
