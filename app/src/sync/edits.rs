//! Requests the edit history that the user looks at.

use protocol::{Edits, ErrorPayload, MessageId, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::model::Model;

/// The reason that is shown if the response cannot be read.
const UNREADABLE: &str = "This page is out of date. Reload it to show the earlier texts.";

/// Requests the history once on each connection, and again after each edit.
#[derive(Debug, Default)]
pub(super) struct EditsSync {
    /// The history that was requested last.
    requested: Option<RequestedEdits>,
}

/// A history that was requested after this number of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedEdits {
    message: MessageId,
    changes: u32,
}

impl Part for EditsSync {
    type Subject = RequestedEdits;

    fn send_due(&mut self, requester: &mut Requester<'_, RequestedEdits>) {
        let Some(history) = &requester.model.edit_history else {
            self.requested = None; // opening it again loads it again
            return;
        };
        let next = RequestedEdits { message: history.message, changes: history.changes };
        if self.requested != Some(next) && !requester.is_pending(|pending| *pending == next) {
            self.requested = Some(next);
            let request = Edits { room: Some(history.room.into()), id: history.message };
            requester.send(next, &Request::Edits(request));
        }
    }

    fn succeeded(
        &mut self,
        requested: RequestedEdits,
        response: Response,
        context: &mut Context<'_>,
    ) {
        let Response::Edits(page) = response else { return };
        let history = context.model.edit_history.as_mut();
        if let Some(history) = history.filter(|history| history.message == requested.message) {
            history.edits = Some(page.edits);
            history.refused = None;
        }
    }

    fn failed(
        &mut self,
        requested: RequestedEdits,
        error: ErrorPayload,
        context: &mut Context<'_>,
    ) {
        if is_temporary(error.code) {
            self.requested = None;
        } else {
            refuse(context.model, requested, error.detail);
        }
    }

    fn unreadable(&mut self, requested: RequestedEdits, context: &mut Context<'_>) {
        refuse(context.model, requested, UNREADABLE.to_owned());
    }
}

fn refuse(model: &mut Model, requested: RequestedEdits, reason: String) {
    let history = model.edit_history.as_mut();
    if let Some(history) = history.filter(|history| history.message == requested.message) {
        history.refused = Some(reason);
    }
}
