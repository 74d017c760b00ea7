//! Caps concurrent HTTP requests per address: those that change something, and files that are being
//! received. Each has places of its own: slow files keep nobody from signing in.

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
/// The most files that one address sends at the same time: a quarter of what a node receives.
const MAX_FILES_PER_ADDRESS: usize = 64;
/// When to retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The requests in progress.
#[derive(Debug)]
pub(super) struct Mutations([InProgress; 2]);

/// The requests of one kind that are in progress.
#[derive(Debug)]
struct InProgress {
    max_per_address: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mutation,
    File,
}

/// Counts one request until it is dropped.
#[derive(Debug)]
pub struct MutationPermit {
    limits: Limits,
    address: IpAddr,
    kind: Kind,
}

impl Mutations {
    pub(super) fn new(is_on: bool) -> Self {
        Self([MAX_PER_ADDRESS, MAX_FILES_PER_ADDRESS].map(|max| {
            let max_per_address = if is_on { max } else { usize::MAX };
            InProgress { max_per_address, by_address: Mutex::default() }
        }))
    }

    fn of(&self, kind: Kind) -> &InProgress {
        &self.0[usize::from(kind == Kind::File)]
    }
}

impl InProgress {
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
        let detail = "Too many requests from your address are in progress.";
        self.acquire(Kind::Mutation, address, detail)
    }

    /// Counts a file that is being received, until the returned permit is dropped.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the address sends too many at once.
    pub fn acquire_file(&self, address: IpAddr) -> Result<MutationPermit, Error> {
        let detail = "Too many files from your address are on their way.";
        self.acquire(Kind::File, address, detail)
    }

    fn acquire(
        &self,
        kind: Kind,
        address: IpAddr,
        detail: &'static str,
    ) -> Result<MutationPermit, Error> {
        let address = network(address);
        let requests = self.0.mutations.of(kind);
        let mut by_address = requests.lock();
        let in_progress = by_address.entry(address).or_default();
        if *in_progress >= requests.max_per_address {
            return Err(Error::limited(detail, RETRY_AFTER));
        }
        *in_progress += 1;
        Ok(MutationPermit { limits: self.clone(), address, kind })
    }
}

impl Drop for MutationPermit {
    fn drop(&mut self) {
        let mut by_address = self.limits.0.mutations.of(self.kind).lock();
        if let Entry::Occupied(mut in_progress) = by_address.entry(self.address) {
            *in_progress.get_mut() -= 1;
            if *in_progress.get() == 0 {
                in_progress.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::testing::limits;

    #[test]
    fn files_on_their_way_take_no_place_of_other_requests() {
        let limits = limits(&[]);
        let address = IpAddr::from([192, 0, 2, 1]);
        let files: Vec<_> = std::iter::from_fn(|| limits.acquire_file(address).ok()).collect();
        let others: Vec<_> = std::iter::from_fn(|| limits.acquire_mutation(address).ok()).collect();
        assert_eq!((files.len(), others.len()), (MAX_FILES_PER_ADDRESS, MAX_PER_ADDRESS));
        assert!(limits.acquire_file(IpAddr::from([192, 0, 2, 2])).is_ok());
        drop((files, others));
        assert!(limits.0.mutations.0.iter().all(|requests| requests.lock().is_empty()));
    }
}
