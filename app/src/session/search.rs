//! The search for messages: the user's actions.

use leptos::prelude::*;
use protocol::{MessageId, RoomId, RoomKind};

use super::{Session, place_of};
use crate::{
    browser::{address, clock, focus::focus, search},
    page::address::{Address, View},
    state::search::Asked,
};

/// The field of the search.
const FIELD: &str = ".search__field";

/// Where the user was in what was found, until it is shown again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchPlace {
    /// How far the page was scrolled, in CSS pixels.
    pub scrolled: i32,
    /// The message that was looked at.
    pub chosen: Option<MessageId>,
}

impl Session {
    /// Opens the search. If it is open already, the focus goes to its field.
    pub fn open_search(self, asked: &Asked) {
        if self.address.with_untracked(|here| *here == Address::View(View::Search)) {
            focus(FIELD);
            return;
        }
        let path = search::path_of(asked);
        address::go_to(self.address, Address::View(View::Search), &path);
    }

    /// Opens the search for these words, also if another search is open.
    pub fn search_for(self, query: String) {
        let asked = Asked { query, room: None };
        if self.address.with_untracked(|here| *here == Address::View(View::Search)) {
            search::show(&asked);
            self.search(asked);
            request_animation_frame(|| {
                focus(FIELD);
            });
        } else {
            self.open_search(&asked);
        }
    }

    /// Opens the search of one room.
    pub fn search_room(self, id: RoomId) {
        let asked = self.model.with_untracked(|model| {
            let room = model.rooms.find(id)?;
            Some(match room.kind {
                RoomKind::Direct => Asked { query: String::new(), room: Some(id.to_string()) },
                _ => Asked { query: format!("in:{} ", room.slug), room: None },
            })
        });
        if let Some(asked) = asked {
            self.open_search(&asked);
        }
    }

    /// Opens the search of the room in view.
    pub fn search_here(self) {
        if let Some(room) = self.room_in_view().get_untracked() {
            self.search_room(room.id);
        }
    }

    /// Shows or hides what was found.
    pub fn show_search(self, is_open: bool) {
        self.model.try_update(|model| {
            model.search.is_open = is_open;
            model.search.time_zone = clock::time_zone();
        });
    }

    /// Searches for something. Returns whether it is something else than before. What was refused
    /// is tried again.
    pub fn search(self, asked: Asked) -> bool {
        let (is_other, is_refused) = self
            .model
            .with_untracked(|model| (*model.search.asked() != asked, model.search.fault.is_some()));
        if is_other {
            self.search_place.set_value(SearchPlace::default());
            self.model.update(|model| model.search.ask(asked));
        } else if is_refused {
            self.model.update(|model| model.search.search_again());
        }
        is_other
    }

    /// Requests more of what is found.
    pub fn load_more_found(self) {
        let can = self.model.with_untracked(|model| {
            let more = model.search.found.as_ref().is_some_and(|found| found.has_more());
            more && !model.search.is_loading_more()
        });
        if can {
            self.model.update(|model| model.search.load_more());
        }
    }

    /// Opens a message that was found in its place. Returns whether this page can do that.
    pub fn open_found(self, id: MessageId) -> bool {
        let message = self.model.with_untracked(|model| {
            let found = model.search.find(id)?;
            let is_known = model.rooms.find(found.message.room).is_some();
            is_known.then(|| found.message.clone())
        });
        let Some(message) = message else { return false };
        self.show_message(place_of(&message), id, message.seq);
        true
    }

    /// Remembers the view in which the user is, to go back there from the search.
    pub(crate) fn note_view(self) {
        let here = self.address.get();
        if here != Address::View(View::Search) {
            self.before_search.set_value(Some(here));
        }
    }

    /// Goes back to where the user was before the search, else to the room that was open last.
    pub fn leave_search(self) {
        let recent = || {
            let recent = self.recent_rooms();
            self.model.with_untracked(|model| {
                let room = recent.into_iter().find_map(|room| model.rooms.find(room))?;
                Some(Address::Room(room.slug.clone()))
            })
        };
        let before = self.before_search.get_value().or_else(recent);
        self.go(before.unwrap_or(Address::Rooms));
    }

    /// Returns the last searches on this device, the latest first.
    #[must_use]
    pub fn recent_searches(self) -> Vec<Asked> {
        search::recent(self.model.with_untracked(|model| model.me.id))
    }

    /// Remembers what was searched for, if anything was found. Returns what is remembered then.
    pub fn remember_search(self) -> Vec<Asked> {
        self.model.with_untracked(|model| match model.search.successful() {
            Some(asked) => search::remember(model.me.id, asked),
            None => search::recent(model.me.id),
        })
    }

    /// Remembers these searches in place of the others.
    pub fn set_recent_searches(self, recent: &[Asked]) {
        search::store(self.model.with_untracked(|model| model.me.id), recent);
    }
}
