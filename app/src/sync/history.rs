//! Requests pages of messages that the user scrolls to.

use protocol::{
    ErrorPayload, Request, Response, RoomId,
    limits::{MAX_PAGE_MESSAGES, PAGE_MESSAGES},
};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{
    model::Model,
    room::{Cursor, Phase},
};

/// Requests the page of each room that the user waits for.
#[derive(Debug)]
pub(super) struct HistorySync;

/// The room of a page, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    room: RoomId,
    cursor: Cursor,
}

impl Part for HistorySync {
    type Subject = Page;

    fn send_due(&mut self, requester: &mut Requester<'_, Page>) {
        for (id, room) in &requester.model.opened_rooms {
            let is_shown = requester.shared.subscriptions.is_active(*id)
                || room.phase == Phase::Ready && requester.model.is_preview(*id);
            if room.is_refused() || !is_shown {
                continue;
            }
            let Some(cursor) = room.log.wanted() else { continue };
            let page = Page { room: *id, cursor };
            if !requester.is_pending(|pending| *pending == page) {
                requester.send(page, &Request::History(request(page)));
            }
        }
    }

    fn succeeded(&mut self, requested: Page, response: Response, context: &mut Context<'_>) {
        if let Response::History(page) = response
            && let Some(room) = context.model.opened_rooms.get_mut(&requested.room)
        {
            room.log.apply_page(requested.cursor, page);
        }
    }

    fn failed(&mut self, page: Page, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(context.model, page.room);
        }
    }

    fn unreadable(&mut self, page: Page, context: &mut Context<'_>) {
        give_up(context.model, page.room);
    }
}

fn request(Page { room, cursor }: Page) -> protocol::History {
    let request = protocol::History {
        room: Some(room.into()),
        limit: Some(PAGE_MESSAGES),
        ..protocol::History::default()
    };
    match cursor {
        Cursor::Before(seq) => protocol::History { before: Some(seq), ..request },
        Cursor::After(seq) => protocol::History { after: Some(seq), ..request },
        Cursor::Around(seq) => {
            protocol::History { around: Some(seq), limit: Some(MAX_PAGE_MESSAGES), ..request }
        }
    }
}

fn give_up(model: &mut Model, room: RoomId) {
    if let Some(room) = model.opened_rooms.get_mut(&room) {
        room.log.give_up();
    }
}
