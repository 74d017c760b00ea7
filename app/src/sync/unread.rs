//! Requests what the view of everything unread shows: the first unread messages of each room and
//! thread, and on request the last message that was read.

use protocol::{ErrorPayload, History, Request, Response, limits::MAX_PAGE_MESSAGES};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{
    conversation::Conversation,
    model::{Model, Unread},
    unread::{Preview, SHOWN},
};

/// The number of requests that are pending at the same time.
const MAX_PENDING: usize = 8;
/// The number of messages of the first request: some may be the user's own, or deleted.
const FIRST_PAGE: u64 = 2 * SHOWN as u64;

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
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// The messages after `from`, after a number of changes.
    Unread { from: u64, changes: u32 },
    /// The last message that was read.
    LastRead,
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
        let Model { unread, me, .. } = &mut *context.model;
        if !unread.is_open {
            return;
        }
        let preview = unread.preview_mut(request.place, request.after);
        match request.wanted {
            Wanted::Unread { from, changes } => preview.take(from, changes, page, me.id),
            Wanted::LastRead => preview.last_read = Some(page.messages.into_iter().next_back()),
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
fn wanted(
    model: &Model,
    Unread { place, after, .. }: Unread,
) -> impl Iterator<Item = UnreadRequest> + use<> {
    let request = |wanted| UnreadRequest { place, after, wanted };
    let changes = model.unread.changes(place);
    let preview = model.unread.previews.get(&place).filter(|preview| preview.after == after);
    let from = preview.map_or(Some(after), Preview::wanted_after);
    let unread = from.map(|from| request(Wanted::Unread { from, changes }));
    let last_read = preview
        .filter(|preview| preview.wants_last_read && preview.last_read.is_none())
        .map(|_| request(Wanted::LastRead));
    unread.into_iter().chain(last_read)
}

fn history(UnreadRequest { place, after, wanted }: UnreadRequest) -> History {
    let history =
        History { room: Some(place.room.into()), thread: place.thread, ..History::default() };
    match wanted {
        Wanted::Unread { from, .. } => {
            let limit = if from == after { FIRST_PAGE } else { MAX_PAGE_MESSAGES };
            History { after: Some(from), limit: Some(limit), ..history }
        }
        Wanted::LastRead => History { before: Some(after + 1), limit: Some(1), ..history },
    }
}
