//! Tells users which rooms they gained, lost or see differently, so that their lists of rooms are
//! current without asking.
//!
//! A change that concerns one user is queued, read back from the store and sent at once. A change
//! of a room itself concerns all who see it: `room_news.rs` tells them. One task reads and sends
//! both, so that nobody hears of an older state after a newer one: of two changes in a row, the
//! last event shows the state after both.

use protocol::{ClientId, Event, RoomChanged, RoomGone, RoomId, UserId};
use tokio::sync::mpsc;

use super::{notifier::Notifier, room_news::Broadcasts};
use crate::{
    hub::Hub,
    store::{Result, Store},
};

/// Changes that may wait. Beyond that the requests that make them wait.
const QUEUE: usize = 1024;

/// A change of what one user sees of some rooms.
#[derive(Clone, Debug)]
struct Change {
    rooms: Vec<RoomId>,
    user: UserId,
    /// The connection that made the change. It knows already.
    by: Option<ClientId>,
}

/// Queues changes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RoomChanges(mpsc::Sender<Change>);

/// The receiving end of [`RoomChanges`], and of the changes that the hub has heard of.
#[derive(Debug)]
pub struct RoomChangeQueue {
    changes: mpsc::Receiver<Change>,
    broadcasts: Broadcasts,
    hub: Hub,
    store: Store,
    notifier: Notifier,
}

impl RoomChanges {
    /// Creates the handle and its queue.
    #[must_use]
    pub fn new(hub: Hub, store: Store, notifier: Notifier) -> (Self, RoomChangeQueue) {
        let (sender, changes) = mpsc::channel(QUEUE);
        let broadcasts = Broadcasts::new(hub.clone(), store.clone());
        (Self(sender), RoomChangeQueue { changes, broadcasts, hub, store, notifier })
    }

    /// Tells all connections of the user but one that these rooms are different for them, or gone.
    /// Call it after the commit.
    pub async fn tell(&self, user: UserId, rooms: Vec<RoomId>, by: Option<ClientId>) {
        if !rooms.is_empty() {
            // Fails only during shutdown. The clients then load their lists anew.
            let _ = self.0.send(Change { rooms, user, by }).await;
        }
    }

    /// Tells these users that a room is different for them. For the thread that writes.
    pub(super) fn tell_all(&self, users: &[UserId], room: RoomId) {
        for user in users {
            let _ = self.0.blocking_send(Change { rooms: vec![room], user: *user, by: None });
        }
    }
}

impl RoomChangeQueue {
    /// Sends the changes until the last [`RoomChanges`] is gone.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                change = self.changes.recv() => match change {
                    Some(change) => self.send(change).await,
                    None => return,
                },
                rooms = self.hub.changed_rooms_of_users() => {
                    for (user, room) in rooms {
                        self.send_here(user, room).await;
                    }
                }
                news = self.broadcasts.due() => self.broadcast(news).await,
            }
        }
    }

    /// Sends changed rooms to all who see them.
    async fn broadcast(&mut self, news: Vec<(RoomId, Option<UserId>)>) {
        let rooms: Vec<_> = news.iter().map(|(room, _)| *room).collect();
        self.broadcasts.send(news).await;
        // The connection that made one of these changes may just have been sent the state before.
        for _ in 0..self.changes.len() {
            let Ok(mut change) = self.changes.try_recv() else { return };
            if change.rooms.iter().any(|room| rooms.contains(room)) {
                change.by = None;
            }
            self.send(change).await;
        }
    }

    /// Sends a change to the user's connections to all nodes.
    async fn send(&self, Change { rooms, user, by }: Change) {
        for event in logged(self.read(user, rooms).await) {
            match by {
                Some(client) => self.notifier.to_user(user, event, client),
                None => self.notifier.to_all_of(user, event),
            }
        }
    }

    /// Sends a change that another node told to the user's connections to this node.
    async fn send_here(&self, user: UserId, room: RoomId) {
        if let Err(error) = self.end_without_membership(user, room).await {
            tracing::warn!(%error, "a membership could not be read");
        }
        for event in logged(self.read(user, vec![room]).await) {
            self.hub.send_to_all_of(user, event);
        }
    }

    /// Ends the user's subscriptions to a room of which the user is no member.
    ///
    /// The node that removes a member tells so on the topic of the room. This node may have begun
    /// to listen to that topic later than the user subscribed.
    async fn end_without_membership(&self, user: UserId, room: RoomId) -> Result<()> {
        let begun = self.hub.begun_subscriptions();
        for (room, user) in self.store.removed_members(vec![(room, vec![user])]).await? {
            if !self.hub.remove_former_member(&user, room, begun) {
                self.hub.queue_room_of_user(user.id, room);
            }
        }
        Ok(())
    }

    async fn read(&self, user: UserId, rooms: Vec<RoomId>) -> Result<Vec<Event>> {
        let seen = self.store.rooms_seen_by(user, rooms).await?.into_iter();
        let events = seen.map(|(id, room)| match room {
            Some(room) => Event::RoomChanged(RoomChanged { room }),
            None => Event::RoomGone(RoomGone { room: id }),
        });
        Ok(events.collect())
    }
}

/// Returns the events, or none if they could not be read: the lists are then wrong until they are
/// loaded again.
fn logged(read: Result<Vec<Event>>) -> Vec<Event> {
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "a changed room could not be read");
        Vec::new()
    })
}

#[cfg(test)]
mod tests;
