//! The heartbeat of all connections (guide section 7): pings each at its interval and closes those that
//! send nothing.

use std::time::Duration;

use protocol::Heartbeat;
use tokio::time::{MissedTickBehavior, interval};

use super::Hub;
use crate::base::clock::monotonic_ms;

/// The precision of the intervals.
const TICK: Duration = Duration::from_millis(500);

/// A tick that is later than this shows that the process stalled.
const STALL_MS: u64 = 500;

/// Checks all connections at each tick. Never returns.
pub async fn run(hub: Hub, heartbeat: Heartbeat) {
    let mut timer = interval(TICK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut since_ms = monotonic_ms();
    loop {
        timer.tick().await;
        let now_ms = monotonic_ms();
        let late_ms = (now_ms - since_ms).saturating_sub(TICK.as_millis() as u64);
        if late_ms > STALL_MS {
            hub.excuse(late_ms, now_ms);
        }
        hub.beat(heartbeat, since_ms, now_ms);
        since_ms = now_ms;
    }
}
