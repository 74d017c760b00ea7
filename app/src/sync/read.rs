//! Sends the positions up to which the user has read rooms.

use protocol::{ErrorPayload, ReadPosition, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends the position of one room at a time.
#[derive(Debug)]
pub(super) struct ReadSync;

impl Part for ReadSync {
    type Subject = ReadPosition;

    fn send_due(&mut self, requester: &mut Requester<'_, ReadPosition>) {
        // Another device may have read further. Only the list of rooms contains its position.
        if !requester.shared.rooms.is_current() {
            return;
        }
        for (&room, &seq) in &requester.model.read_state.unconfirmed {
            if !requester.is_pending(|pending| pending.room == room) {
                let request = protocol::Read { room: Some(room.into()), seq, ..Default::default() };
                requester.send(
                    ReadPosition { room, seq, ..Default::default() },
                    &Request::Read(request),
                );
            }
        }
    }

    fn succeeded(&mut self, sent: ReadPosition, response: Response, context: &mut Context<'_>) {
        let Response::Read(position) = response else { return };
        let model = &mut context.model;
        model.read_state.confirm(sent.room, sent.seq);
        // The server may return a smaller position: the room log is shorter after a restore.
        if !model.read_state.unconfirmed.contains_key(&sent.room) {
            let position = ReadPosition { room: sent.room, ..position };
            let is_counted = model.rooms.mark_read(position);
            context.shared.rooms.mark_stale_if(!is_counted);
        }
    }

    fn failed(&mut self, sent: ReadPosition, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            context.model.read_state.unconfirmed.remove(&sent.room);
        }
    }

    fn unreadable(&mut self, sent: ReadPosition, context: &mut Context<'_>) {
        context.model.read_state.unconfirmed.remove(&sent.room);
    }
}
