//! Permits for expensive reads.
//!
//! Recovery of missed events is limited to a few reads at a time, so that other requests are
//! served while everybody reconnects. Each user has one permit at a time, so that a thousand
//! requests of one user do not delay the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::UserId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A permit to recover missed events. Released when dropped.
#[derive(Debug)]
pub struct RecoveryPermit {
    _shared: OwnedSemaphorePermit,
    _user: UserPermit,
}

/// A user's permit for one expensive read at a time. Released when dropped.
#[derive(Debug)]
pub struct UserPermit {
    _user: OwnedSemaphorePermit,
}

/// A permit to search. Released when dropped.
#[derive(Debug)]
pub struct SearchPermit {
    _shared: OwnedSemaphorePermit,
    _user: UserPermit,
}

/// The permits of all users.
#[derive(Debug)]
pub(super) struct Permits {
    shared: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    users: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

impl Permits {
    /// Limits recovery to so many reads at a time, and search to as many.
    pub(super) fn new(reads: usize) -> Self {
        let [shared, searches] = [(); 2].map(|()| Arc::new(Semaphore::new(reads)));
        Self { shared, searches, users: Mutex::default() }
    }

    /// Waits behind the user's earlier requests, then behind all other waiting recoveries.
    pub(super) async fn recovery(&self, user: UserId) -> Result<RecoveryPermit, AcquireError> {
        let user = self.user(user).await?;
        let shared = Arc::clone(&self.shared).acquire_owned().await?;
        Ok(RecoveryPermit { _shared: shared, _user: user })
    }

    /// Waits behind the user's earlier requests, then behind all other waiting searches.
    pub(super) async fn search(&self, user: UserId) -> Result<SearchPermit, AcquireError> {
        let user = self.user(user).await?;
        let shared = Arc::clone(&self.searches).acquire_owned().await?;
        Ok(SearchPermit { _shared: shared, _user: user })
    }

    /// Waits behind the user's earlier requests only.
    pub(super) async fn user(&self, user: UserId) -> Result<UserPermit, AcquireError> {
        Ok(UserPermit { _user: self.semaphore(user).acquire_owned().await? })
    }

    fn semaphore(&self, user: UserId) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() == users.capacity() {
            // Permits and waiting requests hold further references.
            users.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        Arc::clone(users.entry(user).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn many_requests_of_one_user_do_not_delay_another_user() {
        let permits = Permits::new(2);
        let [ada, bo] = [UserId(Uuid::new_v4()), UserId(Uuid::new_v4())];
        let first = permits.recovery(ada).await.unwrap();
        let mut more: Vec<_> = (0..100).map(|_| Box::pin(permits.recovery(ada))).collect();
        assert!(more.iter_mut().all(|permit| permit.now_or_never().is_none()));
        let others = permits.recovery(bo).now_or_never().unwrap().unwrap();
        let third = permits.recovery(UserId(Uuid::new_v4())).now_or_never();
        assert!(third.is_none(), "two at a time");
        drop(others);
        drop(first);
        assert!(more[0].as_mut().now_or_never().unwrap().is_ok(), "in order");
    }

    #[tokio::test]
    async fn users_without_requests_take_no_memory() {
        let permits = Permits::new(2);
        let kept = permits.recovery(UserId(Uuid::from_u128(0))).await.unwrap();
        for number in 1..1000 {
            drop(permits.recovery(UserId(Uuid::from_u128(number))).await.unwrap());
        }
        assert!(permits.users.lock().unwrap().len() < 10);
        assert!(permits.recovery(UserId(Uuid::from_u128(0))).now_or_never().is_none());
        drop(kept);
    }
}
