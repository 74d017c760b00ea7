//! Token buckets that all nodes share.

use std::{hash::Hash, time::Duration};

use protocol::limits::Rate;
use redis::Script;

use super::{
    Cluster,
    redis::{RedisClient, Unavailable},
};
use crate::base::token_bucket::KeyedBuckets;

/// Takes a token from a bucket. The bucket is stored as the time at which it will be full again,
/// in microseconds of the clock of Redis. Returns 0, or how long until the next token.
const TAKE_TOKEN: &str = "
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + ARGV[1]
local wait = full - now - ARGV[1] * ARGV[2]
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return 0";

impl Cluster {
    /// Takes a token from the bucket that all nodes share under this kind and the name of `key`.
    /// Without Redis, takes it from the bucket of `key` in `local`, and makes no name.
    ///
    /// # Errors
    /// Returns the time until the next token if the bucket is empty.
    pub async fn take_token<K: Eq + Hash>(
        &self,
        kind: &str,
        local: &KeyedBuckets<K>,
        key: K,
        name: impl FnOnce(&K) -> String,
    ) -> Result<(), Duration> {
        if let (Some(state), Some(rate)) = (&self.0, local.rate()) {
            let shared_key = state.shared_key(kind, &name(&key));
            if let Ok(taken) = take_token(&state.client, &shared_key, rate).await {
                return taken;
            }
        }
        local.take(key)
    }
}

async fn take_token(
    client: &RedisClient,
    key: &str,
    rate: Rate,
) -> Result<Result<(), Duration>, Unavailable> {
    let script = Script::new(TAKE_TOKEN);
    let token = u64::try_from((rate.per / rate.count).as_micros()).unwrap_or(u64::MAX);
    let mut call = script.key(key);
    call.arg(token).arg(rate.burst);
    let wait: u64 = client.invoke(&call).await?;
    Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
}
