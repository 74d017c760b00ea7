//! Who is connected to this node and which rooms they follow; fans events out to them. It never waits: not for the
//! store, not for a reader. Rooms that nobody follows take no memory.

mod endings;
pub mod heartbeat;
mod news;
mod room;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};

use bytes::Bytes;
use protocol::{
    ClientId, Event, Role, RoomId, ServerMessage, SessionId, System, SystemEvent, User, UserId,
    limits::MAX_ANNOUNCED_ONLINE,
};
use tokio::sync::Notify;

use crate::websocket::{encode as message, outbox::Outbox};
use news::News;
use room::Room;

pub use news::{Change, Node, OTHERS_ANSWER_WITHIN, Told, Topic, Visit, nobody};

/// The hub of this node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes who looks after what changed.
    changed: Notify,
    /// Wakes who fetches what is missing.
    behind: Notify,
    /// Wakes who tells of those who came and went without word.
    untold: Notify,
}

#[derive(Debug, Default)]
struct State {
    clients: HashMap<ClientId, Client>,
    clients_of: HashMap<UserId, HashSet<ClientId>>,
    rooms: HashMap<RoomId, Room>,
    /// For other nodes, where there are some.
    news: Option<News>,
    /// Rooms of which something may have passed by unheard.
    doubts: HashSet<RoomId>,
    /// Rooms in which somebody came or went without word.
    untold: HashSet<RoomId>,
    /// Whether what other nodes told is in doubt.
    in_doubt: bool,
}

#[derive(Debug)]
struct Client {
    user: User,
    session: SessionId,
    outbox: Outbox,
    /// When bytes last came from it, by `ws::clock_ms`.
    heard: Arc<AtomicU64>,
    rooms: HashSet<RoomId>,
    /// The room of `/ws/{room}`: without it the connection has no purpose.
    home: Option<RoomId>,
    /// Whether it was welcomed: nothing comes before that.
    greeted: bool,
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
        self.tell(&mut state, [Change::Topic(Topic::User(user.id))]);
        state.clients.insert(
            client,
            Client {
                user,
                session,
                outbox,
                heard,
                rooms: HashSet::new(),
                home: None,
                greeted: false,
            },
        );
        Registration { hub: self.clone(), client }
    }

    fn disconnect(&self, client: ClientId) {
        let mut state = self.lock();
        let changes = state.disconnect(client);
        self.tell(&mut state, changes);
    }

    /// Notes what other nodes may have to know.
    fn tell(&self, state: &mut State, changes: impl IntoIterator<Item = Change>) {
        if let Some(news) = &mut state.news {
            news.add(changes);
            self.0.changed.notify_one();
        }
    }

    /// From here on events of the room wait behind the answer to `subscribe`. Past `most` rooms it does nothing, and
    /// says so with `false`.
    #[must_use]
    pub fn begin_subscribe(&self, client: ClientId, room: RoomId, most: usize) -> bool {
        let mut state = self.lock();
        let State { clients, rooms, .. } = &mut *state;
        let Some(client_state) = clients.get_mut(&client) else { return true };
        if client_state.rooms.len() >= most && !client_state.rooms.contains(&room) {
            return false;
        }
        client_state.rooms.insert(room);
        rooms.entry(room).or_default().begin(client, client_state.user.id, &client_state.outbox);
        self.tell(&mut state, [Change::Topic(Topic::Room(room))]);
        true
    }

    /// Sends the answer to `subscribe`, which covers the log up to `seq`, and from then on the live stream. Does
    /// nothing, and says so with `false`, where the person was removed from the room meanwhile.
    #[must_use]
    pub fn complete_subscribe(
        &self,
        client: ClientId,
        room: RoomId,
        seq: u64,
        answer: Bytes,
    ) -> bool {
        let mut state = self.lock();
        let State { clients, rooms, doubts, .. } = &mut *state;
        let (Some(client_state), Some(followers)) = (clients.get(&client), rooms.get_mut(&room))
        else {
            return false;
        };
        let completed = followers.complete(client, seq, answer);
        if completed == Some(true) {
            let joined = System::new(room, SystemEvent::Joined, client_state.user.clone());
            announce(followers, followers.online(), joined);
        }
        self.fetch_if(followers.is_behind() || doubts.contains(&room));
        let person = Change::Person(room, client_state.user.clone());
        self.tell(&mut state, [person]);
        completed.is_some()
    }

    /// The same for many rooms with one answer. Where the person was removed from some of them meanwhile it does nothing,
    /// and names them.
    ///
    /// # Errors
    /// Rooms that are not followed any more.
    pub fn complete_resume(
        &self,
        client: ClientId,
        seqs: &[(RoomId, u64)],
        answer: Bytes,
    ) -> Result<(), Vec<RoomId>> {
        let mut state = self.lock();
        let State { clients, rooms, doubts, .. } = &mut *state;
        let Some(client_state) = clients.get(&client) else { return Ok(()) };
        let gone = |room: &RoomId| {
            rooms.get(room).is_none_or(|followers: &Room| !followers.follows(client))
        };
        let gone: Vec<_> = seqs.iter().map(|(room, _)| *room).filter(gone).collect();
        if !gone.is_empty() {
            return Err(gone);
        }
        client_state.outbox.push_reply(answer);
        for (room, seq) in seqs {
            let Some(followers) = rooms.get_mut(room) else { continue };
            if followers.go_live(client, *seq) == Some(true) {
                let joined = System::new(*room, SystemEvent::Joined, client_state.user.clone());
                announce(followers, followers.online(), joined);
            }
            self.fetch_if(followers.is_behind() || doubts.contains(room));
        }
        client_state.outbox.wake();
        let user = client_state.user.clone();
        self.tell(&mut state, seqs.iter().map(|(room, _)| Change::Person(*room, user.clone())));
        Ok(())
    }

    /// The connection is there for that room alone, and is to be closed when its person is removed from it: be it on another
    /// node, to which this one therefore listens even while the connection does not follow the room. Said once.
    pub fn settle(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let State { clients, rooms, .. } = &mut *state;
        let Some(client) = clients.get_mut(&client) else { return };
        client.home = Some(room);
        rooms.entry(room).or_default().visitors += 1;
        self.tell(&mut state, [Change::Topic(Topic::Room(room))]);
    }

    /// The connection was welcomed: pings and what is for everybody reach it from now on.
    pub fn greet(&self, client: ClientId) {
        if let Some(client) = self.lock().clients.get_mut(&client) {
            client.greeted = true;
        }
    }

    /// The answer to `subscribe` could not be had: all stays as it was.
    pub fn abort_subscribe(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let State { clients, rooms, doubts, .. } = &mut *state;
        let (Some(client_state), Some(followers)) =
            (clients.get_mut(&client), rooms.get_mut(&room))
        else {
            return;
        };
        followers.abort(client);
        if !followers.follows(client) {
            client_state.rooms.remove(&room);
        }
        self.fetch_if(followers.is_behind() || doubts.contains(&room));
        if followers.is_empty() {
            rooms.remove(&room);
            self.tell(&mut state, [Change::Topic(Topic::Room(room))]);
        }
    }

    /// Ends the live stream of a room for one connection.
    pub fn unsubscribe(&self, client: ClientId, room: RoomId) {
        let mut state = self.lock();
        let Some(client_state) = state.clients.get_mut(&client) else { return };
        if client_state.rooms.remove(&room) {
            let user = client_state.user.clone();
            state.leave(client, room, &user);
            self.tell(&mut state, [Change::Topic(Topic::Room(room)), Change::Person(room, user)]);
        }
    }

    /// Queues an event of a room's log for everybody who follows it: encoded once, its bytes shared. Adds to `readers`
    /// whose outbox is to be flushed then.
    pub fn deliver(&self, room: RoomId, seq: u64, event: Event, readers: &mut Vec<Outbox>) {
        let frame = encode(event);
        if let Some(followers) = self.lock().rooms.get_mut(&room) {
            followers.deliver(seq, &frame, readers);
            self.fetch_if(followers.is_behind());
        }
    }

    fn fetch_if(&self, is_behind: bool) {
        if is_behind {
            self.0.behind.notify_one();
        }
    }

    /// Waits until something is missing in a room.
    pub async fn behind(&self) {
        self.0.behind.notified().await;
    }

    /// Something may have passed by in these rooms.
    pub fn doubt(&self, rooms: impl IntoIterator<Item = RoomId>) {
        self.lock().doubts.extend(rooms);
        self.0.behind.notify_one();
    }

    /// Something may have passed by in each of them.
    pub fn doubt_all(&self) {
        let mut state = self.lock();
        let State { rooms, doubts, .. } = &mut *state;
        doubts.extend(rooms.keys());
        self.0.behind.notify_one();
    }

    /// The rooms of which that was said since the last call, and where they are. Where nobody has an answer yet, the doubt
    /// stays until somebody has.
    #[must_use]
    pub fn take_doubts(&self) -> Vec<(RoomId, u64)> {
        let mut state = self.lock();
        let State { rooms, doubts, .. } = &mut *state;
        doubts.retain(|room| rooms.contains_key(room));
        let doubted = doubts
            .iter()
            .filter_map(|room| Some((*room, rooms.get(room)?.seq()?)))
            .collect::<Vec<_>>();
        for (room, _) in &doubted {
            doubts.remove(room);
        }
        doubted
    }

    /// The rooms whose followers lack events that other events stand behind, and where they are.
    #[must_use]
    pub fn rooms_behind(&self) -> Vec<(RoomId, u64)> {
        let state = self.lock();
        let behind = state.rooms.iter().filter(|(_, followers)| followers.is_behind());
        behind.filter_map(|(room, followers)| Some((*room, followers.seq()?))).collect()
    }

    /// All followed rooms, and the last event that all who follow them have.
    #[must_use]
    pub fn rooms(&self) -> Vec<(RoomId, u64)> {
        let state = self.lock();
        state.rooms.iter().filter_map(|(room, followers)| Some((*room, followers.seq()?))).collect()
    }

    /// Queues a passing event for everybody who follows a room, but for one connection.
    pub fn send_to_room(&self, room: RoomId, event: Event, except: Option<ClientId>) {
        let frame = encode(event);
        if let Some(followers) = self.lock().rooms.get_mut(&room) {
            followers.deliver_except(except, &frame);
        }
    }

    /// Whether a connection has its place here.
    #[must_use]
    pub fn is_connected(&self, client: ClientId) -> bool {
        self.lock().clients.contains_key(&client)
    }

    /// Whether a connection follows a room.
    #[must_use]
    pub fn follows(&self, client: ClientId, room: RoomId) -> bool {
        self.lock().clients.get(&client).is_some_and(|client| client.rooms.contains(&room))
    }

    /// Queues a passing event for everybody else who follows a room.
    pub fn send_to_others(&self, room: RoomId, user: UserId, event: Event) {
        let frame = encode(event);
        if let Some(followers) = self.lock().rooms.get_mut(&room) {
            followers.deliver_to_others(user, &frame);
        }
    }

    /// Queues a passing event for a person's connections but one.
    pub fn send_to_user(&self, user: UserId, event: Event, except: ClientId) {
        let state = self.lock();
        let Some(others) = state.clients_of.get(&user).filter(|clients| clients.len() > 1) else {
            return;
        };
        let frame = encode(event);
        for client in
            others.iter().filter(|client| **client != except).filter_map(|id| state.clients.get(id))
        {
            if client.greeted {
                client.outbox.push_event(frame.clone());
            }
        }
    }

    /// Queues a passing event for every connection but one.
    pub fn broadcast(&self, event: Event, except: Option<ClientId>) {
        let frame = encode(event);
        for (_, client) in
            self.lock().clients.iter().filter(|(id, client)| client.greeted && Some(**id) != except)
        {
            client.outbox.push_event(frame.clone());
        }
    }

    /// Queues a passing event for one connection. Says whether it is there.
    pub fn send_to(&self, client: ClientId, event: Event) -> bool {
        let state = self.lock();
        let client = state.clients.get(&client);
        if let Some(client) = client {
            client.outbox.push_event(encode(event));
        }
        client.is_some()
    }

    /// The connections that follow a room.
    #[must_use]
    pub fn followers(&self, room: RoomId) -> Vec<ClientId> {
        self.lock()
            .rooms
            .get(&room)
            .map(|followers| followers.clients().collect())
            .unwrap_or_default()
    }

    /// The rooms that a connection follows.
    #[must_use]
    pub fn rooms_of(&self, client: ClientId) -> Vec<RoomId> {
        self.lock()
            .clients
            .get(&client)
            .map(|client| client.rooms.iter().copied().collect())
            .unwrap_or_default()
    }

    /// The sessions of all connections, and whose they are.
    #[must_use]
    pub fn sessions(&self) -> Vec<(SessionId, UserId)> {
        let state = self.lock();
        let sessions: HashMap<_, _> =
            state.clients.values().map(|client| (client.session, client.user.id)).collect();
        sessions.into_iter().collect()
    }

    /// Bytes that wait for all readers together, and for the slowest one.
    #[must_use]
    pub fn waiting_bytes(&self) -> (usize, usize) {
        let state = self.lock();
        let waiting = state.clients.values().map(|client| client.outbox.waiting_bytes());
        waiting.fold((0, 0), |(all, most), bytes| (all + bytes, most.max(bytes)))
    }

    /// Which of these people follow the room, and how many follow it in all, as far as those who follow it were told: whoever
    /// asks hears of the rest.
    #[must_use]
    pub fn online(&self, room: RoomId, users: &[User]) -> (Vec<bool>, usize) {
        let mut state = self.lock();
        let Some(followers) = state.rooms.get_mut(&room) else {
            return (vec![false; users.len()], 0);
        };
        followers.note_listed();
        (
            users.iter().map(|user| followers.is_told_online(user.id)).collect(),
            followers.told_online(),
        )
    }

    /// Events tell a person's new role from now on.
    pub fn set_role(&self, user: UserId, role: Role) {
        let mut state = self.lock();
        let State { clients, clients_of, .. } = &mut *state;
        for id in clients_of.get(&user).into_iter().flatten() {
            if let Some(client) = clients.get_mut(id) {
                client.user.role = role;
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
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Says what may be of interest to other nodes.
    fn disconnect(&mut self, client: ClientId) -> Vec<Change> {
        let Some(Client { user, rooms, home, .. }) = self.clients.remove(&client) else {
            return Vec::new();
        };
        let mut changes = vec![Change::Topic(Topic::User(user.id))];
        if let Some(clients) = self.clients_of.get_mut(&user.id) {
            clients.remove(&client);
            if clients.is_empty() {
                self.clients_of.remove(&user.id);
            }
        }
        for room in rooms {
            self.leave(client, room, &user);
            changes.extend([Change::Topic(Topic::Room(room)), Change::Person(room, user.clone())]);
        }
        if let Some(room) = home {
            self.leave_visit(room);
            changes.push(Change::Topic(Topic::Room(room)));
        }
        changes
    }

    fn leave_visit(&mut self, room: RoomId) {
        let Some(followers) = self.rooms.get_mut(&room) else { return };
        followers.visitors = followers.visitors.saturating_sub(1);
        if followers.is_empty() {
            self.rooms.remove(&room);
        }
    }

    fn leave(&mut self, client: ClientId, room: RoomId, user: &User) {
        let Some(followers) = self.rooms.get_mut(&room) else { return };
        let online = followers.online();
        if followers.leave(client) {
            announce(followers, online, System::new(room, SystemEvent::Left, user.clone()));
        }
        if followers.is_empty() {
            self.rooms.remove(&room);
        }
    }
}

/// Tells the others who comes and who goes, as long as no more than a few were online, that person included.
fn announce(followers: &mut Room, online: usize, system: System) {
    let user = system.user.id;
    if followers.is_news(user) && online <= MAX_ANNOUNCED_ONLINE {
        followers.deliver_to_others(user, &encode(Event::System(system)));
    }
}

fn encode(event: Event) -> Bytes {
    message::frame(&ServerMessage::Event(event), None)
}

#[cfg(test)]
mod tests;
