//! The user's rooms: the views to go to, what the navigation lists, and the user's choices.

use leptos::prelude::*;
use protocol::Room;

use super::Session;
use crate::{browser::address, page::address::Address};

impl Session {
    /// Goes to another view, with an entry in the browser's history.
    pub fn go(self, next: Address) {
        address::go(self.address, next);
    }

    /// Goes to a room.
    pub fn go_to_room(self, room: &Room) {
        self.go(Address::Room(room.slug.clone()));
    }

    /// Takes over a room from the response of a call. The event that tells of it may come later.
    pub fn apply_room(self, room: Room) {
        self.model.update(|model| {
            model.update_rooms(vec![room]);
        });
    }
}
