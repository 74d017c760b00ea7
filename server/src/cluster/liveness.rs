//! Which other nodes live: each gives signs of life, and what a dead one had said is forgotten.

use std::{collections::HashSet, sync::PoisonError};

use redis::{Pipeline, RedisResult, cmd};

use super::{BATCH, PAUSES, Shared, redis::connection::Connection};
use crate::{
    hub::{Hub, Node},
    store::Store,
};

/// The other nodes, as far as this one has heard of them.
#[derive(Default)]
pub(super) struct Others {
    known: HashSet<Node>,
    /// Whether this node has given a sign of life by its present name.
    has_signed: bool,
}

impl Others {
    /// Whatever it said is to be forgotten when it dies.
    pub(super) fn heard_of(&mut self, node: Node) {
        if !self.known.contains(&node) {
            self.known.insert(node);
        }
    }

    /// Gives a sign of life, and lets go of what the dead had said. Says whether the last sign still held.
    pub(super) async fn look(
        &mut self,
        shared: &Shared,
        connection: &mut Connection,
        hub: &Hub,
    ) -> RedisResult<bool> {
        let (called, prefix) = (shared.called(), shared.prefix());
        let nodes = format!("{prefix}nodes");
        let lease = |node: &str| format!("{prefix}node:{node}");
        let mut sign = cmd("SET");
        sign.arg(lease(&called)).arg(1).arg("PX").arg(shared.lease.as_millis() as u64).arg("GET");
        // Before this node is named among all: who finds it there without a sign takes it for dead.
        let last_sign: Option<u8> = sign.query_async(connection).await?;
        let mut pipeline = Pipeline::new();
        pipeline.cmd("SADD").arg(&nodes).arg(&*called).ignore();
        pipeline.cmd("SMEMBERS").arg(&nodes);
        let (members,): (Vec<String>,) = pipeline.query_async(connection).await?;
        if std::mem::replace(&mut self.has_signed, true) && last_sign.is_none() {
            return Ok(false);
        }
        self.known.extend(members.into_iter().map(Node::from));
        let mut living = vec![called.to_string()];
        for node in self.known.clone() {
            if node == called {
                continue;
            }
            let is_own_past = shared.is_own(&node);
            if !is_own_past
                && cmd("EXISTS").arg(lease(&node)).query_async::<bool>(connection).await?
            {
                living.push(node.to_string());
                continue;
            }
            self.known.remove(&node);
            cmd("SREM").arg(&nodes).arg(&*node).exec_async(connection).await?;
            cmd("DEL").arg(lease(&node)).exec_async(connection).await?;
            if !is_own_past {
                tracing::info!(%node, "a node is gone");
                hub.node_gone(&node);
            }
        }
        *shared.living.lock().unwrap_or_else(PoisonError::into_inner) = living;
        Ok(true)
    }
}

/// Tells those who follow rooms here who came and went there without word, for ever.
pub async fn announce(hub: Hub, store: Store) {
    loop {
        let people = hub.untold(BATCH).await;
        match store.users(people.iter().copied().collect()).await {
            Ok(found) => hub.tell_untold(&people, &found),
            Err(error) => {
                tracing::warn!(%error, "who came and went on other nodes could not be looked up");
                tokio::time::sleep(PAUSES.1).await;
            }
        }
    }
}
