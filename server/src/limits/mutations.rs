//! Caps concurrent state-changing HTTP requests per address.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Limits, address::network};
use crate::error::Error;

/// The limit per address: half of the sign-ins that may wait for their password to be hashed.
const MAX_PER_ADDRESS: usize = 128;
/// When to retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The requests in progress.
#[derive(Debug)]
pub(super) struct Mutations {
    max_per_address: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// Counts one request until it is dropped.
#[derive(Debug)]
pub struct MutationPermit {
    limits: Limits,
    address: IpAddr,
}

impl Mutations {
    pub(super) fn new(is_on: bool) -> Self {
        let max_per_address = if is_on { MAX_PER_ADDRESS } else { usize::MAX };
        Self { max_per_address, by_address: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    /// Counts a request that changes something, until the returned permit is dropped.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the address has too many requests in progress.
    pub fn acquire_mutation(&self, address: IpAddr) -> Result<MutationPermit, Error> {
        let address = network(address);
        let mut by_address = self.0.mutations.lock();
        let in_progress = by_address.entry(address).or_default();
        if *in_progress >= self.0.mutations.max_per_address {
            let detail = "Too many requests from your address are in progress.";
            return Err(Error::limited(detail, RETRY_AFTER));
        }
        *in_progress += 1;
        Ok(MutationPermit { limits: self.clone(), address })
    }
}

impl Drop for MutationPermit {
    fn drop(&mut self) {
        let mut by_address = self.limits.0.mutations.lock();
        if let Entry::Occupied(mut in_progress) = by_address.entry(self.address) {
            *in_progress.get_mut() -= 1;
            if *in_progress.get() == 0 {
                in_progress.remove();
            }
        }
    }
}
