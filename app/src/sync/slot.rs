//! A part with its pending requests. The engine thus needs not know the type of their subjects.

use std::fmt;

use protocol::{ErrorPayload, Event, RequestId, Response};

use super::{
    part::{Context, Part, Requester, Shared},
    requests::{OutgoingRequests, PendingRequests},
};
use crate::state::model::{EventOutcome, Model};

/// A part with its pending requests, addressed by request id.
pub(super) trait RegisteredPart: fmt::Debug {
    fn welcomed(&mut self, model: &mut Model);
    fn send_due(
        &mut self,
        model: &Model,
        shared: &mut Shared,
        outgoing: &mut OutgoingRequests,
        now: i64,
    );
    fn event(&mut self, event: &Event, outcome: EventOutcome, shared: &mut Shared);
    fn is_pending(&self, id: &RequestId) -> bool;
    fn succeeded(&mut self, id: &RequestId, response: Response, context: &mut Context<'_>);
    fn failed(&mut self, id: &RequestId, error: ErrorPayload, context: &mut Context<'_>);
    fn unreadable(&mut self, id: &RequestId, context: &mut Context<'_>);
    fn end_request(&mut self, id: &RequestId, shared: &mut Shared);
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

    /// Removes a pending request and returns its subject.
    fn take(&mut self, id: &RequestId, shared: &mut Shared) -> Option<P::Subject> {
        let subject = self.pending.take(id)?;
        self.part.request_ended(&subject, shared);
        Some(subject)
    }
}

impl<P: Part> RegisteredPart for Slot<P> {
    fn welcomed(&mut self, model: &mut Model) {
        self.part.welcomed(model);
    }

    fn send_due(
        &mut self,
        model: &Model,
        shared: &mut Shared,
        outgoing: &mut OutgoingRequests,
        now: i64,
    ) {
        let pending = &mut self.pending;
        self.part.send_due(&mut Requester { model, shared, now, pending, outgoing });
    }

    fn event(&mut self, event: &Event, outcome: EventOutcome, shared: &mut Shared) {
        self.part.event(event, outcome, shared, &mut self.pending);
    }

    fn is_pending(&self, id: &RequestId) -> bool {
        self.pending.contains(id)
    }

    fn succeeded(&mut self, id: &RequestId, response: Response, context: &mut Context<'_>) {
        if let Some(subject) = self.take(id, context.shared) {
            self.part.succeeded(subject, response, context);
        }
    }

    fn failed(&mut self, id: &RequestId, error: ErrorPayload, context: &mut Context<'_>) {
        if let Some(subject) = self.take(id, context.shared) {
            self.part.failed(subject, error, context);
        }
    }

    fn unreadable(&mut self, id: &RequestId, context: &mut Context<'_>) {
        if let Some(subject) = self.take(id, context.shared) {
            self.part.unreadable(subject, context);
        }
    }

    fn end_request(&mut self, id: &RequestId, shared: &mut Shared) {
        self.take(id, shared);
    }

    fn is_settled(&self, model: &Model, shared: &Shared) -> bool {
        self.part.is_settled(model, shared, &self.pending)
    }

    fn is_overdue(&self, now: i64) -> bool {
        self.pending.is_overdue(now)
    }
}
