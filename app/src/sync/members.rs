//! Requests the members of the opened rooms.

use std::collections::HashSet;

use protocol::{ErrorPayload, Event, Request, Response, RoomId};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::model::{EventOutcome, Model};

/// The interval at which a member list is loaded again if events cannot keep it up to date, in
/// milliseconds.
const RELOAD_INTERVAL_MS: i64 = 30_000;

/// Requests the members once, and again at an interval if events cannot keep them up to date.
#[derive(Debug)]
pub(super) struct MembersSync {
    /// The rooms whose members were requested on this connection.
    members_loaded: HashSet<RoomId>,
    reload_at: i64,
}

impl Default for MembersSync {
    fn default() -> Self {
        Self { members_loaded: HashSet::new(), reload_at: i64::MIN }
    }
}

impl MembersSync {
    fn reload_stale(&mut self, model: &Model, now: i64) {
        if now <= self.reload_at {
            return;
        }
        self.reload_at = now + RELOAD_INTERVAL_MS;
        self.members_loaded.retain(|id| {
            let room = model.opened_rooms.get(id);
            room.is_some_and(|room| {
                let is_uncounted = model.room_in_view == Some(*id) && room.members.is_crowded();
                !room.members.is_stale && !is_uncounted
            })
        });
    }
}

impl Part for MembersSync {
    type Subject = RoomId;

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        self.reload_stale(requester.model, requester.now);
        for (id, room) in &requester.model.opened_rooms {
            if room.is_refused() {
                if !requester.shared.subscriptions.is_pending(*id) {
                    self.members_loaded.remove(id);
                }
            } else if (requester.shared.subscriptions.is_active(*id)
                || requester.model.is_preview(*id))
                && (self.members_loaded.insert(*id)
                    || room.members.is_changed && !requester.is_pending(|pending| pending == id))
            {
                let request = protocol::Members { room: (*id).into(), after: None, limit: None };
                requester.send(*id, &Request::Members(request));
            }
        }
    }

    /// Whoever is added without being online is announced by nothing else.
    fn event(
        &mut self,
        event: &Event,
        _: EventOutcome,
        _: &mut Shared,
        _: &mut PendingRequests<RoomId>,
    ) {
        if let Event::RoomChanged(changed) = event {
            self.members_loaded.remove(&changed.room.id);
        }
    }

    fn succeeded(&mut self, room: RoomId, response: Response, context: &mut Context<'_>) {
        if let Response::Members(page) = response
            && let Some(opened) = context.model.opened_rooms.get_mut(&room)
        {
            context.model.presences.learn(&page.members);
            opened.members = page.into();
            context.model.update_me(room);
            context.model.learn_members(room);
        }
    }

    fn failed(&mut self, room: RoomId, error: ErrorPayload, _: &mut Context<'_>) {
        if is_temporary(error.code) {
            self.members_loaded.remove(&room);
        }
    }

    /// Leaves the members as they are.
    fn unreadable(&mut self, _: RoomId, _: &mut Context<'_>) {}
}
