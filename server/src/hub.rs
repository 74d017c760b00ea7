//! Who is connected to this node and which rooms they follow; fans events out to them. It never waits: not for the
//! store, not for a reader. Rooms that nobody follows take no memory.

mod news;
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
    ClientId, CloseCode, Empty, Event, Heartbeat, Role, RoomId, ServerMessage, SessionId, System, SystemEvent, User,
    UserId, limits::MAX_ANNOUNCED_ONLINE,
};
use tokio::sync::Notify;

use crate::ws::{message, outbox::Outbox};
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
        state
            .clients
            .insert(client, Client { user, session, outbox, heard, rooms: HashSet::new(), home: None, greeted: false });
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
    pub fn complete_subscribe(&self, client: ClientId, room: RoomId, seq: u64, answer: Bytes) -> bool {
        let mut state = self.lock();
        let State { clients, rooms, doubts, .. } = &mut *state;
        let (Some(client_state), Some(followers)) = (clients.get(&client), rooms.get_mut(&room)) else { return false };
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
    pub fn complete_resume(&self, client: ClientId, seqs: &[(RoomId, u64)], answer: Bytes) -> Result<(), Vec<RoomId>> {
        let mut state = self.lock();
        let State { clients, rooms, doubts, .. } = &mut *state;
        let Some(client_state) = clients.get(&client) else { return Ok(()) };
        let gone = |room: &RoomId| rooms.get(room).is_none_or(|followers: &Room| !followers.follows(client));
        let gone: Vec<_> = seqs.iter().map(|(room, _)| *room).filter(gone).collect();
        if !gone.is_empty() {
            return Err(gone);
        }
        client_state.outbox.push_answer(answer);
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

    /// Ends the live stream of a room for a person who was removed from it, and tells the person and the others.
    pub fn remove(&self, user: &User, room: RoomId) {
        let mut state = self.lock();
        self.tell(&mut state, [Change::Person(room, user.clone()), Change::Topic(Topic::Room(room))]);
        let State { clients, clients_of, rooms, .. } = &mut *state;
        let frame = encode(Event::System(System::new(room, SystemEvent::Removed, user.clone())));
        let mut followers = rooms.get_mut(&room);
        let is_small = followers.as_ref().is_some_and(|followers| followers.online() <= MAX_ANNOUNCED_ONLINE);
        for id in clients_of.get(&user.id).into_iter().flatten() {
            let Some(client) = clients.get_mut(id) else { continue };
            if client.rooms.remove(&room) {
                if let Some(followers) = &mut followers {
                    followers.leave(*id);
                }
                if client.greeted {
                    client.outbox.push_event(frame.clone());
                }
            }
            if client.home == Some(room) {
                client.home = None;
                if let Some(followers) = &mut followers {
                    followers.visitors = followers.visitors.saturating_sub(1);
                }
                client.outbox.close(CloseCode::Policy, "you are not in this room any more");
            }
        }
        let Some(followers) = followers else { return };
        followers.forget(user.id);
        if is_small {
            followers.deliver_to_others(user.id, &frame);
        }
        if followers.is_empty() {
            rooms.remove(&room);
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
        self.fetch_if(followers.is_behind());
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
        let doubted = doubts.iter().filter_map(|room| Some((*room, rooms.get(room)?.seq()?))).collect::<Vec<_>>();
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
        let Some(others) = state.clients_of.get(&user).filter(|clients| clients.len() > 1) else { return };
        let frame = encode(event);
        for client in others.iter().filter(|client| **client != except).filter_map(|id| state.clients.get(id)) {
            if client.greeted {
                client.outbox.push_event(frame.clone());
            }
        }
    }

    /// Queues a passing event for every connection but one.
    pub fn broadcast(&self, event: Event, except: Option<ClientId>) {
        let frame = encode(event);
        for (_, client) in self.lock().clients.iter().filter(|(id, client)| client.greeted && Some(**id) != except) {
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
        self.lock().rooms.get(&room).map(|followers| followers.clients().collect()).unwrap_or_default()
    }

    /// The rooms that a connection follows.
    #[must_use]
    pub fn rooms_of(&self, client: ClientId) -> Vec<RoomId> {
        self.lock().clients.get(&client).map(|client| client.rooms.iter().copied().collect()).unwrap_or_default()
    }

    /// The sessions of all connections, and whose they are.
    #[must_use]
    pub fn sessions(&self) -> Vec<(SessionId, UserId)> {
        let state = self.lock();
        let sessions: HashMap<_, _> = state.clients.values().map(|client| (client.session, client.user.id)).collect();
        sessions.into_iter().collect()
    }

    /// Bytes that wait for all readers together, and for the slowest one.
    #[must_use]
    pub fn waiting_bytes(&self) -> (usize, usize) {
        let state = self.lock();
        let waiting = state.clients.values().map(|client| client.outbox.waiting_bytes());
        waiting.fold((0, 0), |(all, most), bytes| (all + bytes, most.max(bytes)))
    }

    /// This process stood still for that long and could hear nobody: no connection was silent meanwhile.
    pub fn excuse(&self, stood_still_ms: u64, now_ms: u64) {
        for client in self.lock().clients.values() {
            let heard_ms = client.heard.load(Ordering::Relaxed);
            client.heard.fetch_max((heard_ms + stood_still_ms).min(now_ms), Ordering::Relaxed);
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
                if client.greeted && turn(now_ms) != turn(since_ms) {
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
        self.close_those_of(user, reason, |of| of == session);
    }

    /// The same for many. None of them hears that the others go.
    pub fn close_sessions(&self, ended: &[(SessionId, UserId)], reason: &str) {
        let sessions: HashSet<_> = ended.iter().map(|(session, _)| session).collect();
        for client in self.lock().clients.values().filter(|client| sessions.contains(&client.session)) {
            client.outbox.close(CloseCode::Policy, reason);
        }
        for (session, user) in ended {
            self.close_session(*user, *session, reason);
        }
    }

    /// Closes the connections of a person, but for those of one session.
    pub fn close_user(&self, user: UserId, except: Option<SessionId>, reason: &str) {
        self.close_those_of(user, reason, |of| Some(of) != except);
    }

    /// They are gone for the others at once, however long the goodbye takes.
    fn close_those_of(&self, user: UserId, reason: &str, which: impl Fn(SessionId) -> bool) {
        let mut state = self.lock();
        let theirs: Vec<_> = state.clients_of.get(&user).into_iter().flatten().copied().collect();
        for id in theirs {
            if let Some(client) = state.clients.get(&id).filter(|client| which(client.session)) {
                client.outbox.close(CloseCode::Policy, reason);
                let changes = state.disconnect(id);
                self.tell(&mut state, changes);
            }
        }
    }

    /// The logs tell another history than before: whoever counts in the old one is to come back and find out. They are gone
    /// at once, so that nothing of the other history reaches them.
    pub fn begin_anew(&self) {
        let mut state = self.lock();
        let State { clients, clients_of, rooms, doubts, .. } = &mut *state;
        clients_of.clear();
        doubts.clear();
        for client in std::mem::take(clients).into_values() {
            client.outbox.close(CloseCode::Restart, "the message store was set back, come back in a moment");
            if let Some(room) = client.home.and_then(|room| rooms.get_mut(&room)) {
                room.visitors = room.visitors.saturating_sub(1);
            }
        }
        rooms.retain(|_, room| {
            room.clear();
            !room.is_empty()
        });
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
        let Some(Client { user, rooms, home, .. }) = self.clients.remove(&client) else { return Vec::new() };
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
mod tests {
    use tokio::net::TcpStream;
    use uuid::Uuid;

    use super::*;
    use crate::ws::outbox::testing;

    /// A welcomed connection, its place in the hub, and the far end of its line.
    struct Connection {
        id: ClientId,
        user: User,
        outbox: Outbox,
        _registration: Registration,
        _line: TcpStream,
    }

    async fn connection(hub: &Hub) -> Connection {
        let (outbox, line) = testing::outbox().await;
        let id = ClientId(Uuid::new_v4());
        let name = id.to_string();
        let user = User { id: UserId(Uuid::new_v4()), username: name.clone(), name, role: protocol::Role::Member };
        let session = SessionId(Uuid::new_v4());
        let registration = hub.connect(id, user.clone(), session, outbox.clone(), Arc::default());
        hub.greet(id);
        Connection { id, user, outbox, _registration: registration, _line: line }
    }

    fn follow(hub: &Hub, connection: &Connection, room: RoomId) {
        assert!(hub.begin_subscribe(connection.id, room, usize::MAX));
        assert!(hub.complete_subscribe(connection.id, room, 0, Bytes::new()));
        testing::take(&connection.outbox);
    }

    fn received(connections: &[&Connection]) -> Vec<usize> {
        connections.iter().map(|connection| testing::take(&connection.outbox).len()).collect()
    }

    fn passing() -> Event {
        Event::Pong(Empty {})
    }

    fn room() -> RoomId {
        RoomId(Uuid::new_v4())
    }

    #[tokio::test]
    async fn one_all_or_a_room_are_reached_with_exclusion() {
        let hub = Hub::default();
        let [ada, bo, cy] = [connection(&hub).await, connection(&hub).await, connection(&hub).await];
        let room = room();
        follow(&hub, &ada, room);
        follow(&hub, &bo, room);
        received(&[&ada, &bo, &cy]);
        assert!(hub.send_to(cy.id, passing()));
        assert!(!hub.send_to(ClientId(Uuid::new_v4()), passing()));
        assert_eq!(received(&[&ada, &bo, &cy]), [0, 0, 1]);
        hub.broadcast(passing(), Some(bo.id));
        assert_eq!(received(&[&ada, &bo, &cy]), [1, 0, 1]);
        hub.send_to_room(room, passing(), Some(ada.id));
        hub.send_to_room(room, passing(), None);
        assert_eq!(received(&[&ada, &bo, &cy]), [1, 2, 0]);
    }

    #[tokio::test]
    async fn who_follows_what_is_known_from_both_sides_until_the_last_one_leaves() {
        let hub = Hub::default();
        let (ada, room) = (connection(&hub).await, room());
        follow(&hub, &ada, room);
        let bo = connection(&hub).await;
        follow(&hub, &bo, room);
        let mut followers = hub.followers(room);
        followers.sort();
        let mut both = [ada.id, bo.id];
        both.sort();
        assert_eq!((followers.as_slice(), hub.rooms_of(ada.id)), (both.as_slice(), vec![room]));
        drop(bo);
        hub.unsubscribe(ada.id, room);
        assert_eq!((hub.followers(room), hub.rooms_of(ada.id), hub.counts().rooms), (vec![], vec![], 0));
        drop(ada);
        assert_eq!(hub.counts(), Counts::default());
    }

    #[tokio::test]
    async fn a_room_stays_in_use_for_a_connection_that_is_there_for_it_alone() {
        let hub = Hub::among_others();
        let (ada, bo, room) = (connection(&hub).await, connection(&hub).await, room());
        for someone in [&ada, &bo] {
            follow(&hub, someone, room);
            hub.settle(someone.id, room);
            hub.unsubscribe(someone.id, room);
        }
        assert!(hub.topics().contains(&Topic::Room(room)), "or nobody would tell of a removal");
        assert_eq!(hub.people_in(&[room].into())[0].1.len(), 2);
        hub.remove(&ada.user, room);
        assert!(ada.outbox.is_closing() && !bo.outbox.is_closing());
        assert_eq!(hub.people_in(&[room].into()), [(room, vec![bo.user.id])], "nobody is removed twice");
        drop(bo);
        assert_eq!(hub.rooms_in_use(), []);
        drop(ada);
        assert_eq!(hub.counts(), Counts::default());
    }

    #[tokio::test]
    async fn a_connection_follows_so_many_rooms_and_no_more() {
        let hub = Hub::default();
        let ada = connection(&hub).await;
        let rooms: Vec<_> = (0..1000).map(|_| room()).collect();
        assert!(rooms.iter().all(|room| hub.begin_subscribe(ada.id, *room, rooms.len())));
        assert!(!hub.begin_subscribe(ada.id, room(), rooms.len()));
        assert!(hub.begin_subscribe(ada.id, rooms[0], rooms.len()), "one that it follows already");
        hub.unsubscribe(ada.id, rooms[0]);
        assert!(hub.begin_subscribe(ada.id, room(), rooms.len()));
    }

    #[tokio::test]
    async fn who_comes_and_goes_is_told_up_to_a_hundred_people_online() {
        let hub = Hub::default();
        let (watcher, room) = (connection(&hub).await, room());
        follow(&hub, &watcher, room);
        let mut others = Vec::new();
        for online in 2..=MAX_ANNOUNCED_ONLINE + 1 {
            let other = connection(&hub).await;
            follow(&hub, &other, room);
            assert_eq!(received(&[&watcher]), [usize::from(online <= 100)], "one comes, {online} are online");
            others.push(other);
        }
        for (online, told) in [(101, 0), (100, 1)] {
            drop(others.pop());
            assert_eq!(received(&[&watcher]), [told], "one of {online} goes");
        }
        for _ in 0..2 {
            others.push(connection(&hub).await);
            follow(&hub, &others[others.len() - 1], room);
        }
        received(&[&watcher]);
        for (online, told) in [(101, 0), (100, 1)] {
            hub.remove(&others.pop().unwrap().user, room);
            assert_eq!(received(&[&watcher]), [told], "one of {online} is removed");
        }
    }

    /// Tells of those who came and went without word, as if these people were all there are.
    fn tell_untold(hub: &Hub, people: &[&User]) {
        let people: Vec<_> = people.iter().map(|user| (*user).clone()).collect();
        hub.tell_untold(&people.iter().map(|user| user.id).collect(), &people);
    }

    #[tokio::test]
    async fn who_comes_and_goes_on_other_nodes_is_told_once() {
        let hub = Hub::among_others();
        let (ada, room) = (connection(&hub).await, room());
        let (node, [bo, cy]) = ("n.1".into(), [connection(&hub).await.user, connection(&hub).await.user]);
        follow(&hub, &ada, room);
        hub.people_elsewhere(room, &node, &[bo.id]);
        hub.others_were_asked(&[room]);
        tokio::time::sleep(OTHERS_ANSWER_WITHIN).await; // from then on it is news
        hub.people_elsewhere(room, &node, &[cy.id]);
        let told = hub.untold(10).await;
        assert_eq!(told, [bo.id, cy.id].into(), "who left, and who came");
        hub.people_elsewhere(room, &node, &[]);
        tell_untold(&hub, &[&bo, &cy]);
        assert_eq!(received(&[&ada]), [1], "one who has gone again meanwhile never came");

        hub.person_elsewhere(room, &cy, &node, true);
        received(&[&ada]);
        hub.doubt_elsewhere();
        assert_eq!(hub.online(room, &[]).1, 2, "cy still is, as far as is known");
        hub.people_elsewhere(room, &"n.2".into(), &[cy.id]);
        hub.node_gone(&nobody());
        tell_untold(&hub, &[&cy]);
        assert_eq!(received(&[&ada]), [0], "and has neither gone nor come");

        hub.node_gone(&"n.2".into());
        hub.person_elsewhere(room, &cy, &"n.3".into(), true);
        assert_eq!(received(&[&ada]), [0], "nobody was told yet that cy went");
        hub.node_gone(&"n.3".into());
        tell_untold(&hub, &[&cy]);
        assert_eq!(received(&[&ada]), [1]);

        hub.person_elsewhere(room, &bo, &node, true);
        received(&[&ada]);
        hub.remove(&bo, room);
        hub.person_elsewhere(room, &bo, &node, false);
        hub.node_gone(&node);
        tell_untold(&hub, &[&bo]);
        assert_eq!(received(&[&ada]), [1], "who was removed does not leave as well");
    }

    #[tokio::test]
    async fn what_could_not_be_heard_is_no_silence() {
        let hub = Hub::default();
        let (ada, bo) = (connection(&hub).await, connection(&hub).await);
        let heartbeat = Heartbeat { interval_ms: 10, timeout_ms: 10 };
        hub.lock().clients[&bo.id].heard.store(105, Ordering::Relaxed);
        hub.excuse(100, 110);
        hub.beat(heartbeat, 110, 119);
        assert!(!ada.outbox.is_closing() && !bo.outbox.is_closing());
        hub.beat(heartbeat, 119, 120);
        assert!(ada.outbox.is_closing() && !bo.outbox.is_closing(), "the silence before that counts");
    }

    #[tokio::test]
    async fn nothing_but_its_own_comes_before_the_welcome() {
        let hub = Hub::default();
        let (outbox, _line) = testing::outbox().await;
        let ada = connection(&hub).await;
        let id = ClientId(Uuid::new_v4());
        let _registration =
            hub.connect(id, ada.user.clone(), SessionId(Uuid::new_v4()), outbox.clone(), Arc::default());
        hub.broadcast(passing(), None);
        hub.beat(Heartbeat { interval_ms: 1, timeout_ms: u64::MAX / 2 }, 0, 10);
        assert!(testing::take(&outbox).is_empty());
        assert_eq!(received(&[&ada]), [2]);
    }

    #[tokio::test]
    async fn another_history_begins_without_those_who_count_in_the_old_one() {
        let hub = Hub::among_others();
        let (ada, room) = (connection(&hub).await, room());
        follow(&hub, &ada, room);
        hub.settle(ada.id, room);
        let visit = hub.visit(self::room());
        let deliver = |seq| hub.deliver(room, seq, passing(), &mut Vec::new());
        deliver(7); // which waits for those before it
        hub.begin_anew();
        assert_eq!(ada.outbox.closing().and_then(|close| close.code), Some(CloseCode::Restart.as_u16()));
        assert_eq!(hub.counts(), Counts { rooms: 1, ..Counts::default() }, "the one that is visited");
        drop(visit);
        let bo = connection(&hub).await;
        assert!(hub.begin_subscribe(bo.id, room, usize::MAX));
        assert!(hub.complete_subscribe(bo.id, room, 5, Bytes::new()));
        deliver(6);
        drop(ada);
        assert_eq!(hub.rooms(), [(room, 6)], "and what waited in the old one is no more");
    }

    #[tokio::test]
    async fn a_panic_takes_its_connection_off_all_maps() {
        let hub = Hub::default();
        let (ada, room) = (connection(&hub).await, room());
        follow(&hub, &ada, room);
        let outbox = ada.outbox.clone();
        let fallen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ada = ada;
            panic!("on purpose");
        }));
        assert!(fallen.is_err());
        assert_eq!(hub.counts(), Counts::default());
        assert_eq!(testing::take(&outbox).len(), 0);
    }
}
