//! The heartbeat of all connections (guide section 7): pings each once an interval and closes
//! silent ones.

use std::{sync::atomic::Ordering, time::Duration};

use protocol::{CloseCode, Empty, Event, Heartbeat};
use tokio::time::{MissedTickBehavior, interval};

use super::{Hub, encode};
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
            hub.credit_stall(late_ms, now_ms);
        }
        hub.check_heartbeats(heartbeat, since_ms, now_ms);
        since_ms = now_ms;
    }
}

impl Hub {
    /// Extends the idle time of every connection by a stall of this process, during which nothing
    /// could be received.
    pub fn credit_stall(&self, stalled_ms: u64, now_ms: u64) {
        for client in self.lock().clients.values() {
            let last_seen_ms = client.last_seen_ms.load(Ordering::Relaxed);
            let credited_ms = last_seen_ms.saturating_add(stalled_ms).min(now_ms);
            client.last_seen_ms.fetch_max(credited_ms, Ordering::Relaxed);
        }
    }

    /// Pings connections once an interval and closes those that were silent for too long.
    ///
    /// One call serves all connections since `since_ms`. Their pings are spread over the interval.
    pub fn check_heartbeats(&self, heartbeat: Heartbeat, since_ms: u64, now_ms: u64) {
        let ping = encode(Event::Ping(Empty {}));
        for (id, client) in &self.lock().clients {
            let silent_ms = now_ms.saturating_sub(client.last_seen_ms.load(Ordering::Relaxed));
            if silent_ms >= heartbeat.interval_ms + heartbeat.timeout_ms {
                client.outbox.close(CloseCode::GoingAway, "connection timed out");
            } else {
                let offset_ms = id.0.as_u128() as u64 % heartbeat.interval_ms;
                let interval = |at_ms: u64| (at_ms + offset_ms) / heartbeat.interval_ms;
                if client.is_welcomed && interval(now_ms) != interval(since_ms) {
                    client.outbox.push_event(ping.clone());
                }
            }
        }
    }
}
