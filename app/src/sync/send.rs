//! Sends the messages of the outbox.

use protocol::{Chat, ErrorCode, ErrorPayload, Event, MessageId, Request, Response, RoomId};

use super::{
    part::{Context, Faults, Part, Requester, Shared},
    requests::PendingRequests,
};
use crate::state::{model::EventOutcome, outbox::PendingMessage};

/// Sends one message at a time in each room.
#[derive(Debug, Default)]
pub(super) struct SendSync {
    faults: Faults,
    /// Messages whose responses could not be read. Only their events show that they were accepted.
    unreadable: Vec<MessageInFlight>,
}

/// A message whose response is pending, and its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageInFlight {
    room: RoomId,
    id: MessageId,
}

impl Part for SendSync {
    type Subject = MessageInFlight;

    fn send_due(&mut self, requester: &mut Requester<'_, MessageInFlight>) {
        for message in requester.model.outbox.next(requester.now) {
            let is_same_room = |sent: &MessageInFlight| sent.room == message.room;
            if !requester.is_pending(is_same_room) && !self.unreadable.iter().any(is_same_room) {
                let request = Chat {
                    room: Some(message.room.into()),
                    text: message.text.clone(),
                    id: Some(message.id),
                    reply_to: quoted(message),
                    thread: message.thread,
                    in_room: message.in_room,
                    files: message.files.iter().filter_map(|file| file.file).collect(),
                    previews: None,
                };
                let in_flight = MessageInFlight { room: message.room, id: message.id };
                requester.send(in_flight, &Request::Chat(request));
            }
        }
    }

    /// Treats the event of a message as its response, which may arrive later or be unreadable.
    fn event(
        &mut self,
        event: &Event,
        _: EventOutcome,
        _: &mut Shared,
        pending: &mut PendingRequests<MessageInFlight>,
    ) {
        if let Event::Chat(message) = event {
            let logged = MessageInFlight { room: message.room, id: message.id };
            pending.retain(|sent| *sent != logged);
            self.unreadable.retain(|sent| *sent != logged);
        }
    }

    fn succeeded(
        &mut self,
        message: MessageInFlight,
        response: Response,
        context: &mut Context<'_>,
    ) {
        if let Response::Chat(response) = response {
            let Context { model, shared, .. } = context;
            model.outbox.confirm(response);
            model.drop_confirmed(message.room);
            // No event shows it in a room that the user is no member of.
            shared.rooms.mark_stale_if(model.is_preview(message.room));
        }
    }

    fn failed(&mut self, message: MessageInFlight, error: ErrorPayload, context: &mut Context<'_>) {
        // The quoted message may be deleted: the words go without it.
        if error.code == ErrorCode::NotFound && context.model.outbox.end_quote(message.id) {
            return;
        }
        if self.faults.is_final(message.id.0, error.code) {
            context.model.outbox.refuse(message.id, error.detail);
        }
    }

    /// Waits for the event of the message, or for the next connection.
    fn unreadable(&mut self, message: MessageInFlight, _: &mut Context<'_>) {
        self.unreadable.push(message);
    }
}

/// Returns the message to quote. One that is deleted cannot be.
fn quoted(message: &PendingMessage) -> Option<MessageId> {
    message.reply_to.as_ref().filter(|quote| !quote.deleted).map(|quote| quote.id)
}
