//! Tells users which rooms they gained, lost or see differently, so that their lists of rooms are
//! current without asking.
//!
//! A change that concerns one user is queued, read back from the store and sent in order: of two
//! changes in a row, the last event shows the state after both. A new public room concerns
//! everybody; see [`Notifier::room_created`].

use std::time::Duration;

use protocol::{ClientId, Event, RoomChanged, RoomGone, RoomId, UserId};
use tokio::sync::mpsc;

use super::{flush::flush_all, notifier::Notifier};
use crate::{
    hub::Hub,
    store::{Result, Store},
};

/// Changes that may wait. Beyond that the requests that make them wait.
const QUEUE: usize = 1024;
/// The pause between two broadcasts of new rooms.
const BROADCAST_INTERVAL: Duration = Duration::from_secs(1);

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

/// Sends new public rooms to the connections of this node, together and at most once an interval.
/// Never returns.
pub async fn broadcast_rooms(hub: Hub) {
    loop {
        hub.wait_room_news().await;
        let readers = hub.broadcast_room_news();
        flush_all(readers).await;
        tokio::time::sleep(BROADCAST_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, sync::Arc};

    use protocol::{Role, User};
    use tokio::{task::JoinSet, time::Instant};
    use uuid::Uuid;

    use super::*;
    use crate::{hub::tests::public_room, websocket::outbox::testing};

    #[tokio::test(start_paused = true)]
    async fn rooms_that_are_created_in_a_row_are_sent_once_a_second() {
        let hub = Hub::default();
        let (outbox, stream) = testing::outbox().await;
        let user = |name: &str| User {
            id: UserId(Uuid::new_v4()),
            username: name.into(),
            name: name.into(),
            role: Role::Member,
            alike: false,
        };
        let (ada, bo) = (user("ada"), user("bo"));
        let client = ClientId(Uuid::new_v4());
        let session = protocol::SessionId(Uuid::new_v4());
        let _guard = hub.connect(client, ada, session, outbox, Arc::default());
        hub.mark_welcomed(client);
        let mut tasks = JoinSet::new();
        tasks.spawn(broadcast_rooms(hub.clone()));
        let mut stream = stream.into_std().unwrap();

        let (start, mut writes, mut rooms) = (Instant::now(), Vec::new(), 0);
        for step in 0..60 {
            if step < 30 {
                hub.queue_room_news(public_room("room"), bo.id);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut read = [0; 1 << 16];
            if let Ok(len) = stream.read(&mut read) {
                writes.push(start.elapsed());
                rooms += String::from_utf8_lossy(&read[..len]).matches("room_changed").count();
            }
        }
        assert_eq!(rooms, 30);
        let pauses = writes.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        assert!(pauses.min() >= Some(Duration::from_millis(900)), "{writes:?}");
        assert_eq!(writes.len(), 4, "{writes:?}");
    }
}
