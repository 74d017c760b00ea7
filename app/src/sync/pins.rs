//! Requests the pinned messages of the room in view.

use std::collections::{HashMap, HashSet};

use protocol::{ErrorPayload, Message, MessageId, Pins, PinsPage, Request, Response, RoomId};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::room::Phase;

/// Requests the list once on each connection, and again after each change.
#[derive(Debug, Default)]
pub(super) struct PinsSync {
    /// The rooms whose list was requested on this connection.
    requested: HashSet<RoomId>,
    /// The rooms whose list was refused, or could not be read.
    refused: HashSet<RoomId>,
    /// The first pages of lists that are being loaded.
    pages: HashMap<RoomId, Pages>,
}

/// The first pages of a list that was requested after this number of changes.
#[derive(Debug)]
struct Pages {
    messages: Vec<Message>,
    changes: u32,
    /// The last message of the last page, after which the next one begins.
    last: Option<MessageId>,
}

impl Pages {
    /// Adds a page. A message that was pinned again since comes a second time.
    fn add(&mut self, page: Vec<Message>) {
        self.last = page.last().map(|message| message.id);
        let known: HashSet<_> = self.messages.iter().map(|message| message.id).collect();
        self.messages.extend(page.into_iter().filter(|message| !known.contains(&message.id)));
    }
}

/// A page of a list that was requested after this number of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedPins {
    room: RoomId,
    changes: u32,
}

impl Part for PinsSync {
    type Subject = RequestedPins;

    fn send_due(&mut self, requester: &mut Requester<'_, RequestedPins>) {
        self.pages.retain(|room, _| requester.model.opened_rooms.contains_key(room));
        let Some(room) = requester.model.room_in_view else { return };
        let Some(open) = requester.model.opened_rooms.get(&room) else { return };
        if open.is_refused() {
            self.refused.remove(&room); // the user may be added again
            self.requested.remove(&room);
            self.pages.remove(&room);
            return;
        }
        let is_shown = requester.shared.subscriptions.is_active(room)
            || open.phase == Phase::Ready && requester.model.is_preview(room);
        let pages = self.pages.get(&room);
        let is_due = pages.is_some() || open.pins.is_stale() || !self.requested.contains(&room);
        if !is_due
            || self.refused.contains(&room)
            || !is_shown
            || requester.is_pending(|pending| pending.room == room)
        {
            return;
        }
        self.requested.insert(room);
        let changes = pages.map_or(open.pins.changes, |pages| pages.changes);
        let after = pages.and_then(|pages| pages.last);
        let request = Pins { room: Some(room.into()), after };
        requester.send(RequestedPins { room, changes }, &Request::Pins(request));
    }

    fn succeeded(
        &mut self,
        requested: RequestedPins,
        response: Response,
        context: &mut Context<'_>,
    ) {
        let Response::Pins(PinsPage { messages, has_more, .. }) = response else { return };
        let RequestedPins { room, changes } = requested;
        let first = Pages { messages: Vec::new(), changes, last: None };
        let mut pages = self.pages.remove(&room).unwrap_or(first);
        pages.add(messages);
        if has_more && pages.last.is_some() {
            self.pages.insert(room, pages);
        } else if let Some(open) = context.model.opened_rooms.get_mut(&room) {
            open.pins.load(pages.messages, changes);
        }
    }

    fn failed(&mut self, requested: RequestedPins, error: ErrorPayload, _: &mut Context<'_>) {
        self.requested.remove(&requested.room);
        self.pages.remove(&requested.room);
        if !is_temporary(error.code) {
            self.refused.insert(requested.room);
        }
    }

    fn unreadable(&mut self, requested: RequestedPins, _: &mut Context<'_>) {
        self.pages.remove(&requested.room);
        self.refused.insert(requested.room);
    }
}
