//! Threads and quotes: what the user sees of them, and the user's actions.

use leptos::prelude::*;
use protocol::{Message, MessageId, Quote, RoomId, blocks::quoted_text};

use super::{Panel, Session};
use crate::{
    browser::{
        focus::is_in_panel,
        window::{effect, is_phone},
    },
    page::address::{Address, View},
    state::{conversation::Conversation, room::Thread},
};

/// A message to scroll to, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The list that shows it.
    pub place: Conversation,
    /// The message.
    pub id: MessageId,
    /// Its position in the room log.
    pub seq: u64,
}

impl Session {
    /// Opens the thread that a message of `room` begins, in the panel beside the room. With a
    /// reply, opens its thread.
    pub fn open_thread(self, room: RoomId, thread: MessageId) {
        let thread = self.model.try_update(|model| model.open_thread(room, thread));
        self.panel.set(thread.map(Panel::Thread));
    }

    /// Closes the thread in view when its panel is closed, and its panel when another room is
    /// shown.
    pub(crate) fn keep_thread(self) {
        let (in_view, shown) = (self.thread_in_view(), self.room_in_view());
        effect(move || {
            let Some((room, thread)) = in_view.get() else { return };
            let is_open = self.panel.get() == Some(Panel::Thread(thread));
            let is_listed = self.address.get() == Address::View(View::Threads);
            let is_here = is_listed
                || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.id == room));
            match (is_open, is_here) {
                (true, true) => {}
                (true, false) => self.panel.set(None), // this runs again then
                (false, _) => self.model.update(|model| model.close_thread()),
            }
        });
    }

    /// Returns the address of the view with its panel, if one is open.
    pub(crate) fn panel_path(self) -> Option<String> {
        let (panel, address) = (self.panel.get()?, self.address.get());
        Some(match (panel, &address) {
            (Panel::Thread(thread), Address::Room(_)) => {
                format!("{}?thread={}", address.path(), thread.0)
            }
            _ => address.path(),
        })
    }

    /// Returns the thread in view.
    #[must_use]
    pub fn thread_in_view(self) -> Memo<Option<(RoomId, MessageId)>> {
        self.select(|model| model.thread_in_view)
    }

    /// Returns a part of the state of an opened thread, or the default if it is not open.
    pub fn select_thread<T: PartialEq + Default + Send + Sync + 'static>(
        self,
        place: Conversation,
        select: impl Fn(&Thread) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.select(move |model| model.thread(place).map(&select).unwrap_or_default())
    }

    /// Adds the first message of an opened thread, as the server returned it.
    pub fn set_first(self, place: Conversation, first: Message) {
        self.update_thread(place, |thread| thread.set_first(first));
    }

    /// Records why an opened thread cannot be shown.
    pub fn refuse_thread(self, place: Conversation, reason: String) {
        self.update_thread(place, |thread| thread.refused = Some(reason));
    }

    fn update_thread(self, place: Conversation, update: impl FnOnce(&mut Thread)) {
        let Some(id) = place.thread else { return };
        self.update_room(place.room, |room| {
            if let Some(thread) = room.threads.find_mut(id) {
                update(thread);
            }
        });
    }

    /// Follows a thread, or no longer.
    pub fn follow_thread(self, room: RoomId, thread: MessageId, on: bool) {
        self.model.update(|model| model.threads.follow(room, thread, on));
    }

    /// Returns the number of unread replies in followed threads, and how many mention the user.
    #[must_use]
    pub fn unread_threads(self) -> Memo<(u64, u64)> {
        self.select(|model| (model.threads.unread(), model.threads.mentions()))
    }

    /// Returns the number of unread replies in a followed thread, and how many mention the user.
    #[must_use]
    pub fn unread_in_thread(self, thread: MessageId) -> Memo<(u64, u64)> {
        self.select(move |model| {
            model.threads.find(thread).map_or((0, 0), |known| (known.unread, known.mentions))
        })
    }

    /// Records that the user saw the replies of a thread up to a `seq`.
    pub fn read_thread(self, place: Conversation, seq: u64) {
        let Some(thread) = place.thread else { return };
        let is_unread =
            self.model.with_untracked(|model| model.is_thread_unread(place.room, thread, seq));
        if is_unread {
            self.model.update(|model| model.read_thread(place.room, thread, seq));
        }
    }

    /// Returns the composer that edits or quotes a message of `room`: that of the thread in the
    /// panel if the message is a reply there, or the user acts in the panel; else that of the room.
    #[must_use]
    pub fn composer_of(self, room: RoomId, message: MessageId) -> Conversation {
        let open = self.panel.get_untracked();
        let in_view = self.model.with_untracked(|model| model.thread_in_view);
        let Some((in_room, thread)) = in_view.filter(|(_, id)| open == Some(Panel::Thread(*id)))
        else {
            return room.into();
        };
        let place = Conversation::thread(in_room, thread);
        let is_reply = self.model.with_untracked(|model| {
            model.thread(place).and_then(|open| open.find(message)).is_some_and(|message| {
                message.thread == Some(thread) || model.room_in_view != Some(in_room)
            })
        });
        if is_reply || is_in_panel() || is_phone() { place } else { room.into() }
    }

    /// Returns a loaded message of a room as a quote.
    #[must_use]
    pub fn quote(self, room: RoomId, message: MessageId) -> Option<Quote> {
        self.model.with(|model| {
            let message = model.opened_rooms.get(&room)?.find(message)?;
            let text = model.updates.text(message);
            let is_current = text == message.text;
            let blocks = if is_current { &message.blocks[..] } else { &[] };
            Some(Quote {
                id: message.id,
                sender: message.sender.clone(),
                text: text.map(|text| quoted_text(&text, blocks)),
                file: message.files.first().map(|file| file.name.clone()),
                deleted: message.deleted,
            })
        })
    }

    /// Returns where a loaded message is shown: in the list of `place` if it is there, else in its
    /// thread or its room.
    #[must_use]
    pub fn find_message(self, place: Conversation, id: MessageId) -> Option<Target> {
        self.model.with_untracked(|model| {
            let in_thread = model.thread(place).and_then(|thread| thread.find(id));
            let known = model.opened_rooms.get(&place.room)?.find(id);
            let (place, message) = match (in_thread, known?) {
                (Some(message), _) => (place, message),
                (None, message) => (place_of(message), message),
            };
            Some(Target { place, id, seq: message.seq })
        })
    }

    /// Marks a message in its thread, as a permanent link to it does.
    pub fn mark_in_thread(self, target: Target) {
        self.update_thread(target.place, |thread| thread.marked = Some(target.id));
    }

    /// Scrolls to a message in its list. Opens its thread, or on a phone the room, if needed.
    pub fn show_target(self, target: Target) {
        let Target { place: Conversation { room, thread }, id, seq } = target;
        match thread {
            Some(thread) => {
                self.open_thread(room, thread);
                self.target.set(Some(target));
            }
            None => {
                if is_phone() {
                    self.panel.set(None);
                }
                self.jump(room, seq, Some(id));
            }
        }
    }
}

/// Returns the list that shows a message: the room, unless only its thread does.
#[must_use]
pub fn place_of(message: &Message) -> Conversation {
    let thread = message.thread.filter(|_| !message.in_room);
    Conversation { room: message.room, thread }
}
