//! Drafts: text that the user has begun and not sent.

use protocol::{MessageId, RoomId, UserId};

use super::storage::{get, remove, set};

/// A user's drafts. Local storage has one draft per room, which all tabs share, and may be full.
/// So the drafts of this page stay in memory as well.
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
        let stored = || if editing.is_none() { get(&self.key(room)) } else { None };
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
        if editing.is_none() && (text.is_empty() || !set(&self.key(room), text)) {
            // A different text in storage belongs to another tab. An old text of this page must
            // go even if the new one does not fit: otherwise it would reappear some day.
            if get(&self.key(room)).as_deref() == Some(before) {
                remove(&self.key(room));
            }
        }
    }

    /// Drops the new text of a message.
    pub fn end_edit(&mut self, room: RoomId, message: MessageId) {
        self.on_page.retain(|draft| draft.room != room || draft.editing != Some(message));
    }

    /// Stores the drafts of this page again. Another tab may have overwritten them.
    pub fn store_again(&self) {
        for Draft { room, text, .. } in self.on_page.iter().filter(|draft| draft.editing.is_none())
        {
            set(&self.key(*room), text);
        }
    }

    /// Returns the name of the stored draft for a room. `public/boot.js` stores it too.
    #[must_use]
    pub fn key(&self, room: RoomId) -> String {
        format!("banter/{}/draft/{room}", self.user)
    }
}
