//! Counts the writes of one connection that wait for their commit.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::websocket::outbox::Outbox;

/// The writes of one connection that have a position in the write order but no commit yet. They are
/// counted instead of awaited, so that a commit wakes the connection only if something waits for
/// it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct InFlightWrites(Arc<Count>);

#[derive(Debug)]
struct Count {
    writes: AtomicUsize,
    is_awaited: AtomicBool,
    outbox: Outbox,
}

/// One write in flight. Dropping it ends the count.
#[derive(Debug)]
pub struct InFlight(Arc<Count>);

impl InFlightWrites {
    /// Creates an empty count for the connection with this outbox.
    #[must_use]
    pub fn new(outbox: Outbox) -> Self {
        Self(Arc::new(Count {
            writes: AtomicUsize::new(0),
            is_awaited: AtomicBool::new(false),
            outbox,
        }))
    }

    /// Counts one more write until the returned guard is dropped.
    #[must_use]
    pub fn begin(&self) -> InFlight {
        self.0.writes.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(&self.0))
    }

    /// Returns whether fewer than `limit` writes are in flight. If not, the connection is woken
    /// when the next one ends.
    pub fn is_below(&self, limit: usize) -> bool {
        if self.0.writes.load(Ordering::SeqCst) < limit {
            return true;
        }
        self.0.is_awaited.store(true, Ordering::SeqCst);
        // A write may have ended in between without waking anything.
        self.0.writes.load(Ordering::SeqCst) < limit
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.writes.fetch_sub(1, Ordering::SeqCst);
        if self.0.is_awaited.swap(false, Ordering::SeqCst) {
            self.0.outbox.wake();
        }
    }
}
