//! Tells users which rooms they gained, lost or see differently, so that their lists of rooms are
//! current without asking.
//!
//! A change that concerns one user is queued, read back from the store and sent in order: of two
//! changes in a row, the last event shows the state after both. A change of a room itself concerns
//! all who see it: `room_news.rs` tells them.

use protocol::{ClientId, Event, RoomChanged, RoomGone, RoomId, UserId};
use tokio::sync::mpsc;

use super::notifier::Notifier;
use crate::store::{Result, Store};

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

/// The receiving end of [`RoomChanges`].
#[derive(Debug)]
pub struct RoomChangeQueue {
    changes: mpsc::Receiver<Change>,
    store: Store,
    notifier: Notifier,
}

impl RoomChanges {
    /// Creates the handle and its queue.
    #[must_use]
    pub fn new(store: Store, notifier: Notifier) -> (Self, RoomChangeQueue) {
        let (sender, changes) = mpsc::channel(QUEUE);
        (Self(sender), RoomChangeQueue { changes, store, notifier })
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
    /// Sends the queued changes until the last [`RoomChanges`] is gone.
    pub async fn run(mut self) {
        while let Some(change) = self.changes.recv().await {
            if let Err(error) = self.send(change).await {
                // The lists of that user are wrong until they are loaded again.
                tracing::warn!(%error, "a changed room could not be read");
            }
        }
    }

    async fn send(&self, Change { rooms, user, by }: Change) -> Result<()> {
        for (id, room) in self.store.rooms_seen_by(user, rooms).await? {
            let event = match room {
                Some(room) => Event::RoomChanged(RoomChanged { room }),
                None => Event::RoomGone(RoomGone { room: id }),
            };
            match by {
                Some(client) => self.notifier.to_user(user, event, client),
                None => self.notifier.to_all_of(user, event),
            }
        }
        Ok(())
    }
}
