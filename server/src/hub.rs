//! The open connections of this node and the rooms that they are subscribed to.
//!
//! The hub fans events out to subscribers. It never waits for the store, nor for a slow reader. An
//! inactive room takes no memory.

mod announcements;
mod delivery;
mod emoji_news;
mod evict;
mod gaps;
pub mod heartbeat;
mod interest;
mod presence;
mod reorder;
mod room;
mod room_news;
mod room_presence;
mod subscriptions;
mod user_news;
mod user_presence;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use protocol::{ClientId, Event, Role, RoomId, ServerMessage, SessionId, User, UserId};
use tokio::sync::Notify;

use crate::websocket::{encode as message, outbox::Outbox};
use announcements::AnnouncementQueue;
use interest::{InterestChange, PendingUpdates};
use room::LiveRoom;
use user_presence::{Attention, UserPresences};

pub use interest::{InterestGuard, InterestUpdates, LocalPresence, Topic};
pub use room_news::RoomNews;
pub use room_presence::{NodeId, PRESENCE_QUERY_TIMEOUT, unknown_node};

/// The hub of this node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<HubShared>);

#[derive(Debug, Default)]
struct HubShared {
    state: Mutex<HubState>,
    /// Wakes the task that publishes pending updates to other nodes.
    updates: Notify,
    /// Wakes the task that reads missing events from the room log.
    gap: Notify,
    /// Wakes the task that announces joins and leaves.
    unannounced: Notify,
    /// Wakes the task that tells who is online, away or offline.
    user_presence: Notify,
    /// Wakes the task that sends new and changed rooms.
    room_news: Notify,
    /// Wakes the task that sends rooms that are different for single users.
    rooms_of_users: Notify,
    /// Wakes the task that tells everybody of changed users.
    user_news: Notify,
    /// Wakes the task that tells everybody of changed emoji.
    emoji_news: Notify,
}

#[derive(Debug, Default)]
struct HubState {
    clients: HashMap<ClientId, Client>,
    clients_by_user: HashMap<UserId, HashSet<ClientId>>,
    rooms: HashMap<RoomId, LiveRoom>,
    /// The number of subscriptions that have begun.
    begun: u64,
    /// Updates for other nodes. `None` on a single node.
    pending_updates: Option<PendingUpdates>,
    /// Rooms that may have missed events.
    stale_rooms: HashSet<RoomId>,
    /// Rooms with joins or leaves that are not announced yet.
    announcements: AnnouncementQueue,
    user_presences: UserPresences,
    /// New and changed rooms that are not sent yet, each with the user who knows already.
    room_news: VecDeque<(RoomId, Option<UserId>)>,
    /// Rooms that are different for single users, as other nodes told.
    rooms_of_users: HashSet<(UserId, RoomId)>,
    /// True from [`Hub::mark_presence_stale`] to [`Hub::mark_presence_synced`].
    is_resyncing: bool,
}

#[derive(Debug)]
struct Client {
    user: User,
    session: SessionId,
    outbox: Outbox,
    /// The time of the last bytes from the client, by `clock::monotonic_ms`.
    last_seen_ms: Arc<AtomicU64>,
    rooms: HashSet<RoomId>,
    /// The room of `/ws/{room}`. The connection is closed when its user is removed from it.
    bound_room: Option<RoomId>,
    /// True once the welcome is queued. No event is sent before it.
    is_welcomed: bool,
    /// Whether the user looks at the page.
    attention: Attention,
}

impl Client {
    /// Returns whether the connection is subscribed to the room, or bound to it.
    fn is_in(&self, room: RoomId) -> bool {
        self.rooms.contains(&room) || self.bound_room == Some(room)
    }
}

/// A connection's entry in the hub. Dropping it removes the connection from all maps.
#[derive(Debug)]
pub struct ConnectionGuard {
    hub: Hub,
    client: ClientId,
    departure: Departure,
}

impl ConnectionGuard {
    /// Notes that the client said goodbye: its user does not come back in a moment.
    pub fn say_goodbye(&mut self) {
        self.departure = Departure::Leave;
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.hub.disconnect(self.client, self.departure);
    }
}

/// The way in which a subscription ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Departure {
    /// On purpose. The others learn at once that the user left.
    Leave,
    /// With its connection. The user may come back in a moment: the others learn of it after a
    /// grace.
    Loss,
}

/// The size of the hub's maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Authenticated connections.
    pub clients: usize,
    /// Users with at least one connection.
    pub users: usize,
    /// Rooms with subscribers, bound connections or interest guards.
    pub rooms: usize,
    /// Subscriptions of all connections.
    pub subscriptions: usize,
}

impl Hub {
    /// Registers a connection until the returned [`ConnectionGuard`] is dropped.
    #[must_use]
    pub fn connect(
        &self,
        client: ClientId,
        user: User,
        session: SessionId,
        outbox: Outbox,
        last_seen_ms: Arc<AtomicU64>,
    ) -> ConnectionGuard {
        let mut state = self.lock();
        let (user_id, before) = (user.id, state.known_presence(user.id));
        state.clients_by_user.entry(user.id).or_default().insert(client);
        state.clients.insert(
            client,
            Client {
                user,
                session,
                outbox,
                last_seen_ms,
                rooms: HashSet::new(),
                bound_room: None,
                is_welcomed: false,
                attention: Attention::default(),
            },
        );
        let due = state.departure_due(Departure::Leave);
        let presence = state.presence_changed(user_id, before, due, Departure::Loss);
        let topic = InterestChange::Topic(Topic::User(user_id));
        self.note_changes(&mut state, [topic].into_iter().chain(presence));
        self.wake_user_presence(&state);
        ConnectionGuard { hub: self.clone(), client, departure: Departure::Loss }
    }

    fn disconnect(&self, client: ClientId, departure: Departure) {
        let mut state = self.lock();
        let changes = state.disconnect(client, departure);
        self.note_changes(&mut state, changes);
        self.0.unannounced.notify_one();
        self.wake_user_presence(&state);
    }

    /// Sets the time that users whose connection was lost have to come back unnoticed.
    pub fn set_presence_grace(&self, grace: Duration) {
        self.lock().announcements = AnnouncementQueue::new(grace);
    }

    /// Lets pings and events for the user reach the connection. Call it once the welcome is queued.
    pub fn mark_welcomed(&self, client: ClientId) {
        if let Some(client) = self.lock().clients.get_mut(&client) {
            client.is_welcomed = true;
        }
    }

    /// Sets the role that the user's later events carry.
    pub fn set_role(&self, user: UserId, role: Role) {
        let mut state = self.lock();
        let HubState { clients, clients_by_user, .. } = &mut *state;
        for id in clients_by_user.get(&user).into_iter().flatten() {
            if let Some(client) = clients.get_mut(id) {
                client.user.role = role;
            }
        }
    }

    /// Sets whether the user's later events say that the user's name reads like another.
    pub fn set_alike(&self, user: UserId, alike: bool) {
        let mut state = self.lock();
        let HubState { clients, clients_by_user, .. } = &mut *state;
        for id in clients_by_user.get(&user).into_iter().flatten() {
            if let Some(client) = clients.get_mut(id) {
                client.user.alike = alike;
            }
        }
    }

    /// Returns whether the connection is registered.
    #[must_use]
    pub fn is_connected(&self, client: ClientId) -> bool {
        self.lock().clients.contains_key(&client)
    }

    /// Returns the sessions of all connections, each with its user.
    #[must_use]
    pub fn sessions(&self) -> Vec<(SessionId, UserId)> {
        let state = self.lock();
        let sessions: HashMap<_, _> =
            state.clients.values().map(|client| (client.session, client.user.id)).collect();
        sessions.into_iter().collect()
    }

    /// Returns the bytes that wait in all outboxes together, and in the fullest one.
    ///
    /// Locks every outbox: for tests. The metrics keep running totals.
    #[must_use]
    pub fn waiting_bytes(&self) -> (usize, usize) {
        let state = self.lock();
        let waiting = state.clients.values().map(|client| client.outbox.waiting_bytes());
        waiting.fold((0, 0), |(all, most), bytes| (all + bytes, most.max(bytes)))
    }

    /// Returns the numbers of connections, users, rooms and subscriptions.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            clients: state.clients.len(),
            users: state.clients_by_user.len(),
            rooms: state.rooms.values().filter(|room| room.is_in_use()).count(),
            subscriptions: state.rooms.values().map(LiveRoom::len).sum(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HubState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HubState {
    /// Removes a connection from all maps. Returns changes that may concern other nodes.
    fn disconnect(&mut self, client: ClientId, departure: Departure) -> Vec<InterestChange> {
        let Some(user) = self.clients.get(&client).map(|client| client.user.id) else {
            return Vec::new();
        };
        let before = self.known_presence(user);
        let Some(Client { user, rooms, bound_room, attention, .. }) = self.clients.remove(&client)
        else {
            return Vec::new();
        };
        self.user_presences.forget(user.id, client, attention);
        let mut changes = vec![InterestChange::Topic(Topic::User(user.id))];
        if let Some(clients) = self.clients_by_user.get_mut(&user.id) {
            clients.remove(&client);
            if clients.is_empty() {
                self.clients_by_user.remove(&user.id);
            }
        }
        let due = self.departure_due(departure);
        changes.extend(self.presence_changed(user.id, before, due, departure));
        for room in rooms {
            self.leave(client, room, &user, departure);
            changes.extend([
                InterestChange::Topic(Topic::Room(room)),
                InterestChange::Presence(room, user.clone(), departure),
            ]);
        }
        if let Some(room) = bound_room {
            self.release_interest(room);
            changes.push(InterestChange::Topic(Topic::Room(room)));
        }
        changes
    }
}

fn encode(event: Event) -> Bytes {
    message::frame(&ServerMessage::Event(event), None)
}

#[cfg(test)]
mod tests;
