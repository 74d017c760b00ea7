//! Tests of the task that tells users of rooms, with a real store, hub and outboxes.

use std::{
    io::{ErrorKind, Read as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use protocol::{Room, SessionId, User};
use tempfile::TempDir;
use tokio::{task::JoinSet, time::Instant};
use uuid::Uuid;

use super::*;
use crate::{
    cluster::Cluster,
    hub::ConnectionGuard,
    store::{NewSlug, NewStoredRoom, NewUser},
    websocket::outbox::{Outbox, testing},
};

/// A node with a user who is connected to it.
struct Node {
    hub: Hub,
    store: Store,
    ada: User,
    client: ClientId,
    outbox: Outbox,
    stream: TcpStream,
    _guard: ConnectionGuard,
    _folder: TempDir,
}

impl Node {
    async fn start() -> (Self, RoomChanges, RoomChangeQueue) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let ada = store.register(NewUser::test("ada")).await.unwrap().user;
        let (hub, client) = (Hub::default(), ClientId(Uuid::new_v4()));
        let (outbox, stream) = testing::outbox().await;
        let session = SessionId(Uuid::new_v4());
        let guard = hub.connect(client, ada.clone(), session, outbox.clone(), Arc::default());
        hub.mark_welcomed(client);
        let notifier = Notifier::new(hub.clone(), Cluster::default());
        let (changes, queue) = RoomChanges::new(hub.clone(), store.clone(), notifier);
        let stream = stream.into_std().unwrap();
        let node = Self { hub, store, ada, client, outbox, stream, _guard: guard, _folder: folder };
        (node, changes, queue)
    }

    async fn create_room(&self, name: &str) -> Room {
        let new = NewStoredRoom {
            slug: NewSlug::Exact(name.into()),
            name: name.into(),
            private: false,
            creator: self.ada.id,
        };
        self.store.create_room(new).await.unwrap()
    }

    /// Returns what the connection has received since the last call.
    fn received(&mut self) -> String {
        let mut read = [0; 1 << 16];
        match self.stream.read(&mut read) {
            Ok(len) => String::from_utf8_lossy(&read[..len]).into_owned(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => String::new(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns the names of the rooms that the connection is told of, once there are so many.
    /// Single events wait for the task of the connection, which flushes its outbox.
    async fn names(&mut self, count: usize) -> Vec<String> {
        let mut text = String::new();
        let names = |text: &str| {
            let parts = text.split("\"name\":\"").skip(1);
            parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned())).collect::<Vec<_>>()
        };
        let all = async {
            while names(&text).len() < count {
                self.outbox.flush_or_wake();
                tokio::time::sleep(Duration::from_millis(1)).await;
                text += &self.received();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
        names(&text)
    }
}

#[tokio::test(start_paused = true)]
async fn rooms_that_change_in_a_row_are_sent_once_a_second() {
    let (mut node, _changes, queue) = Node::start().await;
    let mut rooms = Vec::new();
    for number in 0..30 {
        rooms.push(node.create_room(&format!("room-{number}")).await.id);
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(queue.run());
    let (start, mut writes, mut sent) = (Instant::now(), Vec::new(), 0);
    for step in 0..60 {
        if let Some(room) = rooms.get(step) {
            node.hub.queue_room_news(*room, None);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let received = node.received();
        if !received.is_empty() {
            writes.push(start.elapsed());
            sent += received.matches("\"room_changed\"").count();
        }
    }
    assert_eq!(sent, rooms.len());
    let pauses = writes.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    assert!(pauses.min() >= Some(Duration::from_millis(900)), "{writes:?}");
    assert_eq!(writes.len(), 4, "{writes:?}");
}

#[tokio::test]
async fn what_another_node_told_of_a_room_is_read_again() {
    let (mut node, _changes, queue) = Node::start().await;
    let room = node.create_room("plans").await;
    let mut tasks = JoinSet::new();
    tasks.spawn(queue.run());
    node.hub.queue_room_of_user(node.ada.id, room.id);
    assert_eq!(node.names(1).await, ["plans"]);
}

/// The connection that changed the room has the response already. News that were read before the
/// change may reach it after the response.
#[tokio::test]
async fn a_change_that_meets_a_broadcast_reaches_its_own_connection_too() {
    let (mut node, changes, mut queue) = Node::start().await;
    let room = node.create_room("plans").await;
    let other = node.create_room("other").await;
    changes.tell(node.ada.id, vec![room.id], Some(node.client)).await;
    changes.tell(node.ada.id, vec![other.id], Some(node.client)).await;
    queue.broadcast(vec![(room.id, None)]).await;
    changes.tell(node.ada.id, vec![other.id], None).await;
    let last = queue.changes.recv().await.unwrap();
    queue.send(last).await;
    assert_eq!(node.names(3).await, ["plans", "plans", "other"]);
}

/// The node that removed the user told so before this node listened to the room.
#[tokio::test]
async fn a_subscription_without_a_membership_ends_when_another_node_tells_of_the_room() {
    let (node, _changes, queue) = Node::start().await;
    let room = node.create_room("plans").await.id;
    let ada = node.ada.id;
    assert!(node.hub.begin_subscribe(node.client, room, usize::MAX));
    queue.send_here(ada, room).await;
    assert_eq!(node.hub.rooms_of(node.client), [room], "a member stays");
    node.store.remove_member(ada, room, ada).await.unwrap();
    queue.send_here(ada, room).await;
    assert_eq!(node.hub.rooms_of(node.client), []);
}

#[tokio::test]
async fn a_subscription_that_begins_after_the_membership_was_read_goes_on() {
    let (node, _changes, _queue) = Node::start().await;
    let room = node.create_room("plans").await.id;
    assert!(node.hub.begin_subscribe(node.client, room, usize::MAX));
    let begun = node.hub.begun_subscriptions();
    assert!(node.hub.begin_subscribe(node.client, room, usize::MAX));
    assert!(!node.hub.remove_former_member(&node.ada, room, begun));
    assert_eq!(node.hub.rooms_of(node.client), [room]);
    assert!(node.hub.remove_former_member(&node.ada, room, begun + 1));
    assert_eq!(node.hub.rooms_of(node.client), []);
}
