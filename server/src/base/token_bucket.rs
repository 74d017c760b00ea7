//! Token buckets: limits on how often something may happen. A bucket is one number.

#[cfg(test)]
mod tests;

use std::{
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::limits::Rate;

use super::generations::Generations;

/// The most buckets of one kind.
///
/// Buckets that were not used for longest are forgotten beyond that. To have a bucket forgotten
/// that is in use, a flood needs half as many other keys between two of its uses.
const MAX_BUCKETS: usize = 100_000;
/// The debt that a bucket may have, in sizes of the bucket.
const MAX_DEBT: u32 = 1;

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
        self.check(rate, now)?;
        self.0 = self.0.max(now) + token(rate);
        Ok(())
    }

    /// Checks whether there is a token.
    ///
    /// # Errors
    /// Returns the time until the next token if the bucket is empty.
    pub fn check(&self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let full_at = self.0.max(now) + token(rate);
        match (full_at - now).checked_sub(token(rate) * rate.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }

    /// Gives back a token that was taken. A full bucket stays full.
    pub fn give_back(&mut self, rate: Rate) {
        self.0 = self.0.checked_sub(token(rate)).unwrap_or(self.0);
    }

    /// Takes a token even from an empty bucket, which then owes it.
    pub fn charge(&mut self, rate: Rate, now: Instant) {
        let most = now + token(rate) * rate.burst * (1 + MAX_DEBT);
        self.0 = (self.0.max(now) + token(rate)).min(most);
    }
}

/// Returns the time in which a token is added.
fn token(rate: Rate) -> Duration {
    rate.per / rate.count
}

/// Returns the time in which an empty bucket becomes full, its debt included.
fn refill_time(rate: Rate) -> Duration {
    token(rate) * rate.burst * (1 + MAX_DEBT)
}

/// A bounded number of token buckets, by their keys. The memory of full buckets is given back.
#[derive(Debug)]
pub struct KeyedBuckets<K> {
    rate: Option<Rate>,
    buckets: Mutex<Generations<K, TokenBucket>>,
}

impl<K: Eq + Hash> KeyedBuckets<K> {
    /// Creates buckets of this rate. Without a rate, every call succeeds.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self::with_capacity(rate, MAX_BUCKETS)
    }

    fn with_capacity(rate: Option<Rate>, capacity: usize) -> Self {
        // A bucket that was not used for as long is full, and is the same as none.
        let lifetime = rate.map(refill_time).unwrap_or_default();
        Self { rate, buckets: Mutex::new(Generations::new(capacity, lifetime)) }
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
        self.take_at(key, Instant::now())
    }

    /// Takes a token from the bucket of `key` even if it is empty ([`TokenBucket::charge`]).
    pub fn charge(&self, key: K) {
        self.charge_at(key, Instant::now());
    }

    /// Gives a token back to the bucket of `key`.
    pub fn give_back(&self, key: K) {
        self.give_back_at(key, Instant::now());
    }

    fn take_at(&self, key: K, now: Instant) -> Result<(), Duration> {
        self.with_bucket(key, now, |bucket, rate| bucket.take(rate, now)).unwrap_or(Ok(()))
    }

    fn give_back_at(&self, key: K, now: Instant) {
        self.with_bucket(key, now, TokenBucket::give_back);
    }

    fn charge_at(&self, key: K, now: Instant) {
        self.with_bucket(key, now, |bucket, rate| bucket.charge(rate, now));
    }

    fn with_bucket<T>(
        &self,
        key: K,
        now: Instant,
        with: impl FnOnce(&mut TokenBucket, Rate) -> T,
    ) -> Option<T> {
        let rate = self.rate?;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Some(with(buckets.get_or_insert(key, now, || TokenBucket::full(now)), rate))
    }
}
