//! Requests pages of messages that the user scrolls to, and the replies of the thread in view.

use protocol::{
    ErrorPayload, MessageId, Request, Response, RoomId,
    limits::{MAX_PAGE_MESSAGES, PAGE_MESSAGES},
};

use super::{
    part::{Context, Part, Requester, Shared, is_temporary},
    requests::PendingRequests,
};
use crate::state::{
    model::Model,
    room::{Cursor, Phase},
};

/// Requests the page of each room that the user waits for, and that of the thread in view.
#[derive(Debug)]
pub(super) struct HistorySync;

/// The room or the thread of a page, and its place. Without a cursor it is the newest page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    room: RoomId,
    thread: Option<MessageId>,
    cursor: Option<Cursor>,
}

impl Part for HistorySync {
    type Subject = Page;

    fn send_due(&mut self, requester: &mut Requester<'_, Page>) {
        let model = requester.model;
        for (id, room) in &model.opened_rooms {
            let is_shown = requester.shared.subscriptions.is_active(*id)
                || room.phase == Phase::Ready && model.is_preview(*id);
            if room.is_refused() || !is_shown {
                continue;
            }
            let in_room = room.log.wanted().map(|cursor| (None, Some(cursor)));
            let shown = model.thread_in_view.filter(|(room, _)| room == id);
            let thread = shown.and_then(|(_, thread)| room.threads.find(thread));
            let in_thread = thread.and_then(|thread| Some((Some(thread.id), thread.wanted()?)));
            for (thread, cursor) in in_room.into_iter().chain(in_thread) {
                let page = Page { room: *id, thread, cursor };
                if !requester.is_pending(|pending| *pending == page) {
                    requester.send(page, &Request::History(request(page)));
                }
            }
        }
    }

    fn succeeded(&mut self, requested: Page, response: Response, context: &mut Context<'_>) {
        let Response::History(page) = response else { return };
        let room = context.model.opened_rooms.get_mut(&requested.room);
        match (room, requested) {
            (Some(room), Page { thread: Some(thread), cursor, .. }) => {
                room.apply_thread_page(thread, cursor, page);
                context.model.drop_confirmed(requested.room);
            }
            (Some(room), Page { cursor: Some(cursor), .. }) => room.log.apply_page(cursor, page),
            _ => {}
        }
    }

    fn failed(&mut self, page: Page, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            give_up(context.model, page, error.detail);
        }
    }

    fn unreadable(&mut self, page: Page, context: &mut Context<'_>) {
        let reason = "This page is out of date. Reload it to show the thread.";
        give_up(context.model, page, reason.to_owned());
    }

    fn is_settled(&self, model: &Model, _: &Shared, pending: &PendingRequests<Page>) -> bool {
        // An open thread is a part of what catches up.
        let is_first = |page: &Page| page.thread.is_some() && page.cursor.is_none();
        model.thread_in_view.is_none() || !pending.any(is_first)
    }
}

fn request(Page { room, thread, cursor }: Page) -> protocol::History {
    let request = protocol::History {
        room: Some(room.into()),
        thread,
        limit: Some(PAGE_MESSAGES),
        ..protocol::History::default()
    };
    match cursor {
        None => request,
        Some(Cursor::Before(seq)) => protocol::History { before: Some(seq), ..request },
        Some(Cursor::After(seq)) => protocol::History { after: Some(seq), ..request },
        Some(Cursor::Around(seq)) => {
            protocol::History { around: Some(seq), limit: Some(MAX_PAGE_MESSAGES), ..request }
        }
    }
}

fn give_up(model: &mut Model, page: Page, reason: String) {
    let Some(room) = model.opened_rooms.get_mut(&page.room) else { return };
    let Some(thread) = page.thread else { return room.log.give_up() };
    if let Some(thread) = room.threads.find_mut(thread) {
        if page.cursor.is_none() {
            thread.refused = Some(reason);
        }
        thread.log.give_up();
    }
}
