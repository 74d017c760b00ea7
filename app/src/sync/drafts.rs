//! Tells the server what the user has begun to write, and asks what other devices have.

use std::collections::HashMap;

use protocol::{Draft, Empty, ErrorPayload, Request, Response, Timestamp};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{conversation::Conversation, model::Model};

/// Asks once on a connection, and tells each change that was made on this page.
#[derive(Debug, Default)]
pub(super) struct DraftsSync {
    is_known: bool,
    /// The last changes that were told on this connection.
    told: HashMap<Conversation, Timestamp>,
}

impl Part for DraftsSync {
    type Subject = ();

    fn welcomed(&mut self, _: &mut Model) {
        *self = Self::default();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, ()>) {
        if !self.is_known && !requester.is_pending(|()| true) {
            requester.send((), &Request::Drafts(Empty {}));
        }
        for (place, draft) in &requester.model.drafts.written {
            if self.told.insert(*place, draft.at) != Some(draft.at) {
                let (room, thread) = (place.room.into(), place.thread);
                let draft = Draft { room, thread, text: draft.text.clone(), at: draft.at };
                requester.signal(&Request::Draft(draft));
            }
        }
    }

    fn succeeded(&mut self, (): (), response: Response, context: &mut Context<'_>) {
        self.is_known = true;
        if let Response::Drafts(page) = response {
            page.drafts.into_iter().for_each(|kept| context.model.drafts.arrive(kept));
        }
    }

    fn failed(&mut self, (): (), error: ErrorPayload, _: &mut Context<'_>) {
        self.is_known = !is_temporary(error.code);
    }

    fn unreadable(&mut self, (): (), _: &mut Context<'_>) {
        self.is_known = true;
    }
}
