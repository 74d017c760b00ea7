//! Sends the user's typing signals.

use protocol::{ErrorPayload, Request, Response};

use super::part::{Context, Part, Requester};
use crate::state::{conversation::Conversation, model::Model};

/// Sends a signal whenever the model counts one more.
#[derive(Debug, Default)]
pub(super) struct TypingSync {
    /// The last signal that was sent.
    sent: Option<(Conversation, u32)>,
}

impl Part for TypingSync {
    type Subject = ();

    /// Skips signals from before the connection.
    fn welcomed(&mut self, model: &mut Model) {
        self.sent = model.typing_signal;
    }

    fn send_due(&mut self, requester: &mut Requester<'_, ()>) {
        let signal = requester.model.typing_signal;
        if let Some((Conversation { room, thread }, _)) = signal.filter(|_| self.sent != signal) {
            self.sent = signal;
            let room = Some(room.into());
            requester.signal(&Request::Typing(protocol::Typing { room, thread }));
        }
    }

    fn succeeded(&mut self, (): (), _: Response, _: &mut Context<'_>) {}

    fn failed(&mut self, (): (), _: ErrorPayload, _: &mut Context<'_>) {}

    fn unreadable(&mut self, (): (), _: &mut Context<'_>) {}
}
