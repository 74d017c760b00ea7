//! The loaded part of a room log: the messages of a contiguous range that ends at the last event.

use protocol::{Event, HistoryPage, Message, Reaction};

use super::Applied;

/// The number of messages that [`RoomLog::trim`] keeps.
pub(super) const KEPT_MESSAGES: usize = 150;
/// The number of messages above which [`RoomLog::trim`] removes some.
const TRIM_THRESHOLD: usize = 300;

/// The messages of a room, without gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomLog {
    /// The messages by `seq`, each once.
    pub messages: Vec<Message>,
    /// True if the server has older messages.
    pub has_more: bool,
    /// True if the user scrolled up and waits for the page before the first message.
    pub wants_older: bool,
    /// Updates that arrived while an older page was requested. The page may have been read before
    /// them, so they are applied to it.
    buffered_updates: Vec<Event>,
    /// The last known `seq`.
    pub seq: u64,
    /// The epoch of `seq`; none before the first response.
    pub epoch: Option<String>,
}

impl RoomLog {
    /// Creates a log from the newest page of messages.
    #[must_use]
    pub fn new(messages: Vec<Message>, has_more: bool, seq: u64, epoch: String) -> Self {
        Self { messages, has_more, seq, epoch: Some(epoch), ..Self::default() }
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
                return Applied::Known;
            }
            self.messages.push(message.clone());
        } else {
            update_message(&mut self.messages, event);
            if self.wants_older {
                self.buffered_updates.push(event.clone());
            }
        }
        self.seq = seq;
        Applied::Changed
    }

    /// Moves on to `seq`, once all events up to it have been applied.
    pub(super) fn advance(&mut self, seq: u64, epoch: String) {
        self.seq = self.seq.max(seq);
        self.epoch = Some(epoch);
    }

    /// Prepends the page of history that ends before `before`. A page that no longer fits is
    /// dropped.
    pub fn prepend(&mut self, before: u64, page: HistoryPage) {
        self.wants_older = false;
        let updates = std::mem::take(&mut self.buffered_updates);
        if self.messages.first().is_some_and(|first| first.seq == before) {
            self.has_more = page.has_more;
            let older = page.messages.into_iter().filter(|message| message.seq < before);
            self.messages.splice(0..0, older);
            for update in updates {
                update_message(&mut self.messages, &update);
            }
        }
    }

    /// Returns the `seq` before which older messages are wanted, if the user waits for them.
    #[must_use]
    pub fn older_wanted(&self) -> Option<u64> {
        let first = self.messages.first().filter(|_| self.wants_older && self.has_more)?;
        Some(first.seq)
    }

    /// Drops messages far above the end, so that a page left open uses little memory. They can be
    /// loaded again.
    pub fn trim(&mut self) {
        if self.is_trimmable() {
            self.messages.drain(..self.messages.len() - KEPT_MESSAGES);
            self.has_more = true;
        }
    }

    /// Returns whether [`trim`](Self::trim) would drop messages.
    #[must_use]
    pub fn is_trimmable(&self) -> bool {
        self.messages.len() > TRIM_THRESHOLD
    }
}

/// Applies an update to its message, if that is among `messages`. A deleted message no longer
/// changes. Applying the same updates again, in order, has no effect: a page may include some of
/// them already.
fn update_message(messages: &mut [Message], event: &Event) {
    let message_seq = match event {
        Event::ChatEdited(edited) => edited.message_seq,
        Event::ChatDeleted(deleted) => deleted.message_seq,
        Event::ChatReacted(reacted) => reacted.message_seq,
        _ => return,
    };
    let Ok(index) = messages.binary_search_by_key(&message_seq, |message| message.seq) else {
        return;
    };
    let message = &mut messages[index];
    if message.deleted {
        return;
    }
    match event {
        Event::ChatEdited(edited) => {
            if let Some(text) = &edited.text {
                message.text = Some(text.clone());
                message.edited_at = Some(edited.edited_at);
            }
        }
        Event::ChatDeleted(deleted) => {
            message.deleted = true;
            message.deleted_by = deleted.deleted_by.clone();
            message.text = None;
            message.edited_at = None;
            message.reactions.clear();
        }
        Event::ChatReacted(reacted) => {
            // A replayed reaction moves to the end, because reactions are in the order of their
            // events.
            message
                .reactions
                .retain(|known| known.user != reacted.user || known.emoji != reacted.emoji);
            if reacted.on {
                let reaction = Reaction { user: reacted.user, emoji: reacted.emoji.clone() };
                message.reactions.push(reaction);
            }
        }
        _ => {}
    }
}
