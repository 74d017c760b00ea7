//! Sends the edits, deletions and reactions.

use protocol::{
    Changed, ChatDelete, ChatEdit, ChatReact, ErrorCode, ErrorPayload, OpId, Request, Response,
    RoomId,
};

use super::part::{Context, Faults, Part, Wants};
use crate::state::updates::{PendingUpdate, UpdateKind};

/// Sends one update at a time in each room.
#[derive(Debug, Default)]
pub(super) struct Update {
    faults: Faults,
}

/// An update that was sent, and its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentUpdate {
    room: RoomId,
    op: OpId,
}

impl Part for Update {
    type Subject = SentUpdate;

    fn wants(&mut self, wants: &mut Wants<'_, SentUpdate>) {
        for update in wants.model.updates.next(wants.now) {
            if !wants.is_pending(|sent| sent.room == update.room) {
                let sent = SentUpdate { room: update.room, op: update.op };
                wants.send(sent, &request(update));
            }
        }
    }

    fn answered(&mut self, sent: SentUpdate, response: Response, context: &mut Context<'_>) {
        if let Response::ChatEdit(Changed { seq, .. })
        | Response::ChatDelete(Changed { seq, .. })
        | Response::ChatReact(Changed { seq, .. }) = response
        {
            context.model.updates.confirm(sent.op, seq);
            context.model.drop_confirmed(sent.room);
        }
    }

    fn refused(&mut self, sent: SentUpdate, error: ErrorPayload, context: &mut Context<'_>) {
        if error.code == ErrorCode::NotFound {
            // The message is gone, and with it the row that would show the error.
            context.model.updates.remove(sent.op);
        } else if self.faults.is_final(sent.op.0, error.code) {
            context.model.updates.fail(sent.op, error.detail);
        }
    }

    /// Drops the update: the server has answered, and its event shows the effect.
    fn unreadable(&mut self, sent: SentUpdate, context: &mut Context<'_>) {
        context.model.updates.remove(sent.op);
    }
}

fn request(update: &PendingUpdate) -> Request {
    let (room, id, op) = (Some(update.room.into()), update.message, Some(update.op));
    match update.kind.clone() {
        UpdateKind::Edit(text) => Request::ChatEdit(ChatEdit { room, id, op, text }),
        UpdateKind::Delete => Request::ChatDelete(ChatDelete { room, id, op }),
        UpdateKind::React { emoji, on } => {
            Request::ChatReact(ChatReact { room, id, op, emoji, on })
        }
    }
}
