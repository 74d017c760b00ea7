//! Tells the users of this node which rooms are new or have changed: a public room concerns
//! everybody, a private one its members.
//!
//! The changes of an interval are sent together, so that the rate at which rooms change does not
//! count per connection. Each room is read once per interval as everybody sees it, and, in pages,
//! as each of its members who is connected sees it: with their own unread counts and choices.

use std::{collections::HashSet, sync::Arc, time::Duration};

use protocol::{RoomId, UserId};

use super::{flush::flush_all, room_changes::RoomChanges};
use crate::{
    hub::{Hub, RoomNews},
    store::{Result, Store},
};

/// The pause between two broadcasts.
const BROADCAST_INTERVAL: Duration = Duration::from_secs(1);

/// Sends changed rooms to the connections of this node, together and at most once an interval.
/// Never returns.
pub async fn broadcast_rooms(hub: Hub, store: Store, changes: RoomChanges) {
    loop {
        hub.wait_room_news().await;
        let users = Arc::new(hub.connected_users());
        let mut news = Vec::new();
        for (room, except) in hub.take_room_news() {
            match read(&store, room, except, &users).await {
                Ok(read) => news.push(read),
                // The lists are wrong until they are loaded again.
                Err(error) => tracing::warn!(%error, "a changed room could not be read"),
            }
        }
        flush_all(hub.send_room_news(&news)).await;
        for news in &news {
            retell_removed(&store, &changes, news).await;
        }
        tokio::time::sleep(BROADCAST_INTERVAL).await;
    }
}

async fn read(
    store: &Store,
    room: RoomId,
    except: Option<UserId>,
    users: &Arc<HashSet<UserId>>,
) -> Result<RoomNews> {
    let (for_others, for_members) = store.room_seen_by_all(room, Arc::clone(users)).await?;
    Ok(RoomNews::new(room, except, for_others, for_members))
}

/// Whoever was removed while the room was read is told again, so that the last event says so.
async fn retell_removed(store: &Store, changes: &RoomChanges, news: &RoomNews) {
    let told: Arc<HashSet<_>> = Arc::new(news.members().collect());
    match store.members_among(news.room(), Arc::clone(&told)).await {
        Ok(members) => {
            let members: HashSet<_> = members.into_iter().collect();
            for user in told.difference(&members) {
                changes.tell(*user, vec![news.room()], None).await;
            }
        }
        Err(error) => tracing::warn!(%error, "the members of a room could not be read"),
    }
}
