//! What another app has shared: where the user takes it.

use leptos::prelude::*;
use protocol::Room;

use super::Session;
use crate::{
    browser::{address, shared},
    page::address::Address,
    state::{commands::append, conversation::Conversation, share::Shared},
};

impl Session {
    /// Adds what was shared to what the user writes in a room, and opens the room. Returns false
    /// if it is not there any more.
    pub(crate) async fn take_shared(self, what: &Shared, room: &Room) -> bool {
        let Some(files) = shared::files(what).await else { return false };
        let place = Conversation::from(room.id);
        let words = what.words();
        if !words.is_empty() {
            self.append_to_draft(place, &words);
        }
        self.attach(place, files);
        address::replace(self.address, Address::Room(room.slug.clone()));
        shared::forget(what).await;
        true
    }

    /// Appends a text to the draft for a room or a thread whose composer is not shown.
    fn append_to_draft(self, place: Conversation, text: &str) {
        // What another device has written stays as well.
        let shown = self.draft(place, None).unwrap_or_default();
        self.resume_draft(place);
        let before = self.take_new_draft(place, &shown).unwrap_or(shown);
        self.replace_draft(place, None, &before, &append(&before, text));
    }

    /// Drops what was shared, and goes to the room that was open last.
    pub(crate) async fn drop_shared(self, what: &Shared) {
        shared::forget(what).await;
        let recent = self.recent_rooms();
        let last = self.model.with_untracked(|model| {
            let room = recent.into_iter().find_map(|room| model.rooms.find(room))?;
            Some(Address::Room(room.slug.clone()))
        });
        address::replace(self.address, last.unwrap_or(Address::Rooms));
    }
}
