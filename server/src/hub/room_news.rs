//! Rooms that are new or have changed. Those of an interval are sent together, so that the rate at
//! which rooms change does not count per connection. What other nodes told of rooms of single users
//! waits here too: this node reads it again when it sends it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use protocol::{Event, Room, RoomChanged, RoomId, UserId};

use super::{Hub, encode};
use crate::websocket::outbox::Outbox;

/// The rooms that may wait. Further ones are dropped; they appear when a list is loaded again.
const MAX_WAITING: usize = 2048;
/// The most rooms that are sent at once.
const BATCH: usize = 128;

/// A changed room, encoded for those who see it.
#[derive(Debug)]
pub struct RoomNews {
    /// The users who were connected when the room was read. The lists of all others are newer.
    users: Arc<HashSet<UserId>>,
    /// The user who knows already.
    except: Option<UserId>,
    /// For everybody who is no member; `None` if nobody else sees the room.
    for_others: Option<Bytes>,
    for_members: HashMap<UserId, Bytes>,
}

impl RoomNews {
    /// Encodes a room as others and as its connected members see it, for these users but one.
    #[must_use]
    pub fn new(
        users: Arc<HashSet<UserId>>,
        except: Option<UserId>,
        for_others: Option<Room>,
        for_members: Vec<(UserId, Room)>,
    ) -> Self {
        let frame = |room| encode(Event::RoomChanged(RoomChanged { room }));
        let for_members = for_members.into_iter().map(|(user, room)| (user, frame(room)));
        let (for_others, for_members) = (for_others.map(frame), for_members.collect());
        Self { users, except, for_others, for_members }
    }

    fn frame_for(&self, user: UserId) -> Option<&Bytes> {
        if self.except == Some(user) || !self.users.contains(&user) {
            return None;
        }
        self.for_members.get(&user).or(self.for_others.as_ref())
    }
}

impl Hub {
    /// Queues a room for all connections except those of one user.
    pub fn queue_room_news(&self, room: RoomId, except: Option<UserId>) {
        let mut state = self.lock();
        let news = &mut state.room_news;
        if let Some((_, known_except)) = news.iter_mut().find(|(known, _)| *known == room) {
            // Two changes: the user of one does not know the other.
            if *known_except != except {
                *known_except = None;
            }
        } else if news.len() < MAX_WAITING {
            news.push_back((room, except));
        }
        self.0.room_news.notify_one();
    }

    /// Waits until rooms are queued.
    pub async fn wait_room_news(&self) {
        self.0.room_news.notified().await;
    }

    /// Takes rooms that wait, each with the user who knows already.
    #[must_use]
    pub fn take_room_news(&self) -> Vec<(RoomId, Option<UserId>)> {
        let mut state = self.lock();
        let batch = state.room_news.len().min(BATCH);
        let news = state.room_news.drain(..batch).collect();
        if !state.room_news.is_empty() {
            self.0.room_news.notify_one();
        }
        news
    }

    /// Queues a room that is different for a user, or gone.
    pub fn queue_room_of_user(&self, user: UserId, room: RoomId) {
        let mut state = self.lock();
        if state.rooms_of_users.len() < MAX_WAITING {
            state.rooms_of_users.insert((user, room));
        }
        self.0.rooms_of_users.notify_one();
    }

    /// Waits for rooms that are different for single users, and takes them.
    pub async fn changed_rooms_of_users(&self) -> HashSet<(UserId, RoomId)> {
        self.0.rooms_of_users.notified().await;
        std::mem::take(&mut self.lock().rooms_of_users)
    }

    /// Returns the users who are connected to this node.
    #[must_use]
    pub fn connected_users(&self) -> HashSet<UserId> {
        self.lock().clients_by_user.keys().copied().collect()
    }

    /// Queues changed rooms for every connection, one frame after the other in one piece. Returns
    /// the outboxes that the caller must flush.
    #[must_use = "queued frames must be flushed"]
    pub fn send_room_news(&self, news: &[RoomNews]) -> Vec<Outbox> {
        let for_most = joined(news.iter().filter_map(|news| news.for_others.as_ref()));
        let is_special =
            |user| news.iter().any(|news| news.frame_for(user) != news.for_others.as_ref());
        let mut readers = Vec::new();
        let state = self.lock();
        for client in state.clients.values().filter(|client| client.is_welcomed) {
            let user = client.user.id;
            let frames = if is_special(user) {
                joined(news.iter().filter_map(|news| news.frame_for(user)))
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
