//! What other nodes have to know of this hub: which topics it listens to, and who is online here. It is noted under the
//! hub's lock and told afterwards, as it is by then: what changed and changed back is never told.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use protocol::{Event, RoomId, System, SystemEvent, User, UserId, limits::MAX_ANNOUNCED_ONLINE};

use super::{Hub, Room, announce, encode};

/// How long other nodes have to tell who is online in a room that is new here. What they tell later is news.
pub const OTHERS_ANSWER_WITHIN: Duration = Duration::from_millis(100);

/// Names a node, as long as its process lives.
pub type Node = Arc<str>;

/// The node of those of whom it is not known on which they are.
#[must_use]
pub fn nobody() -> Node {
    "nobody".into()
}

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

/// People who came to a room or left it in silence: their node is gone or came back, or it was not heard for a while.
#[derive(Debug, PartialEq, Eq)]
pub struct Shift {
    /// Which room.
    pub room: RoomId,
    /// Whether they joined or left.
    pub event: SystemEvent,
    /// Who.
    pub people: Vec<UserId>,
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
    /// None: who is online is known, since somebody follows it for a while; or there are no other nodes.
    #[must_use]
    pub fn visit(&self, room: RoomId) -> Option<Visit> {
        let mut state = self.lock();
        if state.news.is_none() || state.rooms.get(&room).is_some_and(Room::knows_others) {
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

    /// Who is online in a room on another node, all of them. Gives who thus came and went, where the others of the room
    /// were known before and it is small enough to announce it.
    #[must_use]
    pub fn people_elsewhere(&self, room: RoomId, node: &Node, users: &[UserId]) -> Vec<Shift> {
        let mut state = self.lock();
        let Some(followers) = state.rooms.get_mut(&room) else { return Vec::new() };
        let (is_news, before) = (followers.knows_others(), followers.online());
        let there: HashSet<_> = users.iter().collect();
        let mut left = followers.elsewhere(node);
        left.retain(|user| !there.contains(user) && followers.set_elsewhere(*user, node, false));
        let mut joined = users.to_vec();
        joined.retain(|user| followers.set_elsewhere(*user, node, true));
        if !is_news || before.max(followers.online()) > MAX_ANNOUNCED_ONLINE {
            return Vec::new();
        }
        let shifts = [(SystemEvent::Left, left), (SystemEvent::Joined, joined)];
        let shifts = shifts.into_iter().filter(|(_, people)| !people.is_empty());
        shifts.map(|(event, people)| Shift { room, event, people }).collect()
    }

    /// A node is gone: gives who was online there alone, and is not any more, in each room that is small enough to announce it.
    #[must_use]
    pub fn node_gone(&self, node: &Node) -> Vec<Shift> {
        let mut state = self.lock();
        let mut gone = Vec::new();
        for (room, followers) in &mut state.rooms {
            let is_small = followers.online() <= MAX_ANNOUNCED_ONLINE;
            let mut people = followers.elsewhere(node);
            people.retain(|user| followers.set_elsewhere(*user, node, false));
            if is_small && !people.is_empty() {
                gone.push(Shift { room: *room, event: SystemEvent::Left, people });
            }
        }
        gone
    }

    /// The others were not heard for a while: who was online there is on [`nobody`]'s node until they have told again.
    pub fn doubt_elsewhere(&self) {
        let nobody = nobody();
        self.lock().rooms.values_mut().for_each(|followers| followers.doubt_elsewhere(&nobody));
    }

    /// Tells those who follow a room that somebody came or went in silence, if that is still so.
    pub fn announce_shift(&self, room: RoomId, event: SystemEvent, user: User) {
        let is_there = event == SystemEvent::Joined;
        let mut state = self.lock();
        let followers = state.rooms.get_mut(&room).filter(|followers| followers.is_online(user.id) == is_there);
        let Some(followers) = followers else { return };
        announce(followers, followers.online() + usize::from(!is_there), System::new(room, event, user));
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
