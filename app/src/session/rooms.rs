//! The user's rooms: the views to go to, what the navigation lists, and the user's choices.

use std::collections::HashMap;

use leptos::prelude::*;
use protocol::{NotifyLevel, Presence, Room, RoomId, UserId, http::NewMember};

use super::Session;
use crate::{
    browser::{
        address,
        calls::{Refusal, send},
    },
    page::address::Address,
    state::{
        access::{Access, manages},
        places::{Places, name_of},
    },
};

impl Session {
    /// Goes to another view, with an entry in the browser's history.
    pub fn go(self, next: Address) {
        address::go(self.address, next);
    }

    /// Shows the address that the browser shows, if the page began without its room: this device
    /// has no copy of it. Shows the present address in the browser in place of one that only leads
    /// here.
    pub(crate) fn show_address(self) {
        let Some(path) = address::path() else { return };
        match Address::parse(&path) {
            Some(room @ Address::Room(_)) if self.address.get_untracked() == Address::Rooms => {
                self.address.set(room);
            }
            None if path == "/" => address::show(&self.address.get_untracked()),
            _ => {}
        }
    }

    /// Returns whether this page can show an address. The server knows the addresses that rooms had
    /// before.
    #[must_use]
    pub fn knows(self, address: &Address) -> bool {
        match address {
            Address::Room(name) => {
                self.model.with_untracked(|model| model.rooms.by_name(name).is_some())
            }
            _ => true,
        }
    }

    /// Goes to a room.
    pub fn go_to_room(self, room: &Room) {
        self.go(Address::Room(room.slug.clone()));
    }

    /// Returns what the navigation lists.
    #[must_use]
    pub fn places(self) -> Memo<Places> {
        let open = self.room_in_view();
        self.select(move |model| {
            Places::of(model, open.with(|open| open.as_ref().map(|room| room.id)))
        })
    }

    /// Returns a room as the list of rooms has it.
    #[must_use]
    pub fn room(self, room: RoomId) -> Memo<Option<Room>> {
        self.select(move |model| model.rooms.find(room).cloned())
    }

    /// Returns the present name of a room; empty if the room is gone.
    #[must_use]
    pub fn room_name(self, room: RoomId) -> Memo<String> {
        self.select(move |model| model.rooms.find(room).map(name_of).unwrap_or_default())
    }

    /// Returns the number of unread messages outside the room in view, without muted rooms.
    #[must_use]
    pub fn unread_elsewhere(self) -> Memo<u64> {
        let open = self.room_in_view();
        self.select(move |model| {
            let open = open.with(|open| open.as_ref().map(|room| room.id));
            let is_elsewhere = |room: &&Room| {
                let is_muted = model.choices.notify(room) == NotifyLevel::Nothing;
                room.member && open != Some(room.id) && !is_muted
            };
            model.rooms.iter().filter(is_elsewhere).map(|room| room.unread).sum()
        })
    }

    /// Returns what the user may do in a room.
    #[must_use]
    pub fn access(self, room: RoomId) -> Memo<Access> {
        self.select(move |model| model.rooms.find(room).map(Access::to).unwrap_or_default())
    }

    /// Returns whether the user may change a room and remove its members.
    #[must_use]
    pub fn manages(self, room: RoomId) -> Memo<bool> {
        self.select(move |model| {
            let members = model.opened_rooms.get(&room).map(|room| room.members.list.as_slice());
            let known = model.rooms.find(room);
            known.is_some_and(|room| manages(&model.me, room, members.unwrap_or_default()))
        })
    }

    /// Returns whether a user is here, away or offline. The user of the page is here while the
    /// page is connected.
    #[must_use]
    pub fn presence_in_list(self, user: UserId) -> Memo<Presence> {
        self.select(move |model| {
            if user != model.me.id {
                model.presences.of(user)
            } else if model.connection.is_away() {
                Presence::Offline
            } else {
                Presence::Online
            }
        })
    }

    /// Returns whether the one other person of a direct room wants no notifications, or in notes
    /// the user of the page.
    #[must_use]
    pub fn is_other_quiet(self, room: RoomId) -> Memo<bool> {
        self.select(move |model| {
            match model.rooms.find(room).and_then(|room| room.people.as_deref()) {
                Some([]) => model.me.quiet,
                Some([other]) => other.quiet,
                _ => false,
            }
        })
    }

    /// Returns the number of events in each room, as it stands now.
    #[must_use]
    pub fn room_order(self) -> HashMap<RoomId, u64> {
        self.model
            .with_untracked(|model| model.rooms.iter().map(|room| (room.id, room.seq)).collect())
    }

    /// Requests the people of these rooms, which a list shows.
    pub fn want_people(self, rooms: Vec<RoomId>) {
        if self.model.with_untracked(|model| model.room_people.wanted != rooms) {
            self.model.update(|model| model.room_people.wanted = rooms);
        }
    }

    /// Chooses which messages of a room notify the user.
    pub fn set_notify(self, room: RoomId, level: NotifyLevel) {
        self.model.update(|model| model.choices.set_notify(room, level));
    }

    /// Makes a room a favourite, or no longer one.
    pub fn set_favourite(self, room: RoomId, on: bool) {
        self.model.update(|model| model.choices.set_favourite(room, on));
    }

    /// Takes over a room from the response of a call. The event that tells of it may come later.
    pub fn apply_room(self, room: Room) {
        self.model.update(|model| {
            model.update_rooms(vec![room]);
        });
    }

    /// Loads the members of a room again, after the user changed them.
    pub fn reload_members(self, room: RoomId) {
        self.update_room(room, |room| room.members.is_changed = true);
    }

    /// Joins a public room.
    pub(crate) async fn join(self, room: RoomId) -> Result<(), Refusal> {
        let user = self.model.with_untracked(|model| model.me.id.to_string());
        let body = serde_json::to_string(&NewMember { user }).ok();
        send("POST", &format!("/api/rooms/{room}/members"), body).await?;
        self.model.update(|model| {
            if let Some(room) = model.rooms.find_mut(room) {
                room.member = true;
            }
        });
        self.reload_members(room);
        Ok(())
    }

    /// Leaves a room, or hides a direct one, and goes to the list of rooms if it is in view.
    pub(crate) async fn leave(self, room: RoomId) -> Result<(), Refusal> {
        let (me, is_in_view) =
            self.model.with_untracked(|model| (model.me.id, model.room_in_view == Some(room)));
        let here = is_in_view.then(|| self.address.get_untracked());
        send("DELETE", &format!("/api/rooms/{room}/members/{me}"), None).await?;
        // The event that it is gone may have come before the response.
        if here.is_some_and(|here| here == self.address.get_untracked()) {
            self.panel.set(None);
            self.go(Address::Rooms);
        }
        Ok(())
    }
}
