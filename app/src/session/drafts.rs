//! The user's drafts, one for each room, each thread and each edited message.

use std::time::Duration;

use leptos::prelude::*;
use protocol::{Message, MessageId, Quote, RoomId, Timestamp};

use super::Session;
use crate::{
    browser::{clock, drafts::Drafts, window::effect},
    page::Unsent,
    state::{
        connection::ConnectionState,
        conversation::Conversation,
        drafts::{DraftText, Drafts as SharedDrafts},
        model::Model,
    },
};

/// The time after a change until the other devices are told. Further changes go with it.
const DRAFT_PAUSE: Duration = Duration::from_secs(1);

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
        if editing.is_none() {
            self.note_draft(place);
            self.tell_draft(place);
        }
    }

    /// Returns whether the user has begun to write to a room, here or on another device.
    #[must_use]
    pub fn has_draft(self, room: RoomId) -> Memo<bool> {
        let arrived = self.select(move |model| {
            model.drafts.arrived.get(&room.into()).map(|arrived| !arrived.text.is_empty())
        });
        Memo::new(move |_| {
            arrived
                .get()
                .unwrap_or_else(|| self.drafted.with(|places| places.contains(&room.into())))
        })
    }

    /// Finds the drafts of earlier pages.
    pub(crate) fn find_drafts(self) {
        let places = self.drafts.with_value(Drafts::places);
        places.into_iter().for_each(|place| self.note_draft(place));
    }

    /// Notes whether there is a draft for a room or a thread.
    fn note_draft(self, place: Conversation) {
        let has_one = self.draft(place, None).is_some_and(|text| !text.trim().is_empty());
        let is_known = self.drafted.try_with_untracked(|places| places.contains(&place));
        if is_known == Some(!has_one) {
            self.drafted.update(|places| {
                if has_one {
                    places.insert(place);
                } else {
                    places.remove(&place);
                }
            });
        }
    }

    /// Tells the user's other devices of a draft, once the pause has passed.
    fn tell_draft(self, place: Conversation) {
        let is_due = self.drafts.try_update_value(|drafts| drafts.mark_due(place));
        if is_due != Some(true) {
            return;
        }
        let tell = move || {
            let clock = self.model.try_with_untracked(|model| model.drafts.server_clock).flatten();
            let at = clock.map_or_else(clock::now, |offset| {
                Timestamp::from_millis(clock::elapsed_ms() + offset)
            });
            // Without a connection, the server learns of it later, if this page is still there.
            let connection = self.model.try_with_untracked(|model| model.connection);
            let at_once = connection == Some(ConnectionState::Current);
            let take = |drafts: &mut Drafts| drafts.take_due(place, at, at_once);
            let text = self.drafts.try_update_value(take);
            let Some(Some(text)) = text else { return };
            let write = |model: &mut Model| model.drafts.write(place, text, at);
            let has_arrived =
                self.model.with_untracked(|model| model.drafts.arrived.contains_key(&place));
            // The page shows what has arrived, and no more what this replaces.
            if has_arrived {
                self.model.update(write);
            } else {
                self.send_out(write);
            }
        };
        set_timeout(tell, DRAFT_PAUSE);
    }

    /// Notes what the server learns of once the page is connected.
    pub(crate) fn note_told_drafts(self) {
        let connection = self.connection();
        effect(move || {
            if matches!(connection.get(), ConnectionState::Current) {
                let written = self.model.with_untracked(|model| model.drafts.written.clone());
                self.drafts.with_value(|drafts| drafts.note_told(&written));
            }
        });
    }

    /// Goes on with the draft of an earlier page. The other devices are told of what that did not
    /// tell.
    pub fn resume_draft(self, place: Conversation) {
        if self.drafts.try_update_value(|drafts| drafts.resume(place)) == Some(true) {
            self.tell_draft(place);
        }
    }

    /// Returns when another device has changed the draft for a room or a thread, until the page
    /// shows it.
    pub fn new_draft_at(self, place: Conversation) -> Memo<Option<Timestamp>> {
        self.select(move |model| model.drafts.arrived.get(&place).map(|arrived| arrived.at))
    }

    /// Takes the draft that another device has written for a room or a thread, where `shown` is
    /// shown. Returns the text if it replaces that.
    pub fn take_new_draft(self, place: Conversation, shown: &str) -> Option<String> {
        let arrived = self.model.try_update(|model| model.drafts.take_arrived(place))??;
        let adopt = |drafts: &mut Drafts| drafts.adopt(place, shown, &arrived);
        let is_adopted = self.drafts.try_update_value(adopt)?;
        self.note_draft(place);
        is_adopted.then_some(arrived.text)
    }

    /// Returns whether the user has sent the draft for a room or a thread, as it stands now, from
    /// another device while this one was off. It follows the messages that arrive.
    #[must_use]
    pub fn is_draft_sent(self, place: Conversation) -> Memo<bool> {
        let told = self.drafts.with_value(|drafts| drafts.told_since(place));
        self.select(move |model| {
            let Some((text, since)) = &told else { return false };
            let is_end = |message: &Message| {
                message.sender.id == model.me.id
                    && SharedDrafts::is_ended_by(message, place, (text, *since))
            };
            model.log(place).is_some_and(|log| log.find(is_end).is_some())
        })
    }

    /// Ends the draft `shown`, which the user has sent from another device. Returns whether it was
    /// still that.
    pub fn end_sent_draft(self, place: Conversation, shown: &str) -> bool {
        let sent = Some(shown.to_owned());
        let end = DraftText { text: String::new(), at: clock::now(), sent };
        let is_ended = self.drafts.try_update_value(|drafts| drafts.adopt(place, shown, &end));
        self.note_draft(place);
        is_ended == Some(true)
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
