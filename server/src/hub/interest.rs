//! Topics that this node needs from the cluster, and updates that other nodes need from this one.
//!
//! Changes are noted under the hub's lock. The cluster drains them later and publishes the state at
//! that time, so a change that was undone in between is not published.

use std::collections::{HashMap, HashSet};

use protocol::{Presence, RoomId, User, UserId};

use super::{Departure, Hub, HubState};

/// The subject of messages between nodes. A node subscribes to the topics of its own connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A room with subscribers on this node.
    Room(RoomId),
    /// A user with connections to this node.
    User(UserId),
    /// All users. Each node subscribes to it.
    Everyone,
}

/// A change on this node that may concern other nodes.
#[derive(Debug)]
pub(super) enum InterestChange {
    /// This node may need a topic now, or may need it no longer.
    Topic(Topic),
    /// A user may have come online or gone offline in a room on this node, and if so, this way.
    Presence(RoomId, User, Departure),
    /// A user may be online, away or offline now on this node, and if offline, in this way.
    User(UserId, Departure),
}

/// The current state of everything that changed since the last drain.
#[derive(Debug, Default)]
pub struct InterestUpdates {
    /// Topics that this node may need now, or may need no longer.
    pub topics: Vec<Topic>,
    /// Users, and their presence in the room on this node.
    pub presence: Vec<(RoomId, User, LocalPresence)>,
    /// Users, their presence on this node, and whether they left it on purpose.
    pub users: Vec<(UserId, Presence, bool)>,
    /// The same users, and whether they have a visible page on this node.
    pub visible: Vec<(UserId, bool)>,
}

/// The presence of a user in a room on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalPresence {
    /// The user has a live subscription.
    Online,
    /// The user has none, and may come back in a moment.
    Lost,
    /// The user has none, and ended the last one on purpose.
    Left,
}

/// The changes since the last drain.
#[derive(Debug, Default)]
pub(super) struct PendingUpdates {
    topics: HashSet<Topic>,
    presence: HashMap<(RoomId, UserId), (User, Departure)>,
    users: HashMap<UserId, Departure>,
}

impl PendingUpdates {
    fn add(&mut self, changes: impl IntoIterator<Item = InterestChange>) {
        for change in changes {
            match change {
                InterestChange::Topic(topic) => {
                    self.topics.insert(topic);
                }
                InterestChange::Presence(room, user, departure) => {
                    self.presence.insert((room, user.id), (user, departure));
                }
                InterestChange::User(user, departure) => {
                    self.users.insert(user, departure);
                }
            }
        }
    }
}

/// Keeps this node subscribed to a room's topic until it is dropped.
#[derive(Debug)]
pub struct InterestGuard {
    hub: Hub,
    room: RoomId,
}

impl Drop for InterestGuard {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        state.release_interest(self.room);
        self.hub.note_changes(&mut state, [InterestChange::Topic(Topic::Room(self.room))]);
    }
}

impl Hub {
    /// Creates the hub of a node in a cluster. It collects updates for the other nodes.
    #[must_use]
    pub fn clustered() -> Self {
        let hub = Self::default();
        hub.lock().pending_updates = Some(PendingUpdates::default());
        hub
    }

    /// Notes changes that may concern other nodes. Does nothing on a single node.
    pub(super) fn note_changes(
        &self,
        state: &mut HubState,
        changes: impl IntoIterator<Item = InterestChange>,
    ) {
        if let Some(pending) = &mut state.pending_updates {
            pending.add(changes);
            self.0.updates.notify_one();
        }
    }

    /// Waits until there are updates to drain.
    pub async fn wait_updates(&self) {
        self.0.updates.notified().await;
    }

    /// Takes the updates since the last call.
    #[must_use]
    pub fn drain_updates(&self) -> InterestUpdates {
        let mut state = self.lock();
        let Some(PendingUpdates { topics, presence, users }) =
            state.pending_updates.as_mut().map(std::mem::take)
        else {
            return InterestUpdates::default();
        };
        let local_presence = |room: RoomId, user: UserId, departure| {
            let is_local = state.rooms.get(&room).is_some_and(|room| room.presence.is_local(user));
            match departure {
                _ if is_local => LocalPresence::Online,
                Departure::Loss => LocalPresence::Lost,
                Departure::Leave => LocalPresence::Left,
            }
        };
        let presence = presence
            .into_iter()
            .map(|((room, id), (user, departure))| {
                (room, user, local_presence(room, id, departure))
            })
            .collect();
        let visible = users.keys().map(|user| (*user, state.is_visible_here(*user))).collect();
        let users = users.into_iter().map(|(user, departure)| {
            (user, state.known_presence(user).local, departure == Departure::Leave)
        });
        let users = users.collect();
        InterestUpdates { topics: topics.into_iter().collect(), presence, users, visible }
    }

    /// Returns for each topic whether this node needs it now.
    #[must_use]
    pub fn needed_topics(&self, topics: HashSet<Topic>) -> Vec<(Topic, bool)> {
        let state = self.lock();
        let is_needed = |topic: &Topic| match topic {
            Topic::Room(room) => state.rooms.contains_key(room),
            Topic::User(user) => state.clients_by_user.contains_key(user),
            Topic::Everyone => true,
        };
        topics.into_iter().map(|topic| (topic, is_needed(&topic))).collect()
    }

    /// Returns all topics that this node needs now.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        let state = self.lock();
        let rooms = state.rooms.keys().map(|room| Topic::Room(*room));
        let users = state.clients_by_user.keys().copied().map(Topic::User);
        [Topic::Everyone].into_iter().chain(rooms).chain(users).collect()
    }

    /// Subscribes this node to a room's topic, so that it learns who is online on other nodes.
    ///
    /// Returns `None` if that is known already, or if there are no other nodes.
    #[must_use]
    pub fn watch_presence(&self, room_id: RoomId) -> Option<InterestGuard> {
        let mut state = self.lock();
        if state.pending_updates.is_none()
            || state.rooms.get(&room_id).is_some_and(|room| room.presence.is_synced())
        {
            return None;
        }
        state.rooms.entry(room_id).or_default().interest_refs += 1;
        self.note_changes(&mut state, [InterestChange::Topic(Topic::Room(room_id))]);
        Some(InterestGuard { hub: self.clone(), room: room_id })
    }

    /// Returns the rooms with subscribers, bound connections or interest guards.
    #[must_use]
    pub fn active_rooms(&self) -> Vec<RoomId> {
        self.lock().rooms.keys().copied().collect()
    }

    /// Returns the users of each room: subscribers, pending subscribers and bound connections.
    #[must_use]
    pub fn users_in(&self, room_ids: &HashSet<RoomId>) -> Vec<(RoomId, Vec<UserId>)> {
        let state = self.lock();
        let mut users: HashMap<RoomId, HashSet<UserId>> = room_ids
            .iter()
            .filter_map(|id| Some((*id, state.rooms.get(id)?.users().collect())))
            .collect();
        for client in state.clients.values() {
            if let Some(users) = client.bound_room.and_then(|room| users.get_mut(&room)) {
                users.insert(client.user.id);
            }
        }
        users.into_iter().map(|(room, users)| (room, users.into_iter().collect())).collect()
    }
}

impl HubState {
    /// Gives up one reference to a room's topic.
    pub(super) fn release_interest(&mut self, room_id: RoomId) {
        let Some(room) = self.rooms.get_mut(&room_id) else { return };
        room.release_interest();
        if room.is_empty() {
            self.rooms.remove(&room_id);
        }
    }
}
