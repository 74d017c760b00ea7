//! Times the heads of requests: how long a connection may be idle, and how long a head may take.

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

use super::lingering::Unread;

/// Time that a connection may be idle between two requests.
///
/// Longer than proxies keep theirs (nginx 60 s, Traefik 90 s, Caddy 120 s), so that the proxy ends
/// it. If the server did, the proxy might have sent a request just then, and only some requests may
/// be sent twice.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(150);
/// Time limit for a client to send the head of a request, from its first byte on. A new connection
/// has as long for its first head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The timer of one connection. Hyper has one time limit for both, and starts it as soon as it
/// waits for a head.
#[derive(Debug)]
pub(super) struct HeadTimer {
    unread: Unread,
    is_first: AtomicBool,
}

/// The time limit of one head.
#[derive(Debug)]
struct HeadSleep {
    sleep: Pin<Box<tokio::time::Sleep>>,
    unread: Unread,
    /// Whether a part of the head has arrived.
    has_begun: bool,
}

impl HeadTimer {
    /// Creates the timer of a new connection.
    #[must_use]
    pub(super) fn new(unread: Unread) -> Self {
        Self { unread, is_first: AtomicBool::new(true) }
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let first = self.now() + HEAD_TIMEOUT;
        let is_first = self.is_first.swap(false, Ordering::Relaxed);
        let deadline = if is_first { deadline.min(first) } else { deadline };
        Box::pin(HeadSleep {
            sleep: Box::pin(tokio::time::sleep_until(deadline.into())),
            unread: Unread::clone(&self.unread),
            has_begun: is_first,
        })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_begun && self.unread.load(Ordering::Relaxed) {
            self.has_begun = true;
            let deadline = tokio::time::Instant::now() + HEAD_TIMEOUT;
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }
}

impl Sleep for HeadSleep {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sleeps as hyper does while it waits for a head. Bytes of it arrive after `begins`.
    async fn ends_after(timer: &HeadTimer, begins: Option<Duration>) -> Duration {
        timer.unread.store(false, Ordering::Relaxed);
        let since = timer.now();
        let mut sleep = timer.sleep_until(since + IDLE_TIMEOUT);
        if let Some(begins) = begins {
            let early = tokio::time::timeout(begins, sleep.as_mut()).await;
            assert!(early.is_err(), "the time ended before {begins:?}");
            timer.unread.store(true, Ordering::Relaxed);
            // More bytes, which do not buy more time.
            let early = tokio::time::timeout(HEAD_TIMEOUT / 2, sleep.as_mut()).await;
            assert!(early.is_err(), "the time ended before the head");
        }
        sleep.await;
        timer.now() - since
    }

    fn is(time: Duration, expected: Duration) -> bool {
        time.abs_diff(expected) < Duration::from_millis(10)
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_has_longer_than_a_head() {
        let timer = HeadTimer::new(Unread::default());
        let time = ends_after(&timer, None).await;
        assert!(is(time, HEAD_TIMEOUT), "the first head: {time:?}");
        let time = ends_after(&timer, None).await;
        assert!(is(time, IDLE_TIMEOUT), "between requests: {time:?}");
        let begins = Duration::from_secs(120); // how long Caddy keeps a connection
        let time = ends_after(&timer, Some(begins)).await;
        assert!(is(time, begins + HEAD_TIMEOUT), "a head that begins late: {time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_has_no_longer_if_it_begins_late() {
        let timer = HeadTimer::new(Unread::default());
        let time = ends_after(&timer, Some(HEAD_TIMEOUT / 4)).await;
        assert!(is(time, HEAD_TIMEOUT), "{time:?}");
    }
}
