//! Requests the messages of rooms that are shown without following them: the user is no member, and
//! subscribing would join.

use protocol::{ErrorPayload, History, Request, Response, RoomId, limits::PAGE_MESSAGES};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    model::Model,
    room::{Phase, RoomState},
};

/// Requests the newest page of a room once, and again when the list of rooms tells of something
/// new in the room in view.
#[derive(Debug)]
pub(super) struct PreviewSync;

fn is_due(model: &Model, id: RoomId, room: &RoomState) -> bool {
    let end = model.rooms.find(id).map_or(0, |known| known.seq);
    match room.phase {
        Phase::Loading => true,
        Phase::Ready => model.room_in_view == Some(id) && end > room.log.seq,
        Phase::Refused(_) => false,
    }
}

impl Part for PreviewSync {
    type Subject = RoomId;

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        let model = requester.model;
        for (id, room) in &model.opened_rooms {
            if model.is_preview(*id)
                && is_due(model, *id, room)
                && !requester.is_pending(|pending| pending == id)
            {
                let request = History {
                    room: Some((*id).into()),
                    limit: Some(PAGE_MESSAGES),
                    ..History::default()
                };
                requester.send(*id, &Request::History(request));
            }
        }
    }

    fn succeeded(&mut self, id: RoomId, response: Response, context: &mut Context<'_>) {
        let model = &mut *context.model;
        let is_preview = model.is_preview(id); // else it was joined meanwhile
        let end = model.rooms.find(id).map_or(0, |known| known.seq);
        if let Response::History(page) = response
            && let Some(room) = model.opened_rooms.get_mut(&id).filter(|_| is_preview)
        {
            room.show_preview(page, end);
            model.drop_confirmed(id); // no event tells of the user's own messages
        }
    }

    fn failed(&mut self, id: RoomId, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code)
            && let Some(room) = context.model.opened_rooms.get_mut(&id)
        {
            room.phase = Phase::Refused(error.detail);
        }
    }

    fn unreadable(&mut self, id: RoomId, context: &mut Context<'_>) {
        if let Some(room) = context.model.opened_rooms.get_mut(&id) {
            let reason = "This page is out of date. Reload it to show the room.";
            room.phase = Phase::Refused(reason.to_owned());
        }
    }

    fn is_settled(&self, model: &Model, _: &Shared, pending: &PendingRequests<RoomId>) -> bool {
        let is_loading = |(id, room): (&RoomId, &RoomState)| {
            room.phase == Phase::Loading && model.is_preview(*id)
        };
        pending.is_empty() && !model.opened_rooms.iter().any(is_loading)
    }
}
