//! Requests the list of rooms, and keeps it up to date with events.

use protocol::{Empty, ErrorPayload, Event, Request, Response, Room, Subscribed};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    connection::ConnectionState,
    model::{EventOutcome, Model},
    room::Phase,
};

/// The minimum time between two requests, in milliseconds.
const MIN_INTERVAL_MS: i64 = 2_000;
/// The minimum age of a list that is refreshed without a known change, in milliseconds.
const REFRESH_INTERVAL_MS: i64 = 15_000;

/// The state of the list of rooms on this connection.
#[derive(Debug)]
pub(super) struct RoomListState {
    /// True if the list has to be loaded again, but not before `not_before`.
    is_stale: bool,
    not_before: i64,
    /// True once the list was loaded on this connection.
    is_loaded: bool,
    is_requested: bool,
    /// Events that arrived while the list was requested. The response may precede them.
    buffered_events: Vec<Event>,
}

impl Default for RoomListState {
    fn default() -> Self {
        Self {
            is_stale: true,
            not_before: i64::MIN,
            is_loaded: false,
            is_requested: false,
            buffered_events: Vec::new(),
        }
    }
}

impl RoomListState {
    /// Returns whether the list was loaded on this connection.
    pub(super) fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// Returns whether the list was loaded and is not being loaded again.
    pub(super) fn is_current(&self) -> bool {
        self.is_loaded && !self.is_requested
    }

    /// Returns whether the list has to be loaded later.
    pub(super) fn is_waiting(&self, now: i64) -> bool {
        self.is_stale && now < self.not_before
    }

    /// Loads the list again if `is_stale`.
    pub(super) fn mark_stale_if(&mut self, is_stale: bool) {
        self.is_stale |= is_stale;
    }

    /// Loads the list again if it is old.
    pub(super) fn refresh(&mut self, now: i64) {
        let refresh_at = self.not_before.saturating_add(REFRESH_INTERVAL_MS - MIN_INTERVAL_MS);
        self.is_stale |= now > refresh_at;
    }

    /// Applies the events of a response to `subscribe` or `resume` to the list.
    pub(super) fn catch_up(&mut self, model: &mut Model, response: &Subscribed) {
        for event in &response.events {
            self.is_stale |= !model.count(&event.0);
            self.buffer(&event.0);
        }
        if let Some(room) = model.rooms.find_mut(response.room) {
            room.member = true;
            self.is_stale |= response.seq > room.seq;
        } else {
            self.is_stale = true;
        }
    }

    fn buffer(&mut self, event: &Event) {
        let is_counted = event.log_position().is_some() || matches!(event, Event::Read(_));
        if self.is_requested && is_counted {
            self.buffered_events.push(event.clone());
        }
    }
}

/// Requests the list when it is stale.
#[derive(Debug)]
pub(super) struct RoomsSync;

impl Part for RoomsSync {
    type Subject = ();

    fn send_due(&mut self, requester: &mut Requester<'_, ()>) {
        let (rooms, now) = (&mut requester.shared.rooms, requester.now);
        if rooms.is_stale && now >= rooms.not_before && !rooms.is_requested {
            rooms.is_stale = false;
            rooms.is_requested = true;
            rooms.not_before = now + MIN_INTERVAL_MS;
            requester.send((), &Request::Rooms(Empty {}));
        }
    }

    fn event(
        &mut self,
        event: &Event,
        outcome: EventOutcome,
        shared: &mut Shared,
        _: &mut PendingRequests<()>,
    ) {
        shared.rooms.mark_stale_if(outcome.rooms_stale || outcome.removed_from.is_some());
        shared.rooms.buffer(event);
    }

    fn request_ended(&mut self, (): &(), shared: &mut Shared) {
        shared.rooms.is_requested = false;
    }

    fn succeeded(&mut self, (): (), response: Response, context: &mut Context<'_>) {
        let Response::Rooms(page) = response else { return };
        let Context { model, shared, .. } = context;
        shared.rooms.is_loaded = true;
        let mut is_counted = model.replace_rooms(page.rooms);
        for event in std::mem::take(&mut shared.rooms.buffered_events) {
            is_counted &= model.count(&event);
        }
        reopen_rooms(model, shared);
        let is_behind = model.rooms.iter().any(|room| is_behind(room, model, shared));
        shared.rooms.mark_stale_if(!is_counted || is_behind);
        let missing = missing(model);
        if let ConnectionState::CatchingUp { .. } = model.connection {
            model.connection = ConnectionState::CatchingUp { missing };
        }
    }

    fn failed(&mut self, (): (), error: ErrorPayload, context: &mut Context<'_>) {
        let rooms = &mut context.shared.rooms;
        rooms.buffered_events.clear();
        rooms.mark_stale_if(is_temporary(error.code));
    }

    /// Leaves the list as it is; the next connection requests it again.
    fn unreadable(&mut self, (): (), context: &mut Context<'_>) {
        context.shared.rooms.buffered_events.clear();
    }

    fn is_settled(&self, _: &Model, shared: &Shared, _: &PendingRequests<()>) -> bool {
        !shared.rooms.is_requested
    }
}

/// Subscribes to refused rooms again if the user is a member of them now.
fn reopen_rooms(model: &mut Model, shared: &mut Shared) {
    for room in model.rooms.iter().filter(|room| room.member) {
        let open = model.opened_rooms.get_mut(&room.id).filter(|open| open.is_refused());
        if let Some(open) = open
            && shared.subscriptions.reset(room.id)
        {
            open.phase = Phase::Loading;
        }
    }
}

/// Returns whether the list is behind the log of a room that is subscribed to.
fn is_behind(room: &Room, model: &Model, shared: &Shared) -> bool {
    shared.subscriptions.is_active(room.id)
        && model
            .opened_rooms
            .get(&room.id)
            .is_some_and(|open| open.phase == Phase::Ready && open.log.seq > room.seq)
}

/// Returns the number of events that the opened rooms have missed.
fn missing(model: &Model) -> u64 {
    let missed = |room: &Room| {
        let open = model.opened_rooms.get(&room.id).filter(|open| open.phase == Phase::Ready)?;
        Some(room.seq.saturating_sub(open.log.seq))
    };
    model.rooms.iter().filter_map(missed).sum()
}
