//! Drafts: text that the user has begun and not sent.

use protocol::{MessageId, RoomId, UserId};
use uuid::Uuid;

use super::storage::Area;

/// A user's drafts. Local storage has one draft per room, which all tabs share, and may be full.
/// So the drafts of this page stay in memory as well. The edits of a tab are stored for it alone.
#[derive(Debug)]
pub struct Drafts {
    user: UserId,
    on_page: Vec<Draft>,
}

/// A draft of this page: a new message, or the new text of an existing one.
#[derive(Debug)]
struct Draft {
    room: RoomId,
    editing: Option<MessageId>,
    text: String,
}

impl Drafts {
    /// Creates the drafts of `user`, with none on this page yet.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self { user, on_page: Vec::new() }
    }

    /// Returns the draft for a room, or for the message edited there. The page's own draft comes
    /// before the one in storage.
    #[must_use]
    pub fn read(&self, room: RoomId, editing: Option<MessageId>) -> Option<String> {
        let mut on_page = self.on_page.iter();
        let on_page = on_page.find(|draft| draft.room == room && draft.editing == editing);
        let stored =
            || if editing.is_none() { Area::Device.get(&self.key(room, None)) } else { None };
        on_page.map(|draft| draft.text.clone()).or_else(stored)
    }

    /// Returns the message of a room that is being edited.
    #[must_use]
    pub fn edited(&self, room: RoomId) -> Option<MessageId> {
        self.on_page.iter().filter(|draft| draft.room == room).find_map(|draft| draft.editing)
    }

    /// Replaces the text `before` of a draft by `text`.
    pub fn replace(&mut self, room: RoomId, editing: Option<MessageId>, before: &str, text: &str) {
        self.on_page.retain(|draft| draft.room != room || draft.editing != editing);
        if !text.is_empty() {
            self.on_page.push(Draft { room, editing, text: text.to_owned() });
        }
        let (area, key) = (area(editing), self.key(room, editing));
        if text.is_empty() || !area.set(&key, text) {
            // A different text in storage belongs to another tab. An old text of this page must
            // go even if the new one does not fit: otherwise it would reappear some day.
            if area.get(&key).as_deref() == Some(before) {
                area.remove(&key);
            }
        }
    }

    /// Drops the new text of a message.
    pub fn end_edit(&mut self, room: RoomId, message: MessageId) {
        self.on_page.retain(|draft| draft.room != room || draft.editing != Some(message));
        Area::Tab.remove(&self.key(room, Some(message)));
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
                self.on_page.push(Draft { room: RoomId(room), editing, text });
            }
        }
    }

    /// Stores the drafts of this page again. Another tab may have overwritten them.
    pub fn store_again(&self) {
        for Draft { room, text, .. } in self.on_page.iter().filter(|draft| draft.editing.is_none())
        {
            Area::Device.set(&self.key(*room, None), text);
        }
    }

    /// Returns the name of the stored draft for a room, or for the message edited there.
    /// `public/boot.js` stores it too.
    #[must_use]
    pub fn key(&self, room: RoomId, editing: Option<MessageId>) -> String {
        match editing {
            None => format!("banter/{}/draft/{room}", self.user),
            Some(message) => format!("banter/{}/edit/{room}/{}", self.user, message.0),
        }
    }
}

fn area(editing: Option<MessageId>) -> Area {
    if editing.is_some() { Area::Tab } else { Area::Device }
}
