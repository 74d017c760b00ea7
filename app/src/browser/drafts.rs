//! Drafts: text that the user has begun and not sent.

use std::collections::HashMap;

use protocol::{MessageId, Quote, RoomId, Timestamp, UserId};
use uuid::Uuid;

use super::storage::Area;
use crate::state::{
    conversation::Conversation,
    drafts::{DraftText, SharedDraft},
};

/// A user's drafts. Local storage has one per room and thread, which all tabs share. It may be
/// full, so the drafts of this page stay in memory as well. The edits of a tab are stored for it
/// alone.
#[derive(Debug)]
pub struct Drafts {
    user: UserId,
    on_page: Vec<Draft>,
    /// What the other devices know of the drafts that were changed on this page.
    shared: HashMap<Conversation, SharedDraft>,
}

/// A draft of this page: a new message, or the new text of an existing one.
#[derive(Debug)]
struct Draft {
    place: Conversation,
    editing: Option<MessageId>,
    text: String,
}

impl Drafts {
    /// Creates the drafts of `user`, with none on this page yet.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self { user, on_page: Vec::new(), shared: HashMap::new() }
    }

    /// Returns the draft for a room or a thread, or for the message edited there. The page's own
    /// draft comes before the one in storage.
    #[must_use]
    pub fn read(&self, place: Conversation, editing: Option<MessageId>) -> Option<String> {
        let mut on_page = self.on_page.iter();
        let on_page = on_page.find(|draft| match editing {
            None => draft.place == place && draft.editing.is_none(),
            editing => draft.place.room == place.room && draft.editing == editing,
        });
        let stored =
            || if editing.is_none() { Area::Device.get(&self.key(place, None)) } else { None };
        on_page.map(|draft| draft.text.clone()).or_else(stored)
    }

    /// Returns the rooms and threads for which a draft is stored, in any order.
    #[must_use]
    pub fn places(&self) -> Vec<Conversation> {
        let prefix = format!("banter/{}/draft/", self.user);
        let keys = Area::Device.keys(&prefix);
        keys.iter().filter_map(|key| Conversation::parse(&key[prefix.len()..])).collect()
    }

    /// Returns when the other devices were told last of the draft of a place.
    #[must_use]
    pub fn told_at(&self, place: Conversation) -> Option<Timestamp> {
        let at = Area::Device.get(&self.key_of("told-at", place))?.parse().ok()?;
        Some(Timestamp::from_millis(at))
    }

    /// Returns the message of a room that is being edited.
    #[must_use]
    pub fn edited(&self, room: RoomId) -> Option<MessageId> {
        self.on_page.iter().filter(|draft| draft.place.room == room).find_map(|draft| draft.editing)
    }

    /// Replaces the text `before` of a draft by `text`.
    pub fn replace(
        &mut self,
        place: Conversation,
        editing: Option<MessageId>,
        before: &str,
        text: &str,
    ) {
        self.on_page
            .retain(|draft| draft.editing != editing || editing.is_none() && draft.place != place);
        if !text.is_empty() {
            self.on_page.push(Draft { place, editing, text: text.to_owned() });
        }
        let (area, key) = (area(editing), self.key(place, editing));
        if text.is_empty() || !area.set(&key, text) {
            // A different text in storage belongs to another tab. An old text of this page must
            // go even if the new one does not fit: otherwise it would reappear some day.
            if area.get(&key).as_deref() == Some(before) {
                area.remove(&key);
            }
        }
    }

    /// Marks the draft of a place as changed by the user. Returns whether it was not marked before.
    pub fn mark_due(&mut self, place: Conversation) -> bool {
        self.shared.entry(place).or_default().typed()
    }

    /// Takes the mark away, and returns the present text, which the other devices are told of.
    /// Returns `None` if there is no draft, and they know of none, or if no server keeps it. `now`
    /// is the time on the server. Unless they are told `at_once`, [`Drafts::note_told`] has to
    /// follow.
    pub fn take_due(
        &mut self,
        place: Conversation,
        now: Timestamp,
        at_once: bool,
    ) -> Option<String> {
        let text = self.read(place, None).unwrap_or_default();
        if !self.shared.entry(place).or_default().tell(&text) {
            return None;
        }
        let is_known = text.is_empty() && self.told(place).is_empty();
        if at_once {
            self.set_told(place, &text, now);
        }
        (!is_known).then_some(text)
    }

    /// Notes what the other devices were told, for the next page.
    pub fn note_told(&self, written: &HashMap<Conversation, DraftText>) {
        for (place, draft) in written {
            self.set_told(*place, &draft.text, draft.at);
        }
    }

    /// Learns what the other devices were told of the draft by an earlier page. Returns whether it
    /// was changed since. Of a draft that this page knows, it learns nothing.
    pub fn resume(&mut self, place: Conversation) -> bool {
        let (text, told) = (self.read(place, None).unwrap_or_default(), self.told(place));
        let is_changed = text != told;
        if !is_changed {
            self.shared.entry(place).or_insert_with(|| SharedDraft::resumed(told));
        }
        is_changed
    }

    /// Returns the draft of a place and when the other devices were told of it, unless it has
    /// changed since.
    pub fn told_since(&self, place: Conversation) -> Option<(String, Timestamp)> {
        let text = self.read(place, None).filter(|text| !text.is_empty())?;
        let at = self.told_at(place)?;
        let shared = self.shared.get(&place)?;
        shared.is_told(&text).then_some((text, at))
    }

    /// Offers what another device has written to the page that shows `shown`. Returns whether it
    /// has replaced that.
    pub fn adopt(&mut self, place: Conversation, shown: &str, arrived: &DraftText) -> bool {
        let is_adopted = self.shared.entry(place).or_default().adopt(shown, arrived);
        if is_adopted {
            self.replace(place, None, shown, &arrived.text);
        }
        if is_adopted || shown == arrived.text {
            self.set_told(place, &arrived.text, arrived.at);
        }
        is_adopted
    }

    /// Returns what the other devices have, as far as this device knows.
    fn told(&self, place: Conversation) -> String {
        Area::Device.get(&self.key_of("told", place)).unwrap_or_default()
    }

    fn set_told(&self, place: Conversation, text: &str, at: Timestamp) {
        let (key, key_at) = (self.key_of("told", place), self.key_of("told-at", place));
        if text.is_empty() || !Area::Device.set(&key, text) {
            Area::Device.remove(&key);
            Area::Device.remove(&key_at);
        } else {
            Area::Device.set(&key_at, &at.as_millis().to_string());
        }
    }

    /// Drops the new text of a message.
    pub fn end_edit(&mut self, room: RoomId, message: MessageId) {
        self.on_page.retain(|draft| draft.editing != Some(message));
        Area::Tab.remove(&self.key(room.into(), Some(message)));
    }

    /// Adds the edits that an earlier page of this tab has stored.
    pub fn restore_edits(&mut self) {
        let prefix = format!("banter/{}/edit/", self.user);
        for key in Area::Tab.keys(&prefix) {
            let ids = key[prefix.len()..].split_once('/').and_then(|(room, message)| {
                Some((Uuid::try_parse(room).ok()?, Uuid::try_parse(message).ok()?))
            });
            if let (Some((room, message)), Some(text)) = (ids, Area::Tab.get(&key)) {
                let editing = Some(MessageId(message));
                self.on_page.push(Draft { place: RoomId(room).into(), editing, text });
            }
        }
    }

    /// Stores the drafts of this page again. Another tab may have overwritten them.
    pub fn store_again(&self) {
        for Draft { place, text, .. } in self.on_page.iter().filter(|draft| draft.editing.is_none())
        {
            Area::Device.set(&self.key(*place, None), text);
        }
    }

    /// Returns the message that the draft for a room or a thread quotes.
    #[must_use]
    pub fn quote(&self, place: Conversation) -> Option<Quote> {
        serde_json::from_str(&Area::Device.get(&self.key_of("quote", place))?).ok()
    }

    /// Stores the message that the draft for a room or a thread quotes.
    pub fn set_quote(&mut self, place: Conversation, quote: Option<&Quote>) {
        let key = self.key_of("quote", place);
        match quote.and_then(|quote| serde_json::to_string(quote).ok()) {
            Some(text) => {
                Area::Device.set(&key, &text);
            }
            None => Area::Device.remove(&key),
        }
    }

    /// Returns the name of the stored draft for a room or a thread, or for the message edited
    /// there. `public/boot.js` stores it too.
    #[must_use]
    pub fn key(&self, place: Conversation, editing: Option<MessageId>) -> String {
        match editing {
            None => self.key_of("draft", place),
            Some(message) => format!("banter/{}/edit/{}/{}", self.user, place.room, message.0),
        }
    }

    fn key_of(&self, kind: &str, Conversation { room, thread }: Conversation) -> String {
        let thread = thread.map(|thread| format!("/{}", thread.0)).unwrap_or_default();
        format!("banter/{}/{kind}/{room}{thread}", self.user)
    }
}

fn area(editing: Option<MessageId>) -> Area {
    if editing.is_some() { Area::Tab } else { Area::Device }
}
