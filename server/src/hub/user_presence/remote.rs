//! The presence of users on other nodes, as those report it.

use std::collections::{HashMap, HashSet};

use protocol::{Presence, UserId};

use crate::hub::{NodeId, unknown_node};

/// The users with connections to other nodes.
#[derive(Debug, Default)]
pub(super) struct RemoteUsers {
    users: HashMap<UserId, Vec<(NodeId, Presence)>>,
    /// The nodes on which a user has a visible page.
    visible: HashMap<UserId, HashSet<NodeId>>,
}

impl RemoteUsers {
    /// Returns the presence of a user on all other nodes together.
    pub(super) fn presence(&self, user: UserId) -> Presence {
        let nodes = self.users.get(&user).into_iter().flatten();
        nodes.map(|(_, presence)| *presence).max().unwrap_or_default()
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    pub(super) fn contains(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Sets the presence of a user on a node. It replaces what is known of an unknown node: during
    /// a resync, that is the same connection.
    pub(super) fn set(&mut self, user: UserId, node: &NodeId, presence: Presence) {
        let nodes = self.users.entry(user).or_default();
        nodes.retain(|(other, _)| other != node);
        if presence != Presence::Offline {
            let unknown = unknown_node();
            nodes.retain(|(other, _)| *other != unknown);
            nodes.push((node.clone(), presence));
        }
        if nodes.is_empty() {
            self.users.remove(&user);
        }
        if presence == Presence::Offline {
            self.set_visible(user, node, false);
        }
    }

    /// Returns whether a user has a visible page on another node.
    pub(super) fn is_visible(&self, user: UserId) -> bool {
        self.visible.contains_key(&user)
    }

    /// Notes whether a user has a visible page on a node.
    pub(super) fn set_visible(&mut self, user: UserId, node: &NodeId, visible: bool) {
        let nodes = self.visible.entry(user).or_default();
        if visible {
            nodes.insert(node.clone());
        } else {
            nodes.remove(node);
        }
        if nodes.is_empty() {
            self.visible.remove(&user);
        }
    }

    /// Returns the users on a node.
    pub(super) fn users_on(&self, node: &NodeId) -> Vec<UserId> {
        let on_node = |nodes: &Vec<(NodeId, _)>| nodes.iter().any(|(other, _)| other == node);
        self.users.iter().filter(|(_, nodes)| on_node(nodes)).map(|(user, _)| *user).collect()
    }

    /// Assigns all users to the unknown node, until their nodes report them again. No page counts
    /// as visible until then.
    pub(super) fn mark_stale(&mut self) {
        self.visible.clear();
        let unknown = unknown_node();
        for nodes in self.users.values_mut() {
            let presence = nodes.iter().map(|(_, presence)| *presence).max().unwrap_or_default();
            *nodes = vec![(unknown.clone(), presence)];
        }
    }
}
