//! The threads of an opened room: their first messages and their replies.

use protocol::{Event, HistoryPage, Message, MessageId};

use super::{
    log::{Cursor, RoomLog},
    typing::TypingUsers,
    update::update_single,
};
use crate::state::people::{Senders, update_people};

/// The number of threads of a room that are kept, so that they open at once.
const MAX_KEPT: usize = 5;

/// A thread. Once loaded, it follows the room log event by event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thread {
    /// The id of the message that begins it.
    pub id: MessageId,
    /// That message, once it is known.
    pub first: Option<Message>,
    /// The replies.
    pub log: RoomLog,
    /// True once the newest page of replies was loaded.
    pub is_loaded: bool,
    /// The reason why the server refused it.
    pub refused: Option<String>,
    /// The users who are typing in it.
    pub typing: TypingUsers,
    /// The read position at which the user opened it, if something was new then.
    pub new_after: Option<u64>,
    /// The reply to which a permanent link led.
    pub marked: Option<MessageId>,
    /// Events that arrived while the replies or the first message were requested. The response may
    /// have been read before them.
    missed: Vec<Event>,
}

impl Thread {
    /// Creates a thread of which at most the first message is known.
    #[must_use]
    pub fn new(id: MessageId, first: Option<Message>) -> Self {
        Self { id, first, ..Self::default() }
    }

    /// Creates a thread from the place of a permanent link: the first message, and replies. They
    /// are shown until the newest ones are loaded.
    pub(super) fn at(first: Message, replies: Vec<Message>, marked: Option<MessageId>) -> Self {
        let mut thread = Self::new(first.id, Some(first));
        thread.log.show_place(replies, thread.id);
        Self { marked, ..thread }
    }

    /// Returns whether something of it has to be requested.
    fn is_incomplete(&self) -> bool {
        self.refused.is_none() && (!self.is_loaded || self.first.is_none())
    }

    /// Returns the page of replies that the user waits for: the newest one, or that at a cursor.
    #[must_use]
    pub fn wanted(&self) -> Option<Option<Cursor>> {
        match (&self.refused, self.is_loaded) {
            (Some(_), _) => None,
            (None, false) => Some(None),
            (None, true) => self.log.wanted().map(Some),
        }
    }

    /// Returns a loaded message of the thread.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&Message> {
        let first = self.first.as_ref().filter(|first| first.id == id);
        first.or_else(|| self.log.find(|message| message.id == id))
    }

    /// Applies an event of the room log.
    fn apply(&mut self, event: &Event) {
        if self.is_incomplete() {
            self.missed.push(event.clone());
        }
        if let Some(first) = &mut self.first {
            update_single(first, event);
        }
        if self.is_loaded {
            self.log.apply(event);
        }
        if let Event::Chat(message) = event
            && message.thread == Some(self.id)
        {
            self.typing.remove(message.sender.id);
        }
    }

    /// Adds the first message, as it was requested.
    pub fn set_first(&mut self, mut first: Message) {
        if self.first.is_none() && first.id == self.id {
            self.missed.iter().for_each(|event| update_single(&mut first, event));
            self.first = Some(first);
            self.forget_missed();
        }
    }

    /// Adds a page of replies. The newest one begins the log, which continues that of the room.
    pub(super) fn apply_page(&mut self, cursor: Option<Cursor>, page: HistoryPage, room: &RoomLog) {
        match cursor {
            Some(cursor) if self.is_loaded => self.log.apply_page(cursor, page),
            None if !self.is_loaded => {
                self.log.begin(self.id, page, room);
                self.missed.iter().for_each(|event| self.log.replay(event));
                self.is_loaded = true;
                self.forget_missed();
            }
            _ => {}
        }
    }

    /// Shows users by their present names and pictures.
    pub(super) fn update_people(&mut self, present: &Senders) {
        if let Some(first) = &mut self.first {
            update_people(first, present);
        }
        self.log.update_people(present);
        self.typing.update_people(present);
    }

    fn forget_missed(&mut self) {
        if !self.is_incomplete() {
            self.missed.clear();
        }
    }
}

/// The threads of a room that were opened last, the newest at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Threads(Vec<Thread>);

impl Threads {
    /// Returns a thread.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&Thread> {
        self.0.iter().find(|thread| thread.id == id)
    }

    /// Returns a thread, to change it.
    pub fn find_mut(&mut self, id: MessageId) -> Option<&mut Thread> {
        self.0.iter_mut().find(|thread| thread.id == id)
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &Thread> {
        self.0.iter()
    }

    /// Returns all of them, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Thread> {
        self.0.iter_mut()
    }

    /// Keeps a thread as the newest one. The oldest makes room for it.
    pub(super) fn open(&mut self, id: MessageId, first: Option<&Message>) {
        let known = self.0.iter().position(|thread| thread.id == id);
        let mut thread = known.map_or_else(|| Thread::new(id, None), |index| self.0.remove(index));
        thread.refused = None;
        if let Some(first) = first {
            thread.set_first(first.clone());
        }
        self.0.push(thread);
        self.0.drain(..self.0.len().saturating_sub(MAX_KEPT));
    }

    pub(super) fn push(&mut self, thread: Thread) {
        self.0.push(thread);
    }

    /// Drops those that would have to be requested. Called when none is shown any more.
    pub(super) fn close(&mut self) {
        self.0.retain(|thread| !thread.is_incomplete() && thread.refused.is_none());
    }

    /// Applies an event of the room log.
    pub(super) fn apply(&mut self, event: &Event) {
        self.0.iter_mut().for_each(|thread| thread.apply(event));
    }

    /// Drops all, because events were missed. The one that is shown is requested again.
    pub(super) fn reset(&mut self, shown: Option<MessageId>) {
        let kept = shown.and_then(|id| self.find(id)).map(|thread| Thread {
            new_after: thread.new_after,
            marked: thread.marked,
            typing: thread.typing.clone(),
            ..Thread::new(thread.id, None)
        });
        self.0 = kept.into_iter().collect();
    }
}

#[cfg(test)]
mod tests;
