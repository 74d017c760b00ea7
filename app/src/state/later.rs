//! The messages that wait for their time, the reminders, and what the user asks for with them.

use protocol::{
    FileId, Later, LaterGone, LaterMessage, MessageId, Remind, RoomId, Timestamp, limits::MAX_LATER,
};
use uuid::Uuid;

/// The due reminders that are shown until the user has read them.
const MAX_DUE: usize = 5;

/// Something that the user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A message is to be sent later, or changed.
    Keep(Box<Later>),
    /// A reminder is to be kept, or changed.
    Remind(Box<Remind>),
    /// A message or a reminder is to be cancelled.
    Cancel(MessageId),
}

/// The response to an [`Ask`]: the message as it waits, if it does, or why not.
pub type Outcome = Result<Option<LaterMessage>, String>;

/// What waits, as far as the page knows, and what the user asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaterList {
    /// What waits or was refused, the next one first.
    messages: Vec<LaterMessage>,
    /// True once the server's list has arrived.
    pub is_loaded: bool,
    /// What changed since the list was requested.
    touched: Vec<MessageId>,
    /// The last messages that were sent. They cannot wait again.
    sent: Vec<MessageId>,
    /// What the user asks for, until there is a response.
    asked: Vec<(u64, Ask)>,
    /// The responses, until the page takes them.
    answered: Vec<(u64, Outcome)>,
    next_number: u64,
    /// The reminders that are due, until the user has read them.
    pub due: Vec<LaterMessage>,
}

impl LaterList {
    /// Returns what waits, the next one first.
    pub fn iter(&self) -> impl Iterator<Item = &LaterMessage> {
        self.messages.iter()
    }

    /// Returns a message that waits.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&LaterMessage> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// Returns how many wait, and how many could not be sent.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let failed = self.messages.iter().filter(|message| message.error.is_some()).count();
        (self.messages.len() as u64 - failed as u64, failed as u64)
    }

    /// Records that the list is requested.
    pub(crate) fn requested(&mut self) {
        self.touched.clear();
    }

    /// Applies the server's list. What changed since it was requested stays as it is.
    pub(crate) fn replace(&mut self, mut messages: Vec<LaterMessage>) {
        messages.retain(|message| !self.touched.contains(&message.id));
        self.messages.retain(|message| self.touched.contains(&message.id));
        self.messages.extend(messages);
        self.sort();
        self.touched.clear();
        self.is_loaded = true;
    }

    /// Adds or changes a message.
    pub(crate) fn changed(&mut self, message: LaterMessage) {
        if self.sent.contains(&message.id) {
            return;
        }
        self.take(message.id);
        self.messages.push(message);
        self.sort();
    }

    /// Removes a message that was sent or cancelled. A reminder is due then.
    pub(crate) fn gone(&mut self, gone: LaterGone) {
        let message = self.take(gone.id);
        if !gone.sent {
            return;
        }
        push_last(&mut self.sent, gone.id, MAX_LATER);
        if gone.reminder {
            let unknown = LaterMessage {
                id: gone.id,
                room: RoomId(Uuid::nil()),
                text: String::new(),
                at: Timestamp::default(),
                reminder: true,
                reply_to: None,
                thread: None,
                in_room: false,
                files: Vec::new(),
                error: None,
            };
            push_last(&mut self.due, message.unwrap_or(unknown), MAX_DUE);
        }
    }

    /// Removes a message, as the user's own connection does.
    pub(crate) fn cancelled(&mut self, id: MessageId) {
        self.take(id);
    }

    /// Returns whether a message was sent while the page was connected.
    pub(crate) fn is_sent(&self, id: MessageId) -> bool {
        self.sent.contains(&id)
    }

    fn take(&mut self, id: MessageId) -> Option<LaterMessage> {
        push_last(&mut self.touched, id, 2 * MAX_LATER);
        let index = self.messages.iter().position(|message| message.id == id)?;
        Some(self.messages.remove(index))
    }

    fn sort(&mut self) {
        self.messages.sort_by_key(|message| (message.at, message.id.0));
    }

    /// Records what the user asks for. Returns the number of its response; `None` if too much is
    /// under way.
    pub fn ask(&mut self, ask: Ask) -> Option<u64> {
        if self.asked.len() >= MAX_LATER {
            return None;
        }
        self.next_number += 1;
        self.asked.push((self.next_number, ask));
        Some(self.next_number)
    }

    /// Returns what the user asks for.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &(u64, Ask)> {
        self.asked.iter()
    }

    /// Ends what the user asked for.
    pub(crate) fn answer(&mut self, number: u64, outcome: Outcome) {
        if let Some(index) = self.asked.iter().position(|(asked, _)| *asked == number) {
            self.asked.remove(index);
            self.answered.push((number, outcome));
        }
    }

    /// Returns whether the page has responses to take.
    #[must_use]
    pub fn has_answers(&self) -> bool {
        !self.answered.is_empty()
    }

    /// Takes the responses.
    pub fn take_answers(&mut self) -> Vec<(u64, Outcome)> {
        std::mem::take(&mut self.answered)
    }
}

fn push_last<T>(list: &mut Vec<T>, item: T, max: usize) {
    if list.len() >= max {
        list.remove(0);
    }
    list.push(item);
}

impl Ask {
    /// Asks that a message or a reminder waits as it is, until another time.
    #[must_use]
    pub fn at(message: &LaterMessage, at: Timestamp) -> Self {
        if message.reminder {
            return Self::remind_at(message, read_reminder(&message.text).words, at);
        }
        Self::Keep(Box::new(Later {
            room: message.room.into(),
            text: message.text.clone(),
            at,
            id: Some(message.id),
            reply_to: message.reply_to,
            thread: message.thread,
            in_room: message.in_room,
            files: message.files.iter().map(|file| file.id).collect::<Vec<FileId>>(),
        }))
    }

    /// Asks that a reminder says something else at another time.
    #[must_use]
    pub fn remind_at(reminder: &LaterMessage, words: &str, at: Timestamp) -> Self {
        let link = read_reminder(&reminder.text).link;
        Self::Remind(Box::new(Remind {
            at,
            text: words.to_owned(),
            id: Some(reminder.id),
            room: match link {
                Some(Link::Room(room)) => Some(room.into()),
                _ => None,
            },
            message: match link {
                Some(Link::Message(message)) => Some(message),
                _ => None,
            },
        }))
    }
}

/// Where a reminder leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a message.
    Message(MessageId),
    /// To a room.
    Room(RoomId),
}

impl Link {
    /// Returns the path on this server.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Message(id) => format!("/m/{}", id.0),
            Self::Room(room) => format!("/rooms/{room}"),
        }
    }
}

/// The text of a reminder, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder<'a> {
    /// What the user wrote.
    pub words: &'a str,
    /// Where it leads.
    pub link: Option<Link>,
}

/// Takes the text of a reminder apart, as the server has made it: an alarm clock, the words, and in
/// the last line the link.
#[must_use]
pub fn read_reminder(text: &str) -> Reminder<'_> {
    let text = text.strip_prefix("⏰").unwrap_or(text).trim_start_matches(' ');
    let (words, last) = text.rsplit_once('\n').unwrap_or(("", text));
    match read_link(last) {
        Some(link) => Reminder { words, link: Some(link) },
        None => Reminder { words: text, link: None },
    }
}

fn read_link(line: &str) -> Option<Link> {
    if !line.starts_with("https://") && !line.starts_with("http://") {
        return None;
    }
    let (rest, id) = line.rsplit_once('/')?;
    let id = Uuid::try_parse(id).ok()?;
    if rest.ends_with("/m") {
        Some(Link::Message(MessageId(id)))
    } else {
        rest.ends_with("/rooms").then_some(Link::Room(RoomId(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(id: u128, at: i64) -> LaterMessage {
        LaterMessage {
            id: MessageId(Uuid::from_u128(id)),
            room: RoomId(Uuid::from_u128(1)),
            text: format!("message {id}"),
            at: Timestamp::from_millis(at),
            reminder: false,
            reply_to: None,
            thread: None,
            in_room: false,
            files: Vec::new(),
            error: None,
        }
    }

    fn ids(list: &LaterList) -> Vec<u128> {
        list.iter().map(|message| message.id.0.as_u128()).collect()
    }

    fn gone(id: u128, sent: bool, reminder: bool) -> LaterGone {
        LaterGone { id: MessageId(Uuid::from_u128(id)), sent, reminder }
    }

    #[test]
    fn what_changes_while_the_list_is_on_its_way_stays() {
        let mut list = LaterList::default();
        list.requested();
        list.changed(waiting(1, 50));
        list.changed(waiting(2, 20));
        list.gone(gone(3, false, false));
        list.replace(vec![waiting(1, 10), waiting(3, 30), waiting(4, 40)]);
        assert_eq!(ids(&list), [2, 4, 1]);
        list.requested();
        list.replace(vec![waiting(4, 40)]);
        assert_eq!(ids(&list), [4], "the others are gone on the server");
    }

    #[test]
    fn what_was_sent_does_not_wait_again_and_a_reminder_is_due() {
        let mut list = LaterList::default();
        list.changed(waiting(1, 10));
        list.gone(gone(1, true, true));
        list.changed(waiting(1, 10));
        assert_eq!((ids(&list), list.due.len()), (vec![], 1));
        assert_eq!(list.due[0].text, "message 1");
        list.changed(waiting(2, 10));
        list.gone(gone(2, false, true));
        list.gone(gone(3, true, false));
        assert_eq!(list.due.len(), 1, "one was cancelled, the other is no reminder");
    }

    #[test]
    fn the_text_of_a_reminder_is_taken_apart() {
        let id = Uuid::from_u128(7);
        let (message, room) = (Link::Message(MessageId(id)), Link::Room(RoomId(id)));
        for (text, words, link) in [
            ("⏰ tea", "tea", None),
            ("⏰ tea\nand cake\nhttps://a.example/m/ID", "tea\nand cake", Some(message)),
            ("⏰ http://a.example:8080/m/ID", "", Some(message)),
            ("⏰ tea\nhttp://a/rooms/ID", "tea", Some(room)),
            ("⏰ tea\nhttps://a/x/ID", "tea\nhttps://a/x/ID", None),
            ("⏰ see /m/ID", "see /m/ID", None),
        ] {
            let (text, words) =
                (text.replace("ID", &id.to_string()), words.replace("ID", &id.to_string()));
            assert_eq!(read_reminder(&text), Reminder { words: &words, link }, "{text}");
        }
    }

    #[test]
    fn a_changed_reminder_keeps_its_link() {
        let id = MessageId(Uuid::from_u128(7));
        let text = format!("⏰ tea\nhttps://a.example/m/{}", id.0);
        let reminder = LaterMessage { reminder: true, text, ..waiting(1, 10) };
        let Ask::Remind(ask) = Ask::at(&reminder, Timestamp::from_millis(20)) else { panic!() };
        assert_eq!((ask.text.as_str(), ask.message, ask.room.is_none()), ("tea", Some(id), true));
        assert_eq!((ask.id, ask.at.as_millis()), (Some(reminder.id), 20));
    }
}
