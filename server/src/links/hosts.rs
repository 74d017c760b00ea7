//! Keeps the server from being used against a site: few requests at once, and not in quick
//! succession, whoever asks for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// The most requests to a host at the same time.
const AT_ONCE: usize = 2;
/// The least time between the beginnings of two requests to a host.
const INTERVAL: Duration = Duration::from_millis(250);
/// The hosts that are remembered. Beyond that, those that are not in use are forgotten.
const MAX_IDLE: usize = 256;

/// The hosts that are asked, or were lately.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Arc<Host>>>);

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// When the next request may begin.
    next: Mutex<Instant>,
}

/// The right to send one request, until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Hosts {
    /// Waits until a request to this host may begin.
    pub(super) async fn turn(&self, name: &str) -> Option<Turn> {
        let host = self.host(name);
        // Fails never: the semaphore is not closed.
        let place = Arc::clone(&host.places).acquire_owned().await.ok()?;
        sleep_until(host.reserve(Instant::now())).await;
        Some(Turn { _place: place })
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let now = Instant::now();
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MAX_IDLE {
            hosts.retain(|_, host| host.is_used(now));
        }
        let host = hosts.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Host { places: Arc::new(Semaphore::new(AT_ONCE)), next: Mutex::new(now) })
        });
        Arc::clone(host)
    }
}

impl Host {
    /// Returns when the next request may begin. The one after it may begin an interval later.
    fn reserve(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = now.max(*next);
        *next = begin + INTERVAL;
        begin
    }

    fn is_used(self: &Arc<Self>, now: Instant) -> bool {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next > now || Arc::strong_count(self) > 1 || self.places.available_permits() < AT_ONCE
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// Time stands still here, but for what waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_host_is_asked_by_two_at_once_and_not_in_quick_succession() {
        let (hosts, begin) = (Hosts::default(), Instant::now());
        let first = hosts.turn("a.example").await.unwrap();
        assert_eq!(begin.elapsed(), Duration::ZERO);
        let second = hosts.turn("a.example").await.unwrap();
        assert_eq!(begin.elapsed(), INTERVAL);
        assert!(timeout(Duration::from_secs(60), hosts.turn("a.example")).await.is_err());
        let other = hosts.turn("b.example").await.unwrap();
        drop(first);
        let before = Instant::now();
        let third = hosts.turn("a.example").await.unwrap();
        assert_eq!(before.elapsed(), Duration::ZERO);
        drop((second, third, other));
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_are_not_asked_any_more_are_forgotten() {
        let hosts = Hosts::default();
        let kept = hosts.turn("kept.example").await.unwrap();
        for number in 0..2 * MAX_IDLE {
            drop(hosts.turn(&format!("{number}.example")).await);
            tokio::time::advance(INTERVAL).await;
        }
        let known = hosts.0.lock().unwrap().keys().cloned().collect::<Vec<_>>();
        assert!(known.len() <= MAX_IDLE, "{}", known.len());
        assert!(known.contains(&"kept.example".to_owned()));
        drop(kept);
    }
}
