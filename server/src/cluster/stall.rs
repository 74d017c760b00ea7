//! Detects stalls of this process, such as a suspended machine or a starved container causes.
//!
//! The other nodes continue during a stall. Their messages may be lost, or arrive after requests
//! that depend on them. After a stall, this node therefore does not know which sessions and
//! memberships still hold. It needs revalidation: until `delivery` has checked them against the
//! database, requests and messages wait.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use super::Cluster;

/// The time between two ticks.
const TICK: Duration = Duration::from_millis(200);
/// The time without a tick that counts as a stall. A session that ends on one node ends on all
/// within a second.
const STALL: Duration = Duration::from_secs(1);

/// Detects stalls, and keeps which of them were followed by a revalidation.
#[derive(Debug)]
pub(super) struct StallDetector {
    ticks: Mutex<Ticks>,
    /// The number of stalls that the last revalidation covered.
    revalidated: watch::Sender<u64>,
    stalled: Notify,
}

#[derive(Debug)]
struct Ticks {
    /// The time of the last tick by [`now`].
    last: Duration,
    stalls: u64,
}

/// Returns the time since the system started, including the time in which it was suspended.
fn now() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    {
        use std::{sync::LazyLock, time::Instant};
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

impl Cluster {
    /// Runs the stall detector if there may be other nodes. Never returns.
    pub async fn run_stall_detector(&self) {
        match &self.0 {
            Some(state) => state.stalls.run().await,
            None => std::future::pending().await,
        }
    }

    /// Returns whether sessions and memberships must be revalidated before they are relied on.
    #[must_use]
    pub fn needs_revalidation(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.stalls.needs_revalidation())
    }

    /// Returns the number of stalls so far if a revalidation is needed, for
    /// [`mark_revalidated`](Self::mark_revalidated).
    #[must_use]
    pub fn unvalidated_stalls(&self) -> Option<u64> {
        let detector = &self.0.as_ref()?.stalls;
        let stalls = detector.stalls();
        detector.needs_revalidation().then_some(stalls)
    }

    /// Waits until a revalidation is needed.
    pub async fn wait_stalled(&self) {
        match &self.0 {
            Some(state) => state.stalls.wait_stalled().await,
            None => std::future::pending().await,
        }
    }

    /// Marks sessions and memberships as revalidated after this number of stalls.
    pub fn mark_revalidated(&self, stalls: u64) {
        if let Some(state) = &self.0 {
            state.stalls.mark_revalidated(stalls);
        }
    }

    /// Waits until no revalidation is needed.
    pub async fn wait_revalidated(&self) {
        if let Some(state) = &self.0 {
            state.stalls.wait_revalidated().await;
        }
    }
}

impl StallDetector {
    pub(super) fn new() -> Self {
        let ticks = Mutex::new(Ticks { last: now(), stalls: 0 });
        Self { ticks, revalidated: watch::Sender::new(0), stalled: Notify::new() }
    }

    /// Ticks. Never returns.
    async fn run(&self) {
        loop {
            self.stalls();
            tokio::time::sleep(TICK).await;
        }
    }

    /// Returns the number of stalls so far. Each call is a tick, so that the first caller after a
    /// stall detects it.
    fn stalls(&self) -> u64 {
        self.tick(now())
    }

    fn tick(&self, now: Duration) -> u64 {
        let mut ticks = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        let stalled_for = now.saturating_sub(ticks.last);
        ticks.last = ticks.last.max(now);
        if stalled_for >= STALL {
            ticks.stalls += 1;
            self.stalled.notify_one();
            tracing::warn!(?stalled_for, "the process was stalled");
        }
        ticks.stalls
    }

    /// Counts a time without messages from other nodes as a stall: the effect is identical.
    pub(super) fn mark_disconnected(&self) {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).stalls += 1;
        self.stalled.notify_one();
    }

    /// Returns whether there was a stall since the last revalidation.
    pub(super) fn needs_revalidation(&self) -> bool {
        self.stalls() > *self.revalidated.borrow()
    }

    /// Waits until a revalidation is needed.
    async fn wait_stalled(&self) {
        while !self.needs_revalidation() {
            self.stalled.notified().await;
        }
    }

    fn mark_revalidated(&self, stalls: u64) {
        self.revalidated.send_replace(stalls);
    }

    /// Waits until no revalidation is needed.
    pub(super) async fn wait_revalidated(&self) {
        if self.needs_revalidation() {
            let mut revalidated = self.revalidated.subscribe();
            // It cannot fail: the sender is a field of this detector.
            let _ = revalidated.wait_for(|revalidated| *revalidated >= self.stalls()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_stall_requires_a_revalidation_that_began_after_it() {
        let detector = StallDetector::new();
        let start = now();
        assert_eq!(detector.tick(start + TICK), 0);
        assert!(
            detector.wait_revalidated().now_or_never().is_some()
                && detector.wait_stalled().now_or_never().is_none()
        );
        assert_eq!(detector.tick(start + TICK + STALL), 1);
        assert_eq!(detector.tick(start + TICK + STALL), 1, "a stall is counted once");
        assert!(
            detector.wait_revalidated().now_or_never().is_none()
                && detector.wait_stalled().now_or_never().is_some()
        );
        tokio::join!(detector.wait_revalidated(), async { detector.mark_revalidated(1) });
        detector.tick(start + 3 * STALL);
        detector.mark_revalidated(1);
        assert!(detector.needs_revalidation(), "the process stalled again during the revalidation");
        detector.mark_revalidated(2);
        detector.mark_disconnected();
        assert!(detector.needs_revalidation());
    }
}
