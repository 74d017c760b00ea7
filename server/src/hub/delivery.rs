//! Queues events in the outboxes of subscribers and users.

use protocol::{ClientId, Event, RoomId, UserId};

use super::{Hub, encode};
use crate::websocket::outbox::Outbox;

impl Hub {
    /// Queues an event of the room log for every subscriber.
    ///
    /// The event is encoded once and its bytes are shared. Outboxes that the caller must flush are
    /// added to `readers`.
    pub fn deliver(&self, room_id: RoomId, seq: u64, event: Event, readers: &mut Vec<Outbox>) {
        let frame = encode(event);
        if let Some(room) = self.lock().rooms.get_mut(&room_id) {
            room.deliver(seq, &frame, readers);
            self.notify_gap_if(room.has_gap());
        }
    }

    /// Queues an ephemeral event for the subscribers of a room, except the user's own connections.
    pub fn send_to_others(&self, room_id: RoomId, user: UserId, event: Event) {
        let frame = encode(event);
        if let Some(room) = self.lock().rooms.get_mut(&room_id) {
            room.send_to_others(user, &frame);
        }
    }

    /// Queues an ephemeral event for the user's connections except one.
    pub fn send_to_user(&self, user: UserId, event: Event, except: ClientId) {
        let state = self.lock();
        let Some(ids) = state.clients_by_user.get(&user).filter(|ids| ids.len() > 1) else {
            return;
        };
        let frame = encode(event);
        let others = ids.iter().filter(|id| **id != except);
        for client in others.filter_map(|id| state.clients.get(id)) {
            if client.is_welcomed {
                client.outbox.push_event(frame.clone());
            }
        }
    }

    /// Queues an ephemeral event for all connections of the user.
    pub fn send_to_all_of(&self, user: UserId, event: Event) {
        let frame = encode(event);
        let state = self.lock();
        let ids = state.clients_by_user.get(&user).into_iter().flatten();
        for client in ids.filter_map(|id| state.clients.get(id)) {
            if client.is_welcomed {
                client.outbox.push_event(frame.clone());
            }
        }
    }
}
