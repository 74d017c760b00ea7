//! The interface of a part: one kind of request, from the need for it to the effect of its outcome.

use std::{collections::HashMap, fmt};

use protocol::{ErrorCode, ErrorPayload, Event, Request, RequestId, Response, encode_request};
use uuid::Uuid;

use super::{rooms::RoomListSync, subscriptions::Subscriptions};
use crate::state::model::{EventOutcome, Model};

/// How long to wait before a request that failed on the server is repeated, in milliseconds, unless
/// the server names a time.
pub(super) const RETRY_MS: i64 = 1_000;
/// How often a failing operation is attempted before it is given up or starts over.
pub(super) const MAX_ATTEMPTS: u32 = 3;
/// How long a response may take before the connection counts as broken, in milliseconds.
const RESPONSE_TIMEOUT_MS: i64 = 20_000;

/// One kind of request.
pub(super) trait Part: fmt::Debug {
    /// The subject of a request, needed to interpret its response.
    type Subject: fmt::Debug;

    /// Prepares for the requests of a new connection.
    fn welcomed(&mut self, _model: &mut Model) {}

    /// Sends the requests that the model needs and that were not sent on this connection.
    fn wants(&mut self, wants: &mut Wants<'_, Self::Subject>);

    /// Reacts to an event that was applied to the model.
    fn event(
        &mut self,
        _event: &Event,
        _outcome: EventOutcome,
        _shared: &mut Shared,
        _pending: &mut PendingRequests<Self::Subject>,
    ) {
    }

    /// Records that a request is no longer pending, whatever its outcome. Called before the outcome
    /// is applied.
    fn closed(&mut self, _subject: &Self::Subject, _shared: &mut Shared) {}

    /// Applies a response.
    fn answered(&mut self, subject: Self::Subject, response: Response, context: &mut Context<'_>);

    /// Applies an error.
    fn refused(&mut self, subject: Self::Subject, error: ErrorPayload, context: &mut Context<'_>);

    /// Handles a response that this page cannot read.
    fn unreadable(&mut self, subject: Self::Subject, context: &mut Context<'_>);

    /// Returns true if the part is up to date.
    fn is_settled(
        &self,
        _model: &Model,
        _shared: &Shared,
        _pending: &PendingRequests<Self::Subject>,
    ) -> bool {
        true
    }
}

/// The state of a connection that parts share.
#[derive(Debug)]
pub(super) struct Shared {
    /// The state of the list of rooms.
    pub(super) rooms: RoomListSync,
    /// The rooms that are subscribed because they are open.
    pub(super) subscriptions: Subscriptions,
    /// No request is sent before this time.
    pub(super) retry_at: i64,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            rooms: RoomListSync::default(),
            subscriptions: Subscriptions::default(),
            retry_at: i64::MIN,
        }
    }
}

impl Shared {
    /// Delays all requests after an error that may be temporary.
    pub(super) fn delay_after(&mut self, error: &ErrorPayload, now: i64) {
        if is_temporary(error.code) {
            let delay = error.retry_after_ms.and_then(|delay| i64::try_from(delay).ok());
            self.retry_at = now.saturating_add(delay.unwrap_or(RETRY_MS));
        }
    }
}

/// The state that an outcome is applied to.
pub(super) struct Context<'a> {
    pub(super) model: &'a mut Model,
    pub(super) shared: &'a mut Shared,
    pub(super) now: i64,
}

/// The state that the need for requests is derived from, and the means to send them.
pub(super) struct Wants<'a, S> {
    pub(super) model: &'a Model,
    pub(super) shared: &'a mut Shared,
    pub(super) now: i64,
    pending: &'a mut PendingRequests<S>,
    outgoing: &'a mut Outgoing,
}

impl<S> Wants<'_, S> {
    /// Returns true if a request is pending whose subject fulfils the predicate.
    pub(super) fn is_pending(&self, is_match: impl Fn(&S) -> bool) -> bool {
        self.pending.any(is_match)
    }

    /// Sends a request that will be answered.
    pub(super) fn send(&mut self, subject: S, request: &Request) {
        self.pending.send(subject, request, self.outgoing, self.now);
    }

    /// Sends a notice that will not be answered.
    pub(super) fn notify(&mut self, request: &Request) {
        self.outgoing.frames.push(encode_request(request, None));
    }
}

/// The frames to send, and the number of requests so far.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) frames: Vec<String>,
    requests: u64,
}

/// A request that was not answered yet.
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
    pub(super) fn send(
        &mut self,
        subject: S,
        request: &Request,
        outgoing: &mut Outgoing,
        now: i64,
    ) {
        outgoing.requests += 1;
        let id = outgoing.requests.to_string();
        outgoing.frames.push(encode_request(request, Some(&id)));
        self.0.push(PendingRequest { id, subject, sent_at: now });
    }

    /// Removes the request with this id and returns its subject.
    pub(super) fn take(&mut self, id: &RequestId) -> Option<S> {
        let index = self.0.iter().position(|request| request.id == *id)?;
        Some(self.0.swap_remove(index).subject)
    }

    pub(super) fn any(&self, is_match: impl Fn(&S) -> bool) -> bool {
        self.0.iter().any(|request| is_match(&request.subject))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the requests whose subject fulfils the predicate.
    pub(super) fn retain(&mut self, keep: impl Fn(&S) -> bool) {
        self.0.retain(|request| keep(&request.subject));
    }

    pub(super) fn is_overdue(&self, now: i64) -> bool {
        self.0.iter().any(|request| now - request.sent_at > RESPONSE_TIMEOUT_MS)
    }
}

/// Operations that the server fails at again and again, which must not block those behind them.
#[derive(Debug, Default)]
pub(super) struct Faults(HashMap<Uuid, u32>);

impl Faults {
    /// Returns true if the operation has to be given up after this error.
    pub(super) fn is_final(&mut self, operation: Uuid, code: ErrorCode) -> bool {
        if code != ErrorCode::Internal {
            return !is_temporary(code);
        }
        let faults = self.0.entry(operation).or_default();
        *faults += 1;
        *faults > MAX_ATTEMPTS
    }
}

/// Returns true if a request that failed with this code may succeed later.
pub(super) fn is_temporary(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Internal
            | ErrorCode::Unauthorized
    )
}

/// A part with its pending requests, as the engine sees it.
pub(super) trait RegisteredPart: fmt::Debug {
    fn welcomed(&mut self, model: &mut Model);
    fn wants(&mut self, model: &Model, shared: &mut Shared, outgoing: &mut Outgoing, now: i64);
    fn event(&mut self, event: &Event, outcome: EventOutcome, shared: &mut Shared);
    fn is_pending(&self, id: &RequestId) -> bool;
    fn answered(&mut self, id: &RequestId, response: Response, context: &mut Context<'_>);
    fn refused(&mut self, id: &RequestId, error: ErrorPayload, context: &mut Context<'_>);
    fn unreadable(&mut self, id: &RequestId, context: &mut Context<'_>);
    fn close(&mut self, id: &RequestId, shared: &mut Shared);
    fn is_settled(&self, model: &Model, shared: &Shared) -> bool;
    fn is_overdue(&self, now: i64) -> bool;
}

/// The pairing of a part with its pending requests.
#[derive(Debug)]
pub(super) struct Slot<P: Part> {
    part: P,
    pending: PendingRequests<P::Subject>,
}

impl<P: Part> Slot<P> {
    pub(super) fn new(part: P) -> Self {
        Self { part, pending: PendingRequests::default() }
    }

    /// Ends a pending request and returns its subject.
    fn end(&mut self, id: &RequestId, shared: &mut Shared) -> Option<P::Subject> {
        let subject = self.pending.take(id)?;
        self.part.closed(&subject, shared);
        Some(subject)
    }
}

impl<P: Part> RegisteredPart for Slot<P> {
    fn welcomed(&mut self, model: &mut Model) {
        self.part.welcomed(model);
    }

    fn wants(&mut self, model: &Model, shared: &mut Shared, outgoing: &mut Outgoing, now: i64) {
        let pending = &mut self.pending;
        self.part.wants(&mut Wants { model, shared, now, pending, outgoing });
    }

    fn event(&mut self, event: &Event, outcome: EventOutcome, shared: &mut Shared) {
        self.part.event(event, outcome, shared, &mut self.pending);
    }

    fn is_pending(&self, id: &RequestId) -> bool {
        self.pending.0.iter().any(|request| request.id == *id)
    }

    fn answered(&mut self, id: &RequestId, response: Response, context: &mut Context<'_>) {
        if let Some(subject) = self.end(id, context.shared) {
            self.part.answered(subject, response, context);
        }
    }

    fn refused(&mut self, id: &RequestId, error: ErrorPayload, context: &mut Context<'_>) {
        if let Some(subject) = self.end(id, context.shared) {
            self.part.refused(subject, error, context);
        }
    }

    fn unreadable(&mut self, id: &RequestId, context: &mut Context<'_>) {
        if let Some(subject) = self.end(id, context.shared) {
            self.part.unreadable(subject, context);
        }
    }

    fn close(&mut self, id: &RequestId, shared: &mut Shared) {
        self.end(id, shared);
    }

    fn is_settled(&self, model: &Model, shared: &Shared) -> bool {
        self.part.is_settled(model, shared, &self.pending)
    }

    fn is_overdue(&self, now: i64) -> bool {
        self.pending.is_overdue(now)
    }
}
