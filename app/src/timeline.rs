//! From a room's messages to the rows of its list: day by day, the same author's in a row grouped.

use protocol::{Message, MessageId, Sender, Timestamp, User};

use crate::{
    changes::{Changes, Note},
    clock::{Clock, Day},
    outbox::Entry,
};

/// Messages of one author within this time, in milliseconds, stand under one name.
const GROUPED_WITHIN_MS: i64 = 5 * 60 * 1000;

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A new day begins.
    Day(Day),
    /// What comes after this was new to the reader.
    New,
    /// A message.
    Message(MessageRow),
}

/// A message as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Its place in the log; none while it is only here.
    pub seq: Option<u64>,
    /// Who wrote it.
    pub sender: Sender,
    /// What it says; none once it is deleted.
    pub text: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether it stands under its own name and avatar.
    pub first: bool,
    /// How far it got.
    pub state: State,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// What is to be said about a change that was made here.
    pub note: Option<Note>,
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// In the log.
    Sent,
    /// Written here, on its way.
    Pending,
    /// Refused, with the reason.
    Failed(String),
    /// Deleted since.
    Deleted,
}

impl State {
    /// The word in `data-state`.
    #[must_use]
    pub fn as_str(&self) -> Option<&'static str> {
        match self {
            Self::Sent => None,
            Self::Pending => Some("pending"),
            Self::Failed(_) => Some("failed"),
            Self::Deleted => Some("deleted"),
        }
    }
}

/// What a row is for the list: as long as it stays the same, so does the row in the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A day.
    Day(Day),
    /// The one line above what was new.
    New,
    /// A message, how far it got, whether it is the first of a group, and what was changed: when, and to what text.
    Message(MessageId, State, bool, Option<(Timestamp, Option<String>)>, Option<Note>),
}

impl Row {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Day(day) => Key::Day(*day),
            Self::New => Key::New,
            Self::Message(row) => {
                let edited = row.edited_at.map(|at| (at, row.text.clone()));
                Key::Message(row.id, row.state.clone(), row.first, edited, row.note.clone())
            }
        }
    }
}

/// The rows of a room: its log, then what `me` wrote and the page's log does not hold yet. What others said after `mark`
/// was new to the reader.
#[must_use]
pub fn rows<'a>(
    messages: &[Message],
    unsent: impl IntoIterator<Item = &'a Entry>,
    changes: &Changes,
    me: &User,
    mark: Option<u64>,
    clock: Clock,
) -> Vec<Row> {
    let unsent =
        unsent.into_iter().filter(|entry| messages.iter().all(|known| known.id != entry.id));
    let (acknowledged, waiting): (Vec<_>, Vec<_>) = unsent.partition(|entry| entry.sent.is_some());
    let mut rows = Rows { rows: Vec::with_capacity(messages.len()), clock, day: None, last: None };
    let is_new =
        |message: &Message| message.seq > mark.unwrap_or(u64::MAX) && message.sender.id != me.id;
    // Where all is new there is nothing to divide.
    let first_new = messages.iter().position(is_new).filter(|place| *place > 0);
    for (place, message) in messages.iter().enumerate() {
        rows.push(sent_row(message, changes), first_new == Some(place));
    }
    for entry in acknowledged.into_iter().chain(waiting) {
        rows.push(unsent_row(entry, me), false);
    }
    rows.rows
}

fn sent_row(message: &Message, changes: &Changes) -> MessageRow {
    MessageRow {
        id: message.id,
        seq: Some(message.seq),
        sender: message.sender.clone(),
        text: changes.text(message),
        at: message.sent_at,
        first: true,
        state: if message.deleted { State::Deleted } else { State::Sent },
        edited_at: message.edited_at,
        note: if message.deleted { None } else { changes.note(message.id) },
    }
}

fn unsent_row(entry: &Entry, me: &User) -> MessageRow {
    let (seq, at, state) = match (&entry.sent, &entry.failed) {
        (Some(sent), _) => (Some(sent.seq), sent.sent_at, State::Sent),
        (None, Some(why)) => (None, entry.written_at, State::Failed(why.clone())),
        (None, None) => (None, entry.written_at, State::Pending),
    };
    let (sender, text) = (me.clone().into(), Some(entry.text.clone()));
    MessageRow {
        id: entry.id,
        seq,
        sender,
        text,
        at,
        first: true,
        state,
        edited_at: None,
        note: None,
    }
}

struct Rows {
    rows: Vec<Row>,
    clock: Clock,
    /// The day that began last.
    day: Option<Day>,
    /// Author and moment of the row before.
    last: Option<(Sender, Timestamp)>,
}

impl Rows {
    fn push(&mut self, mut row: MessageRow, is_first_new: bool) {
        let day = self.clock.day(row.at);
        // Days only go on, so that none begins twice: clocks are set back, and what is unsent has this device's.
        let begins = self.day < Some(day);
        if begins {
            self.day = Some(day);
            self.rows.push(Row::Day(day));
        }
        if is_first_new {
            self.rows.push(Row::New);
        }
        let before = self.last.replace((row.sender.clone(), row.at));
        row.first = begins
            || is_first_new
            || before.is_none_or(|(sender, at)| {
                sender.id != row.sender.id
                    || row.at.as_millis() - at.as_millis() > GROUPED_WITHIN_MS
            });
        self.rows.push(Row::Message(row));
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomId, Sent};
    use uuid::Uuid;

    use super::*;
    use crate::fixtures::{message, user};

    fn shape(rows: &[Row]) -> String {
        rows.iter()
            .map(|row| match row {
                Row::Day(_) => 'D',
                Row::New => 'N',
                Row::Message(row) if row.first => 'F',
                Row::Message(_) => 'm',
            })
            .collect()
    }

    fn later(seq: u64, minutes: i64) -> Message {
        let at = message(1).sent_at.as_millis() + minutes * 60_000;
        Message { sent_at: Timestamp::from_millis(at), ..message(seq) }
    }

    #[test]
    fn an_author_is_named_once_within_five_minutes() {
        let messages = [later(1, 0), later(2, 5), later(3, 11)];
        assert_eq!(
            shape(&rows(&messages, [], &Changes::default(), &user("ada"), None, Clock::Utc)),
            "DFmF"
        );
    }

    #[test]
    fn another_author_and_another_day_begin_anew() {
        let other = Message { sender: user("chen").into(), ..later(2, 1) };
        let messages = [later(1, 0), other, later(3, 2), later(4, 24 * 60)];
        assert_eq!(
            shape(&rows(&messages, [], &Changes::default(), &user("ada"), None, Clock::Utc)),
            "DFFFDF"
        );
    }

    #[test]
    fn a_clock_set_back_begins_no_day_twice() {
        let messages = [later(1, 0), later(2, 24 * 60), later(3, 60), later(4, 24 * 60 + 1)];
        assert_eq!(
            shape(&rows(&messages, [], &Changes::default(), &user("ada"), None, Clock::Utc)),
            "DFDFmF"
        );
    }

    #[test]
    fn a_line_stands_above_what_others_said_since() {
        let mine = |seq, minutes| Message { sender: user("ada").into(), ..later(seq, minutes) };
        let messages = [later(1, 0), later(2, 1), mine(3, 2), later(4, 3), later(5, 4)];
        let shape =
            |mark| shape(&rows(&messages, [], &Changes::default(), &user("ada"), mark, Clock::Utc));
        assert_eq!(shape(None), "DFmFFm");
        assert_eq!(shape(Some(1)), "DFNFFFm");
        assert_eq!(shape(Some(2)), "DFmFNFm");
        assert_eq!(shape(Some(4)), "DFmFFNF");
        for nothing_to_divide in [0, 5, 9] {
            assert_eq!(shape(Some(nothing_to_divide)), "DFmFFm");
        }
    }

    #[test]
    fn what_is_unsent_comes_last_and_only_until_the_log_has_it() {
        let entry = |id: u128| Entry {
            id: MessageId(Uuid::from_u128(id)),
            room: RoomId(Uuid::from_u128(1)),
            text: "mine".to_owned(),
            written_at: later(9, 1).sent_at,
            failed: None,
            sent: None,
            others_until: None,
        };
        let log = [later(1, 0)];
        let rows = |unsent: &[Entry]| {
            rows(&log, unsent, &Changes::default(), &user("bo"), None, Clock::Utc)
        };
        let shown = rows(&[entry(1), entry(7)]);
        assert_eq!(shape(&shown), "DFm");
        assert!(
            matches!(&shown[2], Row::Message(row) if row.state == State::Pending && row.seq.is_none())
        );

        let sent =
            Sent { id: entry(8).id, room: entry(8).room, seq: 3, sent_at: later(9, 2).sent_at };
        let shown = rows(&[entry(7), Entry { sent: Some(sent), ..entry(8) }]);
        assert!(
            matches!(&shown[2], Row::Message(row) if row.state == State::Sent && row.seq == Some(3))
        );
        assert!(matches!(&shown[3], Row::Message(row) if row.id == entry(7).id));
    }
}
