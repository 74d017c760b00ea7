//! The view of a session: the room in view, its rows, its title and its announcements.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{Message, MessageId, Room, RoomId, UserId};

use super::Session;
use crate::{
    browser::address::Address,
    state::{
        hues::{Hue, Hues},
        model::Model,
        names::Handles,
        reactions::{ReactionSummary, reaction_summaries},
        rooms::format_count,
        timeline::{self, TimelineRow},
    },
};

/// The part of a room that its view depends on. The view is rebuilt only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's id.
    pub id: RoomId,
    /// The room's name.
    pub name: String,
    /// True if only members can see the room.
    pub private: bool,
}

impl From<&Room> for RoomSummary {
    fn from(room: &Room) -> Self {
        Self { id: room.id, name: room.name.clone(), private: room.private }
    }
}

/// Returns the room of `model` at `address`.
fn room_at<'a>(model: &'a Model, address: &Address) -> Option<&'a Room> {
    match address {
        Address::Room(name) => model.rooms.by_name(name),
        Address::Rooms | Address::NewRoom => None,
    }
}

/// Returns the hues of the members of the room at `address`.
pub(super) fn hues_in_view(model: RwSignal<Model>, address: RwSignal<Address>) -> Memo<Arc<Hues>> {
    Memo::new(move |_| {
        let hues = |model: &Model| {
            let room = address.with(|address| room_at(model, address).map(|room| room.id))?;
            Some(model.opened_rooms.get(&room)?.members.hues.clone())
        };
        model.with(hues).unwrap_or_default()
    })
}

impl Session {
    /// Returns the room at the current address.
    #[must_use]
    pub fn room_in_view(self) -> Memo<Option<RoomSummary>> {
        self.select(move |model| {
            self.address.with(|address| room_at(model, address).map(RoomSummary::from))
        })
    }

    /// Returns the hue of a user in the room in view, and whether it has the deeper tone.
    #[must_use]
    pub fn hue(self, user: UserId) -> Signal<(usize, bool)> {
        Signal::derive(move || self.hues.with(|hues| hues.of(user)).into())
    }

    /// Returns the hue of a user outside of rooms.
    #[must_use]
    pub fn own_hue(self, user: UserId) -> Signal<(usize, bool)> {
        Signal::stored(Hue::of(user).into())
    }

    /// Returns the rows of a room's message list.
    #[must_use]
    pub fn rows(self, room: RoomId) -> Memo<Vec<TimelineRow>> {
        Memo::new(move |_| {
            let clock = self.clock();
            self.model.with(|model| {
                // Of a room that the server refused, only the user's unsent messages are shown.
                let shown = model.opened_rooms.get(&room).filter(|room| !room.is_refused());
                timeline::rows(
                    shown.map_or(&[][..], |room| &room.log.messages),
                    model.outbox.of(room),
                    &model.updates,
                    &model.me,
                    model.new_after_in(room),
                    |at| clock.day(at),
                )
            })
        })
    }

    /// Returns the usernames to show beside the names of a room's users.
    #[must_use]
    pub fn handles(self, room: RoomId) -> Memo<Handles> {
        self.select_room(room, Handles::of)
    }

    /// Returns the reactions to the messages of a room, for those messages that have any.
    #[must_use]
    pub fn reaction_summaries(self, room: RoomId) -> Memo<Vec<(MessageId, Vec<ReactionSummary>)>> {
        self.select(move |model| {
            let (me, mut summaries) = (model.me.id, Vec::new());
            let Some(room) = model.opened_rooms.get(&room) else { return summaries };
            for message in room.log.messages.iter().filter(|message| !message.deleted) {
                let reactions = model.updates.reactions(message, me);
                if !reactions.is_empty() {
                    let found = reaction_summaries(&reactions, me, &room.members.list);
                    summaries.push((message.id, found));
                }
            }
            summaries
        })
    }

    /// Returns the number of unread messages, and how many of them mention the user.
    #[must_use]
    pub fn unread(self) -> Memo<(u64, u64)> {
        self.select(|model| (model.rooms.unread(), model.rooms.mentions()))
    }

    /// Returns the document's title: the number of mentions, else a dot if there are unread
    /// messages, then `name`.
    #[must_use]
    pub fn title(self, name: &str) -> Signal<String> {
        let unread = self.unread();
        let name = if name.is_empty() { "Banter".to_owned() } else { format!("{name} · Banter") };
        Signal::derive(move || match unread.get() {
            (0, _) => name.clone(),
            (_, 0) => format!("• {name}"),
            (_, mentions) => format!("({}) {name}", format_count(mentions)),
        })
    }

    /// Returns the latest messages of other users, for screen readers.
    #[must_use]
    pub fn announcements(self) -> Memo<Vec<Message>> {
        self.select(|model| model.announcements.messages().to_vec())
    }

    /// Records whether the user sees the end of a room. If so, its messages count as read.
    pub fn set_at_end(self, room: RoomId, at_end: bool) {
        let is_change = self.model.with_untracked(|model| {
            model.read_state.at_end != at_end
                || at_end && model.room_in_view == Some(room) && model.to_read(room).is_some()
        });
        if is_change {
            self.model.update(|model| model.set_at_end(room, at_end));
        }
    }

    /// Requests the messages before the first loaded one.
    pub fn load_older(self, room: RoomId) {
        let is_request = self.model.with_untracked(|model| {
            let room = model.opened_rooms.get(&room);
            room.is_some_and(|room| room.log.has_more && !room.log.wants_older)
        });
        if is_request {
            self.update_room(room, |room| room.log.wants_older = true);
        }
    }

    /// Drops old messages of a room that has many. Call only while the end of the list is shown.
    pub fn trim(self, room: RoomId) {
        let is_long = |model: &Model| {
            model.opened_rooms.get(&room).is_some_and(|room| room.log.is_trimmable())
        };
        if self.model.with_untracked(is_long) {
            self.update_room(room, |room| room.log.trim());
        }
    }
}
