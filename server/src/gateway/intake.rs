//! Takes in the messages of one connection, at the rate that one connection may send.

use std::time::Instant;

use protocol::{Empty, Event, Rejected, Request, decode_request, limits::Rate};

use super::{
    closing::{CloseIntent, Control, control},
    pipeline::{Pipeline, QueuedRequest},
    request::Replies,
};
use crate::{base::token_bucket::TokenBucket, error::Error, websocket::socket::Socket};

/// Decodes requests and queues them.
pub(super) struct Intake<'a> {
    replies: Replies<'a>,
    rate: Option<Rate>,
    bucket: TokenBucket,
}

impl<'a> Intake<'a> {
    /// Creates an intake that accepts requests at `rate`. `None` sets no limit.
    pub(super) fn new(replies: Replies<'a>, rate: Option<Rate>) -> Self {
        Self { replies, rate, bucket: TokenBucket::full(Instant::now()) }
    }

    /// Takes in everything that the socket has received. Returns how to close the connection if
    /// something asked for it; what was received after that is dropped.
    pub(super) fn receive(
        &mut self,
        socket: &mut Socket,
        pipeline: &mut Pipeline,
    ) -> Option<CloseIntent> {
        while let Some(input) = socket.next_input() {
            match control(input, self.replies.outbox) {
                Some(Control::Text(text)) => self.accept(&text, pipeline),
                Some(Control::Close(intent)) => {
                    socket.discard();
                    return Some(intent);
                }
                None => {}
            }
        }
        None
    }

    /// Queues a request, or replies at once if the chat is not needed for it.
    fn accept(&mut self, text: &str, pipeline: &mut Pipeline) {
        let decoded = decode_request(text);
        self.replies.metrics.received(decoded.as_ref().ok().map(|(request, _)| request));
        let id = match &decoded {
            Ok((_, id)) | Err(Rejected { request_id: id, .. }) => id.as_deref(),
        };
        if let Some(rate) = self.rate
            && let Err(wait) = self.bucket.take(rate, Instant::now())
        {
            let error = Error::limited("Too many requests on this connection.", wait);
            return self.replies.error(id, error);
        }
        match decoded {
            Ok((Request::Pong(Empty {}), _)) => {}
            Ok((Request::Ping(Empty {}), id)) => {
                self.replies.send(id.as_deref(), &Event::Pong(Empty {}).into());
            }
            Ok((request, id)) => {
                let received_at = Instant::now();
                pipeline.push(QueuedRequest { request, id, bytes: text.len(), received_at });
            }
            Err(rejected) => {
                self.replies.send(rejected.request_id.as_deref(), &rejected.error.into());
            }
        }
    }
}
