//! One timer for all sockets (guide section 7): pings them in turn and closes those from which nothing comes any more.

use std::time::Duration;

use protocol::Heartbeat;
use tokio::time::{MissedTickBehavior, interval};

use super::Hub;
use crate::base::clock::monotonic_ms;

/// How exactly an interval is kept.
const STEP: Duration = Duration::from_millis(500);

/// A step that is later than that: the process stood still.
const LATE_MS: u64 = 500;

/// Beats for ever.
pub async fn run(hub: Hub, heartbeat: Heartbeat) {
    let mut timer = interval(STEP);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut since_ms = monotonic_ms();
    loop {
        timer.tick().await;
        let now_ms = monotonic_ms();
        let late_ms = (now_ms - since_ms).saturating_sub(STEP.as_millis() as u64);
        if late_ms > LATE_MS {
            hub.excuse(late_ms, now_ms);
        }
        hub.beat(heartbeat, since_ms, now_ms);
        since_ms = now_ms;
    }
}
