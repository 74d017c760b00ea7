//! Presence of all rooms: reports of other nodes, and announcements of joins and leaves.
//!
//! A change that carries its user is announced at once. Snapshots and lost nodes yield ids only:
//! these changes are marked, their users are read from the store, and then they are announced.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use protocol::{Event, RoomId, System, SystemEvent, User, UserId};

use super::{
    Hub, HubState, LiveRoom, NodeId, Topic, encode,
    room_presence::{is_small, unknown_node},
};

impl Hub {
    /// Returns which of `users` are online in the room, and the total.
    ///
    /// Reflects announced changes only. The others reach the caller as events.
    #[must_use]
    pub fn online(&self, room_id: RoomId, users: &[User]) -> (Vec<bool>, usize) {
        let mut state = self.lock();
        let Some(room) = state.rooms.get_mut(&room_id) else {
            return (vec![false; users.len()], 0);
        };
        let presence = &mut room.presence;
        presence.mark_listed();
        let online = users.iter().map(|user| presence.is_announced_online(user.id)).collect();
        (online, presence.announced_online())
    }

    /// Returns the users who are online in the room on this node, and for how long each has been.
    #[must_use]
    pub fn local_presence(&self, room_id: RoomId) -> Vec<(UserId, Duration)> {
        let state = self.lock();
        state
            .rooms
            .get(&room_id)
            .map(|room| room.presence.local_users().collect())
            .unwrap_or_default()
    }

    /// Applies a change on another node: the user came online in the room there, or went offline.
    ///
    /// It is announced if the user is online nowhere else.
    pub fn remote_presence_changed(
        &self,
        room_id: RoomId,
        user: &User,
        node: &NodeId,
        online: bool,
    ) {
        let mut state = self.lock();
        let Some(room) = state.rooms.get_mut(&room_id) else { return };
        let before = room.presence.online();
        let (has_changed, event) = if online {
            (room.presence.add_remote(user.id, node), SystemEvent::Joined)
        } else {
            (room.presence.remove_remote(user.id, node), SystemEvent::Left)
        };
        if has_changed {
            let most = before.max(room.presence.online());
            room.announce(most, System::new(room_id, event, user.clone()));
        }
    }

    /// Replaces the users that `node` has reported for the room. Each comes with the time they have
    /// been online.
    ///
    /// Users who are no longer in the snapshot are announced as left. Users who came online after
    /// the first subscriber here, or after a member list was served without them, are announced as
    /// joined.
    pub fn apply_presence_snapshot(
        &self,
        room_id: RoomId,
        node: &NodeId,
        users: &[(UserId, Duration)],
    ) {
        let mut state = self.lock();
        let HubState { rooms, unannounced_rooms, .. } = &mut *state;
        let Some(room) = rooms.get_mut(&room_id) else { return };
        room.presence.apply_snapshot(node, users);
        self.mark_unannounced(unannounced_rooms, room_id, room);
    }

    /// Removes a node that has failed. Users who were online only there are announced as left.
    pub fn remove_node(&self, node: &NodeId) {
        let mut state = self.lock();
        let HubState { rooms, unannounced_rooms, .. } = &mut *state;
        for (id, room) in rooms {
            room.presence.remove_node(node);
            self.mark_unannounced(unannounced_rooms, *id, room);
        }
    }

    fn mark_unannounced(&self, unannounced: &mut HashSet<RoomId>, id: RoomId, room: &LiveRoom) {
        if room.presence.has_unannounced() {
            unannounced.insert(id);
            self.0.unannounced.notify_one();
        }
    }

    /// Returns the needed rooms among `topics` whose presence was not queried yet.
    #[must_use]
    pub fn presence_unqueried(&self, topics: &[(Topic, bool)]) -> Vec<RoomId> {
        let state = self.lock();
        let needed = topics.iter().filter_map(|topic| match topic {
            (Topic::Room(room), true) => Some(*room),
            _ => None,
        });
        needed
            .filter(|id| state.rooms.get(id).is_some_and(|room| !room.presence.is_queried()))
            .collect()
    }

    /// Marks rooms whose presence was queried from the other nodes.
    pub fn mark_presence_queried(&self, queried: &HashSet<RoomId>) {
        let mut state = self.lock();
        let HubState { rooms, is_resyncing, .. } = &mut *state;
        for id in queried {
            if let Some(room) = rooms.get_mut(id) {
                room.presence.mark_queried(*is_resyncing);
            }
        }
    }

    /// Begins a resync after the connection to the other nodes was lost.
    ///
    /// Their users stay online under [`unknown_node`] until their nodes report them again.
    pub fn mark_presence_stale(&self) {
        let unknown_node = unknown_node();
        let mut state = self.lock();
        state.is_resyncing = true;
        state.rooms.values_mut().for_each(|room| room.presence.mark_stale(&unknown_node));
    }

    /// Ends a resync. Users who are still under [`unknown_node`] have left.
    pub fn mark_presence_synced(&self) {
        let mut state = self.lock();
        state.is_resyncing = false;
        state.rooms.values_mut().for_each(|room| room.presence.mark_synced());
        drop(state);
        self.remove_node(&unknown_node());
    }

    /// Waits for joins and leaves that are not announced yet. Returns at most `most` of their
    /// users.
    pub async fn unannounced(&self, most: usize) -> HashSet<UserId> {
        loop {
            let users = self.users_with_unannounced(most);
            if !users.is_empty() {
                return users;
            }
            self.0.unannounced.notified().await;
        }
    }

    fn users_with_unannounced(&self, most: usize) -> HashSet<UserId> {
        let mut state = self.lock();
        let HubState { rooms, unannounced_rooms, .. } = &mut *state;
        unannounced_rooms
            .retain(|id| rooms.get(id).is_some_and(|room| room.presence.has_unannounced()));
        let rooms = unannounced_rooms.iter().filter_map(|id| rooms.get(id));
        rooms.flat_map(|room| room.presence.unannounced()).take(most).collect()
    }

    /// Announces the pending joins and leaves of `queried` users.
    ///
    /// Those of users who are not among `found` are dropped: these users no longer exist.
    pub fn announce_pending(&self, queried: &HashSet<UserId>, found: &[User]) {
        let found: HashMap<_, _> = found.iter().map(|user| (user.id, user)).collect();
        let mut state = self.lock();
        let HubState { rooms, unannounced_rooms, .. } = &mut *state;
        for room_id in &*unannounced_rooms {
            let Some(room) = rooms.get_mut(room_id) else { continue };
            let pending = room.presence.unannounced().filter(|id| queried.contains(id));
            for id in pending.collect::<Vec<_>>() {
                let event = room.presence.take_unannounced(id);
                if let (Some(event), Some(user)) = (event, found.get(&id)) {
                    let system = System::new(*room_id, event, (*user).clone());
                    room.send_to_others(id, &encode(Event::System(system)));
                }
            }
        }
    }
}

impl LiveRoom {
    /// Announces a join or leave to the other subscribers.
    ///
    /// Nothing is announced in rooms with many users online, nor if the opposite change was never
    /// announced: then both cancel out. `online` includes the user.
    pub(super) fn announce(&mut self, online: usize, system: System) {
        let user = system.user.id;
        if self.presence.take_unannounced(user).is_none() && is_small(online) {
            self.send_to_others(user, &encode(Event::System(system)));
        }
    }
}
