//! An opened room: its log, its members and the users who are typing.
//!
//! Events are applied in the order of `seq`, each once and without gaps. An event that does not
//! follow the last one is rejected as [`Applied::Gap`]; the page then has to subscribe to the
//! room again, from the last known `seq`.

mod copy;
mod files;
mod log;
mod members;
mod past;
mod pins;
mod thread;
mod typing;
mod update;

use protocol::{Event, HistoryPage, Message, MessageId, Subscribed};

pub(crate) use self::update::{update_each_quote, update_single};
pub use self::{
    files::{FileList, FilesCursor},
    log::{Cursor, LogVersion, RoomLog},
    members::MemberList,
    pins::PinList,
    thread::{Thread, Threads},
    typing::TypingUsers,
};
use super::people::Senders;
use crate::page::{OpenPlace, OpenRoom};

/// The result of applying an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The event changed the room.
    Changed,
    /// The event was known already, or does not concern the room's state.
    Known,
    /// An event before this one is missing.
    Gap,
}

/// The loading state of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been loaded yet.
    #[default]
    Loading,
    /// The room can be shown.
    Ready,
    /// The server refused the room, with this reason.
    Refused(String),
}

/// A jump to a message of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The `seq` of the message.
    pub seq: u64,
    /// The number of jumps before, so that a jump to the same message is another one.
    pub number: u32,
}

/// The state of an opened room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomState {
    /// The loading state.
    pub phase: Phase,
    /// The messages, and the position in the room log.
    pub log: RoomLog,
    /// The members, as far as they were loaded.
    pub members: MemberList,
    /// The pinned messages.
    pub pins: PinList,
    /// The list of files, while it is shown.
    pub files: FileList,
    /// The users who are typing.
    pub typing: TypingUsers,
    /// The threads that were opened last.
    pub threads: Threads,
    /// The message to which a permanent link led.
    pub marked: Option<MessageId>,
    /// The message to which the user jumps, until the list shows it.
    pub jump: Option<Jump>,
    /// True if this device has no copy of the room.
    pub(crate) has_no_copy: bool,
    /// The number of consecutive attempts to subscribe that did not succeed.
    pub(crate) attempts: u32,
}

impl RoomState {
    /// Creates a room from the data that the server rendered.
    #[must_use]
    pub fn from_page(open: OpenRoom, epoch: String) -> Self {
        let log = RoomLog::new(open.messages, open.has_more, open.room.seq, epoch);
        let members = open.members.into();
        let mut room = Self { phase: Phase::Ready, log, members, ..Self::default() };
        if let Some(place) = open.place {
            room.show_place(place);
        }
        room
    }

    /// Shows the place to which a permanent link led, in the room or in a thread.
    fn show_place(&mut self, OpenPlace { marked, messages, mut thread }: OpenPlace) {
        let is_marked = |message: &Message| message.id == marked;
        let in_room = messages.iter().any(is_marked);
        if !thread.is_empty() {
            let first = thread.remove(0);
            self.threads.push(Thread::at(first, thread, Some(marked).filter(|_| !in_room)));
        }
        if in_room {
            self.log.show_place(messages, marked);
            self.marked = Some(marked);
        }
    }

    /// Returns a loaded message of the room or of its threads.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&Message> {
        let in_threads = || self.threads.iter().find_map(|thread| thread.find(id));
        self.log.find(|message| message.id == id).or_else(in_threads)
    }

    /// Opens a thread. Its first message is known if the room has it loaded.
    pub(crate) fn open_thread(&mut self, thread: MessageId) {
        let first = self.log.find(|message| message.id == thread);
        self.threads.open(thread, first);
    }

    /// Drops what was not loaded of the threads, once none is shown.
    pub(crate) fn close_threads(&mut self) {
        self.threads.close();
    }

    /// Drops the threads, because events were missed. The one that is shown is requested again,
    /// unless the room has its first message.
    pub(crate) fn reset_threads(&mut self, shown: Option<MessageId>) {
        self.threads.reset(shown);
        let shown = shown.filter(|shown| self.threads.find(*shown).is_some());
        if let Some(shown) = shown {
            self.open_thread(shown);
        }
    }

    /// Adds a page of a thread's replies.
    pub(crate) fn apply_thread_page(
        &mut self,
        thread: MessageId,
        cursor: Option<Cursor>,
        page: HistoryPage,
    ) {
        if let Some(thread) = self.threads.find_mut(thread) {
            thread.apply_page(cursor, page, &self.log);
        }
    }

    /// Loads the messages around the one to which the user jumps, unless they are shown.
    pub(crate) fn load_jump(&mut self) {
        let Some(Jump { seq, .. }) = self.jump else { return };
        if self.log.shown().binary_search_by_key(&seq, |message| message.seq).is_err() {
            self.log.wants_around = Some(seq);
        }
    }

    /// Shows users by their present names and pictures.
    pub(super) fn update_people(&mut self, present: &Senders) {
        self.log.update_people(present);
        self.typing.update_people(present);
        self.threads.iter_mut().for_each(|thread| thread.update_people(present));
        self.pins.changed();
        self.files.update_people(present);
    }

    /// Returns whether the server refused the room.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.phase, Phase::Refused(_))
    }

    /// Applies an event of this room, received at `now`.
    pub fn apply(&mut self, event: &Event, now: i64) -> Applied {
        match event {
            Event::System(system) => self.members.apply(system),
            Event::Typing(typing) => {
                let place = match typing.thread {
                    None => Some(&mut self.typing),
                    Some(thread) => self.threads.find_mut(thread).map(|thread| &mut thread.typing),
                };
                if let Some(place) = place {
                    place.add(typing.user.clone(), now);
                }
                Applied::Known
            }
            _ if event.log_position().is_some() => self.apply_logged(event),
            _ => Applied::Known,
        }
    }

    fn apply_logged(&mut self, event: &Event) -> Applied {
        if self.phase != Phase::Ready {
            return Applied::Gap;
        }
        let applied = self.log.apply(event);
        if applied == Applied::Changed {
            self.pins.note(event);
            self.files.apply(event);
            self.threads.apply(event);
            if let Event::Chat(message) = event
                && message.thread.is_none()
            {
                self.typing.remove(message.sender.id);
            }
        }
        applied
    }

    /// Shows the newest page of a room that is not followed. `end` is its last known `seq`. Keeps
    /// what was loaded before, if the page continues it.
    pub(crate) fn show_preview(&mut self, page: HistoryPage, end: u64) {
        let HistoryPage { mut messages, mut has_more, .. } = page;
        let seq = messages.last().map_or(end, |last| last.seq.max(end));
        let first = messages.first().map_or(0, |first| first.seq);
        let known = &mut self.log.messages;
        if self.phase == Phase::Ready && known.last().is_some_and(|last| last.seq >= first) {
            known.retain(|message| message.seq < first);
            if !known.is_empty() {
                has_more = self.log.has_more;
                known.append(&mut messages);
                messages = std::mem::take(known);
            }
        }
        self.phase = Phase::Ready;
        self.log = RoomLog::new(messages, has_more, seq, String::new());
        self.log.epoch = None;
    }

    /// Applies the response to `subscribe`: the missed events, or a new page that replaces all
    /// known messages and threads, of which the `shown` one is requested again. Returns the missed
    /// messages, replies in threads included; none if a new page replaces them.
    pub fn apply_subscription(
        &mut self,
        response: Subscribed,
        shown: Option<MessageId>,
    ) -> Vec<Message> {
        self.attempts = 0;
        if !response.recovered || self.phase != Phase::Ready {
            self.phase = Phase::Ready;
            self.pins.changed();
            self.files.reset();
            self.log =
                RoomLog::new(response.messages, response.has_more, response.seq, response.epoch);
            self.reset_threads(shown);
            self.load_jump();
            return Vec::new();
        }
        let mut missed = Vec::new();
        for event in response.events {
            let applied = self.apply_logged(&event.0);
            if let (Applied::Changed, Event::Chat(message)) = (applied, event.0) {
                missed.push(message);
            }
        }
        for thread in self.threads.iter_mut().filter(|thread| thread.is_loaded) {
            thread.log.advance(response.seq, response.epoch.clone());
        }
        self.log.advance(response.seq, response.epoch);
        missed
    }
}

#[cfg(test)]
mod tests;
