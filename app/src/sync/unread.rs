//! Requests what the view of everything unread shows: the first unread messages of each room and
//! thread, and on request the last message that was read.

use protocol::{ErrorPayload, History, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{
    conversation::Conversation,
    model::{Model, Unread},
    unread::{Preview, SHOWN},
};

/// The number of requests that are pending at the same time.
const MAX_PENDING: usize = 8;
/// The number of messages of a request: some may be the user's own, or deleted.
const PAGE: u64 = 2 * SHOWN as u64;

/// Requests what is shown of some rooms and threads at a time, while the view is open.
#[derive(Debug, Default)]
pub(super) struct UnreadSync {
    /// What was refused, or could not be read.
    refused: Vec<UnreadRequest>,
}

/// A request about a room or a thread, at a read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnreadRequest {
    place: Conversation,
    after: u64,
    /// The number of changes before the request; none if it is for the last message that was read.
    changes: Option<u32>,
}

impl Part for UnreadSync {
    type Subject = UnreadRequest;

    fn send_due(&mut self, requester: &mut Requester<'_, UnreadRequest>) {
        let model = requester.model;
        if !model.unread.is_open {
            return;
        }
        for unread in model.unread_places() {
            for request in wanted(model, unread) {
                if requester.pending_count() >= MAX_PENDING {
                    return;
                }
                if !self.refused.contains(&request)
                    && !requester.is_pending(|pending| *pending == request)
                {
                    requester.send(request, &Request::History(history(request)));
                }
            }
        }
    }

    fn succeeded(&mut self, request: UnreadRequest, response: Response, context: &mut Context<'_>) {
        let Response::History(page) = response else { return };
        let unread = &mut context.model.unread;
        if !unread.is_open {
            return;
        }
        let preview = unread.preview_mut(request.place, request.after);
        match request.changes {
            Some(changes) => {
                preview.messages = Some(page.messages);
                preview.loaded_at = Some(changes);
            }
            None => preview.last_read = Some(page.messages.into_iter().next_back()),
        }
    }

    fn failed(&mut self, request: UnreadRequest, error: ErrorPayload, _: &mut Context<'_>) {
        if !is_temporary(error.code) {
            self.refused.push(request);
        }
    }

    fn unreadable(&mut self, request: UnreadRequest, _: &mut Context<'_>) {
        self.refused.push(request);
    }
}

/// Returns the requests that a room or a thread needs.
fn wanted(model: &Model, Unread { place, after, .. }: Unread) -> Vec<UnreadRequest> {
    let changes = model.unread.changes(place);
    let preview = model.unread.previews.get(&place).filter(|preview| preview.after == after);
    let mut wanted = Vec::new();
    if preview.is_none_or(Preview::is_stale) {
        wanted.push(UnreadRequest { place, after, changes: Some(changes) });
    }
    if preview.is_some_and(|preview| preview.wants_last_read && preview.last_read.is_none()) {
        wanted.push(UnreadRequest { place, after, changes: None });
    }
    wanted
}

fn history(request: UnreadRequest) -> History {
    let UnreadRequest { place: Conversation { room, thread }, after, changes } = request;
    let history = History { room: Some(room.into()), thread, ..History::default() };
    if changes.is_some() {
        History { after: Some(after), limit: Some(PAGE), ..history }
    } else {
        History { before: Some(after + 1), limit: Some(1), ..history }
    }
}
