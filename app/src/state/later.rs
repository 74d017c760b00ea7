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
    /// A message that waits is to be sent as soon as the server is asked.
    Now(Box<Later>),
    /// A message or a reminder is to be cancelled.
    Cancel(MessageId),
}

/// Something that the user asks for, until there is a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The number of the response.
    pub(crate) number: u64,
    pub(crate) ask: Ask,
    /// True if nothing of its id waited here.
    pub(crate) is_new: bool,
    /// True if an earlier connection may have brought it to the server.
    pub(crate) is_repeated: bool,
}

/// The response to an [`Ask`]: the message as it waits, or waited until it was cancelled, if that
/// is known; or why not.
pub type Outcome = Result<Option<LaterMessage>, String>;

/// What waits, as far as the page knows, and what the user asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaitingList {
    /// What waits or was refused, the next one first.
    messages: Vec<LaterMessage>,
    /// True once the server's list has arrived.
    pub is_loaded: bool,
    /// True if the server's list could not be loaded, until the user tries again.
    pub is_failed: bool,
    /// What changed since the list was requested.
    touched: Vec<MessageId>,
    /// The last messages that were sent. They cannot wait again.
    sent: Vec<MessageId>,
    /// What the user asks for, until there is a response.
    asked: Vec<Asked>,
    /// The responses, until the page takes them.
    answered: Vec<(u64, Outcome)>,
    next_number: u64,
    /// The reminders that are due, until the user has read them.
    pub due: Vec<LaterMessage>,
}

impl WaitingList {
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

    /// Records that a new connection has begun. What was asked before may have arrived.
    pub(crate) fn reconnected(&mut self) {
        self.asked.iter_mut().for_each(|asked| asked.is_repeated = true);
        self.is_failed = false;
        self.requested();
    }

    /// Applies the server's list, at the time `now` if that is known. What changed since it was
    /// requested stays as it is. A reminder that is missing was due meanwhile, if its time has
    /// passed.
    pub(crate) fn replace(&mut self, mut messages: Vec<LaterMessage>, now: Option<Timestamp>) {
        messages.retain(|message| !self.touched.contains(&message.id));
        let known = std::mem::take(&mut self.messages).into_iter();
        let (kept, old): (Vec<_>, Vec<_>) =
            known.partition(|message| self.touched.contains(&message.id));
        for old in old {
            let is_due =
                old.reminder && old.error.is_none() && now.is_some_and(|now| old.at <= now);
            if is_due && messages.iter().all(|message| message.id != old.id) {
                push_last(&mut self.due, old, MAX_DUE);
            }
        }
        self.messages = kept;
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
                previews: None,
                error: None,
            };
            push_last(&mut self.due, message.unwrap_or(unknown), MAX_DUE);
        }
    }

    /// Removes a message, as the user's own connection does. Returns it, if it was here.
    pub(crate) fn cancelled(&mut self, id: MessageId) -> Option<LaterMessage> {
        self.take(id)
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
        let number = self.next_number;
        let id = match &ask {
            Ask::Keep(later) | Ask::Now(later) => later.id,
            Ask::Remind(remind) => remind.id,
            Ask::Cancel(id) => Some(*id),
        };
        let is_new = id.is_some_and(|id| self.find(id).is_none());
        self.asked.push(Asked { number, ask, is_new, is_repeated: false });
        Some(number)
    }

    /// Returns what the user asks for.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter()
    }

    /// Ends what the user asked for.
    pub(crate) fn answer(&mut self, number: u64, outcome: Outcome) {
        if let Some(index) = self.asked.iter().position(|asked| asked.number == number) {
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
    /// Asks that a message or a reminder waits as it is, until another time. `origin` is that of
    /// the page.
    #[must_use]
    pub fn at(message: &LaterMessage, at: Timestamp, origin: &str) -> Self {
        if message.reminder {
            let words = read_reminder(&message.text, origin).words;
            return Self::remind_at(message, words, at, origin);
        }
        Self::Keep(Box::new(later_at(message, at)))
    }

    /// Asks that a message is sent now.
    #[must_use]
    pub fn now(message: &LaterMessage) -> Self {
        Self::Now(Box::new(later_at(message, message.at)))
    }

    /// Asks that a reminder says something else at another time. `origin` is that of the page.
    #[must_use]
    pub fn remind_at(reminder: &LaterMessage, words: &str, at: Timestamp, origin: &str) -> Self {
        let link = read_reminder(&reminder.text, origin).link;
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

fn later_at(message: &LaterMessage, at: Timestamp) -> Later {
    Later {
        room: message.room.into(),
        text: message.text.clone(),
        at,
        id: Some(message.id),
        reply_to: message.reply_to,
        thread: message.thread,
        in_room: message.in_room,
        files: message.files.iter().map(|file| file.id).collect::<Vec<FileId>>(),
        previews: message.previews,
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
/// the last line the link to this server, whose pages have `origin`.
#[must_use]
pub fn read_reminder<'a>(text: &'a str, origin: &str) -> Reminder<'a> {
    let text = text.strip_prefix("⏰").unwrap_or(text).trim_start_matches(' ');
    let (words, last) = text.rsplit_once('\n').unwrap_or(("", text));
    match read_link(last, origin) {
        Some(link) => Reminder { words, link: Some(link) },
        None => Reminder { words: text, link: None },
    }
}

fn read_link(line: &str, origin: &str) -> Option<Link> {
    let path = line.strip_prefix(origin).filter(|_| !origin.is_empty())?;
    if let Some(id) = path.strip_prefix("/m/") {
        return Uuid::try_parse(id).ok().map(|id| Link::Message(MessageId(id)));
    }
    let id = Uuid::try_parse(path.strip_prefix("/rooms/")?).ok()?;
    Some(Link::Room(RoomId(id)))
}

#[cfg(test)]
mod tests;
