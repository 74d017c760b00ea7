//! The view of everything unread: the first unread messages of each room and thread, and what the
//! user marked as read there.

use std::collections::HashMap;

use protocol::{Event, FollowedThread, HistoryPage, Message, MessageId, Room, UserId};

use super::conversation::Conversation;

/// The number of messages that are shown of a room or a thread.
pub const SHOWN: usize = 5;
/// The number of messages that are kept of each response.
const MAX_KEPT: usize = 2 * SHOWN;
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
    /// The first unread messages, oldest first: of the user's own only reminders, and none that
    /// was deleted. None until one is found, or there is none.
    pub messages: Option<Vec<Message>>,
    /// Those that were found so far, since the messages are loaded anew.
    found: Vec<Message>,
    /// The number of the message after which more of them may be found.
    next: Option<u64>,
    /// True if the user asked why they are unread.
    pub wants_last_read: bool,
    /// The message at the read position, once it is loaded; none if nothing was read before.
    pub last_read: Option<Option<Message>>,
    /// The number of changes since the view was opened. A response may precede the last ones.
    changes: u32,
    /// The number of changes that `messages` has.
    loaded_at: Option<u32>,
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
    /// Takes the messages after `from`, as they were after a number of changes.
    pub(crate) fn take(&mut self, from: u64, changes: u32, page: HistoryPage, me: UserId) {
        if from == self.after {
            self.found.clear();
        } else if self.next != Some(from) || self.loaded_at != Some(changes) {
            return;
        }
        self.next = page.messages.last().map(|last| last.seq).filter(|_| page.has_more);
        self.loaded_at = Some(changes);
        let unread = page.messages.into_iter().filter(|message| message.counts_for(me));
        self.found.extend(unread.take(MAX_KEPT));
        if !self.found.is_empty() || self.next.is_none() {
            self.messages = Some(self.found.clone());
        }
    }

    /// Returns the number of the message after which the next ones have to be loaded. The first
    /// ones may all be the user's own, or deleted.
    pub(crate) fn wanted_after(&self) -> Option<u64> {
        if self.loaded_at == Some(self.changes) {
            self.next.filter(|_| self.found.len() < SHOWN)
        } else {
            Some(self.after)
        }
    }

    /// Returns whether a message is shown, or may be in a response to come.
    fn may_have(&self, id: MessageId) -> bool {
        let is_shown = |messages: &Vec<Message>| messages.iter().any(|it| it.id == id);
        self.wanted_after().is_some() || self.messages.as_ref().is_none_or(is_shown)
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
                let is_full = preview.found.len() >= SHOWN && preview.wanted_after().is_none();
                preview.changes += u32::from(!is_full);
            }
        }
        let changed = match event {
            Event::ChatEdited(edited) => edited.id,
            Event::ChatDeleted(deleted) => deleted.id,
            _ => return,
        };
        self.edits += 1;
        let previews = self.previews.iter_mut().filter(|(place, _)| place.room == room);
        for (_, preview) in previews {
            preview.changes += u32::from(preview.may_have(changed));
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

    fn page(seqs: std::ops::RangeInclusive<u64>) -> HistoryPage {
        HistoryPage { messages: seqs.map(message).collect(), ..HistoryPage::default() }
    }

    fn own(page: HistoryPage) -> HistoryPage {
        let sender = user("ada");
        let own = |message| Message { sender: sender.clone().into(), ..message };
        HistoryPage { messages: page.messages.into_iter().map(own).collect(), ..page }
    }

    fn loaded(page: HistoryPage) -> UnreadView {
        let mut view = UnreadView { is_open: true, ..UnreadView::default() };
        view.preview_mut(place(), 0).take(0, 0, page, user("ada").id);
        view
    }

    fn place() -> Conversation {
        room().id.into()
    }

    fn wanted_after(view: &UnreadView) -> Option<u64> {
        view.previews[&place()].wanted_after()
    }

    fn seqs(view: &UnreadView) -> Option<Vec<u64>> {
        let messages = view.previews[&place()].messages.as_ref();
        messages.map(|messages| messages.iter().map(|message| message.seq).collect())
    }

    fn deleted(seq: u64) -> Event {
        let (id, room) = (message(seq).id, room().id);
        let deleted = ChatDeleted { id, room, seq: 9, message_seq: seq, ..Default::default() };
        Event::ChatDeleted(deleted)
    }

    #[test]
    fn messages_are_loaded_again_once_a_shown_one_changes() {
        let mut view = loaded(page(1..=2));
        assert_eq!(wanted_after(&view), None);
        view.note(&deleted(5));
        assert_eq!(wanted_after(&view), None);
        view.note(&deleted(1));
        assert_eq!(wanted_after(&view), Some(0));
        let mut full = loaded(page(1..=5));
        full.note(&Event::Chat(message(6)));
        assert_eq!(wanted_after(&full), None, "there is no space for it");
        let mut view = loaded(page(1..=2));
        view.note(&Event::Chat(message(3)));
        assert_eq!(wanted_after(&view), Some(0));
    }

    #[test]
    fn a_change_while_the_messages_are_loading_loads_them_again() {
        let mut view = UnreadView { is_open: true, ..UnreadView::default() };
        let requested = view.changes(place());
        view.note(&deleted(1));
        view.preview_mut(place(), 7).take(7, requested, page(1..=1), user("ada").id);
        assert_eq!(wanted_after(&view), Some(7));

        let mut view = loaded(page(1..=5));
        view.note(&deleted(5));
        let requested = view.changes(place());
        view.note(&Event::Chat(message(6)));
        view.note(&deleted(4));
        view.preview_mut(place(), 0).take(0, requested, page(1..=4), user("ada").id);
        assert_eq!(wanted_after(&view), Some(0), "the response may precede both");
    }

    #[test]
    fn more_messages_are_loaded_while_few_of_the_first_ones_are_unread() {
        let me = user("ada").id;
        let more = |page| HistoryPage { has_more: true, ..page };
        let mut view = loaded(more(own(page(1..=10))));
        assert_eq!((seqs(&view), wanted_after(&view)), (None, Some(10)));
        let preview = view.preview_mut(place(), 0);
        preview.take(10, 0, more(page(11..=13)), me);
        preview.take(10, 0, page(11..=13), me);
        assert_eq!(seqs(&view), Some(vec![11, 12, 13]), "a page counts once");
        assert_eq!(wanted_after(&view), Some(13));

        // The response that is on its way may have a message that is deleted by now.
        view.note(&deleted(14));
        assert_eq!(wanted_after(&view), Some(0));
        view.preview_mut(place(), 0).take(13, 0, page(14..=15), me);
        assert_eq!(wanted_after(&view), Some(0));
        let requested = view.changes(place());
        view.preview_mut(place(), 0).take(0, requested, more(page(11..=15)), me);
        assert_eq!((seqs(&view), wanted_after(&view)), (Some((11..=15).collect()), None));
        view.note(&deleted(12));
        let requested = view.changes(place());
        view.preview_mut(place(), 0).take(0, requested, more(own(page(1..=10))), me);
        assert_eq!(seqs(&view), Some((11..=15).collect()), "shown until others are found");

        let none = loaded(own(page(1..=3)));
        assert_eq!((seqs(&none), wanted_after(&none)), (Some(vec![]), None));
    }

    #[test]
    fn a_reply_changes_its_thread_and_the_room_only_if_that_shows_it() {
        let mut view = loaded(page(1..=2));
        let thread = Conversation::thread(room().id, message(1).id);
        let reply = Message { thread: thread.thread, ..message(3) };
        view.note(&Event::Chat(reply.clone()));
        assert_eq!(wanted_after(&view), None);
        assert_eq!(view.previews[&thread].changes, 1);
        view.note(&Event::Chat(Message { in_room: true, ..reply }));
        assert_eq!(wanted_after(&view), Some(0));
        assert_eq!(view.previews[&thread].changes, 2);
    }

    #[test]
    fn another_read_position_begins_another_preview() {
        let mut view = loaded(page(1..=2));
        assert!(view.preview_mut(place(), 0).messages.is_some());
        assert!(view.preview_mut(place(), 1).messages.is_none());
    }

    #[test]
    fn own_and_deleted_messages_are_not_unread() {
        let mut page = page(1..=4);
        page.messages[0].deleted = true;
        page.messages[1].sender = user("ada").into();
        page.messages[2].sender = user("ada").into();
        page.messages[2].reminder = true;
        assert_eq!(seqs(&loaded(page)), Some(vec![3, 4]));
    }

    #[test]
    fn what_was_marked_as_read_last_comes_back_first() {
        let mut view = loaded(page(1..=3));
        view.clear(
            room().id.into(),
            Cleared { room: room(), thread: None, last: None, with_previous: false },
        );
        assert_eq!(view.last_cleared().and_then(|cleared| cleared.last.clone()), Some(message(3)));
        assert!(view.take_cleared().is_some() && view.take_cleared().is_none());
    }
}
