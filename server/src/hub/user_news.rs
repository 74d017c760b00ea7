//! Changed users, which all connections of this node learn of.

use bytes::Bytes;
use protocol::{Event, User, UserChanged};

use super::{Hub, HubState, encode, room_news::joined};
use crate::websocket::outbox::Outbox;

impl Hub {
    /// Makes the task that tells everybody of changed users look for some.
    pub fn wake_user_news(&self) {
        self.0.user_news.notify_one();
    }

    /// Waits until users may have changed.
    pub async fn wait_user_news(&self) {
        self.0.user_news.notified().await;
    }

    /// Queues changed users for every connection, one frame after the other in one piece, and gives
    /// their own connections the new name and role for later events. Returns the outboxes that the
    /// caller must flush.
    #[must_use = "queued frames must be flushed"]
    pub fn broadcast_users(&self, users: Vec<User>) -> Vec<Outbox> {
        let frame = |user: &User| {
            let user = user.clone();
            encode(Event::UserChanged(Box::new(UserChanged { user })))
        };
        let frames: Vec<Bytes> = users.iter().map(frame).collect();
        let frames = joined(frames.iter());
        let mut state = self.lock();
        users.into_iter().for_each(|user| state.renew(&user));
        let welcomed = state.clients.values().filter(|client| client.is_welcomed);
        let told = welcomed.filter(|client| client.outbox.queue_event_to_flush(frames.clone()));
        told.map(|client| client.outbox.clone()).collect()
    }
}

impl HubState {
    /// Replaces the user of all connections of this user.
    fn renew(&mut self, user: &User) {
        for id in self.clients_by_user.get(&user.id).into_iter().flatten() {
            if let Some(client) = self.clients.get_mut(id) {
                client.user = user.clone();
            }
        }
    }
}
