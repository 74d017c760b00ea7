//! Sends the edits, deletions, reactions, pins and removals of previews.

use protocol::{
    Changed, ChatDelete, ChatEdit, ChatPin, ChatPreviews, ChatReact, ErrorCode, ErrorPayload, OpId,
    Request, Response, RoomId,
};

use super::part::{Context, Faults, Part, Requester};
use crate::state::updates::{PendingUpdate, UpdateKind};

/// Sends one update at a time in each room.
#[derive(Debug, Default)]
pub(super) struct UpdateSync {
    faults: Faults,
}

/// An update whose response is pending, and its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UpdateInFlight {
    room: RoomId,
    op: OpId,
}

impl Part for UpdateSync {
    type Subject = UpdateInFlight;

    fn send_due(&mut self, requester: &mut Requester<'_, UpdateInFlight>) {
        for update in requester.model.updates.next(requester.now) {
            if !requester.is_pending(|sent| sent.room == update.room) {
                let in_flight = UpdateInFlight { room: update.room, op: update.op };
                requester.send(in_flight, &request(update));
            }
        }
    }

    fn succeeded(&mut self, update: UpdateInFlight, response: Response, context: &mut Context<'_>) {
        if let Response::ChatEdit(Changed { seq, .. })
        | Response::ChatDelete(Changed { seq, .. })
        | Response::ChatReact(Changed { seq, .. })
        | Response::ChatPin(Changed { seq, .. })
        | Response::ChatPreviews(Changed { seq, .. }) = response
        {
            context.model.updates.confirm(update.op, seq);
            context.model.drop_confirmed(update.room);
        }
    }

    fn failed(&mut self, update: UpdateInFlight, error: ErrorPayload, context: &mut Context<'_>) {
        if error.code == ErrorCode::NotFound {
            // The message is gone, and with it the row that would show the error.
            context.model.drop_late_update(update.op);
        } else if self.faults.is_final(update.op.0, error.code) {
            context.model.updates.refuse(update.op, error.detail);
        }
    }

    /// Drops the update: the server has accepted it, and its event shows the effect.
    fn unreadable(&mut self, update: UpdateInFlight, context: &mut Context<'_>) {
        context.model.updates.remove(update.op);
    }
}

fn request(update: &PendingUpdate) -> Request {
    let (room, id, op) = (Some(update.room.into()), update.message, Some(update.op));
    match update.kind.clone() {
        UpdateKind::Edit(text) => Request::ChatEdit(ChatEdit { room, id, op, text, files: None }),
        UpdateKind::Delete => Request::ChatDelete(ChatDelete { room, id, op }),
        UpdateKind::React { emoji, on } => {
            Request::ChatReact(ChatReact { room, id, op, emoji, on })
        }
        UpdateKind::Pin { on } => Request::ChatPin(ChatPin { room, id, op, on }),
        UpdateKind::RemovePreviews => {
            Request::ChatPreviews(ChatPreviews { room, id, op, on: false })
        }
    }
}
