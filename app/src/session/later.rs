//! Messages that are sent later, and reminders: what the user asks for, and what comes of it.

use std::time::Duration;

use leptos::prelude::*;
use protocol::{LaterMessage, MessageId, RoomId, Timestamp};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::{clock, focus::is_in_dialog, window::effect},
    state::{
        commands::append,
        connection::ConnectionState,
        conversation::Conversation,
        later::{Ask, Outcome},
        tray::PendingFile,
        when::When,
    },
};

/// What is said without a connection.
const AWAY: &str = "This needs a connection, and there is none now. Nothing is lost: try again \
                    once you are connected.";
/// The time for which a note is shown that asks nothing of the user.
const NOTE: Duration = Duration::from_secs(8);
/// What is said if too much is under way.
const BUSY: &str = "Wait until the server has answered what you asked before.";

/// What a time is chosen for.
#[derive(Clone, Copy, Debug)]
pub enum Scheduling {
    /// The message in the composer of a room or a thread: the callback takes the time.
    Send(RoomId, Callback<Timestamp>),
    /// A message or a reminder that waits.
    Change(MessageId),
    /// A reminder of a message of a room.
    Remind(RoomId, MessageId),
}

/// What came of something, for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct LaterNote {
    /// What happened.
    pub text: String,
    /// What can be done with it.
    pub kind: NoteKind,
}

/// The kind of a [`LaterNote`].
#[derive(Clone, Debug, PartialEq)]
pub enum NoteKind {
    /// It is done. The list of what waits has it.
    Kept,
    /// It is done.
    Done,
    /// It was refused.
    Refused,
    /// It was cancelled, and can wait again.
    Cancelled(Box<LaterMessage>),
}

/// What takes the response to a request.
pub(super) type Taker = Box<dyn FnOnce(Outcome) + Send + Sync>;

impl Session {
    /// Asks for something, and calls `done` with the response, which may take until the next
    /// connection. Without a connection now, it is refused at once.
    pub fn ask_later(self, ask: Ask, done: impl FnOnce(Outcome) + Send + Sync + 'static) {
        let connection = self.model.with_untracked(|model| model.connection);
        let is_connected =
            matches!(connection, ConnectionState::Current | ConnectionState::CatchingUp { .. });
        if !is_connected {
            return done(Err(AWAY.to_owned()));
        }
        match self.model.try_update(|model| model.later.ask(ask)).flatten() {
            Some(number) => {
                let done: Taker = Box::new(done);
                self.later_takers.update_value(|takers| _ = takers.insert(number, done));
            }
            None => done(Err(BUSY.to_owned())),
        }
    }

    /// Calls what waits for responses, from now on.
    pub(crate) fn take_later_answers(self) {
        let has_some = self.select(|model| model.later.has_answers());
        effect(move || {
            if !has_some.get() {
                return;
            }
            let answers = self.model.try_update(|model| model.later.take_answers());
            for (number, outcome) in answers.unwrap_or_default() {
                let taker = self.later_takers.try_update_value(|takers| takers.remove(&number));
                if let Some(taker) = taker.flatten() {
                    untrack(|| taker(outcome));
                }
            }
        });
    }

    /// Returns the present time on the server, as far as it is known.
    #[must_use]
    pub fn server_now(self) -> Timestamp {
        let offset = self.model.with_untracked(|model| model.drafts.server_clock);
        offset
            .map_or_else(clock::now, |offset| Timestamp::from_millis(clock::elapsed_ms() + offset))
    }

    /// Returns the moment of a time that is said now.
    #[must_use]
    pub fn moment_of(self, when: When) -> Timestamp {
        when.moment(self.server_now(), clock::local_offset_minutes)
    }

    /// Tells the user what came of something, also by a screen reader.
    pub fn note_later(self, text: String, kind: NoteKind) {
        let is_short = matches!(kind, NoteKind::Kept | NoteKind::Done);
        if kind != NoteKind::Refused {
            self.say(text.clone()); // a refusal is an alert
        }
        let note = LaterNote { text, kind };
        self.later_note.set(Some(note.clone()));
        if is_short {
            let end = move || {
                if self.later_note.try_with_untracked(|shown| *shown == Some(note)) == Some(true) {
                    self.later_note.set(None);
                }
            };
            set_timeout(end, NOTE);
        }
    }

    /// Returns how many messages and reminders wait, and how many could not be sent.
    #[must_use]
    pub fn later_counts(self) -> Memo<(u64, u64)> {
        self.select(|model| model.later.counts())
    }

    /// Opens the choice of a time for the composer that had the focus last.
    pub(crate) fn send_later(self) {
        let Some(open) = self.later_by.get_value() else { return };
        if is_in_dialog() {
            // The switcher gives the focus back once it is closed.
            request_animation_frame(move || _ = open.try_run(()));
        } else {
            open.try_run(());
        }
    }

    /// Has [`send_later`](Self::send_later) call `open` from now on.
    pub(crate) fn set_later_by(self, open: Callback<()>) {
        self.later_by.set_value(Some(open));
    }

    /// No longer has `open` called: its composer is gone.
    pub(crate) fn end_later_by(self, open: Callback<()>) {
        let is_set = |by: &Option<Callback<()>>| by.is_some_and(|by| by.matches(&open));
        if self.later_by.try_with_value(is_set).unwrap_or_default() {
            self.later_by.set_value(None);
        }
    }

    /// Returns whether there is a composer whose message can be sent later.
    pub(crate) fn has_later(self) -> bool {
        self.later_by.with_value(Option::is_some)
    }

    /// Removes the files that a message took which is sent later.
    pub(crate) fn drop_files(self, place: Conversation, files: &[Uuid]) {
        self.tray.update(|tray| files.iter().for_each(|id| _ = tray.remove(place, *id)));
    }

    /// Puts a message that does not wait any more into the draft of its place, with its files and
    /// its quote, and goes there.
    pub(crate) fn write_again(self, message: &LaterMessage) {
        let room = self.model.with_untracked(|model| model.rooms.find(message.room).cloned());
        let place = Conversation { room: message.room, thread: message.thread };
        let before = self.draft(place, None).unwrap_or_default();
        self.replace_draft(place, None, &before, &append(&before, &message.text));
        let file = |file: &protocol::File| PendingFile {
            id: Uuid::now_v7(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: file.size,
            width: file.width,
            height: file.height,
            upload: None,
            file: Some(file.id),
        };
        let files = message.files.iter().map(file).collect();
        let left_out = self.tray.try_update(|tray| tray.add(place, files)).unwrap_or_default();
        let quote = message.reply_to.map(|id| untrack(|| self.quote(message.room, id)));
        if let Some(Some(quote)) = &quote {
            self.set_draft_quote(place, Some(quote));
        }
        if let Some(room) = room {
            self.go_to_room(&room);
        }
        if let Some(thread) = message.thread {
            self.open_thread(message.room, thread);
        }
        if !left_out.is_empty() {
            let text = "A message has at most 10 files: the others were left out.";
            self.note_later(text.to_owned(), NoteKind::Refused);
        } else if quote == Some(None) {
            let text = "The message that it quotes is not loaded: reply to it once more.";
            self.note_later(text.to_owned(), NoteKind::Refused);
        }
    }
}
