//! What the user has begun to write and not sent, in all rooms and threads.

use std::{cmp::Reverse, collections::HashSet};

use leptos::prelude::*;
use protocol::Timestamp;

use super::{Panel, Session};
use crate::{
    browser::window::effect,
    state::{conversation::Conversation, places::Place, tray::PendingFile},
};

/// A draft, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The room or the thread.
    pub place: Conversation,
    /// The room as it is listed.
    pub room: Place,
    /// The text.
    pub text: String,
    /// The names of the files.
    pub files: Vec<String>,
    /// When it was changed last, as far as it is known.
    pub at: Option<Timestamp>,
}

impl Session {
    /// Returns the rooms and threads with a draft, here or on another device.
    fn drafted_places(self) -> Memo<HashSet<Conversation>> {
        let with_files = Memo::new(move |_| {
            let has_files =
                |(place, files): (&Conversation, &Vec<_>)| (!files.is_empty()).then_some(*place);
            self.tray.with(|tray| tray.lists().iter().filter_map(has_files).collect::<HashSet<_>>())
        });
        self.select(move |model| {
            let arrived = model.drafts.arrived.iter();
            let arrived = arrived.filter(|(_, draft)| !draft.text.trim().is_empty());
            let mut places = self.drafted.get();
            places.extend(with_files.get());
            places.extend(arrived.map(|(place, _)| *place));
            places.retain(|place| model.rooms.find(place.room).is_some());
            places
        })
    }

    /// Returns the number of drafts, without those that stand in composers in view.
    #[must_use]
    pub fn begun_count(self) -> Memo<u64> {
        let (places, room) = (self.drafted_places(), self.room_in_view());
        Memo::new(move |_| {
            let (panel, room) = (self.panel.get(), room.with(|room| room.as_ref().map(|it| it.id)));
            let is_elsewhere = |place: &&Conversation| match place.thread {
                None => Some(place.room) != room,
                Some(thread) => panel != Some(Panel::Thread(thread)),
            };
            places.with(|places| places.iter().filter(is_elsewhere).count() as u64)
        })
    }

    /// Returns all drafts, the newest first.
    #[must_use]
    pub fn begun(self) -> Memo<Vec<Begun>> {
        let places = self.drafted_places();
        self.select(move |model| {
            let begun = |place: &Conversation| {
                let room = Place::of(model, model.rooms.find(place.room)?);
                let here = self.draft(*place, None).filter(|text| !text.trim().is_empty());
                let arrived = || model.drafts.arrived.get(place).map(|draft| draft.text.clone());
                let told = self.drafts.with_value(|drafts| drafts.told_at(*place));
                let name = |file: &PendingFile| file.name.clone();
                let files: Vec<_> =
                    self.tray.with(|tray| tray.of(*place).iter().map(name).collect());
                let text = here.or_else(arrived).unwrap_or_default();
                let at = told.max(model.drafts.changes().get(place).copied());
                // Another tab may have sent it.
                let is_here = !files.is_empty() || !text.trim().is_empty();
                is_here.then_some(Begun { place: *place, room, text, files, at })
            };
            let mut all: Vec<_> = places.with(|places| places.iter().filter_map(begun).collect());
            // Of those that were begun without a connection, nothing is known.
            all.sort_unstable_by_key(|begun| (Reverse(begun.at), begun.place.room.0));
            all
        })
    }

    /// Takes the drafts that other devices have written, and goes on with those of earlier pages,
    /// as their composers would. Call where no composer is in view.
    pub fn take_new_drafts(self) {
        let arrived = self.select(|model| {
            let mut places: Vec<_> = model.drafts.arrived.keys().copied().collect();
            places.sort_unstable_by_key(|place| (place.room.0, place.thread.map(|it| it.0)));
            places
        });
        // What an earlier page did not tell them, this one does.
        let begun = self.drafted_places();
        effect(move || begun.get().into_iter().for_each(|place| self.resume_draft(place)));
        effect(move || {
            for place in arrived.get() {
                let shown = self.draft(place, None).unwrap_or_default();
                self.resume_draft(place);
                let _ = self.take_new_draft(place, &shown);
            }
        });
    }

    /// Drops the draft of a room or a thread, with its files and the message that it quotes.
    pub fn drop_draft(self, place: Conversation) {
        let text = self.draft(place, None).unwrap_or_default();
        self.replace_draft(place, None, &text, "");
        self.set_draft_quote(place, None);
        let files: Vec<_> =
            self.tray.with_untracked(|tray| tray.of(place).iter().map(|file| file.id).collect());
        files.into_iter().for_each(|id| self.detach(place, id));
        self.say("The draft is gone");
    }
}
