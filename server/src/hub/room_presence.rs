//! The presence of one room: its online users on this node and on others, and the changes that are
//! not announced yet.
//!
//! Users on this node are known exactly. Users on other nodes are known once those were queried;
//! see [`RemoteState`] and decision 0012.

use std::{
    collections::{
        HashMap, HashSet,
        hash_map::{Entry, OccupiedEntry},
    },
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{SystemEvent, UserId, limits::MAX_ANNOUNCED_ONLINE};
use tokio::time::Instant as DueTime;

/// The time that other nodes have to answer a presence query.
pub const PRESENCE_QUERY_TIMEOUT: Duration = Duration::from_millis(100);

/// The name of a node, unique to one connection of its process to Redis.
pub type NodeId = Arc<str>;

/// Returns the name that stands for the node of a user while that node is not known.
#[must_use]
pub fn unknown_node() -> NodeId {
    "unknown".into()
}

/// This node's knowledge of a room's users on other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RemoteState {
    /// The other nodes have not been queried.
    Unknown,
    /// The other nodes were queried and may still answer.
    Syncing,
    /// All nodes have answered. Every further change is announced. During a resync (the state
    /// "stale" of decision 0012), users from before this node lost its connection are on the
    /// unknown node.
    Synced,
}

/// The online users of one room.
#[derive(Debug, Default)]
pub(super) struct RoomPresence {
    /// The online users, on any node.
    users: HashMap<UserId, UserPresence>,
    /// Joins and leaves that the subscribers do not know of yet.
    unannounced: HashMap<UserId, Unannounced>,
    /// The time of the first subscription on this node.
    first_joined_at: Option<Instant>,
    /// The time of the first query to other nodes.
    queried_at: Option<Instant>,
    /// True if that query was sent during a resync which has not ended.
    awaits_resync: bool,
    /// True if a member list was served before the other nodes had answered.
    was_listed_early: bool,
}

/// A join or leave that the subscribers do not know of yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unannounced {
    event: SystemEvent,
    /// When it is to be announced, unless the opposite happens before.
    due: DueTime,
}

/// The presence of one user, on this node and on others.
#[derive(Debug, Default)]
struct UserPresence {
    /// Live subscriptions on this node.
    sockets: usize,
    /// The time of the first of these.
    online_since: Option<Instant>,
    /// Other nodes.
    nodes: HashSet<NodeId>,
}

impl UserPresence {
    fn is_offline(&self) -> bool {
        self.sockets == 0 && self.nodes.is_empty()
    }
}

/// Users on this node.
impl RoomPresence {
    /// Counts a subscription of the user. Returns whether the user came online with it.
    pub(super) fn add_socket(&mut self, user: UserId) -> bool {
        let now = Instant::now();
        self.first_joined_at.get_or_insert(now);
        let presence = self.users.entry(user).or_default();
        let was_offline = presence.is_offline();
        presence.sockets += 1;
        presence.online_since.get_or_insert(now);
        was_offline
    }

    /// Ends a subscription of the user. Returns whether the user went offline with it.
    pub(super) fn remove_socket(&mut self, user: UserId) -> bool {
        let Entry::Occupied(mut entry) = self.users.entry(user) else { return false };
        let presence = entry.get_mut();
        presence.sockets -= 1;
        if presence.sockets == 0 {
            presence.online_since = None;
        }
        remove_if_offline(entry)
    }

    /// Returns whether the user is online on this node.
    pub(super) fn is_local(&self, user: UserId) -> bool {
        self.users.get(&user).is_some_and(|presence| presence.sockets > 0)
    }

    /// Returns whether the user is online on any node.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Returns the users who are online on this node, and for how long each has been.
    pub(super) fn local_users(&self) -> impl Iterator<Item = (UserId, Duration)> + '_ {
        self.users
            .iter()
            .filter_map(|(user, presence)| Some((*user, presence.online_since?.elapsed())))
    }

    /// Forgets other nodes' reports of a user who was removed from the room.
    pub(super) fn forget(&mut self, user: UserId) {
        if !self.is_local(user) {
            self.users.remove(&user);
        }
        self.unannounced.remove(&user);
    }
}

/// Users on other nodes.
impl RoomPresence {
    /// Returns the number of online users, on any node.
    pub(super) fn online(&self) -> usize {
        self.users.len()
    }

    /// Returns the state of what is known about other nodes.
    pub(super) fn state(&self) -> RemoteState {
        match self.queried_at {
            None => RemoteState::Unknown,
            Some(queried_at)
                if self.awaits_resync || queried_at.elapsed() < PRESENCE_QUERY_TIMEOUT =>
            {
                RemoteState::Syncing
            }
            Some(_) => RemoteState::Synced,
        }
    }

    pub(super) fn is_queried(&self) -> bool {
        self.queried_at.is_some()
    }

    /// Returns whether all other nodes have answered, even if only before the connection was
    /// lost.
    pub(super) fn is_synced(&self) -> bool {
        self.state() == RemoteState::Synced
    }

    /// Moves from `Unknown` to `Syncing`. During a resync the room is synced at its end.
    pub(super) fn mark_queried(&mut self, is_resyncing: bool) {
        if self.queried_at.is_none() {
            self.queried_at = Some(Instant::now());
            self.awaits_resync = is_resyncing;
        }
    }

    /// Begins a resync: all remote users are on the unknown node until a node reports them again.
    pub(super) fn mark_stale(&mut self, unknown_node: &NodeId) {
        self.awaits_resync = false;
        for presence in self.users.values_mut().filter(|presence| !presence.nodes.is_empty()) {
            presence.nodes.clear();
            presence.nodes.insert(unknown_node.clone());
        }
    }

    /// Ends a resync: moves to `Synced` if the other nodes were queried.
    pub(super) fn mark_synced(&mut self) {
        self.awaits_resync = false;
    }

    /// Adds a user on another node. Returns whether the user came online with it.
    pub(super) fn add_remote(&mut self, user: UserId, node: &NodeId) -> bool {
        let entry = self.users.entry(user);
        let was_offline = matches!(entry, Entry::Vacant(_));
        entry.or_default().nodes.insert(node.clone());
        was_offline
    }

    /// Removes a user from another node. Returns whether the user went offline with it.
    pub(super) fn remove_remote(&mut self, user: UserId, node: &NodeId) -> bool {
        let Entry::Occupied(mut entry) = self.users.entry(user) else { return false };
        entry.get_mut().nodes.remove(node);
        remove_if_offline(entry)
    }

    /// Replaces the users that `node` has reported, and marks the difference as unannounced.
    /// Returns the joins and leaves that are to be told, if any are told in this room.
    ///
    /// Users that the snapshot lacks have left. New users have joined only if they are news to the
    /// subscribers; see [`is_news`](Self::is_news). Joins are due `now`. Leaves are due at the end
    /// of the grace: the connection of a user may have been lost just before the snapshot.
    pub(super) fn apply_snapshot(
        &mut self,
        node: &NodeId,
        users: &[(UserId, Duration)],
        (now, grace_end): (DueTime, DueTime),
    ) -> Vec<(UserId, SystemEvent)> {
        let online_before = self.online();
        let reported: HashSet<_> = users.iter().map(|(user, _)| user).collect();
        let mut left = self.users_on(node);
        left.retain(|user| !reported.contains(user) && self.remove_remote(*user, node));
        let mut joined = users.to_vec();
        joined.retain(|(user, _)| self.add_remote(*user, node));
        let is_small = is_small(online_before.max(self.online()));
        let mut news = Vec::new();
        for user in left {
            self.mark_unannounced(user, SystemEvent::Left, is_small, grace_end);
            news.extend(is_small.then_some((user, SystemEvent::Left)));
        }
        for (user, online_for) in joined {
            let is_news = is_small && self.is_news(online_for);
            self.mark_unannounced(user, SystemEvent::Joined, is_news, now);
            news.extend(is_news.then_some((user, SystemEvent::Joined)));
        }
        news
    }

    /// Removes a node's users, and marks those who went offline as unannounced and due `now`.
    /// Returns them, if leaves are told in this room.
    pub(super) fn remove_node(&mut self, node: &NodeId, now: DueTime) -> Vec<UserId> {
        let is_small = is_small(self.online());
        let mut left = self.users_on(node);
        left.retain(|user| self.remove_remote(*user, node));
        for user in &left {
            self.mark_unannounced(*user, SystemEvent::Left, is_small, now);
        }
        if is_small { left } else { Vec::new() }
    }

    fn users_on(&self, node: &NodeId) -> Vec<UserId> {
        let on_node = self.users.iter().filter(|(_, presence)| presence.nodes.contains(node));
        on_node.map(|(user, _)| *user).collect()
    }

    /// Returns whether a user of a snapshot is news to the subscribers.
    ///
    /// That is so once the room is synced or a member list was served early. Before that, only
    /// users who came online after the first subscriber are news. Network delay makes users look
    /// more recent: a user who was online before may be announced, but none is missed.
    fn is_news(&self, online_for: Duration) -> bool {
        self.was_listed_early
            || self.is_synced()
            || self.first_joined_at.is_some_and(|joined_at| online_for < joined_at.elapsed())
    }
}

/// Announcements, and the presence that subscribers know of.
impl RoomPresence {
    /// Marks a join or leave as unannounced. Returns whether it was marked.
    ///
    /// If the opposite change was never announced, both cancel out. Nothing is marked if the change
    /// is not to be announced.
    pub(super) fn mark_unannounced(
        &mut self,
        user: UserId,
        event: SystemEvent,
        is_announced: bool,
        due: DueTime,
    ) -> bool {
        let is_marked = self.take_unannounced(user).is_none() && is_announced;
        if is_marked {
            self.unannounced.insert(user, Unannounced { event, due });
        }
        is_marked
    }

    pub(super) fn take_unannounced(&mut self, user: UserId) -> Option<SystemEvent> {
        self.unannounced.remove(&user).map(|unannounced| unannounced.event)
    }

    /// Takes the user's join or leave if it is due.
    pub(super) fn take_due(&mut self, user: UserId, now: DueTime) -> Option<SystemEvent> {
        self.unannounced.get(&user).filter(|unannounced| unannounced.due <= now)?;
        self.take_unannounced(user)
    }

    /// Ends the grace of a user who has left for good. Returns whether there was one.
    pub(super) fn end_grace(&mut self, user: UserId, now: DueTime) -> bool {
        let leaving = self.unannounced.get_mut(&user);
        let Some(leaving) = leaving.filter(|left| left.event == SystemEvent::Left) else {
            return false;
        };
        leaving.due = leaving.due.min(now);
        true
    }

    pub(super) fn has_unannounced(&self) -> bool {
        !self.unannounced.is_empty()
    }

    /// Returns the users with a join or leave that is due.
    pub(super) fn due(&self, now: DueTime) -> impl Iterator<Item = UserId> + '_ {
        let due = self.unannounced.iter().filter(move |(_, unannounced)| unannounced.due <= now);
        due.map(|(user, _)| *user)
    }

    /// Drops the changes that are due. Used if nobody would hear of them.
    pub(super) fn drop_due(&mut self, now: DueTime) {
        self.unannounced.retain(|_, unannounced| unannounced.due > now);
    }

    /// Notes that a member list is served.
    pub(super) fn mark_listed(&mut self) {
        self.was_listed_early |= !self.is_synced();
    }

    /// Returns the number of online users, by the announced changes only.
    pub(super) fn announced_online(&self) -> usize {
        let left = self.unannounced.values().filter(|one| one.event == SystemEvent::Left).count();
        (self.users.len() + left).saturating_sub(self.unannounced.len() - left)
    }

    /// Returns whether the user is online, by the announced changes only.
    pub(super) fn is_announced_online(&self, user: UserId) -> bool {
        self.unannounced
            .get(&user)
            .map_or_else(|| self.users.contains_key(&user), |one| one.event == SystemEvent::Left)
    }

    #[cfg(test)]
    pub(super) fn check_invariants(&self, live_subscribers: usize) {
        let sockets: usize = self.users.values().map(|presence| presence.sockets).sum();
        assert_eq!(live_subscribers, sockets, "each live subscriber counts once");
        assert!(
            self.users.values().all(|presence| !presence.is_offline()),
            "every user in the map is online"
        );
    }
}

/// Returns whether joins and leaves are announced with so many users online.
pub(super) fn is_small(online: usize) -> bool {
    online <= MAX_ANNOUNCED_ONLINE
}

fn remove_if_offline(entry: OccupiedEntry<'_, UserId, UserPresence>) -> bool {
    let is_offline = entry.get().is_offline();
    if is_offline {
        entry.remove();
    }
    is_offline
}

#[cfg(test)]
mod tests;
