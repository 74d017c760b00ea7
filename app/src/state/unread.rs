//! The view of everything unread: the first unread messages of each room and thread, and what the
//! user marked as read there.

use std::collections::HashMap;

use protocol::{Event, FollowedThread, Message, Room};

use super::conversation::Conversation;

/// The number of messages that are shown of a room or a thread.
pub const SHOWN: usize = 5;
/// The number of rooms and threads that can be put back.
const MAX_CLEARED: usize = 100;

/// The view of everything unread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnreadView {
    /// True while the view is shown.
    pub is_open: bool,
    /// The first unread messages of rooms and threads.
    pub previews: HashMap<Conversation, Preview>,
    /// The number of edits and deletions since the view was opened. Any of them may concern a
    /// preview that is being loaded for the first time.
    edits: u32,
    /// What the user marked as read, the last one at the end.
    cleared: Vec<Cleared>,
}

/// The first unread messages of a room or a thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// The read position after which they come.
    pub after: u64,
    /// The messages, oldest first. None until they are loaded.
    pub messages: Option<Vec<Message>>,
    /// True if the user asked why they are unread.
    pub wants_last_read: bool,
    /// The message at the read position, once it is loaded; none if nothing was read before.
    pub last_read: Option<Option<Message>>,
    /// The number of changes since the view was opened. A response may precede the last ones.
    pub(crate) changes: u32,
    /// The number of changes that `messages` has.
    pub(crate) loaded_at: Option<u32>,
}

/// A room or a thread that was marked as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared {
    /// The room as it was before.
    pub room: Room,
    /// The thread as it was before, if it was one.
    pub thread: Option<FollowedThread>,
    /// The last message that was shown of it.
    pub last: Option<Message>,
    /// True if it was marked together with the one before it.
    pub with_previous: bool,
}

impl Preview {
    /// Returns the messages that are unread: of the user's own only reminders, and none that was
    /// deleted.
    pub fn unread(&self, me: protocol::UserId) -> impl Iterator<Item = &Message> {
        let messages = self.messages.iter().flatten();
        messages.filter(move |message| message.counts_for(me))
    }

    fn shown(&self) -> usize {
        self.messages.as_ref().map_or(0, Vec::len)
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
        let Some((room, _)) = event.log_position().filter(|_| self.is_open) else { return };
        if let Event::Chat(message) = event {
            let in_room = message.is_shown_in_room().then_some(room.into());
            let in_thread = message.thread.map(|thread| Conversation::thread(room, thread));
            for place in in_room.into_iter().chain(in_thread) {
                let preview = self.entry(place);
                preview.changes += u32::from(preview.shown() <= SHOWN);
            }
        }
        let changed = match event {
            Event::ChatEdited(edited) => edited.id,
            Event::ChatDeleted(deleted) => deleted.id,
            _ => return,
        };
        self.edits += 1;
        // The messages that are being loaded may contain it.
        let may_show = |preview: &Preview| {
            preview.messages.as_ref().is_none_or(|shown| shown.iter().any(|it| it.id == changed))
        };
        let previews = self.previews.iter_mut().filter(|(place, _)| place.room == room);
        for (_, preview) in previews {
            preview.changes += u32::from(may_show(preview));
        }
    }

    fn entry(&mut self, place: Conversation) -> &mut Preview {
        let changes = self.edits;
        self.previews.entry(place).or_insert_with(|| Preview { changes, ..Preview::default() })
    }

    /// Returns the number of changes that a request for a preview covers.
    pub(crate) fn changes(&self, place: Conversation) -> u32 {
        self.previews.get(&place).map_or(self.edits, |preview| preview.changes)
    }

    /// Returns the preview of a room or a thread after a read position, to change it.
    pub(crate) fn preview_mut(&mut self, place: Conversation, after: u64) -> &mut Preview {
        let preview = self.entry(place);
        if preview.after != after {
            *preview = Preview { after, changes: preview.changes, ..Preview::default() };
        }
        preview
    }

    /// Remembers what the user marks as read.
    pub(super) fn clear(&mut self, place: Conversation, cleared: Cleared) {
        let last = self.previews.get(&place).and_then(|preview| preview.messages.as_ref());
        let last = last.and_then(|messages| messages.last()).cloned();
        self.cleared.push(Cleared { last, ..cleared });
        self.cleared.drain(..self.cleared.len().saturating_sub(MAX_CLEARED));
    }

    /// Returns what was marked as read last.
    #[must_use]
    pub fn last_cleared(&self) -> Option<&Cleared> {
        self.cleared.last()
    }

    /// Takes what was marked as read last.
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
        let mut view = UnreadView { is_open: true, ..UnreadView::default() };
        let preview = view.preview_mut(room().id.into(), 0);
        preview.messages = Some(seqs.map(message).collect());
        preview.loaded_at = Some(0);
        view
    }

    #[test]
    fn a_preview_is_stale_once_a_shown_message_changes() {
        let mut view = loaded(1..=2);
        let is_stale = |view: &UnreadView| view.previews[&room().id.into()].is_stale();
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
    fn a_change_while_the_messages_are_loading_loads_them_again() {
        let mut view = UnreadView { is_open: true, ..UnreadView::default() };
        let place = Conversation::from(room().id);
        let requested = view.changes(place);
        let (id, room) = (message(1).id, room().id);
        view.note(&Event::ChatDeleted(ChatDeleted { id, room, seq: 2, ..Default::default() }));
        let preview = view.preview_mut(place, 7);
        (preview.messages, preview.loaded_at) = (Some(vec![message(1)]), Some(requested));
        assert!(preview.is_stale());
    }

    #[test]
    fn a_reply_changes_its_thread_and_the_room_only_if_that_shows_it() {
        let mut view = loaded(1..=2);
        let thread = Conversation::thread(room().id, message(1).id);
        let reply = Message { thread: thread.thread, ..message(3) };
        view.note(&Event::Chat(reply.clone()));
        assert!(!view.previews[&room().id.into()].is_stale());
        assert_eq!(view.previews[&thread].changes, 1);
        view.note(&Event::Chat(Message { in_room: true, ..reply }));
        assert!(view.previews[&room().id.into()].is_stale());
        assert_eq!(view.previews[&thread].changes, 2);
    }

    #[test]
    fn another_read_position_begins_another_preview() {
        let mut view = loaded(1..=2);
        assert!(view.preview_mut(room().id.into(), 0).messages.is_some());
        assert!(view.preview_mut(room().id.into(), 1).messages.is_none());
    }

    #[test]
    fn own_and_deleted_messages_are_not_unread() {
        let mut view = loaded(1..=3);
        let preview = view.preview_mut(room().id.into(), 0);
        let messages = preview.messages.as_mut().unwrap();
        messages[0].deleted = true;
        messages[1].sender = user("ada").into();
        let seqs: Vec<_> = preview.unread(user("ada").id).map(|message| message.seq).collect();
        assert_eq!(seqs, [3]);
    }

    #[test]
    fn what_was_marked_as_read_last_comes_back_first() {
        let mut view = loaded(1..=3);
        view.clear(
            room().id.into(),
            Cleared { room: room(), thread: None, last: None, with_previous: false },
        );
        assert_eq!(view.last_cleared().and_then(|cleared| cleared.last.clone()), Some(message(3)));
        assert!(view.take_cleared().is_some() && view.take_cleared().is_none());
    }
}
