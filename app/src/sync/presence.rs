//! Tells the server whether the page is visible.

use protocol::{ErrorPayload, Request, Response, Visibility};

use super::part::{Context, Part, Requester};
use crate::state::model::Model;

/// Sends a signal at the start of a connection, and at each change.
#[derive(Debug, Default)]
pub(super) struct PresenceSync {
    /// The last signal that was sent.
    sent: Option<bool>,
}

impl Part for PresenceSync {
    type Subject = ();

    fn welcomed(&mut self, _: &mut Model) {
        self.sent = None;
    }

    fn send_due(&mut self, requester: &mut Requester<'_, ()>) {
        let visible = requester.model.visible;
        if self.sent.replace(visible) != Some(visible) {
            requester.signal(&Request::Presence(Visibility { visible }));
        }
    }

    fn succeeded(&mut self, (): (), _: Response, _: &mut Context<'_>) {}

    fn failed(&mut self, (): (), _: ErrorPayload, _: &mut Context<'_>) {}

    fn unreadable(&mut self, (): (), _: &mut Context<'_>) {}
}
