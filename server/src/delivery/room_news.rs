//! Tells the users of this node which rooms are new or have changed: a public room concerns
//! everybody, a private one its members.
//!
//! The changes of an interval are sent together, so that the rate at which rooms change does not
//! count per connection. Each room is read once per interval as everybody sees it, and, in pages,
//! as each of its members who is connected sees it: with their own unread counts and choices.

use std::{collections::HashSet, sync::Arc, time::Duration};

use protocol::{RoomId, UserId};
use tokio::time::Instant;

use super::flush::flush_all;
use crate::{
    hub::{Hub, RoomNews},
    store::{Result, Store},
};

/// The pause between two broadcasts.
const BROADCAST_INTERVAL: Duration = Duration::from_secs(1);

/// Sends changed rooms to the connections of this node, together and at most once an interval.
#[derive(Debug)]
pub(super) struct Broadcasts {
    hub: Hub,
    store: Store,
    not_before: Instant,
}

impl Broadcasts {
    pub(super) fn new(hub: Hub, store: Store) -> Self {
        Self { hub, store, not_before: Instant::now() }
    }

    /// Waits until the next broadcast is due. Returns its rooms, each with the user who knows
    /// already.
    pub(super) async fn due(&self) -> Vec<(RoomId, Option<UserId>)> {
        tokio::time::sleep_until(self.not_before).await;
        self.hub.wait_room_news().await;
        self.hub.take_room_news()
    }

    /// Reads these rooms as their users see them, and sends them.
    pub(super) async fn send(&mut self, rooms: Vec<(RoomId, Option<UserId>)>) {
        let users = Arc::new(self.hub.connected_users());
        let mut news = Vec::new();
        for (room, except) in rooms {
            match self.read(room, except, &users).await {
                Ok(read) => news.push(read),
                // The lists are wrong until they are loaded again.
                Err(error) => tracing::warn!(%error, "a changed room could not be read"),
            }
        }
        flush_all(self.hub.send_room_news(&news)).await;
        self.not_before = Instant::now() + BROADCAST_INTERVAL;
    }

    async fn read(
        &self,
        room: RoomId,
        except: Option<UserId>,
        users: &Arc<HashSet<UserId>>,
    ) -> Result<RoomNews> {
        let (for_others, for_members) =
            self.store.room_seen_by_all(room, Arc::clone(users)).await?;
        Ok(RoomNews::new(Arc::clone(users), except, for_others, for_members))
    }
}
