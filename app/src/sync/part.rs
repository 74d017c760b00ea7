//! The interface of a part. A part handles one kind of request: it sends the requests that the
//! model needs, and applies their outcome to it.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use protocol::{ErrorCode, ErrorPayload, Event, Request, Response, Room, RoomId};
use uuid::Uuid;

use super::{
    requests::{OutgoingRequests, PendingRequests},
    rooms::RoomListState,
    subscriptions::Subscriptions,
};
use crate::state::model::{EventOutcome, Model};

/// The delay before a request that failed on the server is repeated, in milliseconds, unless the
/// server names one.
pub(super) const RETRY_MS: i64 = 1_000;
/// The number of attempts before a failing operation is given up or starts over.
pub(super) const MAX_ATTEMPTS: u32 = 3;

/// The rooms that a page follows without having opened them, to count their messages as they
/// arrive. The counts of the user's other rooms are requested at an interval.
pub(super) const MAX_FOLLOWED: usize = 500;

/// One kind of request.
pub(super) trait Part: fmt::Debug {
    /// The subject of a request, needed to interpret its response.
    type Subject: fmt::Debug;

    /// Prepares for the requests of a new connection.
    fn welcomed(&mut self, _model: &mut Model) {}

    /// Sends the requests that the model needs and that were not sent on this connection.
    fn send_due(&mut self, requester: &mut Requester<'_, Self::Subject>);

    /// Reacts to an event that was applied to the model.
    fn event(
        &mut self,
        _event: &Event,
        _outcome: EventOutcome,
        _shared: &mut Shared,
        _pending: &mut PendingRequests<Self::Subject>,
    ) {
    }

    /// Records that a request is no longer pending. Called before any outcome is applied.
    fn request_ended(&mut self, _subject: &Self::Subject, _shared: &mut Shared) {}

    /// Applies a response.
    fn succeeded(&mut self, subject: Self::Subject, response: Response, context: &mut Context<'_>);

    /// Applies an error, which may be temporary.
    fn failed(&mut self, subject: Self::Subject, error: ErrorPayload, context: &mut Context<'_>);

    /// Handles a response that this page cannot read.
    fn unreadable(&mut self, subject: Self::Subject, context: &mut Context<'_>);

    /// Returns whether the part is up to date.
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
    pub(super) rooms: RoomListState,
    /// The subscriptions to the opened rooms.
    pub(super) subscriptions: Subscriptions,
    /// The rooms that were subscribed to on this connection without having been opened.
    pub(super) followed: HashSet<RoomId>,
    /// The list of threads is not loaded again before this time.
    pub(super) threads_not_before: i64,
    /// No request is sent before this time.
    pub(super) retry_at: i64,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            rooms: RoomListState::default(),
            subscriptions: Subscriptions::default(),
            followed: HashSet::new(),
            threads_not_before: i64::MIN,
            retry_at: i64::MIN,
        }
    }
}

impl Shared {
    /// Returns the user's rooms without a subscription that keeps their counts up to date.
    pub(super) fn unfollowed<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Room> {
        model.rooms.iter().filter(|room| {
            room.member
                && !model.opened_rooms.contains_key(&room.id)
                && !self.followed.contains(&room.id)
        })
    }

    /// Takes the rooms that are no longer open and whose subscriptions have to end. As many as
    /// possible are followed instead.
    pub(super) fn take_closed(&mut self, model: &Model) -> Vec<RoomId> {
        let mut closed = self.subscriptions.take_closed(model);
        closed.retain(|room| {
            let is_followed = self.followed.contains(room)
                || (self.followed.len() < MAX_FOLLOWED && self.followed.insert(*room));
            !is_followed
        });
        closed
    }

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

/// The state that decides which requests are due, and the means to send them.
pub(super) struct Requester<'a, S> {
    pub(super) model: &'a Model,
    pub(super) shared: &'a mut Shared,
    pub(super) now: i64,
    pub(super) pending: &'a mut PendingRequests<S>,
    pub(super) outgoing: &'a mut OutgoingRequests,
}

impl<S> Requester<'_, S> {
    /// Returns whether a request is pending whose subject matches the predicate.
    pub(super) fn is_pending(&self, is_match: impl Fn(&S) -> bool) -> bool {
        self.pending.any(is_match)
    }

    /// Returns the number of pending requests.
    pub(super) fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// Sends a request, to which the server replies.
    pub(super) fn send(&mut self, subject: S, request: &Request) {
        self.pending.send(subject, request, self.outgoing, self.now);
    }

    /// Sends a signal, to which the server does not reply.
    pub(super) fn signal(&mut self, request: &Request) {
        self.outgoing.signal(request);
    }
}

/// The failures of operations at which the server fails repeatedly. Such an operation is given up,
/// so that it does not block those behind it.
#[derive(Debug, Default)]
pub(super) struct Faults(HashMap<Uuid, u32>);

impl Faults {
    /// Returns whether the operation has to be given up after this error.
    pub(super) fn is_final(&mut self, operation: Uuid, code: ErrorCode) -> bool {
        if code != ErrorCode::Internal {
            return !is_temporary(code);
        }
        let faults = self.0.entry(operation).or_default();
        *faults += 1;
        *faults > MAX_ATTEMPTS
    }
}

/// Returns whether a request that failed with this code may succeed later.
pub(super) fn is_temporary(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::Internal
            | ErrorCode::Unauthorized
    )
}
