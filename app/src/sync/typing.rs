//! Sends the typing notices of the user.

use protocol::{ErrorPayload, Request, Response, RoomId};

use super::part::{Context, Part, Wants};
use crate::state::model::Model;

/// Sends a notice whenever the model counts one more.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// The last notice that was sent.
    sent: Option<(RoomId, u32)>,
}

impl Part for Typing {
    type Subject = ();

    /// Skips notices from before the connection.
    fn welcomed(&mut self, model: &mut Model) {
        self.sent = model.typing_notice;
    }

    fn wants(&mut self, wants: &mut Wants<'_, ()>) {
        let notice = wants.model.typing_notice;
        if let Some((room, _)) = notice.filter(|_| self.sent != notice) {
            self.sent = notice;
            wants.notify(&Request::Typing(protocol::Typing { room: Some(room.into()) }));
        }
    }

    fn answered(&mut self, (): (), _: Response, _: &mut Context<'_>) {}

    fn refused(&mut self, (): (), _: ErrorPayload, _: &mut Context<'_>) {}

    fn unreadable(&mut self, (): (), _: &mut Context<'_>) {}
}
