//! Requests the members of the open rooms.

use std::collections::HashSet;

use protocol::{ErrorPayload, Request, Response, RoomId};

use super::part::{Context, Part, Wants, is_temporary};
use crate::state::model::Model;

/// The interval at which a member list is loaded again if events cannot keep it up to date, in
/// milliseconds.
const RELOAD_INTERVAL_MS: i64 = 30_000;

/// Requests the members once, and again now and then if they cannot be kept up to date with events.
#[derive(Debug)]
pub(super) struct Members {
    /// The rooms whose members were requested on this connection.
    members_loaded: HashSet<RoomId>,
    reload_at: i64,
}

impl Default for Members {
    fn default() -> Self {
        Self { members_loaded: HashSet::new(), reload_at: i64::MIN }
    }
}

impl Members {
    fn reload_stale(&mut self, model: &Model, now: i64) {
        if now <= self.reload_at {
            return;
        }
        self.reload_at = now + RELOAD_INTERVAL_MS;
        self.members_loaded.retain(|id| {
            let room = model.open_rooms.get(id);
            room.is_some_and(|room| {
                let is_uncounted = model.open == Some(*id) && room.members.is_crowded();
                !room.members.is_stale && !is_uncounted
            })
        });
    }
}

impl Part for Members {
    type Subject = RoomId;

    fn wants(&mut self, wants: &mut Wants<'_, RoomId>) {
        self.reload_stale(wants.model, wants.now);
        for (id, room) in &wants.model.open_rooms {
            if room.is_refused() {
                if !wants.shared.subscriptions.is_pending(*id) {
                    self.members_loaded.remove(id);
                }
            } else if wants.shared.subscriptions.is_active(*id) && self.members_loaded.insert(*id) {
                let request = protocol::Members { room: (*id).into(), after: None, limit: None };
                wants.send(*id, &Request::Members(request));
            }
        }
    }

    fn answered(&mut self, room: RoomId, response: Response, context: &mut Context<'_>) {
        if let Response::Members(page) = response
            && let Some(room) = context.model.open_rooms.get_mut(&room)
        {
            room.members = page.into();
        }
    }

    fn refused(&mut self, room: RoomId, error: ErrorPayload, _: &mut Context<'_>) {
        if is_temporary(error.code) {
            self.members_loaded.remove(&room);
        }
    }

    /// Leaves the members as they are.
    fn unreadable(&mut self, _: RoomId, _: &mut Context<'_>) {}
}
