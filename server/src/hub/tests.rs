//! Tests of the hub with real outboxes. The fixtures are shared by the modules.

mod delivery;
mod evict;
mod presence;
mod user_presence;

use std::{sync::atomic::Ordering, time::Duration};

use protocol::{CloseCode, Empty, Heartbeat, limits::MAX_ANNOUNCED_ONLINE};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{announcements::PRESENCE_GRACE, *};
use crate::websocket::outbox::testing;

/// A welcomed connection, its guard, and the far end of its stream.
struct Connection {
    id: ClientId,
    user: User,
    outbox: Outbox,
    guard: ConnectionGuard,
    _stream: TcpStream,
}

async fn connection(hub: &Hub) -> Connection {
    let name = Uuid::new_v4().to_string();
    let user = User {
        id: UserId(Uuid::new_v4()),
        username: name.clone(),
        name,
        role: protocol::Role::Member,
        ..User::default()
    };
    connection_of(hub, user).await
}

async fn connection_of(hub: &Hub, user: User) -> Connection {
    let (outbox, stream) = testing::outbox().await;
    let id = ClientId(Uuid::new_v4());
    let session = SessionId(Uuid::new_v4());
    let guard = hub.connect(id, user.clone(), session, outbox.clone(), Arc::default());
    hub.mark_welcomed(id);
    Connection { id, user, outbox, guard, _stream: stream }
}

fn subscribe(hub: &Hub, connection: &Connection, room: RoomId) {
    assert!(hub.begin_subscribe(connection.id, room, usize::MAX));
    assert!(hub.complete_subscribe(connection.id, room, 0, Bytes::new()));
    testing::take(&connection.outbox);
}

/// Takes the frames of each connection and returns their numbers.
fn received(connections: &[&Connection]) -> Vec<usize> {
    connections.iter().map(|connection| testing::take(&connection.outbox).len()).collect()
}

fn ephemeral() -> Event {
    Event::Pong(Empty {})
}

fn new_room() -> RoomId {
    RoomId(Uuid::new_v4())
}
