//! Subscribes to the user's rooms that were not opened, to keep their unread counts up to date. One
//! request covers many rooms. Of more than [`MAX_FOLLOWED`] rooms, `rooms` tells the counts.

use protocol::{ErrorCode, ErrorPayload, Event, Request, Response, ResumeRoom, Room, RoomId};

use super::{
    part::{Context, MAX_ATTEMPTS, MAX_FOLLOWED, Part, RETRY_MS, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::model::{EventOutcome, Model};

/// Resumes the rooms from the positions of the list of rooms.
#[derive(Debug, Default)]
pub(super) struct ResumeSync {
    attempts: u32,
}

/// Returns the rooms to subscribe to, once the list of rooms with their positions is loaded.
fn missing<'a>(model: &'a Model, shared: &'a Shared) -> impl Iterator<Item = &'a Room> {
    let most = if shared.rooms.is_loaded() {
        MAX_FOLLOWED.saturating_sub(shared.followed.len())
    } else {
        0
    };
    shared.unfollowed(model).take(most)
}

/// Subscribes to these rooms again.
fn reset(shared: &mut Shared, rooms: &[RoomId]) {
    for room in rooms {
        shared.followed.remove(room);
    }
}

impl Part for ResumeSync {
    type Subject = Vec<RoomId>;

    fn send_due(&mut self, requester: &mut Requester<'_, Vec<RoomId>>) {
        if requester.is_pending(|_| true) {
            return;
        }
        let rooms: Vec<_> =
            missing(requester.model, requester.shared).map(|room| (room.id, room.seq)).collect();
        if rooms.is_empty() {
            return;
        }
        let ids: Vec<_> = rooms.iter().map(|(room, _)| *room).collect();
        requester.shared.followed.extend(&ids);
        let starts_over = self.attempts >= MAX_ATTEMPTS;
        let rooms = rooms.into_iter().map(|(room, seq)| ResumeRoom {
            room: room.into(),
            since: (!starts_over).then_some(seq),
        });
        let request = protocol::Resume { epoch: None, rooms: rooms.collect(), join: Some(false) };
        requester.send(ids, &Request::Resume(request));
    }

    fn event(
        &mut self,
        _: &Event,
        outcome: EventOutcome,
        shared: &mut Shared,
        _: &mut PendingRequests<Vec<RoomId>>,
    ) {
        if let Some(room) = outcome.removed_from {
            shared.followed.remove(&room);
        }
    }

    fn succeeded(&mut self, rooms: Vec<RoomId>, response: Response, context: &mut Context<'_>) {
        let Response::Resume(response) = response else { return };
        let Context { model, shared, now } = context;
        let mut remaining = rooms;
        self.attempts = 0;
        for room in &response.rooms {
            shared.rooms.catch_up(model, room);
            remaining.retain(|id| *id != room.room);
        }
        for refused in response.refused {
            let Some(id) = refused.room.as_id() else { continue };
            if !is_temporary(refused.error.code) {
                remaining.retain(|known| *known != id); // not to be repeated on this connection
            }
            if refused.error.code == ErrorCode::NotFound {
                model.leave(id);
                shared.followed.remove(&id);
                shared.rooms.mark_stale_if(true);
            }
        }
        reset(shared, &remaining);
        // If no room was subscribed to, repeating the request at once would not help.
        if response.rooms.is_empty() && (response.has_more || !remaining.is_empty()) {
            shared.retry_at = *now + RETRY_MS;
        }
    }

    fn failed(&mut self, rooms: Vec<RoomId>, error: ErrorPayload, context: &mut Context<'_>) {
        self.attempts += 1;
        if is_temporary(error.code) {
            reset(context.shared, &rooms);
        }
    }

    /// Repeats the request, in the end without the missed events, as they may be the unreadable
    /// part.
    fn unreadable(&mut self, rooms: Vec<RoomId>, context: &mut Context<'_>) {
        let repeats = self.attempts <= MAX_ATTEMPTS;
        self.attempts += 1;
        if repeats {
            reset(context.shared, &rooms);
        }
    }

    fn is_settled(
        &self,
        model: &Model,
        shared: &Shared,
        pending: &PendingRequests<Vec<RoomId>>,
    ) -> bool {
        pending.is_empty() && missing(model, shared).next().is_none()
    }
}
