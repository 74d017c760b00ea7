//! Sends the messages of the outbox.

use protocol::{Chat, ErrorPayload, Event, MessageId, Request, Response, RoomId};

use super::{
    part::{Context, Faults, Part, Shared, Wants},
    requests::PendingRequests,
};
use crate::state::model::EventOutcome;

/// Sends one message at a time in each room.
#[derive(Debug, Default)]
pub(super) struct Send {
    faults: Faults,
    /// Messages whose responses could not be read. Their events tell if they were accepted.
    unreadable: Vec<SentMessage>,
}

/// A message that was sent, and its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentMessage {
    room: RoomId,
    id: MessageId,
}

impl Part for Send {
    type Subject = SentMessage;

    fn wants(&mut self, wants: &mut Wants<'_, SentMessage>) {
        for message in wants.model.outbox.next(wants.now) {
            let is_same_room = |sent: &SentMessage| sent.room == message.room;
            if !wants.is_pending(is_same_room) && !self.unreadable.iter().any(is_same_room) {
                let request = Chat {
                    room: Some(message.room.into()),
                    text: message.text.clone(),
                    id: Some(message.id),
                };
                let sent = SentMessage { room: message.room, id: message.id };
                wants.send(sent, &Request::Chat(request));
            }
        }
    }

    /// Treats the event of a message as its response, which may arrive later or be unreadable.
    fn event(
        &mut self,
        event: &Event,
        _: EventOutcome,
        _: &mut Shared,
        pending: &mut PendingRequests<SentMessage>,
    ) {
        if let Event::Chat(message) = event {
            let logged = SentMessage { room: message.room, id: message.id };
            pending.retain(|sent| *sent != logged);
            self.unreadable.retain(|sent| *sent != logged);
        }
    }

    fn answered(&mut self, sent: SentMessage, response: Response, context: &mut Context<'_>) {
        if let Response::Chat(response) = response {
            context.model.outbox.confirm(response);
            context.model.drop_confirmed(sent.room);
        }
    }

    fn refused(&mut self, sent: SentMessage, error: ErrorPayload, context: &mut Context<'_>) {
        if self.faults.is_final(sent.id.0, error.code) {
            context.model.outbox.fail(sent.id, error.detail);
        }
    }

    /// Waits for the event of the message, or for the next connection.
    fn unreadable(&mut self, sent: SentMessage, _: &mut Context<'_>) {
        self.unreadable.push(sent);
    }
}
