//! Counts over all nodes, such as the sockets of a user. Redis keeps a hash for each key with the
//! count of every node; the counts of dead nodes are not added.

use std::time::Duration;

use redis::{Pipeline, RedisResult, Script};

use super::{
    BATCH, Cluster, ClusterState, OutgoingMessage,
    redis::{RedisClient, Unavailable, connection::RedisConnection},
};

/// The time that a count is kept after it was last stored.
pub(super) const COUNT_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns 1 if the local count plus the counts of the other live nodes is within the limit.
/// Stores the local count if `ARGV[1]` is 1.
const COUNT_WITHIN: &str = "
local all = tonumber(ARGV[2])
for i = 6, #ARGV do all = all + tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') end
if ARGV[1] == '1' then
  redis.call('HSET', KEYS[1], ARGV[5], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
if all > tonumber(ARGV[3]) then return 0 end
return 1";

/// The counts of this node, as the cluster reads them when it stores them in Redis.
pub trait LocalCounts: Send + Sync {
    /// Returns everything that is counted on this node at present: the kind and the key of each.
    fn keys(&self) -> Vec<(&'static str, String)>;

    /// Returns the present count of a key on this node, 0 if there is none.
    fn count(&self, kind: &str, key: &str) -> usize;
}

impl Cluster {
    /// Returns whether the cluster-wide count of `key` stays within `most`, given the local count.
    /// With `already_counted`, the local count is stored whatever the result, until
    /// [`recount`](Self::recount). While Redis is disconnected, only local limits apply.
    pub async fn count_within(
        &self,
        kind: &str,
        key: &str,
        (local, already_counted): (usize, bool),
        most: usize,
    ) -> bool {
        let Some(state) = &self.0 else { return true };
        let nodes = state.live_nodes().clone();
        let key = state.shared_key(kind, key);
        let within =
            count_within(&state.client, &key, (local, already_counted), most, &nodes).await;
        within.unwrap_or(true)
    }

    /// Stores a local count that has become smaller.
    pub fn recount(&self, kind: &'static str, key: &str) {
        if let Some(state) = self.connected() {
            state.send_or_reset(OutgoingMessage::Count(kind, key.to_owned()));
        }
    }
}

/// Runs [`COUNT_WITHIN`]. The first of the live nodes is this one.
async fn count_within(
    client: &RedisClient,
    key: &str,
    (local, already_counted): (usize, bool),
    most: usize,
    live_nodes: &[String],
) -> Result<bool, Unavailable> {
    let script = Script::new(COUNT_WITHIN);
    let mut call = script.key(key);
    call.arg(u8::from(already_counted)).arg(local).arg(most);
    call.arg(COUNT_TTL.as_secs()).arg(live_nodes);
    client.invoke(&call).await
}

/// Adds the commands that store the present count of a key.
pub(super) fn store_count(
    pipeline: &mut Pipeline,
    state: &ClusterState,
    counts: &dyn LocalCounts,
    (kind, key): (&str, &str),
) {
    let (count, key, incarnation) =
        (counts.count(kind, key), state.shared_key(kind, key), state.incarnation());
    if count == 0 {
        pipeline.cmd("HDEL").arg(&key).arg(&*incarnation).ignore();
    } else {
        pipeline.cmd("HSET").arg(&key).arg(&*incarnation).arg(count).ignore();
        pipeline.cmd("EXPIRE").arg(&key).arg(COUNT_TTL.as_secs()).ignore();
    }
}

/// Stores all counts of this node.
pub(super) async fn store_all_counts(
    connection: &mut RedisConnection,
    state: &ClusterState,
    counts: &dyn LocalCounts,
) -> RedisResult<()> {
    for keys in counts.keys().chunks(BATCH) {
        let mut pipeline = Pipeline::with_capacity(keys.len());
        for (kind, key) in keys {
            store_count(&mut pipeline, state, counts, (kind, key));
        }
        pipeline.exec_async(connection).await?;
    }
    Ok(())
}
