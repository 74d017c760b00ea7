//! The rows of a message list: dates, messages grouped by sender, and a divider above the
//! new ones.

pub mod window;

use protocol::{
    Block, File, LinkPreview, Member, Message, MessageId, Quote, Sender, ThreadSummary, Timestamp,
    User,
};

use self::window::Window;
use super::{
    day::Day,
    outbox::PendingMessage,
    reactions::{ReactionSummary, reaction_summaries},
    tray::PendingFile,
    updates::{UpdateStatus, Updates},
};

/// Messages of one sender within this time, in milliseconds, form a group under one name.
const GROUP_WINDOW_MS: i64 = 5 * 60 * 1000;

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineRow {
    /// The date above the first message of a day.
    Day(Day),
    /// The divider above the messages that are new to the user.
    New,
    /// The divider below the first message of a thread, with the number of replies.
    Replies(u64),
    /// A message.
    Message(Box<MessageRow>),
}

/// A message as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// The message's id.
    pub id: MessageId,
    /// Its `seq` in the room log; none until the server confirms it.
    pub seq: Option<u64>,
    /// The user who sent it.
    pub sender: Sender,
    /// Its text; none if it was deleted.
    pub text: Option<String>,
    /// The tree of its text; empty if the text is shown as it stands.
    pub blocks: Vec<Block>,
    /// Its files.
    pub files: Vec<File>,
    /// The previews of its links.
    pub link_previews: Vec<LinkPreview>,
    /// Its files, if it is not in the room log yet.
    pub pending_files: Vec<PendingFile>,
    /// When it was sent.
    pub at: Timestamp,
    /// True if the row shows the name and avatar of the sender.
    pub starts_group: bool,
    /// The delivery state.
    pub state: MessageState,
    /// When its text was last edited.
    pub edited_at: Option<Timestamp>,
    /// The progress of an update that was made here.
    pub update: Option<UpdateStatus>,
    /// The user who deleted the message.
    pub deleted_by: Option<Sender>,
    /// The reactions to it.
    pub reactions: Vec<ReactionSummary>,
    /// The user who pinned it. The name is empty if it is not known.
    pub pinned_by: Option<Sender>,
    /// The message that it quotes.
    pub reply_to: Option<Quote>,
    /// The replies, if a room shows the first message of a thread.
    pub replies: Option<ThreadSummary>,
    /// Where else the message is shown.
    pub elsewhere: Elsewhere,
}

/// Where else a message is shown than in the list of its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nowhere.
    #[default]
    Nowhere,
    /// A room shows a reply of this thread.
    Thread(MessageId),
    /// A thread shows a reply that its room shows too.
    Room,
}

impl MessageRow {
    /// Returns whether the message is in the room log and not deleted, so that it can be updated.
    #[must_use]
    pub fn is_in_log(&self) -> bool {
        self.state == MessageState::Sent && self.seq.is_some()
    }
}

/// The delivery state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// The message is in the room log.
    Sent,
    /// The message was written here and waits for the server.
    Pending,
    /// The server refused the message, with this reason.
    Refused(String),
    /// The user deletes the message. The server has not confirmed it.
    Deleting,
    /// The message was deleted.
    Deleted,
}

impl MessageState {
    /// Returns the value of the attribute `data-state`.
    #[must_use]
    pub fn as_str(&self) -> Option<&'static str> {
        match self {
            Self::Sent => None,
            Self::Pending => Some("pending"),
            Self::Refused(_) => Some("failed"),
            Self::Deleting => Some("deleting"),
            Self::Deleted => Some("deleted"),
        }
    }
}

/// Formats the number of replies in a thread.
#[must_use]
pub fn format_replies(count: u64) -> String {
    if count == 1 { "1 reply".to_owned() } else { format!("{count} replies") }
}

/// The key of a row, which never changes: the list keeps the row's elements and updates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// A date.
    Day(Day),
    /// The divider above new messages.
    New,
    /// The divider below the first message of a thread.
    Replies,
    /// A message.
    Message(MessageId),
}

impl TimelineRow {
    /// Returns the row's key.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Day(day) => RowKey::Day(*day),
            Self::New => RowKey::New,
            Self::Replies(_) => RowKey::Replies,
            Self::Message(row) => RowKey::Message(row.id),
        }
    }

    /// Returns the message of this id, if this is its row.
    #[must_use]
    pub fn message(&self, id: MessageId) -> Option<&MessageRow> {
        match self {
            Self::Message(row) if row.id == id => Some(row.as_ref()),
            Self::Message(_) | Self::Day(_) | Self::New | Self::Replies(_) => None,
        }
    }
}

/// What the rows of a room or a thread derive from.
#[derive(Clone, Debug)]
pub struct Timeline<'a> {
    /// The thread, if it is one.
    pub thread: Option<MessageId>,
    /// The first message of the thread, above its replies.
    pub first: Option<&'a Message>,
    /// The loaded messages of the room log that the list shows.
    pub messages: &'a [Message],
    /// True if these end at the last event.
    pub is_latest: bool,
    /// The messages of the user that are not in the room log yet.
    pub pending: Vec<&'a PendingMessage>,
    /// The updates that are not in the room log yet.
    pub updates: &'a Updates,
    /// The members of the room, by whom reactions are named.
    pub members: &'a [Member],
    /// The user.
    pub me: &'a User,
    /// The `seq` after which messages of other users are new.
    pub new_after: Option<u64>,
}

impl Timeline<'_> {
    /// Returns the `seq` of the first new message, if it is loaded.
    #[must_use]
    pub fn first_new(&self) -> Option<u64> {
        let new_after = self.new_after?;
        let first = self.messages.partition_point(|message| message.seq <= new_after);
        let mut new = self.messages[first..].iter();
        new.find(|message| message.sender.id != self.me.id || message.reminder)
            .map(|message| message.seq)
    }

    /// Returns whether messages after those of a window exist.
    #[must_use]
    pub fn is_open_below(&self, window: Window) -> bool {
        !self.is_latest || window.range(self.messages).end < self.messages.len()
    }

    /// Returns whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.pending.is_empty()
    }

    /// Returns where else a reply of a thread is shown.
    fn elsewhere(&self, thread: Option<MessageId>, in_room: bool) -> Elsewhere {
        match (self.thread, thread) {
            (None, Some(thread)) => Elsewhere::Thread(thread),
            (Some(_), Some(_)) if in_room => Elsewhere::Room,
            _ => Elsewhere::Nowhere,
        }
    }

    /// Returns the rows in a window: the messages of the room log, and at their end those that are
    /// not in it yet. `day_of` returns the day of a time.
    #[must_use]
    pub fn rows(&self, window: Window, day_of: impl Fn(Timestamp) -> Day) -> Vec<TimelineRow> {
        let first_new = self.first_new();
        let messages = &self.messages[window.range(self.messages)];
        let rows = Vec::with_capacity(messages.len() + self.pending.len() + 2);
        let mut builder = Builder { rows, day_of, day: None, last: None };
        if let Some(first) = self.first {
            builder.push(self.logged_row(first), false);
            let count = first.replies.as_ref().map_or(0, |replies| replies.count);
            builder.rows.extend((count > 0).then_some(TimelineRow::Replies(count)));
            builder.last = None;
        }
        for message in messages {
            builder.push(self.logged_row(message), first_new == Some(message.seq));
        }
        if !self.is_open_below(window) {
            let is_logged = |id| self.messages.iter().any(|known| known.id == id);
            let pending = self.pending.iter().filter(|message| !is_logged(message.id));
            let (confirmed, waiting): (Vec<_>, Vec<_>) =
                pending.partition(|message| message.confirmed.is_some());
            for message in confirmed.into_iter().chain(waiting) {
                builder.push(self.pending_row(message), false);
            }
        }
        builder.rows
    }

    fn logged_row(&self, message: &Message) -> MessageRow {
        let Self { updates, me, members, .. } = *self;
        let is_deleting = !message.deleted && updates.is_deleting(message.id);
        let is_gone = message.deleted || is_deleting;
        let reactions = if is_gone {
            Vec::new()
        } else {
            reaction_summaries(&updates.reactions(message, me.id), me.id, members)
        };
        let text = updates.text(message);
        // An edit that waits for the server has no tree yet.
        let blocks = if text == message.text && !is_gone { &message.blocks[..] } else { &[] };
        let blocks = blocks.to_vec();
        MessageRow {
            id: message.id,
            seq: Some(message.seq),
            sender: message.sender.clone(),
            text: text.filter(|_| !is_gone),
            blocks,
            files: if is_gone { Vec::new() } else { message.files.clone() },
            link_previews: if is_gone || updates.is_removing_previews(message.id) {
                Vec::new()
            } else {
                message.link_previews.clone()
            },
            pending_files: Vec::new(),
            at: message.sent_at,
            starts_group: true,
            state: match (message.deleted, is_deleting) {
                (true, _) => MessageState::Deleted,
                (false, true) => MessageState::Deleting,
                (false, false) => MessageState::Sent,
            },
            edited_at: message.edited_at,
            update: if message.deleted { None } else { updates.status(message.id) },
            deleted_by: if is_deleting {
                Some(me.clone().into())
            } else {
                message.deleted_by.as_deref().cloned()
            },
            reactions,
            pinned_by: if is_gone { None } else { self.pinned_by(message) },
            reply_to: message.reply_to.as_deref().filter(|_| !is_gone).cloned(),
            replies: message
                .replies
                .as_deref()
                .filter(|replies| self.thread.is_none() && replies.count > 0)
                .cloned(),
            elsewhere: self.elsewhere(message.thread, message.in_room),
        }
    }

    /// Returns who pinned a message, with pins that wait for the server applied.
    fn pinned_by(&self, message: &Message) -> Option<Sender> {
        let pinned_by = message.pinned_by.as_deref();
        let mut pinned_by = match self.updates.pin(message.id) {
            Some(false) => None,
            Some(true) => pinned_by.cloned().or_else(|| Some(self.me.clone().into())),
            None => pinned_by.cloned(),
        }?;
        // The event of a pin has the id alone.
        if pinned_by.name.is_empty() {
            let members = self.members.iter().map(|member| &member.user);
            let known = members.chain([self.me]).find(|user| user.id == pinned_by.id);
            pinned_by = known.map_or(pinned_by, |user| user.clone().into());
        }
        Some(pinned_by)
    }

    fn pending_row(&self, message: &PendingMessage) -> MessageRow {
        let (seq, at, state) = match (&message.confirmed, &message.refused) {
            (Some(sent), _) => (Some(sent.seq), sent.sent_at, MessageState::Sent),
            (None, Some(reason)) => {
                (None, message.written_at, MessageState::Refused(reason.clone()))
            }
            (None, None) => (None, message.written_at, MessageState::Pending),
        };
        MessageRow {
            id: message.id,
            seq,
            sender: self.me.clone().into(),
            text: Some(message.text.clone()),
            blocks: Vec::new(),
            files: Vec::new(),
            link_previews: Vec::new(),
            pending_files: message.files.clone(),
            at,
            starts_group: true,
            state,
            edited_at: None,
            update: None,
            reactions: Vec::new(),
            deleted_by: None,
            pinned_by: None,
            reply_to: message.reply_to.as_deref().cloned(),
            replies: None,
            elsewhere: self.elsewhere(message.thread, message.in_room),
        }
    }
}

struct Builder<F> {
    rows: Vec<TimelineRow>,
    day_of: F,
    /// The day of the last date row.
    day: Option<Day>,
    /// The sender and time of the last message, and where else it is shown.
    last: Option<(Sender, Timestamp, Elsewhere)>,
}

impl<F: Fn(Timestamp) -> Day> Builder<F> {
    fn push(&mut self, mut row: MessageRow, is_first_new: bool) {
        let day = (self.day_of)(row.at);
        // Days only increase, so that no date is shown twice: a clock may be set back, and pending
        // messages carry the time of this device.
        let is_new_day = self.day < Some(day);
        if is_new_day {
            self.day = Some(day);
            self.rows.push(TimelineRow::Day(day));
        }
        if is_first_new {
            self.rows.push(TimelineRow::New);
        }
        let last = self.last.replace((row.sender.clone(), row.at, row.elsewhere));
        row.starts_group = is_new_day
            || is_first_new
            || row.reply_to.is_some()
            || row.elsewhere != Elsewhere::Nowhere
            || last.is_none_or(|(sender, at, elsewhere)| {
                sender.id != row.sender.id
                    || elsewhere != Elsewhere::Nowhere // its label is that of one message
                    || row.at.as_millis() - at.as_millis() > GROUP_WINDOW_MS
            });
        self.rows.push(TimelineRow::Message(Box::new(row)));
    }
}

#[cfg(test)]
mod tests;
