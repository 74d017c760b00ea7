//! Subscribes the user's rooms that are not open, many at once, to keep their unread counts.

use std::collections::HashSet;

use protocol::{
    ErrorCode, ErrorPayload, Event, Request, Response, ResumeRoom, Room, RoomId,
    limits::MAX_SUBSCRIPTIONS,
};

use super::{
    part::{Context, MAX_ATTEMPTS, Part, RETRY_MS, Shared, Wants, is_temporary},
    requests::PendingRequests,
};
use crate::state::model::{EventOutcome, Model};

/// Resumes the rooms from the positions of the list of rooms.
#[derive(Debug, Default)]
pub(super) struct Resume {
    /// The rooms that were subscribed on this connection.
    subscribed: HashSet<RoomId>,
    attempts: u32,
}

impl Resume {
    /// Returns the rooms to subscribe, once the list of rooms with their positions is loaded.
    fn missing<'a>(
        &'a self,
        model: &'a Model,
        shared: &Shared,
    ) -> impl Iterator<Item = &'a Room> + use<'a> {
        let is_loaded = shared.rooms.is_loaded();
        model.rooms.iter().filter(move |room| {
            is_loaded
                && room.member
                && !model.open_rooms.contains_key(&room.id)
                && !self.subscribed.contains(&room.id)
        })
    }

    /// Subscribes these rooms again.
    fn reset(&mut self, rooms: &[RoomId]) {
        for room in rooms {
            self.subscribed.remove(room);
        }
    }
}

impl Part for Resume {
    type Subject = Vec<RoomId>;

    fn wants(&mut self, wants: &mut Wants<'_, Vec<RoomId>>) {
        if wants.is_pending(|_| true) {
            return;
        }
        let rooms: Vec<_> = self
            .missing(wants.model, wants.shared)
            .take(MAX_SUBSCRIPTIONS)
            .map(|room| (room.id, room.seq))
            .collect();
        if rooms.is_empty() {
            return;
        }
        let ids: Vec<_> = rooms.iter().map(|(room, _)| *room).collect();
        self.subscribed.extend(&ids);
        let starts_over = self.attempts >= MAX_ATTEMPTS;
        let rooms = rooms.into_iter().map(|(room, seq)| ResumeRoom {
            room: room.into(),
            since: (!starts_over).then_some(seq),
        });
        let request = protocol::Resume { epoch: None, rooms: rooms.collect() };
        wants.send(ids, &Request::Resume(request));
    }

    fn event(
        &mut self,
        _: &Event,
        outcome: EventOutcome,
        _: &mut Shared,
        _: &mut PendingRequests<Vec<RoomId>>,
    ) {
        if let Some(room) = outcome.removed_from {
            self.subscribed.remove(&room);
        }
    }

    fn answered(&mut self, asked: Vec<RoomId>, response: Response, context: &mut Context<'_>) {
        let Response::Resume(response) = response else { return };
        let Context { model, shared, now } = context;
        let mut unanswered = asked;
        self.attempts = 0;
        for room in &response.rooms {
            shared.rooms.catch_up(model, room);
            unanswered.retain(|id| *id != room.room);
        }
        for refused in response.refused {
            let Some(id) = refused.room.as_id() else { continue };
            if !is_temporary(refused.error.code) {
                unanswered.retain(|known| *known != id); // not to be repeated on this connection
            }
            if refused.error.code == ErrorCode::NotFound {
                model.leave(id);
                self.subscribed.remove(&id);
                shared.rooms.mark_stale_if(true);
            }
        }
        self.reset(&unanswered);
        // Without any answered room, repeating the request at once would not help.
        if response.rooms.is_empty() && (response.has_more || !unanswered.is_empty()) {
            shared.retry_at = *now + RETRY_MS;
        }
    }

    fn refused(&mut self, asked: Vec<RoomId>, error: ErrorPayload, _: &mut Context<'_>) {
        self.attempts += 1;
        if is_temporary(error.code) {
            self.reset(&asked);
        }
    }

    /// Repeats the request, in the end without the missed events, as they may be the unreadable
    /// part.
    fn unreadable(&mut self, asked: Vec<RoomId>, _: &mut Context<'_>) {
        let repeats = self.attempts <= MAX_ATTEMPTS;
        self.attempts += 1;
        if repeats {
            self.reset(&asked);
        }
    }

    fn is_settled(
        &self,
        model: &Model,
        shared: &Shared,
        pending: &PendingRequests<Vec<RoomId>>,
    ) -> bool {
        pending.is_empty() && self.missing(model, shared).next().is_none()
    }
}
