//! Requests the list of the files of the room in view, page by page, while it is shown.

use protocol::{ErrorPayload, Files, Request, Response, RoomId};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::room::{FilesCursor, Phase};

/// Requests the page that the list needs.
#[derive(Debug, Default)]
pub(super) struct FilesSync;

/// A page of the list of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedFiles {
    room: RoomId,
    cursor: FilesCursor,
}

impl FilesSync {
    fn refuse(room: RoomId, context: &mut Context<'_>) {
        if let Some(open) = context.model.opened_rooms.get_mut(&room) {
            open.files.refuse();
        }
    }
}

impl Part for FilesSync {
    type Subject = RequestedFiles;

    fn send_due(&mut self, requester: &mut Requester<'_, RequestedFiles>) {
        let Some(room) = requester.model.room_in_view else { return };
        let Some(open) = requester.model.opened_rooms.get(&room) else { return };
        let Some(cursor) = open.files.wanted() else { return };
        let is_shown = requester.shared.subscriptions.is_active(room)
            || open.phase == Phase::Ready && requester.model.is_preview(room);
        if !is_shown || requester.is_pending(|pending| pending.room == room) {
            return;
        }
        let query = Some(open.files.query().to_owned()).filter(|query| !query.is_empty());
        let request = Files { room: Some(room.into()), before: cursor.before, limit: None, query };
        requester.send(RequestedFiles { room, cursor }, &Request::Files(request));
    }

    fn succeeded(
        &mut self,
        requested: RequestedFiles,
        response: Response,
        context: &mut Context<'_>,
    ) {
        let Response::Files(page) = response else { return };
        if let Some(open) = context.model.opened_rooms.get_mut(&requested.room) {
            open.files.apply_page(requested.cursor, page);
        }
    }

    fn failed(
        &mut self,
        requested: RequestedFiles,
        error: ErrorPayload,
        context: &mut Context<'_>,
    ) {
        if !is_temporary(error.code) {
            Self::refuse(requested.room, context);
        }
    }

    fn unreadable(&mut self, requested: RequestedFiles, context: &mut Context<'_>) {
        Self::refuse(requested.room, context);
    }
}
