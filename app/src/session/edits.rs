//! Edits of messages that were deleted meanwhile: their words go to the composer.

use leptos::prelude::*;
use protocol::{MessageId, RoomId};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::{clock, window::effect},
    state::{commands::append, conversation::Conversation, outbox::PendingMessage},
};

/// What is said if the user had changed nothing.
const DELETED: &str = "The message was deleted";
/// What is said if the user had written something.
const RETURNED: &str = "The message is gone. Your words are in its composer.";

impl Session {
    /// Returns whether a message is deleted.
    #[must_use]
    pub fn is_deleted(self, room: RoomId, message: MessageId) -> bool {
        let is_deleted = self
            .select_room_now(room, |room| room.find(message).is_some_and(|known| known.deleted));
        is_deleted.unwrap_or_default()
    }

    /// Ends the edit of a message that was deleted meanwhile.
    pub fn end_deleted_edit(self, place: Conversation, message: MessageId) {
        match self.draft(place, Some(message)) {
            Some(words) => self.return_words(place, &words),
            None => self.tell(DELETED),
        }
        self.editing.set(None);
    }

    /// Puts the words of edits that came too late into composers, from now on.
    pub(crate) fn return_edits(self) {
        let has_some = self.select(|model| !model.late_edits.is_empty());
        effect(move || {
            if has_some.get() {
                let late = self.model.try_update(|model| std::mem::take(&mut model.late_edits));
                for (place, words) in late.unwrap_or_default() {
                    untrack(|| self.return_words(place, &words));
                }
            }
        });
    }

    fn return_words(self, place: Conversation, words: &str) {
        let is_shown = self.composers.with_value(|shown| shown.contains(&place));
        let is_free = self.editing.with_untracked(Option::is_none)
            && self.taken_back.with_untracked(Option::is_none);
        if is_shown && is_free {
            let id = MessageId(Uuid::now_v7());
            let mut taken = PendingMessage::new(id, place.room, words.to_owned(), clock::now());
            taken.thread = place.thread;
            self.taken_back.set(Some(taken));
        } else {
            let before = self.draft(place, None).unwrap_or_default();
            self.replace_draft(place, None, &before, &append(&before, words));
        }
        self.tell(RETURNED);
    }
}
