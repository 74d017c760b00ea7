//! Requests older messages of the open rooms.

use protocol::{ErrorPayload, Request, Response, RoomId, limits::PAGE_MESSAGES};

use super::part::{Context, Part, Wants, is_temporary};
use crate::state::model::Model;

/// Requests the page before the first message while the user waits for it.
#[derive(Debug)]
pub(super) struct History;

/// The room of a page, and the `seq` before which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OlderPage {
    room: RoomId,
    before: u64,
}

impl Part for History {
    type Subject = OlderPage;

    fn wants(&mut self, wants: &mut Wants<'_, OlderPage>) {
        for (id, room) in &wants.model.open_rooms {
            if room.is_refused() || !wants.shared.subscriptions.is_active(*id) {
                continue;
            }
            let Some(before) = room.log.older_wanted() else { continue };
            let page = OlderPage { room: *id, before };
            if !wants.is_pending(|pending| *pending == page) {
                let request = protocol::History {
                    room: Some((*id).into()),
                    before: Some(before),
                    limit: Some(PAGE_MESSAGES),
                    ..protocol::History::default()
                };
                wants.send(page, &Request::History(request));
            }
        }
    }

    fn answered(&mut self, asked: OlderPage, response: Response, context: &mut Context<'_>) {
        if let Response::History(page) = response
            && let Some(room) = context.model.open_rooms.get_mut(&asked.room)
        {
            room.log.prepend(asked.before, page);
        }
    }

    fn refused(&mut self, asked: OlderPage, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(context.model, asked.room);
        }
    }

    fn unreadable(&mut self, asked: OlderPage, context: &mut Context<'_>) {
        give_up(context.model, asked.room);
    }
}

fn give_up(model: &mut Model, room: RoomId) {
    if let Some(room) = model.open_rooms.get_mut(&room) {
        room.log.wants_older = false;
    }
}
