//! The threads that the user follows, with their unread counts. The events of their rooms keep them
//! up to date, even if their replies are not loaded.

mod follow;

use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
};

use protocol::{
    Event, FollowedThread, Message, MessageId, Quote, ReadPosition, RoomId, Sender, Timestamp,
    User, UserId, blocks::quoted_text, limits::MAX_UNREAD,
};

use super::{
    people::{Senders, update_people, update_sender},
    room::{update_each_quote, update_single},
};

/// The number of replies that are remembered, to count those that a response of the server lacks.
const MAX_RECENT: usize = 200;

/// The threads that the user follows, those with the newest replies first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThreadList {
    threads: Vec<Followed>,
    /// The authors of their replies.
    authors: Senders,
    /// True once the list was loaded.
    pub is_loaded: bool,
    /// Counts the changes after which the list has to be loaded again.
    pub changes: u32,
    /// Counts those that may concern any page of it.
    pub deep_changes: u32,
    /// The last replies in any thread.
    recent: VecDeque<Reply>,
    /// What the user asked for, until the server confirms it.
    pub follows: HashMap<MessageId, (RoomId, bool)>,
    /// The positions up to which threads were read here, until the server confirms them.
    pub unconfirmed: HashMap<MessageId, SentPosition>,
}

/// A read position in a thread that the server has not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPosition {
    /// The position.
    pub position: ReadPosition,
    /// True if it lies before the last one.
    pub back: bool,
}

/// A thread with what of it is counted.
#[derive(Clone, Debug, PartialEq)]
struct Followed {
    thread: FollowedThread,
    /// The time of the newest reply that the server's list had counted.
    loaded_at: Timestamp,
    /// The `seq` of the last reply that was counted here.
    counted: u64,
    /// True if only the server knows what is unread, or which reply is the last one.
    is_stale: bool,
}

impl From<FollowedThread> for Followed {
    fn from(thread: FollowedThread) -> Self {
        Self { loaded_at: thread.last_at, counted: 0, is_stale: false, thread }
    }
}

/// A reply, as far as it is counted.
#[derive(Clone, Debug, PartialEq)]
struct Reply {
    message: Message,
    is_mention: bool,
    is_own: bool,
}

impl ThreadList {
    /// Returns the threads.
    pub fn iter(&self) -> impl Iterator<Item = &FollowedThread> {
        self.threads.iter().map(|known| &known.thread)
    }

    /// Returns a thread, if the user follows it.
    #[must_use]
    pub fn find(&self, thread: MessageId) -> Option<&FollowedThread> {
        self.iter().find(|known| known.message.id == thread)
    }

    fn find_mut(&mut self, thread: MessageId) -> Option<&mut Followed> {
        self.threads.iter_mut().find(|known| known.thread.message.id == thread)
    }

    /// Returns an author of replies.
    #[must_use]
    pub fn author(&self, user: UserId) -> Option<&Sender> {
        self.authors.get(&user)
    }

    /// Records authors of replies.
    pub(crate) fn learn_authors(&mut self, users: Vec<Sender>) {
        self.authors.extend(users.into_iter().map(|user| (user.id, user)));
    }

    /// Returns the number of unread replies.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.iter().map(|thread| thread.unread).sum()
    }

    /// Returns the number of those that mention the user.
    #[must_use]
    pub fn mentions(&self) -> u64 {
        self.iter().map(|thread| thread.mentions).sum()
    }

    /// Notes that the user sees a room that was not in the list of rooms. Its threads may be on any
    /// page.
    pub(super) fn room_added(&mut self) {
        self.expire_all();
    }

    /// Marks the list as to be loaded again.
    pub(crate) fn expire(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }

    /// The same for all pages.
    pub(crate) fn expire_all(&mut self) {
        self.deep_changes = self.deep_changes.wrapping_add(1);
    }

    /// Forgets the replies of an earlier connection. The next list of the server has them, unless
    /// they were deleted meanwhile.
    pub(crate) fn forget_recent(&mut self) {
        self.recent.clear();
    }

    /// Shows users by their present names and pictures.
    pub(super) fn update_people(&mut self, present: &Senders) {
        for Followed { thread, .. } in &mut self.threads {
            update_people(&mut thread.message, present);
            if let Some(last) = &mut thread.last {
                update_sender(&mut last.sender, present);
            }
        }
        for author in self.authors.values_mut() {
            update_sender(author, present);
        }
    }

    /// Removes the threads of a room that the user no longer sees.
    pub(crate) fn remove_room(&mut self, room: RoomId) {
        self.threads.retain(|known| known.thread.room != room);
    }

    /// Replaces the list by that of the server: all of it, or its first page. Replies that arrived
    /// since are counted again.
    pub(crate) fn replace(&mut self, page: Vec<FollowedThread>, is_all: bool) {
        let oldest = page.last().map(place).filter(|_| !is_all);
        let mut is_incomplete = false;
        self.threads.retain(|Followed { thread: known, is_stale, .. }| {
            let Some(oldest) = oldest else { return false };
            if page.iter().any(|new| new.message.id == known.message.id) {
                return false;
            }
            let is_later = place(known) < oldest;
            // It has moved to another page, or is on one and not up to date.
            is_incomplete |= !is_later || *is_stale;
            is_later
        });
        self.deep_changes += u32::from(is_incomplete);
        self.is_loaded = true;
        for thread in page {
            let mut known = Followed::from(thread);
            for reply in &self.recent {
                known.count_missing(reply);
            }
            let thread = &mut known.thread;
            if let Some(SentPosition { position, back }) = self.unconfirmed.get(&thread.message.id)
                && (*back || position.seq > thread.read_seq)
            {
                (thread.read_seq, thread.unread, thread.mentions) =
                    (position.seq, position.unread, position.mentions);
            }
            self.threads.push(known);
        }
        self.sort();
    }

    /// Applies an event of a room log. Each reply counts once.
    pub(super) fn apply(&mut self, event: &Event, me: &User) {
        match event {
            Event::Chat(message) => self.replied(message, event, me),
            Event::ChatDeleted(deleted) if deleted.thread.is_some() => {
                self.recent.retain(|reply| reply.message.id != deleted.id);
                let known = deleted.thread.and_then(|thread| self.find_mut(thread));
                let Some(known) = known else { return };
                known.update(event);
                let thread = &mut known.thread;
                let was_last = thread.last.take_if(|last| last.id == deleted.id).is_some();
                // Only the server knows which reply is the last one now, and whether the deleted
                // one was unread.
                let is_unread = thread.unread > 0 && deleted.message_seq > thread.read_seq;
                known.is_stale |= was_last || is_unread;
                self.changes += u32::from(was_last || is_unread);
                self.sort();
            }
            Event::ChatEdited(_) | Event::ChatDeleted(_) => {
                for Followed { thread, .. } in &mut self.threads {
                    update_single(&mut thread.message, event);
                    update_each_quote(thread.last.as_deref_mut().into_iter(), event);
                }
                for reply in &mut self.recent {
                    update_single(&mut reply.message, event);
                }
            }
            _ => {}
        }
    }

    fn replied(&mut self, message: &Message, event: &Event, me: &User) {
        let Some(thread) = message.thread else { return };
        let is_mention = message.mentions(&me.username);
        let is_own = message.sender.id == me.id;
        let reply = Reply { message: message.clone(), is_mention, is_own };
        match self.find_mut(thread) {
            Some(known) => {
                known.update(event);
                known.count(&reply);
                self.authors.insert(message.sender.id, message.sender.clone());
                // Only the server knows whether its author may name all members of the room.
                self.changes += u32::from(!is_own && !is_mention && message.mentions_room());
                self.sort();
            }
            // The first reply, an own one or a mention may have made the user follow the thread.
            None => {
                let count = message.thread_replies.as_ref().map_or(0, |replies| replies.count);
                let names = is_mention || message.mentions_room();
                self.changes += u32::from(is_own || names || count <= 1);
            }
        }
        self.recent.push_back(reply);
        self.recent.drain(..self.recent.len().saturating_sub(MAX_RECENT));
    }

    /// Records that the user read a thread up to a reply, after which so many are unread. Returns
    /// whether that is new.
    pub(crate) fn read(&mut self, position: ReadPosition) -> bool {
        let Some(thread) = position.thread else { return false };
        let before = self.unconfirmed.get(&thread).map_or(0, |sent| sent.position.seq);
        let known = self.find_mut(thread).map(|known| &mut known.thread);
        if position.seq <= before.max(known.as_ref().map_or(0, |known| known.read_seq)) {
            return false;
        }
        if let Some(known) = known {
            (known.read_seq, known.unread, known.mentions) =
                (position.seq, position.unread, position.mentions);
        }
        self.unconfirmed.insert(thread, SentPosition { position, back: false });
        true
    }

    /// Marks all replies of a thread as read. `seq` is the last one of its room.
    pub(super) fn read_all(&mut self, thread: MessageId, seq: u64) {
        let Some(known) = self.find(thread) else { return };
        let (room, thread) = (known.room, Some(thread));
        self.read(ReadPosition { room, seq, thread, read_seq: seq, unread: 0, mentions: 0 });
    }

    /// Takes [`read_all`](Self::read_all) back. `before` is the thread as it was then.
    pub(super) fn restore_unread(&mut self, before: &FollowedThread) {
        let FollowedThread { room, message, read_seq, unread, mentions, .. } = before;
        let Some(known) = self.find_mut(message.id).map(|known| &mut known.thread) else { return };
        // Replies may have arrived since.
        known.read_seq = *read_seq;
        known.unread = (known.unread + unread).min(MAX_UNREAD);
        known.mentions = (known.mentions + mentions).min(MAX_UNREAD);
        let position = ReadPosition {
            room: *room,
            seq: *read_seq,
            thread: Some(message.id),
            read_seq: *read_seq,
            unread: known.unread,
            mentions: known.mentions,
        };
        self.unconfirmed.insert(message.id, SentPosition { position, back: true });
    }

    /// Ends the sending of a read position: the server stored it, or refused it.
    pub(crate) fn sent(&mut self, thread: MessageId, sent: &SentPosition) {
        if self.unconfirmed.get(&thread) == Some(sent) {
            self.unconfirmed.remove(&thread);
        }
    }

    /// Applies the read position that the server stored. Returns whether the mentions of the room
    /// may have changed with it.
    pub(crate) fn set_position(&mut self, position: &ReadPosition) -> bool {
        let Some(thread) = position.thread else { return false };
        let Some(Followed { thread: known, counted, is_stale, .. }) = self.find_mut(thread) else {
            return true;
        };
        let before = (known.read_seq, known.unread, known.mentions);
        let counts = (position.read_seq, position.unread, position.mentions);
        // A reply that was counted here may have been stored after the position.
        let is_uncertain = *counted > position.read_seq && before != counts;
        if known.read_seq != position.read_seq {
            (known.read_seq, known.unread, known.mentions) = counts;
        }
        *is_stale |= is_uncertain;
        self.changes += u32::from(is_uncertain);
        before.2 != position.mentions
    }

    fn sort(&mut self) {
        self.threads.sort_by_key(|known| Reverse(place(&known.thread)));
    }
}

impl Followed {
    /// Applies an event that carries the summary of the thread after it.
    fn update(&mut self, event: &Event) {
        let Self { thread, .. } = self;
        update_single(&mut thread.message, event);
        let last_at = thread.message.replies.as_ref().and_then(|replies| replies.last_at);
        thread.last_at = last_at.unwrap_or(thread.message.sent_at);
        // A replayed reply may be older than the last one of the list.
        if let Event::Chat(reply) = event
            && reply.sent_at >= thread.last_at
            && let Some(quote) = quote(reply)
        {
            thread.last = Some(Box::new(quote));
        }
    }

    /// Counts a reply that a newer list of the server may lack.
    fn count_missing(&mut self, reply: &Reply) {
        let is_here = reply.message.thread == Some(self.thread.message.id);
        if is_here && reply.message.sent_at > self.loaded_at {
            self.update(&Event::Chat(reply.message.clone()));
            self.count(reply);
        }
    }

    /// Counts a reply, unless it is counted already.
    fn count(&mut self, Reply { message, is_mention, is_own }: &Reply) {
        if message.seq <= self.counted || message.sent_at <= self.loaded_at {
            return;
        }
        self.counted = message.seq;
        let Self { thread, .. } = self;
        if !is_own && !message.deleted && message.seq > thread.read_seq {
            thread.unread = (thread.unread + 1).min(MAX_UNREAD);
            thread.mentions = (thread.mentions + u64::from(*is_mention)).min(MAX_UNREAD);
        }
    }
}

/// Returns the place of a thread in the list: the largest is the first one.
fn place(thread: &FollowedThread) -> (Timestamp, MessageId) {
    (thread.last_at, thread.message.id)
}

/// Quotes a reply, unless it is deleted.
fn quote(reply: &Message) -> Option<Quote> {
    let text = quoted_text(reply.text.as_deref()?, &reply.blocks);
    Some(Quote {
        id: reply.id,
        sender: reply.sender.clone(),
        text: Some(text),
        file: reply.files.first().map(|file| file.name.clone()),
        deleted: false,
    })
}

#[cfg(test)]
mod tests;
