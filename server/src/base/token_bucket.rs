//! Token buckets: limits on how often something may happen. A bucket is one number.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::limits::Rate;

/// The most buckets of one kind. Beyond that, new keys are refused until older buckets are full
/// again.
const MAX_BUCKETS: usize = 100_000;

/// A token bucket, stored as the time at which it will be full again (the generic cell rate
/// algorithm).
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket(Instant);

impl TokenBucket {
    /// Returns a full bucket.
    #[must_use]
    pub fn full(now: Instant) -> Self {
        Self(now)
    }

    /// Takes a token.
    ///
    /// # Errors
    /// Returns the time until the next token if the bucket is empty.
    pub fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let token = rate.per / rate.count;
        let full_at = self.0.max(now) + token;
        match (full_at - now).checked_sub(token * rate.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.0 = full_at;
                Ok(())
            }
        }
    }
}

/// A token bucket for each key. Full buckets take no memory.
#[derive(Debug)]
pub struct KeyedBuckets<K> {
    rate: Option<Rate>,
    buckets: Mutex<HashMap<K, TokenBucket>>,
}

impl<K: Eq + Hash> KeyedBuckets<K> {
    /// Creates buckets of this rate. Without a rate, every call succeeds.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Returns the rate, or `None` if there is no limit.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Takes a token from the bucket of `key`.
    ///
    /// # Errors
    /// Returns the time until the next token if the bucket is empty.
    pub fn take(&self, key: K) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() == buckets.capacity() || buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, bucket| bucket.0 > now);
        }
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(&key) {
            return Err(rate.per / rate.count);
        }
        buckets.entry(key).or_insert_with(|| TokenBucket::full(now)).take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { count: 10, per: Duration::from_secs(1), burst: 3 };

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::full(start);
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, start), Ok(()));
        }
        assert_eq!(bucket.take(RATE, start), Err(Duration::from_millis(100)));
        assert_eq!(
            bucket.take(RATE, start + Duration::from_millis(99)),
            Err(Duration::from_millis(1))
        );
        assert_eq!(bucket.take(RATE, start + Duration::from_millis(100)), Ok(()));
        let later = start + Duration::from_secs(60);
        let taken = (0..10).take_while(|_| bucket.take(RATE, later).is_ok()).count();
        assert_eq!(taken, 3, "a pause gives no more than the burst");
    }

    #[test]
    fn keys_do_not_share_and_full_buckets_are_dropped() {
        let buckets = KeyedBuckets::new(Some(Rate { per: Duration::from_nanos(10), ..RATE }));
        for key in 0..1000 {
            assert_eq!(buckets.take(key), Ok(()));
        }
        assert!(buckets.buckets.lock().unwrap().len() < 1000);
        let slow = KeyedBuckets::new(Some(Rate { per: Duration::from_secs(1000), ..RATE }));
        for _ in 0..3 {
            assert_eq!(slow.take("ada"), Ok(()));
        }
        assert!(slow.take("ada").is_err());
        assert_eq!(slow.take("bo"), Ok(()));
        assert!((0..10).all(|_| KeyedBuckets::new(None).take("ada").is_ok()));
    }
}
