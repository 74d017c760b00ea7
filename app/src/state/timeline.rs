//! The rows of a room's message list: dates, messages grouped by sender, and a divider above the
//! new ones.

use protocol::{Message, MessageId, Sender, Timestamp, User};

use super::{
    day::Day,
    outbox::PendingMessage,
    updates::{UpdateStatus, Updates},
};

/// Messages of one sender within this time, in milliseconds, form a group under one name.
const GROUP_WINDOW_MS: i64 = 5 * 60 * 1000;

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "almost all rows are messages")
)]
pub enum TimelineRow {
    /// The date above the first message of a day.
    Day(Day),
    /// The divider above the messages that are new to the user.
    New,
    /// A message.
    Message(MessageRow),
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
            Self::Deleted => Some("deleted"),
        }
    }
}

/// The key of a row. While it stays equal, the list keeps the row's elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// A date.
    Day(Day),
    /// The divider above new messages.
    New,
    /// A message: its id and state, if it is the first of a group, the time and text of the last
    /// edit, and the progress of an update.
    Message(
        MessageId,
        MessageState,
        bool,
        Option<(Timestamp, Option<String>)>,
        Option<UpdateStatus>,
    ),
}

impl TimelineRow {
    /// Returns the row's key.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Day(day) => RowKey::Day(*day),
            Self::New => RowKey::New,
            Self::Message(row) => {
                let edited = row.edited_at.map(|at| (at, row.text.clone()));
                RowKey::Message(
                    row.id,
                    row.state.clone(),
                    row.starts_group,
                    edited,
                    row.update.clone(),
                )
            }
        }
    }
}

/// Returns the rows of a room: the messages of the room log, then those of `me` that are not in it
/// yet. Messages of other users after `new_after` are new. `day_of` returns the day of a time.
#[must_use]
pub fn rows<'a>(
    messages: &[Message],
    pending: impl IntoIterator<Item = &'a PendingMessage>,
    updates: &Updates,
    me: &User,
    new_after: Option<u64>,
    day_of: impl Fn(Timestamp) -> Day,
) -> Vec<TimelineRow> {
    let pending =
        pending.into_iter().filter(|message| messages.iter().all(|known| known.id != message.id));
    let (confirmed, waiting): (Vec<_>, Vec<_>) =
        pending.partition(|message| message.confirmed.is_some());
    let is_new = |message: &Message| {
        message.seq > new_after.unwrap_or(u64::MAX) && message.sender.id != me.id
    };
    // If all messages are new, a divider would be pointless.
    let first_new = messages.iter().position(is_new).filter(|index| *index > 0);
    let mut builder =
        Builder { rows: Vec::with_capacity(messages.len()), day_of, day: None, last: None };
    for (index, message) in messages.iter().enumerate() {
        builder.push(logged_row(message, updates), first_new == Some(index));
    }
    for message in confirmed.into_iter().chain(waiting) {
        builder.push(pending_row(message, me), false);
    }
    builder.rows
}

fn logged_row(message: &Message, updates: &Updates) -> MessageRow {
    MessageRow {
        id: message.id,
        seq: Some(message.seq),
        sender: message.sender.clone(),
        text: updates.text(message),
        at: message.sent_at,
        starts_group: true,
        state: if message.deleted { MessageState::Deleted } else { MessageState::Sent },
        edited_at: message.edited_at,
        update: if message.deleted { None } else { updates.status(message.id) },
        deleted_by: message.deleted_by.as_deref().cloned(),
    }
}

fn pending_row(message: &PendingMessage, me: &User) -> MessageRow {
    let (seq, at, state) = match (&message.confirmed, &message.refused) {
        (Some(sent), _) => (Some(sent.seq), sent.sent_at, MessageState::Sent),
        (None, Some(reason)) => (None, message.written_at, MessageState::Refused(reason.clone())),
        (None, None) => (None, message.written_at, MessageState::Pending),
    };
    MessageRow {
        id: message.id,
        seq,
        sender: me.clone().into(),
        text: Some(message.text.clone()),
        at,
        starts_group: true,
        state,
        edited_at: None,
        update: None,
        deleted_by: None,
    }
}

struct Builder<F> {
    rows: Vec<TimelineRow>,
    day_of: F,
    /// The day of the last date row.
    day: Option<Day>,
    /// The sender and time of the last message.
    last: Option<(Sender, Timestamp)>,
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
        let last = self.last.replace((row.sender.clone(), row.at));
        row.starts_group = is_new_day
            || is_first_new
            || last.is_none_or(|(sender, at)| {
                sender.id != row.sender.id || row.at.as_millis() - at.as_millis() > GROUP_WINDOW_MS
            });
        self.rows.push(TimelineRow::Message(row));
    }
}

#[cfg(test)]
mod tests;
