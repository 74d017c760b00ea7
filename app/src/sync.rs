//! The exchange of messages over one connection: the requests that the model needs, and the effect
//! of responses and events on the model.
//!
//! Pure: text in, text out. Requests derive from state, not from commands: each `part` compares the
//! model with the requests that it has sent on this connection, and sends those that are missing. A
//! new connection starts with a new [`SyncEngine`], so everything that was lost is requested again.
//!
//! A new kind of request needs one file here, with a `Part`, and one line in `parts`.

mod choices;
mod drafts;
mod edits;
mod files;
mod history;
mod later;
mod members;
mod part;
mod people;
mod pins;
mod presence;
mod preview;
mod read;
mod requests;
mod resume;
mod rooms;
mod search;
mod send;
mod slot;
mod subscriptions;
mod thread_follow;
mod thread_read;
mod threads;
mod typing;
mod unread;
mod unsubscribe;
mod update;

use protocol::{
    Empty, ErrorPayload, Event, Request, RequestId, Response, ServerMessage, Welcome,
    decode_server_message, encode_request, limits::PROTOCOL_VERSION,
};
use serde::Deserialize;

use self::{
    part::{Context, Part, Shared},
    requests::{OutgoingRequests, PendingRequests},
    slot::{RegisteredPart, Slot},
};
use crate::state::{connection::ConnectionState, model::Model};

/// The silence that ends a connection before the server has announced its heartbeat, in
/// milliseconds.
const WELCOME_TIMEOUT_MS: i64 = 10_000;
/// The name of a development build.
const DEVELOPMENT_BUILD: &str = "dev";

/// The state of one connection.
#[derive(Debug)]
pub struct SyncEngine {
    build: String,
    is_welcomed: bool,
    is_other_user: bool,
    silence_ms: i64,
    outgoing: OutgoingRequests,
    shared: Shared,
    parts: Vec<Box<dyn RegisteredPart>>,
    pings: PendingRequests<()>,
}

/// Creates all parts, in the order in which they send their requests. With several rooms, the
/// requests are thus grouped by kind, not by room.
fn parts() -> Vec<Box<dyn RegisteredPart>> {
    fn slot<P: Part + 'static>(part: P) -> Box<dyn RegisteredPart> {
        Box::new(Slot::new(part))
    }
    vec![
        slot(rooms::RoomsSync),
        slot(unsubscribe::UnsubscribeSync),
        slot(subscriptions::SubscriptionsSync),
        slot(members::MembersSync::default()),
        slot(preview::PreviewSync),
        slot(history::HistorySync),
        slot(pins::PinsSync::default()),
        slot(files::FilesSync),
        slot(edits::EditsSync::default()),
        slot(unread::UnreadSync::default()),
        slot(search::SearchSync),
        slot(resume::ResumeSync::default()),
        slot(read::ReadSync),
        slot(choices::ChoicesSync),
        slot(send::SendSync::default()),
        slot(update::UpdateSync::default()),
        slot(typing::TypingSync::default()),
        slot(thread_follow::ThreadFollowSync),
        slot(thread_read::ThreadReadSync),
        slot(threads::ThreadsSync::default()),
        slot(presence::PresenceSync::default()),
        slot(people::RoomPeopleSync::default()),
        slot(people::PeoplePresenceSync::default()),
        slot(drafts::DraftsSync::default()),
        slot(later::LaterSync::default()),
    ]
}

impl SyncEngine {
    /// Creates the state of a new connection, for a page of this build.
    #[must_use]
    pub fn new(build: String) -> Self {
        Self {
            build,
            is_welcomed: false,
            is_other_user: false,
            silence_ms: WELCOME_TIMEOUT_MS,
            outgoing: OutgoingRequests::default(),
            shared: Shared::default(),
            parts: parts(),
            pings: PendingRequests::default(),
        }
    }

    /// Returns how long the server may be silent before the connection counts as lost, in
    /// milliseconds.
    #[must_use]
    pub fn silence_ms(&self) -> i64 {
        self.silence_ms
    }

    /// Returns whether another user has signed in since the page was loaded. The page must not send
    /// anything then and has to be reloaded.
    #[must_use]
    pub fn is_other_user(&self) -> bool {
        self.is_other_user
    }

    /// Returns whether a request waits for its time to be sent.
    #[must_use]
    pub fn is_waiting(&self, now: i64) -> bool {
        now < self.shared.retry_at.max(self.shared.threads_not_before)
            || self.shared.rooms.is_waiting(now)
    }

    /// Returns whether a response is overdue.
    #[must_use]
    pub fn is_overdue(&self, now: i64) -> bool {
        self.pings.is_overdue(now) || self.parts.iter().any(|part| part.is_overdue(now))
    }

    /// Returns whether everything that the page has subscribed to is up to date.
    #[must_use]
    pub fn is_settled(&self, model: &Model) -> bool {
        self.is_welcomed && self.parts.iter().all(|part| part.is_settled(model, &self.shared))
    }

    /// Returns a `ping`, to which the server must reply. Before `welcome`, nothing may be sent.
    pub fn ping(&mut self, now: i64) -> Option<String> {
        if !self.is_welcomed {
            return None;
        }
        self.pings.send((), &Request::Ping(Empty {}), &mut self.outgoing, now);
        self.outgoing.frames.pop()
    }

    /// Loads the list of rooms again if it is old. Called when the user returns to the page.
    pub fn refresh_rooms(&mut self, now: i64) {
        self.shared.rooms.refresh(now);
    }

    /// Returns the requests that the model needs and that were not sent on this connection.
    pub fn due_requests(&mut self, model: &Model, now: i64) -> Vec<String> {
        if self.is_welcomed && now >= self.shared.retry_at {
            for part in &mut self.parts {
                part.send_due(model, &mut self.shared, &mut self.outgoing, now);
            }
        }
        std::mem::take(&mut self.outgoing.frames)
    }

    /// Applies a message of the server. Returns the frame to send at once, if any.
    pub fn receive(&mut self, model: &mut Model, text: &str, now: i64) -> Option<String> {
        let Ok(received) = decode_server_message(text) else {
            self.unreadable(model, text, now);
            return None;
        };
        let id = received.request_id;
        match received.message {
            Some(ServerMessage::Event(event)) => {
                self.end_request(id.as_ref());
                if let Event::Ping(_) = event {
                    return Some(encode_request(&Request::Pong(Empty {}), None));
                }
                if let Event::Welcome(_) = event {
                    model.drafts.server_clock = Some(received.timestamp.as_millis() - now);
                }
                self.event(model, event, now);
            }
            Some(ServerMessage::Response(response)) => {
                self.succeeded(model, &id?, response, now)?
            }
            Some(ServerMessage::Error(error)) => self.failed(model, &id?, error, now)?,
            None => {
                self.end_request(id.as_ref());
                return None;
            }
        }
        if let ConnectionState::CatchingUp { .. } = model.connection
            && self.is_settled(model)
        {
            model.connection = ConnectionState::Current;
        }
        None
    }

    fn event(&mut self, model: &mut Model, event: Event, now: i64) {
        if let Event::Welcome(welcome) = event {
            return self.welcome(model, *welcome);
        }
        let outcome = model.apply(&event, now);
        for part in &mut self.parts {
            part.event(&event, outcome, &mut self.shared);
        }
    }

    fn welcome(&mut self, model: &mut Model, welcome: Welcome) {
        let Welcome { user, heartbeat, build, protocol, .. } = welcome;
        if user.id != model.me.id {
            self.is_other_user = true;
            return;
        }
        let is_other_build =
            build != self.build && build != DEVELOPMENT_BUILD && self.build != DEVELOPMENT_BUILD;
        model.me = user;
        model.outdated |= is_other_build || protocol > PROTOCOL_VERSION;
        model.connection = ConnectionState::CatchingUp { missing: 0 };
        self.silence_ms =
            i64::try_from(heartbeat.interval_ms + heartbeat.timeout_ms).unwrap_or(i64::MAX);
        self.is_welcomed = true;
        for part in &mut self.parts {
            part.welcomed(model);
        }
    }

    /// Applies a response. Returns `None` if no request has that id.
    fn succeeded(
        &mut self,
        model: &mut Model,
        id: &RequestId,
        response: Response,
        now: i64,
    ) -> Option<()> {
        let Self { parts, shared, pings, .. } = self;
        let Some(part) = parts.iter_mut().find(|part| part.is_pending(id)) else {
            return pings.take(id);
        };
        part.succeeded(id, response, &mut Context { model, shared, now });
        Some(())
    }

    /// Applies an error. Returns `None` if no request has that id.
    fn failed(
        &mut self,
        model: &mut Model,
        id: &RequestId,
        error: ErrorPayload,
        now: i64,
    ) -> Option<()> {
        let Self { parts, shared, .. } = self;
        let part = parts.iter_mut().find(|part| part.is_pending(id));
        if part.is_none() {
            self.pings.take(id)?;
        }
        shared.delay_after(&error, now);
        if let Some(part) = part {
            part.failed(id, error, &mut Context { model, shared, now });
        }
        Some(())
    }

    /// Handles a message of a newer server that this page cannot read. The request is not repeated:
    /// the server would return the same response.
    fn unreadable(&mut self, model: &mut Model, text: &str, now: i64) {
        #[derive(Deserialize)]
        struct RequestEnvelope {
            request_id: Option<RequestId>,
        }
        model.outdated = true;
        let Ok(RequestEnvelope { request_id: Some(id) }) = serde_json::from_str(text) else {
            return;
        };
        self.pings.take(&id);
        let Self { parts, shared, .. } = self;
        if let Some(part) = parts.iter_mut().find(|part| part.is_pending(&id)) {
            part.unreadable(&id, &mut Context { model, shared, now });
        }
    }

    /// Ends a request without a response that concerns its part.
    fn end_request(&mut self, id: Option<&RequestId>) {
        let Some(id) = id else { return };
        self.pings.take(id);
        for part in &mut self.parts {
            part.end_request(id, &mut self.shared);
        }
    }
}

#[cfg(test)]
mod tests;
