//! The requests of a connection: those to send, and those whose replies are pending.

use protocol::{Request, RequestId, encode_request};

/// The time after which a missing response means that the connection is broken, in milliseconds.
const RESPONSE_TIMEOUT_MS: i64 = 20_000;

/// The frames to send, and the number of requests so far.
#[derive(Debug, Default)]
pub(super) struct OutgoingRequests {
    pub(super) frames: Vec<String>,
    requests: u64,
}

impl OutgoingRequests {
    /// Sends a request, to which the server replies. Returns its id.
    fn send(&mut self, request: &Request) -> RequestId {
        self.requests += 1;
        let id = self.requests.to_string();
        self.frames.push(encode_request(request, Some(&id)));
        id
    }

    /// Sends a signal, to which the server does not reply.
    pub(super) fn signal(&mut self, request: &Request) {
        self.frames.push(encode_request(request, None));
    }
}

/// A request without a reply so far.
#[derive(Debug)]
struct PendingRequest<S> {
    id: RequestId,
    subject: S,
    sent_at: i64,
}

/// The pending requests of a part.
#[derive(Debug)]
pub(super) struct PendingRequests<S>(Vec<PendingRequest<S>>);

impl<S> Default for PendingRequests<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S> PendingRequests<S> {
    /// Sends a request about `subject`.
    pub(super) fn send(
        &mut self,
        subject: S,
        request: &Request,
        outgoing: &mut OutgoingRequests,
        now: i64,
    ) {
        let id = outgoing.send(request);
        self.0.push(PendingRequest { id, subject, sent_at: now });
    }

    /// Removes the request with this id and returns its subject.
    pub(super) fn take(&mut self, id: &RequestId) -> Option<S> {
        let index = self.0.iter().position(|request| request.id == *id)?;
        Some(self.0.swap_remove(index).subject)
    }

    /// Returns whether a request with this id is pending.
    pub(super) fn contains(&self, id: &RequestId) -> bool {
        self.0.iter().any(|request| request.id == *id)
    }

    /// Returns whether a request is pending whose subject matches the predicate.
    pub(super) fn any(&self, is_match: impl Fn(&S) -> bool) -> bool {
        self.0.iter().any(|request| is_match(&request.subject))
    }

    /// Returns the number of pending requests.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether no request is pending.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the requests whose subject matches the predicate.
    pub(super) fn retain(&mut self, keep: impl Fn(&S) -> bool) {
        self.0.retain(|request| keep(&request.subject));
    }

    /// Returns whether a response takes too long.
    pub(super) fn is_overdue(&self, now: i64) -> bool {
        self.0.iter().any(|request| now - request.sent_at > RESPONSE_TIMEOUT_MS)
    }
}
