//! What other nodes have to know of this hub: which topics it listens to, and who is online here. It is noted under the
//! hub's lock and told afterwards, as it is by then: what changed and changed back is never told.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use protocol::{Event, RoomId, System, SystemEvent, User, UserId, limits::MAX_ANNOUNCED_ONLINE};

use super::{Hub, Room, State, announce, encode};

/// How long other nodes have to tell who is online in a room that is new here. Whoever they name later is news.
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
    /// Topics that may be of interest now, or not any more.
    pub topics: Vec<Topic>,
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
        let Some(News { topics, people }) = state.news.as_mut().map(std::mem::take) else {
            return Told::default();
        };
        let is_here = |room: RoomId, user: UserId| {
            state.rooms.get(&room).is_some_and(|room| room.is_here(user))
        };
        let people =
            people.into_iter().map(|((room, id), user)| (room, user, is_here(room, id))).collect();
        Told { topics: topics.into_iter().collect(), people }
    }

    /// Which of these topics are of interest now.
    #[must_use]
    pub fn of_interest(&self, topics: HashSet<Topic>) -> Vec<(Topic, bool)> {
        let state = self.lock();
        let is_of_interest = |topic: &Topic| match topic {
            Topic::Room(room) => state.rooms.contains_key(room),
            Topic::User(user) => state.clients_of.contains_key(user),
        };
        topics.into_iter().map(|topic| (topic, is_of_interest(&topic))).collect()
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
    /// None: who is online there is known; or there are no other nodes.
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

    /// Who is online in a room on this node, and for how long.
    #[must_use]
    pub fn people_here(&self, room: RoomId) -> Vec<(UserId, Duration)> {
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
            announce(
                followers,
                before.max(followers.online()),
                System::new(room, event, user.clone()),
            );
        }
    }

    /// The rooms that are of interest among these topics, and of which other nodes were not asked yet who is online there.
    #[must_use]
    pub fn unasked(&self, topics: &[(Topic, bool)]) -> Vec<RoomId> {
        let state = self.lock();
        let unasked = |room: &RoomId| {
            state.rooms.get(room).is_some_and(|followers| !followers.were_others_asked())
        };
        let rooms = topics.iter().filter_map(|topic| match topic {
            (Topic::Room(room), true) => Some(*room),
            _ => None,
        });
        rooms.filter(unasked).collect()
    }

    /// Other nodes were asked who is online in these rooms.
    pub fn others_were_asked(&self, asked: &HashSet<RoomId>) {
        let mut state = self.lock();
        let State { rooms, in_doubt, .. } = &mut *state;
        for room in asked {
            if let Some(followers) = rooms.get_mut(room) {
                followers.others_were_asked(*in_doubt);
            }
        }
    }

    /// Who is online in a room on another node, all of them, and for how long. Who was there by its own word and is not any
    /// more is to be told of; so is who came after the first who follows here, or is missing in a list that somebody was
    /// given. A word that takes long makes people younger than they are: rather one is told of who was there before.
    pub fn people_elsewhere(&self, room: RoomId, node: &Node, users: &[(UserId, Duration)]) {
        let mut state = self.lock();
        let Some(followers) = state.rooms.get_mut(&room) else { return };
        let before = followers.online();
        let there: HashSet<_> = users.iter().map(|(user, _)| user).collect();
        let mut left = followers.elsewhere(node);
        left.retain(|user| !there.contains(user) && followers.set_elsewhere(*user, node, false));
        let mut joined = users.to_vec();
        joined.retain(|(user, _)| followers.set_elsewhere(*user, node, true));
        let is_small = before.max(followers.online()) <= MAX_ANNOUNCED_ONLINE;
        let left = left.into_iter().map(|user| (user, SystemEvent::Left, is_small));
        let joined = joined.into_iter().map(|(user, for_how_long)| {
            (user, SystemEvent::Joined, is_small && followers.is_news_of_another(for_how_long))
        });
        let changed: Vec<_> = left.chain(joined).collect();
        self.note_untold(&mut state, room, changed);
    }

    /// A node is gone: who was online there alone is not any more, and is to be told of in rooms that are small enough.
    pub fn node_gone(&self, node: &Node) {
        let mut state = self.lock();
        let mut gone = Vec::new();
        for (room, followers) in &mut state.rooms {
            let is_small = followers.online() <= MAX_ANNOUNCED_ONLINE;
            let mut people = followers.elsewhere(node);
            people.retain(|user| followers.set_elsewhere(*user, node, false));
            if !people.is_empty() {
                gone.push((*room, people, is_small));
            }
        }
        for (room, people, is_small) in gone {
            self.note_untold(
                &mut state,
                room,
                people.into_iter().map(|user| (user, SystemEvent::Left, is_small)),
            );
        }
    }

    /// The others were not heard for a while: who was online there is on [`nobody`]'s node until they have told again.
    pub fn doubt_elsewhere(&self) {
        let nobody = nobody();
        let mut state = self.lock();
        state.in_doubt = true;
        state.rooms.values_mut().for_each(|followers| followers.doubt_elsewhere(&nobody));
    }

    /// They have told again: who is still on nobody's node is gone, and what they tell from now on is news.
    pub fn end_doubt(&self) {
        let mut state = self.lock();
        state.in_doubt = false;
        state.rooms.values_mut().for_each(Room::end_doubt);
        drop(state);
        self.node_gone(&nobody());
    }

    fn note_untold(
        &self,
        state: &mut State,
        room: RoomId,
        people: impl IntoIterator<Item = (UserId, SystemEvent, bool)>,
    ) {
        let Some(followers) = state.rooms.get_mut(&room) else { return };
        for (user, event, is_told) in people {
            followers.note_untold(user, event, is_told);
        }
        if followers.untold().next().is_some() {
            state.untold.insert(room);
            self.0.untold.notify_one();
        }
    }

    /// Waits for people who came or went without word: their node is gone or came back, or was not heard yet or for a while.
    /// Gives so many of them at most.
    pub async fn untold(&self, most: usize) -> HashSet<UserId> {
        loop {
            let people = self.take_a_look_at_untold(most);
            if !people.is_empty() {
                return people;
            }
            self.0.untold.notified().await;
        }
    }

    fn take_a_look_at_untold(&self, most: usize) -> HashSet<UserId> {
        let mut state = self.lock();
        let State { rooms, untold, .. } = &mut *state;
        untold.retain(|room| {
            rooms.get(room).is_some_and(|followers| followers.untold().next().is_some())
        });
        untold.iter().filter_map(|room| rooms.get(room)).flat_map(Room::untold).take(most).collect()
    }

    /// Tells those who follow rooms that these people came or went, if they do not know it yet. Who is asked for and not found
    /// is no more.
    pub fn tell_untold(&self, asked: &HashSet<UserId>, found: &[User]) {
        let found: HashMap<_, _> = found.iter().map(|user| (user.id, user)).collect();
        let mut state = self.lock();
        let State { rooms, untold, .. } = &mut *state;
        for room in &*untold {
            let Some(followers) = rooms.get_mut(room) else { continue };
            for id in followers.untold().filter(|id| asked.contains(id)).collect::<Vec<_>>() {
                if let (Some(event), Some(user)) = (followers.take_untold(id), found.get(&id)) {
                    let system = System::new(*room, event, (*user).clone());
                    followers.deliver_to_others(id, &encode(Event::System(system)));
                }
            }
        }
    }

    /// Queues a passing event for all connections of a person.
    pub fn send_to_all_of(&self, user: UserId, event: Event) {
        let frame = encode(event);
        let state = self.lock();
        for client in
            state.clients_of.get(&user).into_iter().flatten().filter_map(|id| state.clients.get(id))
        {
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

    /// Who follows these rooms here or is about to, or has a connection for one of them.
    #[must_use]
    pub fn people_in(&self, rooms: &HashSet<RoomId>) -> Vec<(RoomId, Vec<UserId>)> {
        let state = self.lock();
        let mut people: HashMap<RoomId, HashSet<UserId>> = rooms
            .iter()
            .filter_map(|room| Some((*room, state.rooms.get(room)?.followers().collect())))
            .collect();
        for client in state.clients.values() {
            if let Some(at_home) = client.home.and_then(|room| people.get_mut(&room)) {
                at_home.insert(client.user.id);
            }
        }
        people.into_iter().map(|(room, people)| (room, people.into_iter().collect())).collect()
    }
}
