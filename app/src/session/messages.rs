//! The user's actions on messages. Each takes effect on the page at once and is sent as soon as
//! possible.

use leptos::{prelude::*, task::spawn_local};
use protocol::{Message, MessageId, OpId, Quote, RoomId, Sender, blocks::plain_text};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::{clipboard, clock},
    page::address::Address,
    state::{
        conversation::Conversation, edits::EditHistory, outbox::PendingMessage, updates::UpdateKind,
    },
};

/// The shortest time between two typing signals, in milliseconds.
const TYPING_INTERVAL_MS: i64 = 3_000;

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// Its text.
    pub text: String,
    /// The message that it quotes.
    pub reply_to: Option<Quote>,
    /// True if the room shows this reply of a thread as well.
    pub in_room: bool,
}

impl Session {
    /// Sends a message to a room or a thread, with the files that were added there.
    pub fn send(self, place: Conversation, new: NewMessage) {
        let NewMessage { text, reply_to, in_room } = new;
        let (id, held) = (MessageId(Uuid::now_v7()), self.holds_messages());
        let files = self.take_files(place);
        self.keep_files(&files);
        self.model.update(|model| {
            let message = PendingMessage::new(id, place.room, text, clock::now());
            let (thread, reply_to) = (place.thread, reply_to.map(Box::new));
            model.post(PendingMessage { reply_to, thread, in_room, held, files, ..message });
        });
        if held {
            self.release_later(id);
        }
    }

    /// Sends a refused message again.
    pub fn retry(self, id: MessageId) {
        self.model.update(|model| {
            let is_it = |message: &&PendingMessage| message.id == id;
            if let Some(message) = model.outbox.items().iter().find(is_it).cloned() {
                self.tray.update(|tray| Self::recheck_files(model, tray, &message));
            }
            model.outbox.retry(id);
        });
    }

    /// Discards a refused message.
    pub fn discard(self, id: MessageId) {
        self.model.update(|model| {
            model.outbox.remove(id);
        });
    }

    /// Returns the user's messages that the server refused and that no room shows, because the user
    /// may no longer see their room. Each has its text and the names of its files.
    pub fn unsent_elsewhere(self) -> Memo<Vec<(MessageId, String)>> {
        self.select(|model| {
            let refused = model.outbox.refused_in(|room| model.rooms.find(room).is_none());
            let words = |message: &PendingMessage| {
                let names = message.files.iter().map(|file| file.name.as_str());
                let text = (!message.text.is_empty()).then_some(message.text.as_str());
                text.into_iter().chain(names).collect::<Vec<_>>().join("\n")
            };
            refused.map(|message| (message.id, words(message))).collect()
        })
    }

    /// Copies the text of a message that was not sent.
    pub fn copy_unsent(self, text: String) {
        self.copy(text, "Text copied");
    }

    /// Takes an unsent message back into the composer.
    pub fn take_back(self, id: MessageId) {
        let taken = self.model.try_update(|model| {
            let mut items = model.outbox.items().iter();
            let taken = items.find(|message| message.id == id)?.clone();
            model.outbox.remove(id);
            Some(taken)
        });
        if let Some(message) = taken.flatten() {
            self.hand_back(message);
        }
    }

    /// Hands a message to the composer of its room or thread, which takes it once it is shown.
    pub(super) fn hand_back(self, message: PendingMessage) {
        // The text goes to the composer of its thread, which may not be shown.
        if let Some(thread) = message.thread {
            self.open_thread(message.room, thread);
        }
        let place = Conversation { room: message.room, thread: message.thread };
        let files = message.files.clone();
        let left_out = self.tray.try_update(|tray| tray.add(place, files)).unwrap_or_default();
        if !left_out.is_empty() {
            self.tell("A message has at most 10 files: the others were left out");
        }
        self.keep_files(&message.files);
        self.taken_back.set(Some(message));
    }

    /// Edits or deletes a message, or changes the user's reaction to it.
    pub fn update_message(self, room: RoomId, message: MessageId, kind: UpdateKind) {
        match &kind {
            UpdateKind::React { emoji, on: true } => self.say(format!("Reacted with {emoji}")),
            UpdateKind::React { emoji, on: false } => self.say(format!("Took back {emoji}")),
            UpdateKind::Edit(_) => self.say("Edited"),
            UpdateKind::RemovePreviews => self.say("Previews removed"),
            UpdateKind::Pin { .. } | UpdateKind::Delete => {} // a notice says so
        }
        self.model
            .update(|model| model.update(OpId(Uuid::now_v7()), room, message, kind, clock::now()));
    }

    /// Sends a refused update again.
    pub fn retry_update(self, op: OpId) {
        self.model.update(|model| model.updates.retry(op));
    }

    /// Discards a refused update.
    pub fn discard_update(self, op: OpId) {
        self.model.update(|model| model.updates.remove(op));
    }

    /// Returns the text of a message with pending edits, or `None` if it is deleted or not loaded.
    #[must_use]
    pub fn message_text(self, room: RoomId, message: MessageId) -> Option<String> {
        self.model.with_untracked(|model| {
            model.updates.text(model.opened_rooms.get(&room)?.find(message)?)
        })
    }

    /// Returns the text of a message without its Markdown, as [`message_text`](Self::message_text)
    /// does. An edit that waits for the server stands as it was written.
    pub(crate) fn spoken_text(self, room: RoomId, message: MessageId) -> Option<String> {
        let text = self.message_text(room, message)?;
        self.model.with_untracked(|model| {
            let known = model.opened_rooms.get(&room)?.find(message)?;
            let is_current = known.text.as_ref() == Some(&text);
            Some(plain_text(&text, if is_current { &known.blocks } else { &[] }))
        })
    }

    /// Returns whether a message has files, which is enough without a text.
    #[must_use]
    pub fn has_files(self, room: RoomId, message: MessageId) -> bool {
        self.model.with_untracked(|model| {
            let open = model.opened_rooms.get(&room);
            open.and_then(|open| open.find(message)).is_some_and(|found| !found.files.is_empty())
        })
    }

    /// Returns the address of the room with this slug, if the user can see it.
    pub(crate) fn address_of_room(self, slug: &str) -> Option<String> {
        self.model.with_untracked(|model| {
            let room = model.rooms.by_name(slug)?;
            Some(Address::Room(room.slug.clone()).path())
        })
    }

    /// Returns the author of a message, if the message is loaded.
    #[must_use]
    pub fn author(self, room: RoomId, message: MessageId) -> Option<Sender> {
        self.model.with_untracked(|model| {
            Some(model.opened_rooms.get(&room)?.find(message)?.sender.clone())
        })
    }

    /// Returns the user's last message in a room or a thread that is not deleted.
    #[must_use]
    pub fn last_own_message(self, place: Conversation) -> Option<MessageId> {
        self.model.with_untracked(|model| {
            let is_own = |message: &Message| message.sender.id == model.me.id && !message.deleted;
            model.log(place)?.find(is_own).map(|message| message.id)
        })
    }

    /// Signals to the other users of a room that this one is typing there or in a thread, at a
    /// limited rate.
    pub fn signal_typing(self, place: Conversation) {
        let now = clock::elapsed_ms();
        let (last, next_at) = self.next_typing_at.get_value();
        if now >= next_at || last != Some(place) {
            self.next_typing_at.set_value((Some(place), now + TYPING_INTERVAL_MS));
            self.send_out(|model| {
                let times = model.typing_signal.map_or(0, |(_, times)| times);
                model.typing_signal = Some((place, times.wrapping_add(1)));
            });
        }
    }

    /// Removes users whose last typing signal has expired.
    pub(crate) fn expire_typing(self) {
        let now = clock::elapsed_ms();
        let has_expired = self.model.with_untracked(|model| {
            let mut rooms = model.opened_rooms.values();
            rooms.any(|room| {
                room.typing.has_expired(now)
                    || room.threads.iter().any(|thread| thread.typing.has_expired(now))
            })
        });
        if has_expired {
            self.model.update(|model| {
                for room in model.opened_rooms.values_mut() {
                    room.typing.expire(now);
                    for thread in room.threads.iter_mut() {
                        thread.typing.expire(now);
                    }
                }
            });
        }
    }
}

/// Actions on a message of a room, as menus and keys run them.
impl Session {
    /// Returns whether a message is pinned, with pins that wait for the server.
    #[must_use]
    pub fn is_pinned(self, room: RoomId, message: MessageId) -> bool {
        self.model.with(|model| {
            let open = model.opened_rooms.get(&room);
            let known = || open?.find(message);
            let in_log = || known().map(|message| message.pinned_by.is_some());
            let in_list = || open.is_some_and(|open| open.pins.contains(message));
            model.updates.pin(message).unwrap_or_else(|| in_log().unwrap_or_else(in_list))
        })
    }

    /// Pins a message, or takes the pin away.
    pub fn toggle_pin(self, room: RoomId, message: MessageId) {
        let on = !untrack(|| self.is_pinned(room, message));
        self.update_message(room, message, UpdateKind::Pin { on });
        self.tell(if on { "Pinned" } else { "No longer pinned" });
    }

    /// Copies the text of a message.
    pub fn copy_text(self, room: RoomId, message: MessageId) {
        if let Some(text) = self.message_text(room, message) {
            self.copy(text, "Text copied");
        }
    }

    /// Copies the permanent link to a message.
    pub fn copy_link(self, message: MessageId) {
        let origin = window().location().origin().unwrap_or_default();
        self.copy(format!("{origin}/m/{}", message.0), "Link copied");
    }

    /// Copies a text and says `done`, or why it is not copied.
    pub(crate) fn copy(self, text: String, done: &'static str) {
        spawn_local(async move {
            let is_copied = clipboard::copy(&text).await;
            let failed = "Not copied. The browser does not allow it";
            self.notice.try_set(Some(if is_copied { done } else { failed }));
        });
    }

    /// Shows the earlier texts of a message.
    pub fn open_history(self, room: RoomId, message: MessageId) {
        self.model.update(|model| model.edit_history = Some(EditHistory::new(room, message)));
    }

    /// Closes the earlier texts of a message.
    pub fn close_history(self) {
        self.model.update(|model| model.edit_history = None);
    }
}
