//! Subscribes to the opened rooms.

use std::collections::HashMap;

use protocol::{ErrorCode, ErrorPayload, Event, Request, Response, RoomId};

use super::{
    part::{Context, MAX_ATTEMPTS, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    model::{EventOutcome, Model},
    room::{Phase, RoomState},
};

/// The opened rooms that were subscribed to on this connection.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// True while the response is pending.
    rooms: HashMap<RoomId, bool>,
}

impl Subscriptions {
    /// Returns whether the response to `subscribe` is pending.
    pub(super) fn is_pending(&self, room: RoomId) -> bool {
        self.rooms.get(&room) == Some(&true)
    }

    /// Returns whether the room is subscribed to and no response is pending.
    pub(super) fn is_active(&self, room: RoomId) -> bool {
        self.rooms.get(&room) == Some(&false)
    }

    /// Removes the rooms that are no longer open and returns them.
    pub(super) fn take_closed(&mut self, model: &Model) -> Vec<RoomId> {
        let is_open = |room: &RoomId| model.opened_rooms.contains_key(room);
        self.rooms
            .extract_if(|room, is_pending| !*is_pending && !is_open(room))
            .map(|(room, _)| room)
            .collect()
    }

    /// Causes another `subscribe` to the room, unless a response is pending. Returns whether it
    /// does.
    pub(super) fn reset(&mut self, room: RoomId) -> bool {
        let is_pending = self.is_pending(room);
        if !is_pending {
            self.rooms.remove(&room);
        }
        !is_pending
    }
}

/// Subscribes to each opened room, from its last known `seq`.
#[derive(Debug)]
pub(super) struct SubscriptionsSync;

impl Part for SubscriptionsSync {
    type Subject = RoomId;

    fn welcomed(&mut self, model: &mut Model) {
        model.opened_rooms.values_mut().for_each(|room| room.attempts += 1);
    }

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        for (id, room) in &requester.model.opened_rooms {
            if room.is_refused() {
                // Opening it again subscribes to it again.
                requester.shared.subscriptions.reset(*id);
            } else if requester.model.is_preview(*id) {
                // Subscribing would join the room. Joining it subscribes to it again.
                requester.shared.subscriptions.reset(*id);
            } else if !requester.shared.subscriptions.rooms.contains_key(id) {
                requester.shared.subscriptions.rooms.insert(*id, true);
                requester.send(*id, &request(requester.model, *id, room));
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

    fn request_ended(&mut self, room: &RoomId, shared: &mut Shared) {
        shared.subscriptions.rooms.insert(*room, false);
    }

    fn succeeded(&mut self, room: RoomId, response: Response, context: &mut Context<'_>) {
        let Response::Subscribe(response) = response else { return };
        let Context { model, shared, .. } = context;
        shared.rooms.catch_up(model, &response);
        if !model.apply_subscription(room, response) {
            shared.subscriptions.reset(room);
        }
    }

    fn failed(&mut self, room: RoomId, error: ErrorPayload, context: &mut Context<'_>) {
        let Context { model, shared, .. } = context;
        if error.code == ErrorCode::NotFound {
            model.leave(room); // on another device
            shared.rooms.mark_stale_if(true);
        }
        let is_preview = model.is_preview(room);
        let open = model.opened_rooms.get_mut(&room);
        if is_temporary(error.code) {
            shared.subscriptions.reset(room);
            if let Some(open) = open {
                open.attempts += 1;
            }
        } else if let Some(open) = open.filter(|_| !is_preview) {
            open.phase = Phase::Refused(error.detail);
        }
    }

    /// Loads the room from the start, because the missed events may be the unreadable part.
    fn unreadable(&mut self, room: RoomId, context: &mut Context<'_>) {
        let Some(open) = context.model.opened_rooms.get_mut(&room) else { return };
        open.phase = match open.phase {
            Phase::Ready => Phase::Loading,
            Phase::Loading | Phase::Refused(_) => {
                Phase::Refused("This page is out of date. Reload it to show the room.".to_owned())
            }
        };
        context.shared.subscriptions.reset(room);
    }

    fn is_settled(&self, model: &Model, shared: &Shared, _: &PendingRequests<RoomId>) -> bool {
        let mut rooms = model.opened_rooms.iter();
        rooms.all(|(id, room)| {
            room.is_refused() || shared.subscriptions.is_active(*id) || model.is_preview(*id)
        })
    }
}

/// Creates the request. It does not join a room that the page knows as the user's: the user may
/// have left it on another device.
fn request(model: &Model, id: RoomId, room: &RoomState) -> Request {
    // What was shown before the room was joined has no epoch, and is not continued.
    let is_followed = room.phase == Phase::Ready && room.log.epoch.is_some();
    let resumes = is_followed && room.attempts <= MAX_ATTEMPTS;
    Request::Subscribe(protocol::Subscribe {
        room: id.into(),
        since: resumes.then_some(room.log.seq),
        epoch: room.log.epoch.clone().filter(|_| resumes),
        join: model.rooms.find(id).is_some_and(|room| room.member).then_some(false),
    })
}
