//! New public rooms, which all connections of this node learn of. They are sent together, at most
//! once an interval, so that the rate at which rooms are created does not count per connection.

use bytes::{Bytes, BytesMut};
use protocol::{Event, Room, RoomChanged, UserId};

use super::{Hub, encode};
use crate::websocket::outbox::Outbox;

/// The rooms that may wait. Further ones are dropped; they appear when a list is loaded again.
const MAX_WAITING: usize = 2048;
/// The most rooms that are sent at once.
const BATCH: usize = 128;

impl Hub {
    /// Queues a room for all connections except those of one user.
    pub fn queue_room_news(&self, room: Room, except: UserId) {
        let mut state = self.lock();
        let news = &mut state.room_news;
        if let Some((known, _)) = news.iter_mut().find(|(known, _)| known.id == room.id) {
            *known = room;
        } else if news.len() < MAX_WAITING {
            news.push_back((room, except));
        }
        self.0.room_news.notify_one();
    }

    /// Waits until rooms are queued.
    pub async fn wait_room_news(&self) {
        self.0.room_news.notified().await;
    }

    /// Queues rooms that wait for every connection, one frame after the other in one piece.
    /// Returns the outboxes that the caller must flush.
    #[must_use = "queued frames must be flushed"]
    pub fn broadcast_room_news(&self) -> Vec<Outbox> {
        let mut state = self.lock();
        let batch = state.room_news.len().min(BATCH);
        let news: Vec<_> = state.room_news.drain(..batch).collect();
        if !state.room_news.is_empty() {
            self.0.room_news.notify_one();
        }
        let frames: Vec<(UserId, Bytes)> = news
            .into_iter()
            .map(|(room, except)| (except, encode(Event::RoomChanged(RoomChanged { room }))))
            .collect();
        let for_most = joined(frames.iter().map(|(_, frame)| frame));
        let mut readers = Vec::new();
        for client in state.clients.values().filter(|client| client.is_welcomed) {
            let user = client.user.id;
            let frames = if frames.iter().any(|(except, _)| *except == user) {
                joined(frames.iter().filter(|(except, _)| *except != user).map(|(_, frame)| frame))
            } else {
                for_most.clone()
            };
            if !frames.is_empty() && client.outbox.queue_event_to_flush(frames) {
                readers.push(client.outbox.clone());
            }
        }
        readers
    }
}

pub(super) fn joined<'a>(frames: impl Iterator<Item = &'a Bytes>) -> Bytes {
    let mut joined = BytesMut::new();
    frames.for_each(|frame| joined.extend_from_slice(frame));
    joined.freeze()
}
