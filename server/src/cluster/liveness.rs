//! Leases of nodes. Each node renews its own, and discards what a node without one had reported.

use std::collections::HashSet;

use redis::{Pipeline, RedisResult, cmd};

use super::{ClusterState, redis::connection::RedisConnection};
use crate::hub::{Hub, NodeId};

/// The other nodes that this one has heard of since it connected.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    known: HashSet<NodeId>,
    /// True if the present incarnation has taken its lease.
    has_lease: bool,
}

impl Liveness {
    /// Adds a node that has sent something. Its lease is checked from now on.
    pub(super) fn observe(&mut self, node: NodeId) {
        if !self.known.contains(&node) {
            self.known.insert(node);
        }
    }

    /// Renews this node's lease, and removes from the hub what dead nodes had reported. Returns
    /// false if this node's own lease had expired.
    pub(super) async fn renew_and_reap(
        &mut self,
        state: &ClusterState,
        connection: &mut RedisConnection,
        hub: &Hub,
    ) -> RedisResult<bool> {
        let (incarnation, prefix) = (state.incarnation(), state.prefix());
        let nodes = format!("{prefix}nodes");
        let lease = |node: &str| format!("{prefix}node:{node}");
        let mut renew = cmd("SET");
        renew.arg(lease(&incarnation)).arg(1);
        renew.arg("PX").arg(state.lease.as_millis() as u64).arg("GET");
        // The lease comes first: a node that is listed without one is taken for dead.
        let previous: Option<u8> = renew.query_async(connection).await?;
        let mut pipeline = Pipeline::new();
        pipeline.cmd("SADD").arg(&nodes).arg(&*incarnation).ignore();
        pipeline.cmd("SMEMBERS").arg(&nodes);
        let (members,): (Vec<String>,) = pipeline.query_async(connection).await?;
        if std::mem::replace(&mut self.has_lease, true) && previous.is_none() {
            return Ok(false);
        }
        self.known.extend(members.into_iter().map(NodeId::from));
        let mut live = vec![incarnation.to_string()];
        for node in self.known.clone() {
            if node == incarnation {
                continue;
            }
            let is_own = state.is_own(&node);
            if !is_own && cmd("EXISTS").arg(lease(&node)).query_async::<bool>(connection).await? {
                live.push(node.to_string());
                continue;
            }
            self.known.remove(&node);
            cmd("SREM").arg(&nodes).arg(&*node).exec_async(connection).await?;
            cmd("DEL").arg(lease(&node)).exec_async(connection).await?;
            if !is_own {
                tracing::info!(%node, "a node has left the cluster");
                hub.remove_node(&node);
            }
        }
        *state.live_nodes() = live;
        Ok(true)
    }
}
