//! Everything unread: the rooms and threads of that view, and what the user marks as read there.

use protocol::{FollowedThread, NotifyLevel, Room, RoomKind};

use super::Model;
use crate::state::{conversation::Conversation, rooms::unread_to_user, unread::Cleared};

/// A room, or a thread, with unread messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The room or the thread.
    pub place: Conversation,
    /// The read position.
    pub after: u64,
    /// The number of unread messages.
    pub count: u64,
    /// The number of those that are for the user.
    pub to_user: u64,
    /// True if the user wants no notifications of the room.
    pub muted: bool,
}

impl Model {
    /// Returns the rooms and the threads with unread messages.
    #[must_use]
    pub fn unread_places(&self) -> Vec<Unread> {
        let rooms = self.rooms.iter().filter(|room| room.member && room.unread > 0);
        let threads = self.threads.iter().filter(|thread| thread.unread > 0);
        let threads = threads.filter_map(|thread| self.unread_in_thread(thread));
        rooms.map(Self::unread_in_room).chain(threads).collect()
    }

    /// Returns what is unread in a room or a thread.
    #[must_use]
    pub fn unread_in(&self, place: Conversation) -> Option<Unread> {
        match place.thread {
            Some(thread) => self.unread_in_thread(self.threads.find(thread)?),
            None => self.rooms.find(place.room).map(Self::unread_in_room),
        }
    }

    fn unread_in_room(room: &Room) -> Unread {
        Unread {
            place: room.id.into(),
            after: room.read_seq,
            count: room.unread,
            // Mentions in its threads are among them.
            to_user: unread_to_user(room).min(room.unread),
            muted: room.notify == NotifyLevel::Nothing,
        }
    }

    fn unread_in_thread(&self, known: &FollowedThread) -> Option<Unread> {
        let room = self.rooms.find(known.room)?;
        let muted = room.notify == NotifyLevel::Nothing;
        let is_direct = room.kind == RoomKind::Direct && !muted;
        Some(Unread {
            place: Conversation::thread(known.room, known.message.id),
            after: known.read_seq,
            count: known.unread,
            to_user: if is_direct { known.unread } else { known.mentions.min(known.unread) },
            muted,
        })
    }

    /// Marks all messages of rooms and threads as read, and remembers what was unread.
    pub fn clear_unread(&mut self, places: &[Conversation]) {
        let mut with_previous = false;
        for place in places {
            with_previous |= self.clear_one(*place, with_previous);
        }
    }

    /// Returns whether there was something unread.
    fn clear_one(&mut self, place: Conversation, with_previous: bool) -> bool {
        let Some(room) = self.rooms.find(place.room).cloned() else { return false };
        let thread = match place.thread.map(|thread| self.threads.find(thread).cloned()) {
            Some(Some(thread)) if thread.unread > 0 => {
                self.threads.read_all(thread.message.id, room.seq);
                Some(thread)
            }
            None if room.unread > 0 => {
                self.mark_room_read(place.room);
                None
            }
            _ => return false,
        };
        self.unread.clear(place, Cleared { room, thread, last: None, with_previous });
        true
    }

    /// Puts back what was marked as read last, with all that was marked together with it and is
    /// still remembered. Returns the first room or thread of it.
    pub fn restore_last_cleared(&mut self) -> Option<Conversation> {
        loop {
            let Cleared { room, thread, with_previous, .. } = self.unread.take_cleared()?;
            let place = match thread {
                None => {
                    self.restore_unread(&room);
                    room.id.into()
                }
                Some(before) => {
                    self.threads.restore_unread(&before);
                    Conversation::thread(room.id, before.message.id)
                }
            };
            if !with_previous || self.unread.last_cleared().is_none() {
                return Some(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Message, ThreadSummary};

    use super::*;
    use crate::state::fixtures::{message, open_page, room};

    fn page() -> Model {
        let mut model = open_page();
        let known = model.rooms.find_mut(room().id).unwrap();
        (known.seq, known.read_seq, known.unread, known.mentions) = (9, 5, 2, 1);
        let last_at = message(8).sent_at;
        let replies =
            Some(Box::new(ThreadSummary { count: 3, last_at: Some(last_at), people: vec![] }));
        let (room, message) = (room().id, Message { replies, ..message(1) });
        let thread = FollowedThread {
            room,
            message,
            unread: 3,
            mentions: 1,
            read_seq: 4,
            last_at,
            last: None,
        };
        model.threads.replace(vec![thread], true);
        model
    }

    #[test]
    fn rooms_and_threads_are_listed_with_what_is_to_the_user() {
        let counts: Vec<_> = page()
            .unread_places()
            .iter()
            .map(|unread| {
                (unread.place.thread.is_some(), unread.after, unread.count, unread.to_user)
            })
            .collect();
        assert_eq!(counts, [(false, 5, 2, 1), (true, 4, 3, 1)]);
    }

    #[test]
    fn a_thread_that_was_marked_as_read_can_be_put_back() {
        let mut model = page();
        let thread = Conversation::thread(room().id, message(1).id);
        model.clear_unread(&[thread]);
        model.clear_unread(&[thread]);
        assert_eq!(model.unread_places().len(), 1);
        let sent = model.threads.unconfirmed[&message(1).id];
        assert_eq!((sent.position.seq, sent.back), (9, false));
        assert_eq!(model.restore_last_cleared(), Some(thread));
        let unread = model.unread_in(thread).unwrap();
        assert_eq!((unread.after, unread.count, unread.to_user), (4, 3, 1));
        let sent = model.threads.unconfirmed[&message(1).id];
        assert_eq!((sent.position.seq, sent.back), (4, true));
        assert_eq!(model.restore_last_cleared(), None);
    }

    #[test]
    fn what_was_marked_as_read_together_is_put_back_together() {
        let mut model = page();
        let (whole, thread) = (room().id.into(), Conversation::thread(room().id, message(1).id));
        model.clear_unread(&[whole]);
        assert_eq!(model.restore_last_cleared(), Some(whole));
        model.clear_unread(&[whole, thread]);
        assert_eq!(model.unread_places(), []);
        assert_eq!(model.restore_last_cleared(), Some(whole));
        assert_eq!(model.unread_places().len(), 2);
        assert_eq!(model.restore_last_cleared(), None);
    }
}
