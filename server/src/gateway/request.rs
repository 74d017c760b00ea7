//! Serves one request.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use protocol::ServerMessage;
use tracing::Instrument as _;

use super::{
    Gateway,
    pipeline::{QueuedRequest, RequestFuture},
};
use crate::{
    chat::{Caller, Outcome},
    delivery::{in_flight::InFlightWrites, reply::ReplyTo},
    error::Error,
    metrics::Metrics,
    websocket::{encode, outbox::Outbox},
};

/// Replies that need neither the chat nor the store.
#[derive(Clone, Copy)]
pub(super) struct Replies<'a> {
    pub(super) outbox: &'a Outbox,
    pub(super) metrics: &'a Metrics,
}

impl Replies<'_> {
    /// Queues a reply.
    pub(super) fn send(self, request_id: Option<&str>, message: &ServerMessage) {
        if let ServerMessage::Error(error) = message {
            self.metrics.error(error.code);
        }
        self.outbox.push_reply(encode::frame(message, request_id));
    }

    /// Queues an error.
    pub(super) fn error(self, request_id: Option<&str>, error: Error) {
        self.send(request_id, &error.into_payload().into());
    }
}

impl Gateway {
    /// Starts a request. The reply to a panic is an internal error, and the connection stays open.
    ///
    /// This includes the completion of a subscription. If the hub panicked after it had queued the
    /// reply, the client would receive that reply and an error, both with the id of the request.
    pub(super) fn start(
        &self,
        caller: &Arc<Caller>,
        outbox: &Outbox,
        in_flight: &InFlightWrites,
        QueuedRequest { request, id, received_at, .. }: QueuedRequest,
    ) -> RequestFuture {
        let (chat, limits, caller) =
            (Arc::clone(&self.chat), self.limits.clone(), Arc::clone(caller));
        let name = request.name();
        let reply = ReplyTo {
            outbox: outbox.clone(),
            in_flight: in_flight.clone(),
            request_id: id,
            request: name,
            received_at,
            metrics: self.metrics.clone(),
        };
        let serve = async move {
            let served = async {
                limits.request(caller.user.id, &request).await?;
                chat.dispatch(&caller, request, &reply).await
            };
            match catch_panic(served).await {
                Ok(Outcome::Reply(message)) => reply.send(Ok(message)),
                Ok(Outcome::Done) => {}
                Err(error) => reply.send(Err(error)),
            }
        };
        Box::pin(serve.instrument(tracing::debug_span!("request", name)))
    }
}

async fn catch_panic<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(Error::Internal("a request panicked".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_request_is_an_internal_error_and_no_more() {
        let work = async { if true { panic!("on purpose") } else { Ok(()) } };
        assert!(matches!(catch_panic(work).await, Err(Error::Internal(_))));
        assert!(matches!(catch_panic(async { Ok(7) }).await, Ok(7)));
    }
}
