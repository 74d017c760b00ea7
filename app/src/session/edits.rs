//! Edits of messages that were deleted meanwhile: their words go to the composer.

use leptos::prelude::*;
use protocol::{MessageId, RoomId};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::{clock, window::effect},
    state::{
        commands::append, conversation::Conversation, model::Model, outbox::PendingMessage,
        updates::LateEdit,
    },
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
            Some(words) => {
                let late = LateEdit { message, place, words };
                self.model.update(|model| model.keep_late_edit(late));
            }
            None => self.tell(DELETED),
        }
        self.editing.set(None);
    }

    /// Puts the words of edits that came too late into composers, from now on. They wait while
    /// another message is edited.
    pub(crate) fn return_edits(self) {
        let has_some = self.select(|model| !model.late_edits.is_empty());
        effect(move || {
            let is_free = self.editing.get().is_none()
                && self.taken_back.with(Option::is_none)
                && has_some.get();
            while is_free && untrack(|| self.return_edit()) {}
        });
    }

    /// Puts the words of the first of them into its composer, or with the draft of a composer that
    /// is not shown. Returns whether the next one may follow.
    fn return_edit(self) -> bool {
        let take =
            |model: &mut Model| (!model.late_edits.is_empty()).then(|| model.late_edits.remove(0));
        let Some(Some(LateEdit { place, words, .. })) = self.model.try_update(take) else {
            return false;
        };
        self.tell(RETURNED);
        if self.composers.with_value(|shown| shown.contains(&place)) {
            let id = MessageId(Uuid::now_v7());
            let mut taken = PendingMessage::new(id, place.room, words, clock::now());
            taken.thread = place.thread;
            self.taken_back.set(Some(taken));
            return false;
        }
        let before = self.draft(place, None).unwrap_or_default();
        self.replace_draft(place, None, &before, &append(&before, &words));
        true
    }
}
