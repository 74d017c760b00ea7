//! Tells the other nodes again what they may have missed while one of them was without Redis: rooms
//! that changed or are gone, read positions, and followed threads.
//!
//! Whoever returns to a page loads its list anew. A page that stays open all the time learns it
//! here.

use std::time::Duration;

use protocol::{Event, LoggedEvent, RoomChanged, RoomGone, ThreadFollow};

use crate::{
    cluster::{Cluster, message::ClusterMessage, news::News},
    hub::Topic,
    store::{Result, Store},
};

/// The pause between two rounds. Several nodes that come back together are one.
const INTERVAL: Duration = Duration::from_millis(500);

/// Tells again what a node missed, whenever one is back. Never returns.
pub async fn retell_news(cluster: Cluster, store: Store) {
    loop {
        cluster.wait_peer().await;
        for news in cluster.missed_news() {
            match read(&store, news).await {
                Ok((topic, message)) => cluster.publish(topic, &message),
                Err(error) if error.is_outage() => {
                    tracing::warn!(%error, "the other nodes cannot be told what they missed");
                    break;
                }
                Err(_) => {} // the user may no longer see the room
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Reads the present state of something.
async fn read(store: &Store, news: News) -> Result<(Topic, ClusterMessage)> {
    let (user, event) = match news {
        News::Room(room) => return Ok((Topic::Everyone, ClusterMessage::RoomNews(room))),
        News::RoomOf(user, id) => {
            let mut seen = store.rooms_seen_by(user, vec![id]).await?;
            let room = seen.pop().and_then(|(_, room)| room);
            let gone = Event::RoomGone(RoomGone { room: id });
            (user, room.map_or(gone, |room| Event::RoomChanged(RoomChanged { room })))
        }
        News::Position(user, room, thread) => {
            (user, Event::Read(store.read_position(user, room, thread).await?.position))
        }
        News::Thread(user, room, thread) => {
            let on = store.follows_thread(user, room, thread).await?;
            (user, Event::ThreadChanged(ThreadFollow { room: room.into(), thread, on }))
        }
    };
    Ok((Topic::User(user), ClusterMessage::ToUser(LoggedEvent(event))))
}
