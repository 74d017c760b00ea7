//! What users did, and the counts that follow from it.

use std::collections::{HashMap, HashSet};

use protocol::{MessageId, Sent, ThreadSummary, Timestamp, UserId, is_mentioned};

/// A message that was sent, with all its texts.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) id: MessageId,
    pub(super) seq: u64,
    pub(super) thread: Option<MessageId>,
    at: Timestamp,
    by: UserId,
    in_room: bool,
    is_deleted: bool,
    texts: Vec<String>,
}

/// All that happened in a room whose four members have been there from the start.
#[derive(Default)]
pub(super) struct Model {
    pub(super) messages: Vec<Said>,
    /// The newest pin first.
    pub(super) pins: Vec<MessageId>,
    /// Who asked to follow which thread, or not to.
    pub(super) asked: HashMap<(UserId, MessageId), bool>,
    /// Who follows a thread by what happened.
    pub(super) follows: HashSet<(UserId, MessageId)>,
    pub(super) positions: HashMap<(UserId, Option<MessageId>), u64>,
    /// The user for whom only mentions by name count.
    pub(super) quiet: Option<UserId>,
    pub(super) names: HashMap<UserId, String>,
}

impl Model {
    pub(super) fn name(&mut self, user: UserId, name: &str) {
        self.names.insert(user, name.to_owned());
    }

    pub(super) fn send(
        &mut self,
        sent: &Sent,
        by: UserId,
        text: &str,
        (thread, in_room): (Option<MessageId>, bool),
    ) {
        let said = Said {
            id: sent.id,
            seq: sent.seq,
            thread,
            at: sent.sent_at,
            by,
            in_room: in_room && thread.is_some(),
            is_deleted: false,
            texts: vec![text.to_owned()],
        };
        if let Some(thread) = thread {
            self.follows.insert((by, thread));
            let is_first = !self.messages.iter().any(|other| other.thread == Some(thread));
            let first = self.messages.iter().find(|other| other.id == thread).unwrap();
            if is_first {
                self.follows.insert((first.by, thread));
            }
            for user in self.names.keys() {
                let is_mentioned = self.mentions(&said, *user, false);
                if is_mentioned || is_first && self.mentions(first, *user, true) {
                    self.follows.insert((*user, thread));
                }
                if is_mentioned {
                    self.asked.remove(&(*user, thread)); // follows again
                }
            }
        }
        self.messages.push(said);
    }

    fn find(&mut self, id: MessageId) -> &mut Said {
        self.messages.iter_mut().find(|said| said.id == id).unwrap()
    }

    pub(super) fn edit(&mut self, id: MessageId, text: &str) {
        self.find(id).texts.push(text.to_owned());
    }

    pub(super) fn delete(&mut self, id: MessageId) {
        self.find(id).is_deleted = true;
        self.pins.retain(|pin| *pin != id);
    }

    pub(super) fn pin(&mut self, id: MessageId, on: bool) {
        if on && !self.pins.contains(&id) {
            self.pins.insert(0, id);
        } else if !on {
            self.pins.retain(|pin| *pin != id);
        }
    }

    /// Returns whether a message mentions a user: its first text does, and all later ones.
    fn mentions(&self, said: &Said, user: UserId, by_name: bool) -> bool {
        let has = |name: &str| said.texts.iter().all(|text| is_mentioned(text, name));
        said.by != user && !said.is_deleted && (has(&self.names[&user]) || !by_name && has("room"))
    }

    /// Counts the unread ones among messages, and those that count as mentions.
    fn count<'a>(&self, user: UserId, unread: impl Iterator<Item = &'a Said>) -> (u64, u64) {
        let by_name = self.quiet == Some(user);
        let unread: Vec<_> = unread.filter(|said| said.by != user && !said.is_deleted).collect();
        let mentions = unread.iter().filter(|said| self.mentions(said, user, by_name)).count();
        (unread.len() as u64, mentions as u64)
    }

    pub(super) fn position(&self, user: UserId, thread: Option<MessageId>) -> u64 {
        self.positions.get(&(user, thread)).copied().unwrap_or_default()
    }

    /// Returns the last position that can be read to: in a thread the last reply. The end of the
    /// room log is not known here, only that it is not before the last message.
    pub(super) fn end(&self, thread: Option<MessageId>, asked: u64) -> Option<u64> {
        if thread.is_none() {
            return self.messages.last().map(|last| last.seq).filter(|last| asked <= *last);
        }
        let replies = self.messages.iter().filter(|said| said.thread == thread);
        Some(replies.map(|said| said.seq).max().unwrap_or_default())
    }

    pub(super) fn unread_in(&self, user: UserId, thread: MessageId) -> (u64, u64) {
        let after = self.position(user, Some(thread));
        let replies = self.messages.iter().filter(|said| said.thread == Some(thread));
        self.count(user, replies.filter(|said| said.seq > after))
    }

    /// Counts what is unread in the room, and the mentions in it and in its threads, but for those
    /// that the user has stopped following.
    pub(super) fn unread(&self, user: UserId) -> (u64, u64) {
        let after = self.position(user, None);
        let shown = self.messages.iter().filter(|said| said.thread.is_none() || said.in_room);
        let (unread, mut mentions) = self.count(user, shown.filter(|said| said.seq > after));
        let is_left = |thread: &MessageId| self.asked.get(&(user, *thread)) == Some(&false);
        for thread in self.threads().into_iter().filter(|thread| !is_left(thread)) {
            let after = self.position(user, Some(thread));
            let hidden = (self.messages.iter())
                .filter(|said| said.thread == Some(thread) && !said.in_room && said.seq > after);
            mentions += self.count(user, hidden).1;
        }
        (unread, mentions)
    }

    pub(super) fn threads(&self) -> HashSet<MessageId> {
        self.messages.iter().filter_map(|said| said.thread).collect()
    }

    pub(super) fn followed(&self, user: UserId) -> HashSet<MessageId> {
        let first = self.messages.iter().filter(|said| said.thread.is_none()).map(|said| said.id);
        first
            .filter(|thread| {
                let asked = self.asked.get(&(user, *thread)).copied();
                asked.unwrap_or_else(|| self.follows.contains(&(user, *thread)))
            })
            .collect()
    }

    pub(super) fn summary(&self, thread: MessageId) -> ThreadSummary {
        let replies = self
            .messages
            .iter()
            .rev()
            .filter(|said| said.thread == Some(thread) && !said.is_deleted);
        let mut people = Vec::new();
        for reply in replies.clone() {
            if !people.contains(&reply.by) {
                people.push(reply.by);
            }
        }
        people.truncate(5);
        let last_at = replies.clone().next().map(|reply| reply.at);
        ThreadSummary { count: replies.count() as u64, last_at, people }
    }
}
