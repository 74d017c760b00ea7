//! Requests the list of rooms, and keeps it up to date with events.

use protocol::{
    ErrorPayload, Event, ListRooms, Request, Response, Room, RoomId, RoomsPage, Subscribed,
    Timestamp,
};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    access::is_preview,
    connection::ConnectionState,
    model::{EventOutcome, Model},
    room::Phase,
};

/// The minimum time between two loads of the list, in milliseconds.
const MIN_INTERVAL_MS: i64 = 2_000;
/// The minimum age of a list that is refreshed without a known change, in milliseconds.
const REFRESH_INTERVAL_MS: i64 = 15_000;
/// The time between two requests for the changes of rooms that the page does not follow, in
/// milliseconds.
const CHANGES_INTERVAL_MS: i64 = 4_000;

/// The state of the list of rooms on this connection.
#[derive(Debug)]
pub(super) struct RoomListState {
    /// True if the list has to be loaded again, but not before `not_before`.
    is_stale: bool,
    not_before: i64,
    /// True once the list was loaded on this connection.
    is_loaded: bool,
    is_requested: bool,
    /// The pages of a list that is being loaded.
    pages: Vec<Room>,
    /// The room after which the next page begins.
    next_page: Option<RoomId>,
    /// The time of the server's state, for the next request for changes.
    as_of: Option<Timestamp>,
    changes_due: i64,
    /// Events that arrived while the list was requested. The response may precede them.
    buffered_events: Vec<Event>,
}

/// A request for rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomsRequest {
    /// A page of the list.
    Page,
    /// The rooms that have changed since the last request.
    Changes,
}

impl Default for RoomListState {
    fn default() -> Self {
        Self {
            is_stale: true,
            not_before: i64::MIN,
            is_loaded: false,
            is_requested: false,
            pages: Vec::new(),
            next_page: None,
            as_of: None,
            changes_due: i64::MIN,
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
        self.is_loaded && !self.is_being_loaded()
    }

    fn is_being_loaded(&self) -> bool {
        self.is_requested || self.next_page.is_some()
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
        if !response.recovered && !model.opened_rooms.contains_key(&response.room) {
            model.outdated_copies.insert(response.room); // what was missed is not known
        }
        if let Some(room) = model.rooms.find_mut(response.room) {
            // Messages from before a membership are not unread.
            self.is_stale |= !room.member || response.seq > room.seq;
            room.member = true;
        } else {
            self.is_stale = true;
        }
    }

    fn buffer(&mut self, event: &Event) {
        let is_counted = event.log_position().is_some()
            || matches!(event, Event::Read(_) | Event::RoomChanged(_) | Event::RoomGone(_));
        if self.is_being_loaded() && is_counted {
            self.buffered_events.push(event.clone());
        }
    }

    /// Returns the request that is due, if there is one.
    fn due_request(
        &mut self,
        now: i64,
        has_unfollowed: impl FnOnce() -> bool,
    ) -> Option<(RoomsRequest, ListRooms)> {
        if self.is_requested {
            return None;
        }
        if let Some(after) = self.next_page.take() {
            let after = Some(after.into());
            return Some((RoomsRequest::Page, ListRooms { after, ..ListRooms::default() }));
        }
        if self.is_stale {
            if now < self.not_before {
                return None;
            }
            self.is_stale = false;
            self.not_before = now + MIN_INTERVAL_MS;
            return Some((RoomsRequest::Page, ListRooms::default()));
        }
        let is_due = self.is_loaded && now >= self.changes_due && has_unfollowed();
        let changed_since = Some(self.as_of.filter(|_| is_due)?);
        Some((RoomsRequest::Changes, ListRooms { changed_since, ..ListRooms::default() }))
    }

    /// Ends a load without a result.
    fn give_up(&mut self) {
        self.pages.clear();
        self.next_page = None;
        self.buffered_events.clear();
    }
}

/// Requests the list when it is stale, page by page. While there are more rooms than the page
/// follows, also requests at an interval those that have changed.
#[derive(Debug)]
pub(super) struct RoomsSync;

impl Part for RoomsSync {
    type Subject = RoomsRequest;

    fn send_due(&mut self, requester: &mut Requester<'_, RoomsRequest>) {
        let (now, model) = (requester.now, requester.model);
        let has_unfollowed = requester.shared.unfollowed(model).next().is_some()
            || model.room_in_view.is_some_and(|room| model.is_preview(room));
        let rooms = &mut requester.shared.rooms;
        if let Some((subject, request)) = rooms.due_request(now, || has_unfollowed) {
            rooms.is_requested = true;
            rooms.changes_due = now + CHANGES_INTERVAL_MS;
            requester.send(subject, &Request::Rooms(request));
        }
    }

    fn event(
        &mut self,
        event: &Event,
        outcome: EventOutcome,
        shared: &mut Shared,
        _: &mut PendingRequests<RoomsRequest>,
    ) {
        shared.rooms.mark_stale_if(outcome.rooms_stale || outcome.removed_from.is_some());
        shared.rooms.buffer(event);
    }

    fn request_ended(&mut self, _: &RoomsRequest, shared: &mut Shared) {
        shared.rooms.is_requested = false;
    }

    fn succeeded(
        &mut self,
        requested: RoomsRequest,
        response: Response,
        context: &mut Context<'_>,
    ) {
        let Response::Rooms(RoomsPage { rooms: page, has_more, as_of }) = response else { return };
        let Context { model, shared, .. } = context;
        let rooms = &mut shared.rooms;
        let last = page.last().map(|room| room.id).filter(|_| has_more);
        let mut is_counted = match (requested, last) {
            (RoomsRequest::Page, Some(last)) => {
                if rooms.pages.is_empty() {
                    rooms.as_of = as_of; // of the first page: what changes later is not missed
                }
                rooms.pages.extend(page);
                rooms.next_page = Some(last);
                return;
            }
            (RoomsRequest::Page, None) => {
                let mut all = std::mem::take(&mut rooms.pages);
                if all.is_empty() {
                    rooms.as_of = as_of;
                }
                all.extend(page);
                rooms.is_loaded = true;
                model.replace_rooms(all)
            }
            (RoomsRequest::Changes, last) => {
                rooms.as_of = as_of;
                if !page.is_empty() {
                    model.threads.expire(); // the replies of these rooms do not arrive
                }
                model.update_rooms(page) && last.is_none()
            }
        };
        for event in std::mem::take(&mut rooms.buffered_events) {
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

    /// Loads the list from the start. A room after which a page was to begin may be gone.
    fn failed(&mut self, _: RoomsRequest, error: ErrorPayload, context: &mut Context<'_>) {
        let rooms = &mut context.shared.rooms;
        let is_cut_off = !rooms.pages.is_empty();
        rooms.give_up();
        rooms.mark_stale_if(is_cut_off || is_temporary(error.code));
    }

    /// Leaves the list as it is; the next connection requests it again.
    fn unreadable(&mut self, _: RoomsRequest, context: &mut Context<'_>) {
        context.shared.rooms.give_up();
    }

    fn is_settled(&self, _: &Model, shared: &Shared, _: &PendingRequests<RoomsRequest>) -> bool {
        !shared.rooms.is_being_loaded()
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
        if is_preview(room) {
            return None;
        }
        let open = model.opened_rooms.get(&room.id).filter(|open| open.phase == Phase::Ready)?;
        Some(room.seq.saturating_sub(open.log.seq))
    };
    model.rooms.iter().filter_map(missed).sum()
}
