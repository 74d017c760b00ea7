//! Presence of all rooms: reports of other nodes, and announcements of joins and leaves.
//!
//! A user who subscribes to a room or leaves it is announced at once. All other changes are marked
//! and announced in batches, once they are due: a leave after a grace if a connection was lost. If
//! the opposite happens before, nothing is announced.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use protocol::{Event, RoomId, System, SystemEvent, User, UserId};
use tokio::time::Instant;

use super::{
    Hub, HubState, InterestChange, LiveRoom, NodeId, Topic, encode,
    room_presence::{is_small, unknown_node},
};
use crate::websocket::outbox::Outbox;

impl Hub {
    /// Returns which of `users` are online in the room, and the total.
    ///
    /// Reflects announced changes only. The others reach the caller as events.
    #[must_use]
    pub fn online(&self, room_id: RoomId, users: &[User]) -> (Vec<bool>, usize) {
        self.lock().online(room_id, users)
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
    /// It is announced if the user is online nowhere else: a join as soon as possible, a leave
    /// after a grace, or once [`remote_user_left`](Self::remote_user_left) tells that it is one.
    pub fn remote_presence_changed(
        &self,
        room_id: RoomId,
        user: UserId,
        node: &NodeId,
        online: bool,
    ) {
        let now = Instant::now();
        let mut state = self.lock();
        let presence = state.known_presence(user).anywhere;
        let HubState { rooms, announcements, user_presences, .. } = &mut *state;
        let Some(room) = rooms.get_mut(&room_id) else { return };
        let before = room.presence.online();
        let (has_changed, event, due) = if online {
            (room.presence.add_remote(user, node), SystemEvent::Joined, now)
        } else {
            let has_changed = room.presence.remove_remote(user, node);
            (has_changed, SystemEvent::Left, announcements.grace_end(now))
        };
        let most = before.max(room.presence.online());
        if has_changed && is_small(most) {
            if online {
                user_presences.joined(user, room_id, presence);
            } else {
                user_presences.left(user, room_id, presence, due);
            }
        }
        if has_changed && room.presence.mark_unannounced(user, event, is_small(most), due) {
            if online {
                announcements.push_due(room_id);
            } else {
                announcements.push_later(room_id, due);
            }
            self.0.unannounced.notify_one();
        }
        self.wake_user_presence(&state);
    }

    /// Ends the grace of a user who has left the room on another node, and not by losing a
    /// connection.
    pub fn remote_user_left(&self, room_id: RoomId, user: UserId) {
        let mut state = self.lock();
        let HubState { rooms, announcements, .. } = &mut *state;
        let Some(room) = rooms.get_mut(&room_id) else { return };
        if room.presence.end_grace(user, Instant::now()) {
            announcements.push_due(room_id);
            self.0.unannounced.notify_one();
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
        let now = Instant::now();
        let mut state = self.lock();
        let HubState { rooms, announcements, .. } = &mut *state;
        let Some(room) = rooms.get_mut(&room_id) else { return };
        let grace_end = announcements.grace_end(now);
        let news = room.presence.apply_snapshot(node, users, (now, grace_end));
        if room.presence.has_unannounced() {
            announcements.push_due(room_id);
            announcements.push_later(room_id, grace_end);
            self.0.unannounced.notify_one();
        }
        for (user, event) in news {
            let presence = state.known_presence(user).anywhere;
            match event {
                SystemEvent::Joined => state.user_presences.joined(user, room_id, presence),
                _ => state.user_presences.left(user, room_id, presence, grace_end),
            }
        }
        self.wake_user_presence(&state);
    }

    /// Removes a node that has failed. Users who were online only there are announced as left.
    pub fn remove_node(&self, node: &NodeId) {
        let now = Instant::now();
        let mut state = self.lock();
        state.remove_users_on(node, now);
        let HubState { rooms, announcements, .. } = &mut *state;
        let mut left = Vec::new();
        for (id, room) in rooms {
            left.extend(room.presence.remove_node(node, now).into_iter().map(|user| (user, *id)));
            if room.presence.has_unannounced() {
                announcements.push_due(*id);
            }
        }
        for (user, room) in left {
            let presence = state.known_presence(user).anywhere;
            state.user_presences.left(user, room, presence, now);
        }
        self.0.unannounced.notify_one();
        self.wake_user_presence(&state);
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
        state.mark_users_stale();
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

    /// Waits for joins and leaves that are due to be announced. Returns at most `most` of them.
    pub async fn due_announcements(&self, most: usize) -> Vec<(RoomId, UserId)> {
        loop {
            let (due, next) = self.take_due_announcements(most, Instant::now());
            if !due.is_empty() {
                return due;
            }
            let next_due = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.unannounced.notified() => {}
                () = next_due => {}
            }
        }
    }

    /// Returns due changes, which stay marked until they are announced, and when the next one is
    /// due. Drops those of rooms that nobody is subscribed to.
    pub(super) fn take_due_announcements(
        &self,
        most: usize,
        now: Instant,
    ) -> (Vec<(RoomId, UserId)>, Option<Instant>) {
        let mut state = self.lock();
        let HubState { rooms, announcements, .. } = &mut *state;
        let (mut changes, mut dropped) = (Vec::new(), Vec::new());
        for room_id in announcements.take_due(now) {
            let Some(room) = rooms.get_mut(&room_id) else { continue };
            if !room.has_subscribers() {
                room.presence.drop_due(now);
            }
            let due = room.presence.due(now).map(|user| (room_id, user));
            let is_due = changes.len();
            changes.extend(due.take(most.saturating_sub(changes.len())));
            if changes.len() > is_due || changes.len() == most {
                announcements.push_due(room_id); // until none of its changes is due
            }
            if room.is_empty() {
                rooms.remove(&room_id);
                dropped.push(InterestChange::Topic(Topic::Room(room_id)));
            }
        }
        let next = announcements.next_due();
        self.note_changes(&mut state, dropped);
        (changes, next)
    }

    /// Announces those of these changes that are still due, and returns the outboxes that the
    /// caller must flush.
    ///
    /// Changes of users who are not among `found` are dropped: these users no longer exist.
    #[must_use = "queued frames must be flushed"]
    pub fn announce(&self, changes: &[(RoomId, UserId)], found: &[User]) -> Vec<Outbox> {
        let found: HashMap<_, _> = found.iter().map(|user| (user.id, user)).collect();
        let now = Instant::now();
        let mut readers = Vec::new();
        let mut state = self.lock();
        for (room_id, user_id) in changes {
            let Some(room) = state.rooms.get_mut(room_id) else { continue };
            let event = room.presence.take_due(*user_id, now);
            if let (Some(event), Some(user)) = (event, found.get(user_id)) {
                let system = System::new(*room_id, event, (*user).clone());
                room.queue_for_others(*user_id, &encode(Event::System(system)), &mut readers);
            }
        }
        readers
    }
}

impl HubState {
    /// Returns which of `users` are online in the room, and the total, as far as announced.
    pub(super) fn online(&mut self, room_id: RoomId, users: &[User]) -> (Vec<bool>, usize) {
        let Some(room) = self.rooms.get_mut(&room_id) else {
            return (vec![false; users.len()], 0);
        };
        let presence = &mut room.presence;
        presence.mark_listed();
        let online = users.iter().map(|user| presence.is_announced_online(user.id)).collect();
        (online, presence.announced_online())
    }
}

impl LiveRoom {
    /// Announces a join or leave to the other subscribers, now.
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
