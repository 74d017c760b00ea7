//! A bounded map that forgets what was not used for longest, in constant time.
//!
//! It holds two generations. A use brings an entry into the young one. When the young one is full
//! or old enough, it takes the place of the old one, which is dropped. A flood of new keys thus
//! locks no new key out, and forgets only entries that were not used during half of the flood.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// A bounded map of values that are needed for a time after their last use.
#[derive(Debug)]
pub struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// The most entries of one generation.
    size: usize,
    /// The time after which a generation ages.
    lifetime: Duration,
    /// The beginning of the young generation.
    since: Instant,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    /// Creates an empty map of at most `capacity` entries. An entry is kept for `lifetime` after
    /// its last use, unless it is displaced.
    #[must_use]
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            size: (capacity / 2).max(1),
            lifetime,
            since: Instant::now(),
        }
    }

    /// Returns a value, if it is known. Counts as a use.
    pub fn get(&mut self, key: &K, now: Instant) -> Option<&mut V> {
        self.rejuvenate(key, now);
        self.young.get_mut(key)
    }

    /// Returns a value, or inserts a new one. Counts as a use.
    pub fn get_or_insert(&mut self, key: K, now: Instant, new: impl FnOnce() -> V) -> &mut V {
        self.rejuvenate(&key, now);
        if self.young.len() >= self.size && !self.young.contains_key(&key) {
            self.age(now);
        }
        self.young.entry(key).or_insert_with(new)
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn rejuvenate(&mut self, key: &K, now: Instant) {
        if now.saturating_duration_since(self.since) >= self.lifetime {
            self.age(now);
        }
        if let Some((key, value)) = self.old.remove_entry(key) {
            if self.young.len() >= self.size {
                self.age(now);
            }
            self.young.insert(key, value);
        }
    }

    fn age(&mut self, now: Instant) {
        self.old = std::mem::take(&mut self.young);
        self.since = now;
    }
}
