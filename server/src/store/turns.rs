//! Turns of those who catch up. Few at a time, so that others are served while everybody comes back at once; and one
//! person has one at a time, so that who asks a thousand times holds up nobody else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::UserId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _of_all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

/// A person's turn beside their own, until it is dropped.
#[derive(Debug)]
pub struct OwnTurn {
    _own: OwnedSemaphorePermit,
}

/// Who has one, and who waits.
#[derive(Debug)]
pub(super) struct Turns {
    of_all: Arc<Semaphore>,
    own: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

impl Turns {
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { of_all: Arc::new(Semaphore::new(at_a_time)), own: Mutex::default() }
    }

    /// Waits behind what the same person asked before, then behind all others who wait.
    pub(super) async fn take(&self, user: UserId) -> Result<Turn, AcquireError> {
        let OwnTurn { _own } = self.take_own(user).await?;
        Ok(Turn { _of_all: Arc::clone(&self.of_all).acquire_owned().await?, _own })
    }

    /// Waits behind what the same person asked before, and nobody else.
    pub(super) async fn take_own(&self, user: UserId) -> Result<OwnTurn, AcquireError> {
        Ok(OwnTurn { _own: self.own(user).acquire_owned().await? })
    }

    fn own(&self, user: UserId) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.len() == own.capacity() {
            own.retain(|_, turn| Arc::strong_count(turn) > 1); // who has a turn or waits for one holds it, too
        }
        Arc::clone(own.entry(user).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn who_asks_often_holds_up_nobody_else() {
        let turns = Turns::new(2);
        let [ada, bo] = [UserId(Uuid::new_v4()), UserId(Uuid::new_v4())];
        let first = turns.take(ada).await.unwrap();
        let mut more: Vec<_> = (0..100).map(|_| Box::pin(turns.take(ada))).collect();
        assert!(more.iter_mut().all(|turn| turn.now_or_never().is_none()));
        let others = turns.take(bo).now_or_never().unwrap().unwrap();
        assert!(turns.take(UserId(Uuid::new_v4())).now_or_never().is_none(), "two at a time");
        drop(others);
        drop(first);
        assert!(more[0].as_mut().now_or_never().unwrap().is_ok(), "in order");
    }

    #[tokio::test]
    async fn who_has_gone_takes_no_memory() {
        let turns = Turns::new(2);
        let kept = turns.take(UserId(Uuid::from_u128(0))).await.unwrap();
        for number in 1..1000 {
            drop(turns.take(UserId(Uuid::from_u128(number))).await.unwrap());
        }
        assert!(turns.own.lock().unwrap().len() < 10);
        assert!(turns.take(UserId(Uuid::from_u128(0))).now_or_never().is_none());
        drop(kept);
    }
}
