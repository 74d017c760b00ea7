//! The reply that a request is owed, carried as data to where it is sent.

use std::time::Instant;

use bytes::Bytes;
use protocol::{RequestId, Response, ServerMessage};

use super::in_flight::{InFlight, InFlightWrites};
use crate::{
    error::Error,
    metrics::Metrics,
    websocket::{encode, outbox::Outbox},
};

/// The destination of the reply to one request.
#[derive(Clone, Debug)]
pub struct ReplyTo {
    /// The connection that sent the request.
    pub outbox: Outbox,
    /// The writes of that connection.
    pub in_flight: InFlightWrites,
    /// The id that the client gave the request.
    pub request_id: Option<RequestId>,
    /// The request's type.
    pub request: &'static str,
    /// When the request was received.
    pub received_at: Instant,
    /// Records the errors and the latency.
    pub metrics: Metrics,
}

impl ReplyTo {
    /// Sends the reply now.
    pub fn send(&self, result: Result<ServerMessage, Error>) {
        self.outbox.push_reply(self.encode(&message_of(result)));
        self.mark_replied();
    }

    /// Encodes a reply that another part queues, such as the hub, which keeps it in order with the
    /// events of a room.
    #[must_use]
    pub fn encode(&self, message: &ServerMessage) -> Bytes {
        if let ServerMessage::Error(error) = message {
            self.metrics.error(error.code);
        }
        encode::frame(message, self.request_id.as_deref())
    }

    /// Records the latency of a reply that was queued elsewhere.
    pub fn mark_replied(&self) {
        self.metrics.replied(self.request, self.received_at);
    }

    /// Turns this into the reply of a write, which counts as in flight from now on.
    #[must_use]
    pub fn pending(&self) -> PendingReply {
        PendingReply { to: self.clone(), in_flight: self.in_flight.begin() }
    }
}

/// The reply to a write, sent after the commit. The write counts as in flight until this is
/// dropped.
#[derive(Debug)]
pub struct PendingReply {
    to: ReplyTo,
    in_flight: InFlight,
}

impl PendingReply {
    /// Sends the reply without an event.
    pub fn send(self, result: Result<Response, Error>) {
        let (outbox, frame, _in_flight) = self.into_frame(result);
        outbox.push_reply(frame);
        outbox.wake();
    }

    /// Returns the encoded reply and the outbox it goes to. The write stays in flight until the
    /// guard is dropped.
    #[must_use]
    pub fn into_frame(self, result: Result<Response, Error>) -> (Outbox, Bytes, InFlight) {
        let Self { to, in_flight } = self;
        let frame = to.encode(&message_of(result.map(ServerMessage::from)));
        to.mark_replied();
        (to.outbox, frame, in_flight)
    }
}

fn message_of(result: Result<ServerMessage, Error>) -> ServerMessage {
    result.unwrap_or_else(|error| error.into_payload().into())
}
