//! The loaded part of a room log: the messages of a contiguous range that ends at the last event,
//! and while the user reads far up, another range around that place.

use protocol::{Event, HistoryPage, Message, MessageId, ThreadSummary};

use super::{
    Applied,
    past::{MAX_LOADED, Past, drop_oldest},
    update::{set_replies, update_message},
};
use crate::state::people::{Senders, update_people};

/// The number of messages that [`RoomLog::trim`] keeps.
pub(super) const KEPT_MESSAGES: usize = 150;
/// The number of messages above which [`RoomLog::trim`] removes some.
const TRIM_THRESHOLD: usize = 300;

/// A page of history, named by a `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// The page that ends before the message.
    Before(u64),
    /// The page that begins after the message.
    After(u64),
    /// The page with the message in its middle.
    Around(u64),
}

/// The messages of a room, without gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomLog {
    /// The newest messages by `seq`, each once.
    pub messages: Vec<Message>,
    /// True if the server has messages before them.
    pub has_more: bool,
    /// The messages that are shown instead, far before the newest ones.
    past: Option<Past>,
    /// True if the user scrolled up and waits for the page before the first shown message.
    pub wants_older: bool,
    /// True if the user scrolled down and waits for the page after the last shown message.
    pub wants_newer: bool,
    /// True if the device waits for the page before the first of the newest messages, for its copy.
    pub wants_copied: bool,
    /// The `seq` around which the user waits for messages.
    pub wants_around: Option<u64>,
    /// Updates that arrived while a page was requested. The page may have been read before them, so
    /// they are applied to it.
    buffered_updates: Vec<Event>,
    /// How often a user whom a message names has changed.
    renames: u64,
    /// The last known `seq`.
    pub seq: u64,
    /// The epoch of `seq`; none before the first response.
    pub epoch: Option<String>,
    /// The thread whose replies these are; none for what the room shows.
    thread: Option<MessageId>,
}

/// What the messages of a [`RoomLog`] depend on: equal values mean equal messages, because the log
/// of an epoch up to a `seq` never changes, but for the names of users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogVersion {
    epoch: Option<String>,
    seq: u64,
    renames: u64,
    is_latest: bool,
    first: Option<u64>,
    last: Option<u64>,
}

impl RoomLog {
    /// Creates a log from the newest page of messages.
    #[must_use]
    pub fn new(messages: Vec<Message>, has_more: bool, seq: u64, epoch: String) -> Self {
        Self { messages, has_more, seq, epoch: Some(epoch), ..Self::default() }
    }

    /// Begins the log of a thread with the newest page of its replies. It continues that of the
    /// room. The place of a permanent link stays shown.
    pub(super) fn begin(&mut self, thread: MessageId, page: HistoryPage, room: &Self) {
        let HistoryPage { messages, has_more, .. } = page;
        let first = messages.first().map_or(0, |message| message.seq);
        let is_older = |past: &Past| past.messages.first().is_some_and(|known| known.seq < first);
        let past = self.past.take().filter(is_older);
        let (seq, epoch, thread) = (room.seq, room.epoch.clone(), Some(thread));
        let wants_around = self.wants_around.take(); // a jump to an older reply
        *self =
            Self { messages, has_more, past, seq, epoch, thread, wants_around, ..Self::default() };
        self.join(false);
    }

    /// Returns whether a message belongs to this log.
    fn shows(&self, message: &Message) -> bool {
        match self.thread {
            None => message.is_shown_in_room(),
            thread => message.thread == thread,
        }
    }

    /// Applies an event that may be part of the first page already.
    pub(super) fn replay(&mut self, event: &Event) {
        match event {
            Event::Chat(message) => {
                let last = self.messages.last().map_or(0, |last| last.seq);
                if message.seq > last && self.shows(message) {
                    self.messages.push(message.clone());
                }
            }
            update => update_message(&mut self.messages, update),
        }
    }

    /// Returns the messages that are shown: the newest ones, or those around the place far up at
    /// which the user reads.
    #[must_use]
    pub fn shown(&self) -> &[Message] {
        self.past.as_ref().map_or(&self.messages, |past| &past.messages)
    }

    /// Returns whether the shown messages end at the last event.
    #[must_use]
    pub fn is_latest(&self) -> bool {
        self.past.is_none()
    }

    /// Returns whether the server has messages before the shown ones.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.past.as_ref().map_or(self.has_more, |past| past.has_more)
    }

    /// Returns the version of the shown messages.
    #[must_use]
    pub fn version(&self) -> LogVersion {
        let seq = |message: Option<&Message>| message.map(|message| message.seq);
        LogVersion {
            epoch: self.epoch.clone(),
            seq: self.seq,
            renames: self.renames,
            is_latest: self.is_latest(),
            first: seq(self.shown().first()),
            last: seq(self.shown().last()),
        }
    }

    /// Returns a loaded message.
    #[must_use]
    pub fn find(&self, is_wanted: impl Fn(&Message) -> bool) -> Option<&Message> {
        let past = self.past.as_ref().map_or(&[][..], |past| &past.messages);
        self.messages.iter().rev().chain(past).find(|message| is_wanted(message))
    }

    /// Applies an event of the room log: a message, or the update of a message.
    pub(super) fn apply(&mut self, event: &Event) -> Applied {
        let Some((_, seq)) = event.log_position() else { return Applied::Known };
        if seq > self.seq + 1 {
            return Applied::Gap;
        }
        if seq <= self.seq {
            return Applied::Known;
        }
        if let Event::Chat(message) = event {
            if self.messages.iter().any(|known| known.id == message.id) {
                if self.thread.is_some() {
                    self.seq = seq; // the page of replies was read after this event
                }
                return Applied::Known;
            }
            self.set_replies(message.thread, message.thread_replies.as_deref());
            if self.shows(message) {
                self.messages.push(message.clone());
            }
            if !self.is_latest() {
                self.drop_oldest();
            }
        } else {
            if let Event::ChatDeleted(deleted) = event {
                self.set_replies(deleted.thread, deleted.thread_replies.as_deref());
            }
            update_message(&mut self.messages, event);
            if let Some(past) = &mut self.past {
                update_message(&mut past.messages, event);
            }
            if self.wanted().is_some() {
                self.buffered_updates.push(event.clone());
            }
        }
        self.seq = seq;
        Applied::Changed
    }

    /// Shows everybody whom the messages name by the present name and picture.
    pub(super) fn update_people(&mut self, present: &Senders) {
        let past = self.past.iter_mut().flat_map(|past| &mut past.messages);
        let is_other = |message| update_people(message, present);
        if self.messages.iter_mut().chain(past).map(is_other).fold(false, |any, one| any | one) {
            self.renames += 1;
        }
    }

    /// Returns the number of loaded messages that an older backup of the server lacks, whose newest
    /// page and position are given. None if the data is no older than the loaded messages.
    #[must_use]
    pub fn missing_in(&self, page: &[Message], seq: u64) -> Option<usize> {
        let first = page.first().map_or(0, |message| message.seq);
        let is_gone = |known: &&Message| {
            (known.seq >= first || known.seq > seq)
                && page.iter().all(|message| message.id != known.id)
        };
        let missing = self.messages.iter().filter(is_gone).count();
        (missing > 0 || seq < self.seq).then_some(missing)
    }

    /// Sets the summary of a thread on its first message, if that is loaded.
    fn set_replies(&mut self, thread: Option<MessageId>, replies: Option<&ThreadSummary>) {
        let (Some(thread), Some(replies)) = (thread, replies) else { return };
        set_replies(&mut self.messages, thread, replies);
        if let Some(past) = &mut self.past {
            set_replies(&mut past.messages, thread, replies);
        }
    }

    /// Shows the messages around a marked one instead of the newest ones, unless those have it.
    pub(super) fn show_place(&mut self, messages: Vec<Message>, marked: MessageId) {
        if self.messages.iter().all(|message| message.id != marked) {
            let has_more = messages.first().is_some_and(|first| first.seq > 1);
            self.past = Some(Past { messages, has_more });
        }
    }

    /// Moves on to `seq`, once all events up to it have been applied.
    pub(super) fn advance(&mut self, seq: u64, epoch: String) {
        self.seq = self.seq.max(seq);
        self.epoch = Some(epoch);
    }

    /// Returns the page that the user waits for.
    #[must_use]
    pub fn wanted(&self) -> Option<Cursor> {
        let (first, last) = (self.shown().first()?.seq, self.shown().last()?.seq);
        if let Some(seq) = self.wants_around {
            Some(Cursor::Around(seq))
        } else if self.wants_older && self.has_older() {
            Some(Cursor::Before(first))
        } else if self.wants_newer && !self.is_latest() {
            Some(Cursor::After(last))
        } else if self.wants_copied && self.is_latest() && self.has_more {
            Some(Cursor::Before(first))
        } else {
            None
        }
    }

    /// Forgets the pages that the user waited for.
    pub fn give_up(&mut self) {
        (self.wants_older, self.wants_newer, self.wants_around) = (false, false, None);
        self.wants_copied = false;
        self.buffered_updates.clear();
    }

    /// Adds a page to the shown messages, or shows it instead of them. A page that no longer fits
    /// is dropped.
    pub fn apply_page(&mut self, cursor: Cursor, mut page: HistoryPage) {
        if self.wanted() != Some(cursor) {
            return;
        }
        for update in &self.buffered_updates {
            update_message(&mut page.messages, update);
        }
        self.give_up();
        match cursor {
            Cursor::Before(seq) => self.prepend(seq, page),
            Cursor::After(seq) => self.append(seq, page),
            Cursor::Around(_) => self.replace(page),
        }
    }

    fn prepend(&mut self, before: u64, page: HistoryPage) {
        let older = page.messages.into_iter().filter(|message| message.seq < before);
        if let Some(past) = &mut self.past {
            past.has_more = page.has_more;
            past.messages.splice(0..0, older);
            past.drop_newest();
            return;
        }
        self.has_more = page.has_more;
        self.messages.splice(0..0, older);
        if self.messages.len() > MAX_LOADED {
            let newest = self.messages.split_off(self.messages.len() - KEPT_MESSAGES);
            let messages = std::mem::replace(&mut self.messages, newest);
            let mut past = Past { messages, has_more: self.has_more };
            past.drop_newest();
            self.has_more = true;
            self.past = Some(past);
        }
    }

    fn append(&mut self, after: u64, page: HistoryPage) {
        let Some(past) = &mut self.past else { return };
        past.messages.extend(page.messages.into_iter().filter(|message| message.seq > after));
        past.drop_oldest();
        self.join(!page.has_more);
    }

    fn replace(&mut self, page: HistoryPage) {
        let Some(first) = page.messages.first() else { return };
        let has_more = first.seq > 1;
        self.past = Some(Past { messages: page.messages, has_more });
        self.join(false);
    }

    /// Joins the shown messages with the newest ones if they meet.
    fn join(&mut self, is_last: bool) {
        let newest = self.messages.first().map_or(0, |message| message.seq);
        let meets = |past: &Past| {
            is_last || past.messages.last().is_some_and(|message| message.seq >= newest)
        };
        if let Some(past) = self.past.take_if(|past| meets(past)) {
            self.has_more = past.has_more;
            let older = past.messages.into_iter().filter(|message| message.seq < newest);
            self.messages.splice(0..0, older);
            self.has_more |= drop_oldest(&mut self.messages);
        }
    }

    /// Shows the newest messages again.
    pub fn show_latest(&mut self) {
        self.past = None;
        self.give_up();
    }

    /// Shows the newest messages, and drops others far above the end, so that a page left open uses
    /// little memory. They can be loaded again.
    pub fn trim(&mut self) {
        if !self.is_latest() {
            self.show_latest();
        }
        self.drop_oldest();
    }

    fn drop_oldest(&mut self) {
        if self.messages.len() > TRIM_THRESHOLD {
            self.messages.drain(..self.messages.len() - KEPT_MESSAGES);
            self.has_more = true;
        }
    }

    /// Returns whether [`trim`](Self::trim) would drop messages.
    #[must_use]
    pub fn is_trimmable(&self) -> bool {
        self.messages.len() > TRIM_THRESHOLD || !self.is_latest()
    }
}
