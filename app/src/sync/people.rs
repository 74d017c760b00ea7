//! Requests people of rooms that are not open: for the list of all rooms, and to show who is here.

use std::collections::HashSet;

use protocol::{
    ErrorPayload, Event, Members, Request, Response, Room, RoomId, RoomKind,
    limits::{MAX_DIRECT_OTHERS, MAX_PAGE_MEMBERS},
};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    access::is_first,
    model::{EventOutcome, Model},
    room_people::FACES,
};

/// The requests that may be pending at once.
const MAX_PENDING: usize = 8;
/// The rooms of which the presence is requested on a connection. That of most people is
/// known from the rooms that are open; later changes are told.
const MAX_DIRECT: usize = 20;

/// The people of a direct room, the user included.
const MAX_PEOPLE: u64 = MAX_DIRECT_OTHERS as u64 + 1;

/// Requests some members of each room that the list of all rooms shows.
#[derive(Debug, Default)]
pub(super) struct RoomPeopleSync {
    /// The rooms whose people were requested on this connection.
    requested: HashSet<RoomId>,
}

impl Part for RoomPeopleSync {
    type Subject = RoomId;

    fn welcomed(&mut self, _: &mut Model) {
        self.requested.clear();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        for id in &requester.model.room_people.wanted {
            if requester.pending.len() >= MAX_PENDING {
                return;
            }
            if self.requested.insert(*id) {
                requester.send(*id, &request(*id, FACES));
            }
        }
    }

    /// The user has joined a room or left it, or is told of a change of it.
    fn event(
        &mut self,
        event: &Event,
        _: EventOutcome,
        _: &mut Shared,
        _: &mut PendingRequests<RoomId>,
    ) {
        if let Event::RoomChanged(changed) = event {
            self.requested.remove(&changed.room.id);
        }
    }

    fn succeeded(&mut self, room: RoomId, response: Response, context: &mut Context<'_>) {
        if let Response::Members(page) = response {
            context.model.room_people.insert(room, page.into());
        }
    }

    fn failed(&mut self, room: RoomId, error: ErrorPayload, _: &mut Context<'_>) {
        if is_temporary(error.code) {
            self.requested.remove(&room);
        }
    }

    fn unreadable(&mut self, _: RoomId, _: &mut Context<'_>) {}
}

/// Requests the presence of people that no other list has told: those of direct rooms, and all of
/// the first room where the page shows everybody.
#[derive(Debug, Default)]
pub(super) struct PeoplePresenceSync {
    requested: HashSet<RoomId>,
}

impl PeoplePresenceSync {
    fn next<'a>(&self, model: &'a Model) -> Option<&'a Room> {
        let is_everybody = |room: &&Room| {
            model.presences.are_wanted
                && is_first(room)
                && !model.opened_rooms.contains_key(&room.id)
                && !self.requested.contains(&room.id)
        };
        let is_unknown = |room: &&Room| {
            let people = room.people.as_deref().unwrap_or_default();
            room.kind == RoomKind::Direct
                && !model.opened_rooms.contains_key(&room.id)
                && !self.requested.contains(&room.id)
                && people.iter().any(|user| !model.presences.is_current(user.id))
        };
        let direct =
            || model.rooms.iter().find(is_unknown).filter(|_| self.requested.len() < MAX_DIRECT);
        model.rooms.iter().find(is_everybody).or_else(direct)
    }
}

impl Part for PeoplePresenceSync {
    type Subject = RoomId;

    fn welcomed(&mut self, model: &mut Model) {
        self.requested.clear();
        model.presences.expire();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        let shared = &requester.shared;
        // The members of the open rooms come first, and tell of most people.
        let is_early = !shared.rooms.is_current()
            || requester.model.room_in_view.is_some_and(|room| {
                let open = requester.model.opened_rooms.get(&room);
                open.is_some_and(|open| !open.is_refused() && !open.members.is_loaded)
            });
        if is_early {
            return;
        }
        while requester.pending.len() < MAX_PENDING {
            let Some(room) = self.next(requester.model) else { return };
            let (id, limit) = (room.id, if is_first(room) { MAX_PAGE_MEMBERS } else { MAX_PEOPLE });
            self.requested.insert(id);
            requester.send(id, &request(id, limit));
        }
    }

    fn succeeded(&mut self, _: RoomId, response: Response, context: &mut Context<'_>) {
        if let Response::Members(page) = response {
            context.model.presences.learn(&page.members);
        }
    }

    fn failed(&mut self, _: RoomId, _: ErrorPayload, _: &mut Context<'_>) {}

    fn unreadable(&mut self, _: RoomId, _: &mut Context<'_>) {}
}

fn request(room: RoomId, limit: u64) -> Request {
    Request::Members(Members { room: room.into(), after: None, limit: Some(limit) })
}
