//! Token buckets that all nodes share.

use std::{hash::Hash, time::Duration};

use protocol::limits::Rate;
use redis::Script;

use super::{
    Cluster,
    redis::{RedisClient, Unavailable},
};
use crate::base::token_bucket::KeyedBuckets;

/// Uses a bucket, which is stored as the time at which it will be full again, in microseconds of
/// the clock of Redis. Returns 0, or how long until the next token if there is none.
///
/// `take` takes a token if there is one, `charge` takes one in any case, `give` gives one back.
const USE_BUCKET: &str = "
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local token, size, use = tonumber(ARGV[1]), ARGV[1] * ARGV[2], ARGV[3]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + token
local wait = full - now - size
if use == 'give' then full, wait = math.max(full - 2 * token, now), 0 end
if use ~= 'charge' and wait > 0 then return wait end
full = math.min(full, now + 2 * size)
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return 0";

/// What all nodes share of the buckets of one kind.
#[derive(Debug)]
pub struct SharedBuckets<K> {
    /// Names the kind in Redis.
    pub kind: &'static str,
    /// The buckets of this node. With Redis, they only count while Redis is disconnected.
    pub local: KeyedBuckets<K>,
    /// Names a key in Redis.
    pub name: fn(&K) -> String,
}

impl Cluster {
    /// Takes a token from the bucket of `key` that all nodes share. Without Redis, takes it from
    /// that of this node.
    ///
    /// # Errors
    /// Returns the time until the next token if the bucket is empty.
    pub async fn take_token<K: Eq + Hash>(
        &self,
        buckets: &SharedBuckets<K>,
        key: K,
    ) -> Result<(), Duration> {
        match self.use_bucket(buckets, &key, "take").await {
            Some(taken) => taken,
            None => buckets.local.take(key),
        }
    }

    /// Gives back a token that was taken.
    pub async fn give_token_back<K: Eq + Hash>(&self, buckets: &SharedBuckets<K>, key: K) {
        if self.use_bucket(buckets, &key, "give").await.is_none() {
            buckets.local.give_back(key);
        }
    }

    /// Takes a token even if the bucket is empty, which then owes it.
    pub async fn charge_token<K: Eq + Hash>(&self, buckets: &SharedBuckets<K>, key: K) {
        if self.use_bucket(buckets, &key, "charge").await.is_none() {
            buckets.local.charge(key);
        }
    }

    /// Uses a bucket in Redis. Returns `None` without Redis, or while it is disconnected.
    async fn use_bucket<K: Eq + Hash>(
        &self,
        SharedBuckets { kind, local, name }: &SharedBuckets<K>,
        key: &K,
        how: &str,
    ) -> Option<Result<(), Duration>> {
        let (state, rate) = (self.0.as_ref()?, local.rate()?);
        let shared_key = state.shared_key(kind, &name(key));
        use_bucket(&state.client, &shared_key, rate, how).await.ok()
    }
}

async fn use_bucket(
    client: &RedisClient,
    key: &str,
    rate: Rate,
    how: &str,
) -> Result<Result<(), Duration>, Unavailable> {
    let script = Script::new(USE_BUCKET);
    let token = u64::try_from((rate.per / rate.count).as_micros()).unwrap_or(u64::MAX);
    let mut call = script.key(key);
    call.arg(token).arg(rate.burst).arg(how);
    let wait: u64 = client.invoke(&call).await?;
    Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
}
