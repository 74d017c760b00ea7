//! Requests older messages of the opened rooms.

use protocol::{ErrorPayload, Request, Response, RoomId, limits::PAGE_MESSAGES};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::model::Model;

/// Requests the page before the first message while the user waits for it.
#[derive(Debug)]
pub(super) struct HistorySync;

/// The room of a page, and the `seq` before which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OlderPage {
    room: RoomId,
    before: u64,
}

impl Part for HistorySync {
    type Subject = OlderPage;

    fn send_due(&mut self, requester: &mut Requester<'_, OlderPage>) {
        for (id, room) in &requester.model.opened_rooms {
            if room.is_refused() || !requester.shared.subscriptions.is_active(*id) {
                continue;
            }
            let Some(before) = room.log.older_wanted() else { continue };
            let page = OlderPage { room: *id, before };
            if !requester.is_pending(|pending| *pending == page) {
                let request = protocol::History {
                    room: Some((*id).into()),
                    before: Some(before),
                    limit: Some(PAGE_MESSAGES),
                    ..protocol::History::default()
                };
                requester.send(page, &Request::History(request));
            }
        }
    }

    fn succeeded(&mut self, requested: OlderPage, response: Response, context: &mut Context<'_>) {
        if let Response::History(page) = response
            && let Some(room) = context.model.opened_rooms.get_mut(&requested.room)
        {
            room.log.prepend(requested.before, page);
        }
    }

    fn failed(&mut self, page: OlderPage, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(context.model, page.room);
        }
    }

    fn unreadable(&mut self, page: OlderPage, context: &mut Context<'_>) {
        give_up(context.model, page.room);
    }
}

fn give_up(model: &mut Model, room: RoomId) {
    if let Some(room) = model.opened_rooms.get_mut(&room) {
        room.log.wants_older = false;
    }
}
