//! Subscribes the open rooms.

use std::collections::HashMap;

use protocol::{ErrorPayload, Event, Request, Response, RoomId};

use super::{
    part::{Context, MAX_ATTEMPTS, Part, Shared, Wants, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    model::{EventOutcome, Model},
    room::{Phase, RoomState},
};

/// The rooms that were subscribed on this connection because they are open.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// True while the response is pending.
    rooms: HashMap<RoomId, bool>,
}

impl Subscriptions {
    /// Returns true while the response to `subscribe` is pending.
    pub(super) fn is_pending(&self, room: RoomId) -> bool {
        self.rooms.get(&room) == Some(&true)
    }

    /// Returns true if the room is subscribed and no response is pending.
    pub(super) fn is_active(&self, room: RoomId) -> bool {
        self.rooms.get(&room) == Some(&false)
    }

    /// Makes the room be subscribed again. Returns false if a response is pending already.
    pub(super) fn reset(&mut self, room: RoomId) -> bool {
        let is_pending = self.is_pending(room);
        if !is_pending {
            self.rooms.remove(&room);
        }
        !is_pending
    }
}

/// Subscribes each open room, from its last known `seq`.
#[derive(Debug)]
pub(super) struct Subscribe;

impl Part for Subscribe {
    type Subject = RoomId;

    fn welcomed(&mut self, model: &mut Model) {
        model.open_rooms.values_mut().for_each(|room| room.attempts += 1);
    }

    fn wants(&mut self, wants: &mut Wants<'_, RoomId>) {
        for (id, room) in &wants.model.open_rooms {
            if room.is_refused() {
                // It is subscribed again if the user opens it again.
                wants.shared.subscriptions.reset(*id);
            } else if !wants.shared.subscriptions.rooms.contains_key(id) {
                wants.shared.subscriptions.rooms.insert(*id, true);
                wants.send(*id, &request(*id, room));
            }
        }
    }

    fn event(
        &mut self,
        _: &Event,
        outcome: EventOutcome,
        shared: &mut Shared,
        _: &mut PendingRequests<RoomId>,
    ) {
        if let Some(room) = outcome.gap {
            shared.subscriptions.reset(room);
        }
    }

    fn closed(&mut self, room: &RoomId, shared: &mut Shared) {
        shared.subscriptions.rooms.insert(*room, false);
    }

    fn answered(&mut self, room: RoomId, response: Response, context: &mut Context<'_>) {
        let Response::Subscribe(response) = response else { return };
        let Context { model, shared, .. } = context;
        shared.rooms.catch_up(model, &response);
        if !model.apply_subscription(room, response) {
            shared.subscriptions.reset(room);
        }
    }

    fn refused(&mut self, room: RoomId, error: ErrorPayload, context: &mut Context<'_>) {
        let open = context.model.open_rooms.get_mut(&room);
        if is_temporary(error.code) {
            context.shared.subscriptions.reset(room);
            if let Some(open) = open {
                open.attempts += 1;
            }
        } else if let Some(open) = open {
            open.phase = Phase::Refused(error.detail);
        }
    }

    /// Loads the room from the start, as the missed events may be the unreadable part.
    fn unreadable(&mut self, room: RoomId, context: &mut Context<'_>) {
        let Some(open) = context.model.open_rooms.get_mut(&room) else { return };
        open.phase = match open.phase {
            Phase::Ready => Phase::Loading,
            Phase::Loading | Phase::Refused(_) => {
                Phase::Refused("This page is too old to show it.".to_owned())
            }
        };
        context.shared.subscriptions.reset(room);
    }

    fn is_settled(&self, model: &Model, shared: &Shared, _: &PendingRequests<RoomId>) -> bool {
        let mut rooms = model.open_rooms.iter();
        rooms.all(|(id, room)| room.is_refused() || shared.subscriptions.is_active(*id))
    }
}

fn request(id: RoomId, room: &RoomState) -> Request {
    let resumes = room.phase == Phase::Ready && room.attempts <= MAX_ATTEMPTS;
    Request::Subscribe(protocol::Subscribe {
        room: id.into(),
        since: resumes.then_some(room.log.seq),
        epoch: room.log.epoch.clone().filter(|_| resumes),
    })
}
