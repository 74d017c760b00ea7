//! Which browsers wait since their push services cannot take anything, and which services are slow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use protocol::{PushId, Timestamp};

use super::after;
use crate::base::clock::now;

/// The time until the second attempt. It doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);
/// The shortest time between two warnings about a push service.
const WARNING_PAUSE: Duration = Duration::from_secs(60);
/// The browsers, and the services, that are remembered before those that have waited long enough
/// are forgotten.
const MAX_KNOWN: usize = 10_000;

/// What this node knows of browsers and push services. Another node finds out by itself.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    browsers: HashMap<PushId, Browser>,
    warned: HashMap<Arc<str>, Instant>,
}

/// What is known of a browser whose push service did not take something, or was slow.
#[derive(Clone, Copy, Debug, Default)]
struct Browser {
    /// When it may be sent to again, in milliseconds.
    until: i64,
    /// How often its service could not take something, without a success.
    tries: u32,
    is_slow: bool,
}

impl Waits {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a browser may be sent to again. `None`: at once.
    pub(super) fn until(&self, device: PushId) -> Option<Timestamp> {
        let until = self.lock().browsers.get(&device)?.until;
        (until > now().as_millis()).then(|| Timestamp::from_millis(until))
    }

    /// Returns whether the service of a browser was slow when it was asked last.
    pub(super) fn is_slow(&self, device: PushId) -> bool {
        self.lock().browsers.get(&device).is_some_and(|browser| browser.is_slow)
    }

    /// Notes that the service of a browser does not answer soon.
    pub(super) fn slow(&self, device: PushId) {
        self.lock().of(device).is_slow = true;
    }

    /// Notes that the service of a browser answered soon.
    pub(super) fn quick(&self, device: PushId) {
        if let Some(browser) = self.lock().browsers.get_mut(&device) {
            browser.is_slow = false;
        }
    }

    /// Notes that a service has taken something, or that the browser is gone.
    pub(super) fn forget(&self, device: PushId) {
        let mut state = self.lock();
        match state.browsers.get_mut(&device) {
            Some(browser) if browser.is_slow => (browser.until, browser.tries) = (0, 0),
            _ => drop(state.browsers.remove(&device)),
        }
    }

    /// Notes that a service could not take something for the attempt of this number. Returns when
    /// the browser may be sent to again: in twice the time of the last attempt, or when the service
    /// says.
    pub(super) fn failed(
        &self,
        device: PushId,
        tries: u32,
        retry_after: Option<Duration>,
    ) -> Timestamp {
        let mut state = self.lock();
        let browser = state.of(device);
        let tries = browser.tries.max(tries);
        let waits = FIRST_RETRY.saturating_mul(1 << tries.min(10)).min(LONGEST_RETRY);
        let until = after(retry_after.unwrap_or_default().max(waits));
        (browser.until, browser.tries) = (until.as_millis(), tries.saturating_add(1));
        until
    }

    /// Returns whether there may be a warning about a service now.
    pub(super) fn may_warn(&self, service: &Arc<str>) -> bool {
        let warned = &mut self.lock().warned;
        if warned.get(service).is_some_and(|at| at.elapsed() < WARNING_PAUSE) {
            return false;
        }
        if warned.len() >= MAX_KNOWN {
            warned.retain(|_, at| at.elapsed() < WARNING_PAUSE);
        }
        let is_known = warned.len() < MAX_KNOWN;
        if is_known {
            warned.insert(Arc::clone(service), Instant::now());
        }
        is_known
    }
}

impl State {
    fn of(&mut self, device: PushId) -> &mut Browser {
        if self.browsers.len() >= MAX_KNOWN {
            let now = now().as_millis();
            self.browsers.retain(|_, browser| browser.until > now);
        }
        self.browsers.entry(device).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(until: Timestamp) -> i64 {
        (until.as_millis() - now().as_millis() + 500) / 1000
    }

    #[test]
    fn attempts_come_less_often_until_one_succeeds() {
        let (waits, device) = (Waits::default(), PushId::default());
        assert_eq!(waits.until(device), None);
        // Of one message after another: it is the browser that waits.
        let times: Vec<_> = (0..9).map(|_| wait(waits.failed(device, 0, None))).collect();
        assert_eq!(times, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert!(waits.until(device).is_some());
        waits.forget(device);
        assert_eq!(waits.until(device), None);
        assert_eq!(wait(waits.failed(device, 0, None)), 2);
        // Another node has tried before.
        assert_eq!(wait(waits.failed(PushId::default(), 4, None)), 32);
    }

    #[test]
    fn a_service_says_when_it_takes_something_again() {
        let (waits, device) = (Waits::default(), PushId::default());
        let asked = Some(Duration::from_secs(7200));
        assert_eq!(wait(waits.failed(device, 0, asked)), 7200);
        assert_eq!(wait(waits.until(device).unwrap()), 7200);
        let asked = Some(Duration::from_secs(1));
        assert_eq!(wait(waits.failed(device, 5, asked)), 64);
    }

    #[test]
    fn a_browser_is_slow_until_its_service_answers_soon() {
        let (waits, device) = (Waits::default(), PushId::default());
        assert!(!waits.is_slow(device));
        waits.slow(device);
        waits.failed(device, 0, None);
        waits.forget(device);
        assert!(waits.is_slow(device));
        assert_eq!(waits.until(device), None);
        waits.quick(device);
        assert!(!waits.is_slow(device));
    }

    #[test]
    fn there_is_one_warning_about_a_service_in_a_minute() {
        let waits = Waits::default();
        let (one, other) = ("one.example".into(), "other.example".into());
        assert!(waits.may_warn(&one) && waits.may_warn(&other));
        assert!(!waits.may_warn(&one) && !waits.may_warn(&other));
    }
}
