//! Wall-clock and monotonic time.

use std::{sync::LazyLock, time::Instant};

use protocol::Timestamp;

/// Returns the current time, to the millisecond.
#[must_use]
pub fn now() -> Timestamp {
    let since_epoch =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Returns the milliseconds since the first call in this process. The value never decreases.
#[must_use]
pub fn monotonic_ms() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}
