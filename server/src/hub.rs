//! Who is connected to this node and which rooms they follow; fans events out to them. It never waits: not for the
//! store, not for a reader. Rooms that nobody follows take no memory.

mod room;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use protocol::{
    ClientId, CloseCode, Empty, Event, Heartbeat, RoomId, ServerMessage, SessionId, System, SystemEvent, User, UserId,
    limits::MAX_ANNOUNCED_ONLINE,
};

use crate::{
    store::now,
    ws::{frame, outbox::Outbox},
};
use room::Room;

/// The hub of this node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    clients: HashMap<ClientId, Client>,
    clients_of: HashMap<UserId, HashSet<ClientId>>,
    rooms: HashMap<RoomId, Room>,
}

#[derive(Debug)]
struct Client {
    user: User,
    session: SessionId,
    outbox: Outbox,
    /// When bytes last came from it, by `ws::clock_ms`.
    heard: Arc<AtomicU64>,
    rooms: HashSet<RoomId>,
}

/// A connection's place in the hub. Dropping it, on whatever way out, takes the connection off all maps.
#[derive(Debug)]
pub struct Registration {
    hub: Hub,
    client: ClientId,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.disconnect(self.client);
    }
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Authenticated connections.
    pub clients: usize,
    /// People with at least one connection.
    pub users: usize,
    /// Rooms that somebody follows.
    pub rooms: usize,
    /// Rooms followed, counted per connection.
    pub subscriptions: usize,
}

impl Hub {
    /// Takes in a connection.
    #[must_use]
    pub fn connect(
        &self,
        client: ClientId,
        user: User,
        session: SessionId,
        outbox: Outbox,
        heard: Arc<AtomicU64>,
    ) -> Registration {
        let mut state = self.lock();
        state.clients_of.entry(user.id).or_default().insert(client);
        state.clients.insert(client, Client { user, session, outbox, heard, rooms: HashSet::new() });
        Registration { hub: self.clone(), client }
    }

    fn disconnect(&self, client: ClientId) {
        let mut state = self.lock();
        let Some(Client { user, rooms, .. }) = state.clients.remove(&client) else { return };
        if let Some(clients) = state.clients_of.get_mut(&user.id) {
            clients.remove(&client);
            if clients.is_empty() {
                state.clients_of.remove(&user.id);
            }
        }
        for room in rooms {
            state.leave(client, room, &user);
        }
    }

    /// From here on events of the room wait behind the answer to `subscribe`.
    pub fn begin_subscribe(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let State { clients, rooms, .. } = &mut *state;
        let Some(client_state) = clients.get_mut(&client) else { return };
        client_state.rooms.insert(room);
        rooms.entry(room).or_default().begin(client, client_state.user.id, &client_state.outbox);
    }

    /// Sends the answer to `subscribe`, which covers the log up to `seq`, and from then on the live stream.
    pub fn complete_subscribe(&self, client: ClientId, room: RoomId, seq: u64, answer: Bytes) {
        let mut state = self.lock();
        let State { clients, rooms, .. } = &mut *state;
        let (Some(client_state), Some(followers)) = (clients.get(&client), rooms.get_mut(&room)) else { return };
        if followers.complete(client, seq, answer) == Some(true) {
            announce(followers, room, SystemEvent::Joined, &client_state.user);
        }
    }

    /// The answer to `subscribe` could not be had: all stays as it was.
    pub fn abort_subscribe(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let State { clients, rooms, .. } = &mut *state;
        let (Some(client_state), Some(followers)) = (clients.get_mut(&client), rooms.get_mut(&room)) else { return };
        followers.abort(client);
        if !followers.follows(client) {
            client_state.rooms.remove(&room);
        }
        if followers.is_empty() {
            rooms.remove(&room);
        }
    }

    /// Ends the live stream of a room for one connection.
    pub fn unsubscribe(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let Some(client_state) = state.clients.get_mut(&client) else { return };
        if client_state.rooms.remove(&room) {
            let user = client_state.user.clone();
            state.leave(client, room, &user);
        }
    }

    /// Queues an event of a room's log for everybody who follows it: encoded once, its bytes shared.
    pub fn deliver(&self, room: RoomId, seq: u64, event: Event) {
        let frame = encode(event);
        if let Some(followers) = self.lock().rooms.get_mut(&room) {
            followers.deliver(Some(seq), &frame);
        }
    }

    /// Queues an event for every connection.
    pub fn broadcast(&self, event: Event) {
        let frame = encode(event);
        for client in self.lock().clients.values() {
            client.outbox.push_event(frame.clone());
        }
    }

    /// Pings the connections whose turn it is, and closes those that have been silent for too long. One call serves
    /// all sockets; their turns are spread over the interval.
    pub fn beat(&self, heartbeat: Heartbeat, since_ms: u64, now_ms: u64) {
        let ping = encode(Event::Ping(Empty {}));
        for (id, client) in &self.lock().clients {
            let silent_ms = now_ms.saturating_sub(client.heard.load(Ordering::Relaxed));
            if silent_ms >= heartbeat.interval_ms + heartbeat.timeout_ms {
                client.outbox.close(CloseCode::GoingAway, "nothing was heard of you for too long");
            } else {
                let offset_ms = id.0.as_u128() as u64 % heartbeat.interval_ms;
                let turn = |at_ms: u64| (at_ms + offset_ms) / heartbeat.interval_ms;
                if turn(now_ms) != turn(since_ms) {
                    client.outbox.push_event(ping.clone());
                }
            }
        }
    }

    /// Which of these people follow the room, and how many follow it in all.
    #[must_use]
    pub fn online(&self, room: RoomId, users: &[User]) -> (Vec<bool>, usize) {
        let state = self.lock();
        let Some(followers) = state.rooms.get(&room) else { return (vec![false; users.len()], 0) };
        (users.iter().map(|user| followers.is_online(user.id)).collect(), followers.online())
    }

    /// Closes the connections of a session that has ended.
    pub fn close_session(&self, user: UserId, session: SessionId, reason: &str) {
        let state = self.lock();
        for client in state.clients_of.get(&user).into_iter().flatten() {
            if let Some(client) = state.clients.get(client).filter(|client| client.session == session) {
                client.outbox.close(CloseCode::Policy, reason);
            }
        }
    }

    /// How many there are of what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            clients: state.clients.len(),
            users: state.clients_of.len(),
            rooms: state.rooms.len(),
            subscriptions: state.rooms.values().map(Room::len).sum(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn leave(&mut self, client: ClientId, room: RoomId, user: &User) {
        let Some(followers) = self.rooms.get_mut(&room) else { return };
        if followers.leave(client) {
            announce(followers, room, SystemEvent::Left, user);
        }
        if followers.is_empty() {
            self.rooms.remove(&room);
        }
    }
}

/// Tells the others who comes and who goes, as long as the room is small enough to care.
fn announce(followers: &mut Room, room: RoomId, event: SystemEvent, user: &User) {
    if followers.online() <= MAX_ANNOUNCED_ONLINE {
        let frame = encode(Event::System(System::new(room, event, user.clone())));
        followers.deliver_to_others(user.id, &frame);
    }
}

fn encode(event: Event) -> Bytes {
    frame::text(&ServerMessage::Event(event).encode(None, now()))
}
