//! The chat's requests: each checks what it may do, reads or writes the store, and arranges the
//! reply. One file for each request family; [`dispatch`] is the only match over all requests.

mod dispatch;
mod history;
mod members;
mod read;
mod resume;
mod rooms;
mod send;
mod subscribe;
mod typing;
mod update;

use protocol::{
    ClientId, RoomId, RoomName, ServerMessage, SessionId, User, limits::MAX_SUBSCRIPTIONS,
};

use crate::{
    cluster::Cluster,
    config::Switch,
    delivery::{bus::Bus, notifier::Notifier},
    error::Error,
    hub::Hub,
    store::Store,
};

/// The chat itself. Shared by reference count, so that a request adds one reference only.
#[derive(Debug)]
pub struct ChatService {
    store: Store,
    hub: Hub,
    bus: Bus,
    cluster: Cluster,
    notifier: Notifier,
    max_subscriptions: usize,
}

/// The user who sends a request, and the connection that carries it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection.
    pub client: ClientId,
    /// The user.
    pub user: User,
    /// The user's session.
    pub session: SessionId,
    /// The room of `/ws/{room}`, used by requests that name no room.
    pub default_room: Option<RoomId>,
}

/// The result of a request that did not fail.
#[derive(Debug)]
pub enum Outcome {
    /// The reply, to be sent now.
    Reply(ServerMessage),
    /// The reply is queued already, is sent after the commit, or is not due.
    Done,
}

impl ChatService {
    /// Creates the service on top of these parts.
    #[must_use]
    pub fn new(store: Store, hub: Hub, bus: Bus, cluster: Cluster, rate_limit: Switch) -> Self {
        let max_subscriptions =
            if rate_limit == Switch::On { MAX_SUBSCRIPTIONS } else { usize::MAX };
        let notifier = Notifier::new(hub.clone(), cluster.clone());
        Self { store, hub, bus, cluster, notifier, max_subscriptions }
    }
}

impl Caller {
    /// Returns the room that a request names, or else the room of the connection.
    fn room_or_default(&self, room: Option<RoomName>) -> Result<RoomName, Error> {
        room.or_else(|| self.default_room.map(RoomName::from)).ok_or_else(|| {
            Error::field("room", "is required, since this connection has no room of its own")
        })
    }
}
