//! The user's drafts, one for each room, each thread and each edited message.

use leptos::prelude::*;
use protocol::{MessageId, Quote, RoomId};

use super::Session;
use crate::{browser::drafts::Drafts, page::Unsent, state::conversation::Conversation};

impl Session {
    /// Returns the draft for a room or a thread, or for the message edited there.
    #[must_use]
    pub fn draft(
        self,
        place: impl Into<Conversation>,
        editing: Option<MessageId>,
    ) -> Option<String> {
        self.drafts.with_value(|drafts| drafts.read(place.into(), editing))
    }

    /// Returns the message that the draft for a room or a thread quotes.
    #[must_use]
    pub fn draft_quote(self, place: Conversation) -> Option<Quote> {
        self.drafts.with_value(|drafts| drafts.quote(place))
    }

    /// Stores the message that the draft for a room or a thread quotes.
    pub fn set_draft_quote(self, place: Conversation, quote: Option<&Quote>) {
        self.drafts.update_value(|drafts| drafts.set_quote(place, quote));
    }

    /// Replaces the text `before` of the draft for a room or a thread, or for the message edited
    /// there, by `text`.
    pub fn replace_draft(
        self,
        place: Conversation,
        editing: Option<MessageId>,
        before: &str,
        text: &str,
    ) {
        match editing.filter(|id| self.message_text(place.room, *id).as_deref() == Some(text)) {
            Some(unchanged) => self.end_edit(place.room, unchanged),
            None => self.drafts.update_value(|drafts| drafts.replace(place, editing, before, text)),
        }
    }

    /// Returns the name under which the browser stores the draft for a room or a thread, or for
    /// the message edited there.
    #[must_use]
    pub fn draft_key(self, place: Conversation, editing: Option<MessageId>) -> String {
        self.drafts.with_value(|drafts| drafts.key(place, editing))
    }

    /// Takes the text that the form of this page has not sent.
    #[must_use]
    pub fn take_unsent(self) -> Option<Unsent> {
        self.unsent.try_update_value(Option::take).flatten()
    }

    /// Restores the edits that an earlier page of this tab had begun.
    pub(crate) fn restore_edits(self) {
        self.drafts.update_value(Drafts::restore_edits);
    }

    /// Reopens the edit that was in progress when the user left the room or the page.
    pub fn resume_edit(self, room: RoomId) {
        if let Some(message) = self.drafts.with_value(|drafts| drafts.edited(room)) {
            self.editing.set(Some(message));
        }
    }

    /// Drops the new text of a message.
    pub fn end_edit(self, room: RoomId, message: MessageId) {
        self.drafts.update_value(|drafts| drafts.end_edit(room, message));
    }

    /// Stores the drafts of this page again. Another tab may have overwritten them.
    pub(crate) fn store_drafts(self) {
        self.drafts.with_value(Drafts::store_again);
    }
}
