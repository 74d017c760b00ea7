//! Requests the pinned messages of the room in view.

use std::collections::HashSet;

use protocol::{ErrorPayload, Pins, Request, Response, RoomId};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::room::Phase;

/// Requests the list once on each connection, and again after each change.
#[derive(Debug, Default)]
pub(super) struct PinsSync {
    /// The rooms whose list was requested on this connection.
    requested: HashSet<RoomId>,
    /// The rooms whose list was refused, or could not be read.
    refused: HashSet<RoomId>,
}

/// A list that was requested after this number of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedPins {
    room: RoomId,
    changes: u32,
}

impl Part for PinsSync {
    type Subject = RequestedPins;

    fn send_due(&mut self, requester: &mut Requester<'_, RequestedPins>) {
        let Some(room) = requester.model.room_in_view else { return };
        let Some(open) = requester.model.opened_rooms.get(&room) else { return };
        if open.is_refused() {
            self.refused.remove(&room); // the user may be added again
            self.requested.remove(&room);
            return;
        }
        let is_shown = requester.shared.subscriptions.is_active(room)
            || open.phase == Phase::Ready && requester.model.is_preview(room);
        let is_due = open.pins.is_stale() || !self.requested.contains(&room);
        if !is_due
            || self.refused.contains(&room)
            || !is_shown
            || requester.is_pending(|pending| pending.room == room)
        {
            return;
        }
        self.requested.insert(room);
        let requested = RequestedPins { room, changes: open.pins.changes };
        requester.send(requested, &Request::Pins(Pins { room: Some(room.into()) }));
    }

    fn succeeded(
        &mut self,
        requested: RequestedPins,
        response: Response,
        context: &mut Context<'_>,
    ) {
        if let Response::Pins(page) = response
            && let Some(open) = context.model.opened_rooms.get_mut(&requested.room)
        {
            open.pins.load(page.messages, requested.changes);
        }
    }

    fn failed(&mut self, requested: RequestedPins, error: ErrorPayload, _: &mut Context<'_>) {
        self.requested.remove(&requested.room);
        if !is_temporary(error.code) {
            self.refused.insert(requested.room);
        }
    }

    fn unreadable(&mut self, requested: RequestedPins, _: &mut Context<'_>) {
        self.refused.insert(requested.room);
    }
}
