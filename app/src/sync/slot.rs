//! A part as the engine sees it: together with its pending requests, whatever their subject.

use std::fmt;

use protocol::{ErrorPayload, Event, RequestId, Response};

use super::{
    part::{Context, Part, Shared, Wants},
    requests::{Outgoing, PendingRequests},
};
use crate::state::model::{EventOutcome, Model};

/// A part with its pending requests, addressed by request id.
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
        self.pending.contains(id)
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
