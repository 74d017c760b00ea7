//! Caps the files that are being received at the same time.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{UserId, limits::MAX_CONCURRENT_UPLOADS};

use super::Limits;
use crate::error::Error;

/// The most files that a node receives at the same time.
const MAX_UPLOADS: usize = 256;
/// When to retry.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The files that are being received.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<UserId, usize>>);

/// Counts one file that is being received until it is dropped.
#[derive(Debug)]
pub struct UploadPermit {
    limits: Limits,
    user: UserId,
}

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    /// Counts a file that is being received, until the returned permit is dropped.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] if the user sends too many at once, and [`Error::Unavailable`] if
    /// all users together do.
    pub fn upload(&self, user: UserId) -> Result<UploadPermit, Error> {
        let mut by_user = self.0.uploads.lock();
        let all: usize = by_user.values().sum();
        if by_user.get(&user).is_some_and(|own| *own >= MAX_CONCURRENT_UPLOADS) {
            return Err(Error::limited("You are sending too many files at once.", RETRY_AFTER));
        }
        if all >= MAX_UPLOADS {
            return Err(Error::Unavailable("The server is receiving too many files."));
        }
        *by_user.entry(user).or_default() += 1;
        Ok(UploadPermit { limits: self.clone(), user })
    }
}

impl Drop for UploadPermit {
    fn drop(&mut self) {
        if let Entry::Occupied(mut own) = self.limits.0.uploads.lock().entry(self.user) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::limits::testing::limits;

    #[test]
    fn a_user_sends_so_many_at_once_and_no_more() {
        let limits = limits(&[]);
        let user = |number| UserId(Uuid::from_u128(number));
        let fill = |number| -> Vec<_> {
            std::iter::from_fn(|| limits.upload(user(number)).ok()).take(MAX_UPLOADS + 1).collect()
        };
        let own = fill(1);
        assert_eq!(own.len(), MAX_CONCURRENT_UPLOADS);
        let others: Vec<_> = (2..100).map(fill).collect();
        let all = own.len() + others.iter().map(Vec::len).sum::<usize>();
        assert_eq!(all, MAX_UPLOADS);
        assert!(matches!(limits.upload(user(200)), Err(Error::Unavailable(_))));
        drop((own, others));
        assert!(limits.0.uploads.lock().is_empty());
    }
}
