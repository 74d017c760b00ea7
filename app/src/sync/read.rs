//! Sends the positions up to which the user has read rooms.

use protocol::{ErrorPayload, ReadPosition, Request, Response, RoomId};

use super::part::{Context, Part, Requester, is_temporary};

/// Sends one position of a room at a time. One that was set back is sent at once, so that it is not
/// lost if the page is closed before the one before it is confirmed.
#[derive(Debug)]
pub(super) struct ReadSync;

/// A position that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentPosition {
    room: RoomId,
    seq: u64,
    /// True if it may be before the one that the server has.
    back: bool,
}

impl Part for ReadSync {
    type Subject = SentPosition;

    fn send_due(&mut self, requester: &mut Requester<'_, SentPosition>) {
        // Another device may have read further. Only the list of rooms contains its position.
        let is_current = requester.shared.rooms.is_current();
        for (&room, &seq) in &requester.model.read_state.unconfirmed {
            let back = requester.model.read_state.back.contains(&room);
            let is_pending = requester.is_pending(|sent| sent.room == room && (sent.back || !back));
            if !is_pending && (back || is_current) {
                // The answer to an earlier position says nothing any more.
                requester.pending.retain(|sent| sent.room != room);
                let request = protocol::Read {
                    room: Some(room.into()),
                    seq: if back { seq + 1 } else { seq },
                    back,
                    ..Default::default()
                };
                requester.send(SentPosition { room, seq, back }, &Request::Read(request));
            }
        }
    }

    fn succeeded(&mut self, sent: SentPosition, response: Response, context: &mut Context<'_>) {
        let Response::Read(position) = response else { return };
        let model = &mut context.model;
        model.read_state.confirm(sent.room, sent.seq, sent.back);
        // The server may return a smaller position: the room log is shorter after a restore.
        if !model.read_state.unconfirmed.contains_key(&sent.room) {
            let position = ReadPosition { room: sent.room, ..position };
            let is_counted = model.rooms.mark_read(position);
            // The counts of a position that was put back may have been derived from old ones.
            context.shared.rooms.mark_stale_if(!is_counted || sent.back);
        }
    }

    fn failed(&mut self, sent: SentPosition, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            context.model.read_state.confirm(sent.room, sent.seq, sent.back);
        }
    }

    fn unreadable(&mut self, sent: SentPosition, context: &mut Context<'_>) {
        context.model.read_state.confirm(sent.room, sent.seq, sent.back);
    }
}
