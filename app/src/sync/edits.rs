//! Requests the edit history that the user looks at.

use protocol::{EarlierText, Edits, EditsPage, ErrorPayload, MessageId, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{edits::EditHistory, model::Model};

/// The reason that is shown if the response cannot be read.
const UNREADABLE: &str = "This page is out of date. Reload it to show the earlier texts.";

/// Requests the history once on each connection, and again after each edit.
#[derive(Debug, Default)]
pub(super) struct EditsSync {
    /// The page that was requested last; once the history is whole, its first page.
    requested: Option<RequestedEdits>,
    /// The history that is being loaded.
    loading: Option<Loading>,
}

/// A page of a history that was requested after this number of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedEdits {
    message: MessageId,
    changes: u32,
    /// The `seq` of the last text of the page before. `None` for the first page.
    after: Option<u64>,
}

/// The first pages of a history. Later edits add texts at its end.
#[derive(Debug)]
struct Loading {
    first: RequestedEdits,
    texts: Vec<EarlierText>,
}

impl Loading {
    fn next(&self) -> RequestedEdits {
        RequestedEdits { after: self.texts.last().map(|text| text.seq), ..self.first }
    }
}

impl Part for EditsSync {
    type Subject = RequestedEdits;

    fn send_due(&mut self, requester: &mut Requester<'_, RequestedEdits>) {
        let Some(history) = &requester.model.edit_history else {
            *self = Self::default(); // opening it again loads it again
            return;
        };
        let EditHistory { message: id, changes, .. } = *history;
        if self.loading.as_ref().is_some_and(|loading| loading.first.message != id) {
            self.loading = None;
        }
        let first = RequestedEdits { message: id, changes, after: None };
        let next = self.loading.as_ref().map_or(first, Loading::next);
        if self.requested != Some(next) && !requester.is_pending(|pending| pending.message == id) {
            self.requested = Some(next);
            let request = Edits { room: Some(history.room.into()), id, after: next.after };
            requester.send(next, &Request::Edits(request));
        }
    }

    fn succeeded(
        &mut self,
        requested: RequestedEdits,
        response: Response,
        context: &mut Context<'_>,
    ) {
        let Response::Edits(EditsPage { edits, has_more, .. }) = response else { return };
        let history = context.model.edit_history.as_mut();
        let history = history.filter(|history| history.message == requested.message);
        let Some(history) = history.filter(|_| self.requested == Some(requested)) else { return };
        let has_more = has_more && !edits.is_empty();
        let first = RequestedEdits { after: None, ..requested };
        let mut loading = self.loading.take().unwrap_or(Loading { first, texts: Vec::new() });
        loading.texts.extend(edits);
        if has_more {
            self.loading = Some(loading);
        } else {
            self.requested = Some(first);
            history.edits = Some(loading.texts);
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
            self.refuse(context.model, requested, error.detail);
        }
    }

    fn unreadable(&mut self, requested: RequestedEdits, context: &mut Context<'_>) {
        self.refuse(context.model, requested, UNREADABLE.to_owned());
    }
}

impl EditsSync {
    fn refuse(&mut self, model: &mut Model, requested: RequestedEdits, reason: String) {
        let history = model.edit_history.as_mut();
        if let Some(history) = history.filter(|history| history.message == requested.message) {
            self.loading = None;
            self.requested = Some(RequestedEdits { after: None, ..requested });
            history.refused = Some(reason);
        }
    }
}
