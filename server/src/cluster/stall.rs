//! Whether this process stood still, as a suspended or starved one does. The others went on meanwhile and told of it; what
//! they told may be lost, or come after what rests on it. So a node that stood still is unsure who may hear and ask what,
//! until it has looked that up.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

/// How far beats are apart.
const BEAT: Duration = Duration::from_millis(200);
/// Without a beat for that long it stood still. What ends on one node ends on all within a second.
const STANDSTILL: Duration = Duration::from_secs(1);

/// Notices standstills.
#[derive(Debug)]
pub(super) struct Pulse {
    beats: Mutex<Beats>,
    /// After how many standstills all that rests on others was looked up.
    looked_up: watch::Sender<u64>,
    stood_still: Notify,
}

#[derive(Debug)]
struct Beats {
    /// By [`now`].
    last: Duration,
    standstills: u64,
}

/// Since the system's start, the time in which it was suspended included.
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

impl Pulse {
    pub(super) fn new() -> Self {
        let beats = Mutex::new(Beats { last: now(), standstills: 0 });
        Self { beats, looked_up: watch::Sender::new(0), stood_still: Notify::new() }
    }

    /// Beats for ever.
    pub(super) async fn run(&self) {
        loop {
            self.standstills();
            tokio::time::sleep(BEAT).await;
        }
    }

    /// How often it stood still up to now. Asking is a beat: whoever comes first after a standstill notices it.
    pub(super) fn standstills(&self) -> u64 {
        self.beat(now())
    }

    fn beat(&self, now: Duration) -> u64 {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let stood_still = now.saturating_sub(beats.last);
        beats.last = beats.last.max(now);
        if stood_still >= STANDSTILL {
            beats.standstills += 1;
            self.stood_still.notify_one();
            tracing::warn!(?stood_still, "the process stood still");
        }
        beats.standstills
    }

    /// The others were not heard for a while, which is the same.
    pub(super) fn was_deaf(&self) {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).standstills += 1;
        self.stood_still.notify_one();
    }

    /// Whether it stood still, and has not looked up yet what happened meanwhile.
    pub(super) fn is_unsure(&self) -> bool {
        self.standstills() > *self.looked_up.borrow()
    }

    /// Waits until there is something to look up.
    pub(super) async fn unsure(&self) {
        while !self.is_unsure() {
            self.stood_still.notified().await;
        }
    }

    /// All was looked up after so many standstills.
    pub(super) fn looked_up(&self, standstills: u64) {
        self.looked_up.send_replace(standstills);
    }

    /// Waits until all is looked up.
    pub(super) async fn sure(&self) {
        if self.is_unsure() {
            let mut looked_up = self.looked_up.subscribe();
            // The sender is here.
            let _ = looked_up.wait_for(|looked_up| *looked_up >= self.standstills()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn after_a_standstill_nothing_is_sure_until_it_was_looked_up() {
        let pulse = Pulse::new();
        let begun = now();
        assert_eq!(pulse.beat(begun + BEAT), 0);
        assert!(pulse.sure().now_or_never().is_some() && pulse.unsure().now_or_never().is_none());
        assert_eq!(pulse.beat(begun + BEAT + STANDSTILL), 1);
        assert_eq!(pulse.beat(begun + BEAT + STANDSTILL), 1, "noticed once, whoever comes first");
        assert!(pulse.sure().now_or_never().is_none() && pulse.unsure().now_or_never().is_some());
        tokio::join!(pulse.sure(), async { pulse.looked_up(1) });
        pulse.beat(begun + 3 * STANDSTILL);
        pulse.looked_up(1);
        assert!(pulse.is_unsure(), "it stood still again before that look was over");
        pulse.looked_up(2);
        pulse.was_deaf();
        assert!(pulse.is_unsure());
    }
}
