//! Ends the subscriptions to rooms that are no longer open, if the page follows enough others.

use protocol::{ErrorPayload, Request, Response, RoomId};

use super::part::{Context, Part, Requester};

/// Sends one request for each room.
#[derive(Debug)]
pub(super) struct UnsubscribeSync;

impl Part for UnsubscribeSync {
    type Subject = RoomId;

    fn send_due(&mut self, requester: &mut Requester<'_, RoomId>) {
        for room in requester.shared.take_closed(requester.model) {
            let request = protocol::Unsubscribe { room: room.into() };
            requester.send(room, &Request::Unsubscribe(request));
        }
    }

    fn succeeded(&mut self, _: RoomId, _: Response, _: &mut Context<'_>) {}

    /// Leaves the subscription as it is: its events are counted in the list of rooms.
    fn failed(&mut self, _: RoomId, _: ErrorPayload, _: &mut Context<'_>) {}

    fn unreadable(&mut self, _: RoomId, _: &mut Context<'_>) {}
}
