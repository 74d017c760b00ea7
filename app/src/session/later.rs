//! Messages that are sent later, and reminders: what the user asks for, and what comes of it.

use std::{collections::HashMap, time::Duration};

use leptos::prelude::*;
use protocol::{LaterMessage, MessageId, RoomId, Timestamp, limits::MAX_FILES};
use uuid::Uuid;

use super::{Scoped as _, Session};
use crate::{
    browser::{
        clock,
        focus::{composer_in_panel, is_in_dialog},
        window::effect,
    },
    state::{
        connection::ConnectionState,
        conversation::Conversation,
        later::{Ask, Outcome},
        outbox::PendingMessage,
        tray::PendingFile,
        when::When,
    },
};

/// What is said without a connection.
const AWAY: &str = "This needs a connection, and there is none now. Nothing is lost: try again \
                    once you are connected.";
/// The time for which a note is shown that asks nothing of the user.
const NOTE: Duration = Duration::from_secs(8);
/// What is said of a text with more files than fit into its composer.
const TOO_MANY_FILES: &str = "Together with the files in the composer there, these are more than \
                              10. Send or remove those first.";
/// What is said of a quote where the composer has one.
const QUOTES_OTHER: &str = "The composer there quotes another message. Send that reply first, or \
                            stop replying.";
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

/// What was asked for in a composer.
#[derive(Clone, Debug, PartialEq)]
pub enum Keeping {
    /// The server has not answered yet. The text stays as it is until then.
    Asked,
    /// The text is sent at this time.
    Kept(Timestamp),
    /// Why it was refused.
    Refused(String),
}

/// What came of something, for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct LaterNote {
    /// Tells it from other notes with the same words.
    id: Uuid,
    /// What happened.
    pub text: String,
    /// What can be done with it.
    pub kind: NoteKind,
}

/// The kind of a [`LaterNote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// It is done. The list of what waits has it.
    Kept,
    /// It is done.
    Done,
    /// It was refused.
    Refused,
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
        let id = Uuid::now_v7();
        self.later_note.set(Some(LaterNote { id, text, kind }));
        if is_short {
            let is_it =
                move |shown: &Option<LaterNote>| shown.as_ref().is_some_and(|it| it.id == id);
            let end = move || {
                if self.later_note.try_with_untracked(is_it) == Some(true) {
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

    /// Returns the origin of the page, with which links to this server begin.
    #[must_use]
    pub fn origin(self) -> String {
        window().location().origin().unwrap_or_default()
    }

    /// Makes the page ask for the list again, after it could not be loaded.
    pub fn load_later_again(self) {
        self.model.update(|model| model.later.is_failed = false);
    }

    /// Opens the choice of a time for the composer with the focus, else for that which had it last.
    pub(crate) fn send_later(self) {
        let in_panel = composer_in_panel();
        let open = self.later_by.with_value(|by| {
            let is_here = |(place, _): &&(Conversation, _)| {
                in_panel.is_none_or(|in_panel| place.thread.is_some() == in_panel)
            };
            by.iter().rev().find(is_here).or(by.last()).map(|(_, open)| *open)
        });
        let Some(open) = open else { return };
        if is_in_dialog() {
            // The switcher gives the focus back once it is closed.
            request_animation_frame(move || _ = open.try_run(()));
        } else {
            open.try_run(());
        }
    }

    /// Has [`send_later`](Self::send_later) call `open` for the composer of `place`, which is the
    /// last one to have the focus.
    pub(crate) fn set_later_by(self, place: Conversation, open: Callback<()>) {
        self.end_later_by(open);
        self.later_by.try_update_value(|by| by.push((place, open)));
    }

    /// No longer has `open` called: its composer is gone.
    pub(crate) fn end_later_by(self, open: Callback<()>) {
        self.later_by.try_update_value(|by| by.retain(|(_, known)| !known.matches(&open)));
    }

    /// Returns whether there is a composer whose message can be sent later.
    pub(crate) fn has_later(self) -> bool {
        self.later_by.with_value(|by| !by.is_empty())
    }

    /// Returns what was asked for in the composer of a room or a thread.
    pub(crate) fn keeping(self, place: Conversation) -> Memo<Option<Keeping>> {
        Memo::new(move |_| self.keeping.scoped().with(|all| all.get(&place).cloned()))
    }

    /// Forgets what came of what was asked for in a composer: the user goes on, or leaves it.
    pub(crate) fn end_keeping(self, place: Conversation) {
        let is_over = |all: &HashMap<Conversation, Keeping>| {
            all.get(&place).is_some_and(|it| *it != Keeping::Asked)
        };
        if self.keeping.try_with_untracked(is_over) == Some(true) {
            self.keeping.update(|all| _ = all.remove(&place));
        }
    }

    /// Asks for something with the whole text `written` of the composer of `place`, which stays as
    /// it is until the response. Then it is removed, and `done` says when it is sent, if it is.
    pub(crate) fn ask_with_text(
        self,
        (place, written): (Conversation, String),
        ask: Ask,
        done: impl FnOnce(Option<LaterMessage>) -> Option<Timestamp> + Send + Sync + 'static,
    ) {
        self.keeping.update(|all| _ = all.insert(place, Keeping::Asked));
        self.say("Waiting for the server.");
        self.ask_later(ask, move |outcome| {
            let came = match outcome {
                Ok(kept) => {
                    self.replace_draft(place, None, &written, "");
                    done(kept).map(Keeping::Kept)
                }
                Err(reason) => Some(Keeping::Refused(reason)),
            };
            let is_shown = self.composers.with_value(|shown| shown.contains(&place));
            let said = |at: Timestamp| format!("Will be sent {}.", self.clock().coming(at));
            match &came {
                Some(Keeping::Kept(at)) if is_shown => self.say(said(*at)),
                Some(Keeping::Kept(at)) => self.note_later(said(*at), NoteKind::Kept),
                Some(Keeping::Refused(reason)) if !is_shown => {
                    self.note_later(reason.clone(), NoteKind::Refused);
                }
                _ => {}
            }
            self.keeping.update(|all| match came.filter(|_| is_shown) {
                Some(came) => _ = all.insert(place, came),
                None => _ = all.remove(&place),
            });
        });
    }

    /// Removes the files that a message took which is sent later.
    pub(crate) fn drop_files(self, place: Conversation, files: &[Uuid]) {
        self.tray.update(|tray| files.iter().for_each(|id| _ = tray.remove(place, *id)));
    }

    /// Returns why the composer of a message that waits cannot take it back now, if so.
    #[must_use]
    pub fn write_again_fault(self, message: &LaterMessage) -> Option<&'static str> {
        let place = Conversation { room: message.room, thread: message.thread };
        let files = self.tray.with_untracked(|tray| tray.of(place).len()) + message.files.len();
        let quoted = self.draft_quote(place).map(|quote| quote.id);
        let quotes_other =
            quoted.is_some() && message.reply_to.is_some_and(|id| Some(id) != quoted);
        if files > MAX_FILES {
            return Some(TOO_MANY_FILES);
        }
        quotes_other.then_some(QUOTES_OTHER)
    }

    /// Puts a message that does not wait any more into the composer of its place, and goes there.
    pub fn write_again(self, message: LaterMessage) {
        let LaterMessage { id, room, text, reply_to, thread, in_room, files, .. } = message;
        let file = |file: protocol::File| PendingFile {
            id: Uuid::now_v7(),
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            width: file.width,
            height: file.height,
            upload: None,
            file: Some(file.id),
            described: file.description.clone(),
            description: file.description.unwrap_or_default(),
            unfit: false,
        };
        let files = files.into_iter().map(file).collect();
        let quote = reply_to.map(|id| untrack(|| self.quote(room, id)));
        let is_quote_missing = quote == Some(None);
        let pending = PendingMessage::new(id, room, text, clock::now());
        let reply_to = quote.flatten().map(Box::new);
        let known = self.model.with_untracked(|model| model.rooms.find(room).cloned());
        if let Some(room) = known {
            self.go_to_room(&room);
        }
        self.hand_back(PendingMessage { reply_to, thread, in_room, files, ..pending });
        if is_quote_missing {
            let text = "The message that it quotes is not loaded: reply to it once more.";
            self.note_later(text.to_owned(), NoteKind::Refused);
        }
    }
}
