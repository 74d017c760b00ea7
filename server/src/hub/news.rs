//! What other nodes have to know of this hub: which topics it listens to, and who is online here. It is noted under the
//! hub's lock and told afterwards, as it is by then: what changed and changed back is never told.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use protocol::{Event, RoomId, System, SystemEvent, User, UserId, limits::MAX_ANNOUNCED_ONLINE};

use super::{Hub, Room, announce, encode};

/// Names a node, as long as its process lives.
pub type Node = Arc<str>;

/// What words between nodes are about. A node listens to those that concern somebody who is connected to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A room that somebody follows here.
    Room(RoomId),
    /// A person who is connected here.
    User(UserId),
}

/// Something that may have changed.
#[derive(Debug)]
pub enum Change {
    /// Whether this node listens to a topic.
    Topic(Topic),
    /// Whether a person is online in a room here.
    Person(RoomId, User),
}

/// What changed, as it is by now.
#[derive(Debug, Default)]
pub struct Told {
    /// Topics, and whether they are of interest.
    pub topics: Vec<(Topic, bool)>,
    /// People, and whether they are online in a room here.
    pub people: Vec<(RoomId, User, bool)>,
}

/// What changed since it was last told.
#[derive(Debug, Default)]
pub(super) struct News {
    topics: HashSet<Topic>,
    people: HashMap<(RoomId, UserId), User>,
}

impl News {
    pub(super) fn add(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            match change {
                Change::Topic(topic) => {
                    self.topics.insert(topic);
                }
                Change::Person(room, user) => {
                    self.people.insert((room, user.id), user);
                }
            }
        }
    }
}

/// A look at a room that nobody may follow here.
#[derive(Debug)]
pub struct Visit {
    hub: Hub,
    room: RoomId,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.hub.leave_visit(self.room);
    }
}

impl Hub {
    /// The hub of a node among others: it notes what they have to know.
    #[must_use]
    pub fn among_others() -> Self {
        let hub = Self::default();
        hub.lock().news = Some(News::default());
        hub
    }

    /// Waits until something changed.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// What changed since the last call.
    #[must_use]
    pub fn take_news(&self) -> Told {
        let mut state = self.lock();
        let Some(News { topics, people }) = state.news.as_mut().map(std::mem::take) else { return Told::default() };
        let listens = |topic: Topic| match topic {
            Topic::Room(room) => state.rooms.contains_key(&room),
            Topic::User(user) => state.clients_of.contains_key(&user),
        };
        let topics = topics.into_iter().map(|topic| (topic, listens(topic))).collect();
        let is_here = |room: RoomId, user: UserId| state.rooms.get(&room).is_some_and(|room| room.is_here(user));
        let people = people.into_iter().map(|((room, id), user)| (room, user, is_here(room, id))).collect();
        Told { topics, people }
    }

    /// All topics of interest now.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        let state = self.lock();
        state
            .rooms
            .keys()
            .map(|room| Topic::Room(*room))
            .chain(state.clients_of.keys().copied().map(Topic::User))
            .collect()
    }

    /// Listens to what other nodes tell of a room, though nobody may follow it here, until what is returned is dropped.
    /// None: somebody follows it, and who is online is known; or there are no other nodes.
    #[must_use]
    pub fn visit(&self, room: RoomId) -> Option<Visit> {
        let mut state = self.lock();
        if state.news.is_none() || state.rooms.get(&room).is_some_and(|followers| followers.seq().is_some()) {
            return None;
        }
        state.rooms.entry(room).or_default().visitors += 1;
        self.tell(&mut state, [Change::Topic(Topic::Room(room))]);
        Some(Visit { hub: self.clone(), room })
    }

    fn leave_visit(&self, room: RoomId) {
        let mut state = self.lock();
        state.leave_visit(room);
        self.tell(&mut state, [Change::Topic(Topic::Room(room))]);
    }

    /// Who is online in a room on this node.
    #[must_use]
    pub fn people_here(&self, room: RoomId) -> Vec<UserId> {
        self.lock().rooms.get(&room).map(|followers| followers.here().collect()).unwrap_or_default()
    }

    /// A person came online in a room on another node, or went offline there. The followers here hear of it, if the person
    /// was nowhere else.
    pub fn person_elsewhere(&self, room: RoomId, user: &User, node: &Node, online: bool) {
        let mut state = self.lock();
        let Some(followers) = state.rooms.get_mut(&room) else { return };
        let before = followers.online();
        if followers.set_elsewhere(user.id, node, online) {
            let event = if online { SystemEvent::Joined } else { SystemEvent::Left };
            announce(followers, before.max(followers.online()), System::new(room, event, user.clone()));
        }
    }

    /// Who is online in a room on another node, all of them; nobody hears of it.
    pub fn people_elsewhere(&self, room: RoomId, node: &Node, users: &[UserId]) {
        let mut state = self.lock();
        let Some(followers) = state.rooms.get_mut(&room) else { return };
        for gone in followers.elsewhere(node) {
            followers.set_elsewhere(gone, node, false);
        }
        for user in users {
            followers.set_elsewhere(*user, node, true);
        }
    }

    /// A node is gone: gives who was online there alone, and is not any more, in each room that is small enough to announce it.
    pub fn node_gone(&self, node: &Node) -> Vec<(RoomId, Vec<UserId>)> {
        let mut state = self.lock();
        let mut gone = Vec::new();
        for (room, followers) in &mut state.rooms {
            let is_small = followers.online() <= MAX_ANNOUNCED_ONLINE;
            let mut left = followers.elsewhere(node);
            left.retain(|user| followers.set_elsewhere(*user, node, false));
            if is_small && !left.is_empty() {
                gone.push((*room, left));
            }
        }
        gone
    }

    /// Nothing is known of other nodes any more.
    pub fn forget_elsewhere(&self) {
        self.lock().rooms.values_mut().for_each(Room::forget_elsewhere);
    }

    /// Tells those who follow a room that somebody left it who was connected to a node that is gone, and has not come back.
    pub fn announce_left(&self, room: RoomId, user: User) {
        if let Some(followers) = self.lock().rooms.get_mut(&room).filter(|followers| !followers.is_online(user.id)) {
            let online = followers.online() + 1;
            announce(followers, online, System::new(room, SystemEvent::Left, user));
        }
    }

    /// Queues a passing event for all connections of a person.
    pub fn send_to_all_of(&self, user: UserId, event: Event) {
        let frame = encode(event);
        let state = self.lock();
        for client in state.clients_of.get(&user).into_iter().flatten().filter_map(|id| state.clients.get(id)) {
            if client.greeted {
                client.outbox.push_event(frame.clone());
            }
        }
    }

    /// The rooms that somebody follows here, or has a connection for.
    #[must_use]
    pub fn rooms_in_use(&self) -> Vec<RoomId> {
        self.lock().rooms.keys().copied().collect()
    }

    /// Who follows these rooms here, or has a connection for one of them.
    #[must_use]
    pub fn people_in(&self, rooms: &HashSet<RoomId>) -> Vec<(RoomId, Vec<UserId>)> {
        let state = self.lock();
        let mut people: HashMap<RoomId, HashSet<UserId>> =
            rooms.iter().filter_map(|room| Some((*room, state.rooms.get(room)?.here().collect()))).collect();
        for client in state.clients.values() {
            if let Some(at_home) = client.home.and_then(|room| people.get_mut(&room)) {
                at_home.insert(client.user.id);
            }
        }
        people.into_iter().map(|(room, people)| (room, people.into_iter().collect())).collect()
    }
}
