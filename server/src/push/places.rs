//! Places for requests to push services: whose service hangs delays nobody else.
//!
//! A request has a place among the quick ones for a short time. If there is no answer until then,
//! it goes on among the slow ones, if they have a place, and the browser begins there next time.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use protocol::{PushId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    send::{Answer, NoAnswer},
    waits::Waits,
};

/// The quick requests at the same time: of all, to one service, and for one user.
const QUICK: usize = 64;
const QUICK_OF_SERVICE: usize = 32;
const QUICK_OF_USER: usize = 2;
/// The time for which a request is a quick one.
const QUICK_TIME: Duration = Duration::from_secs(2);
/// The slow requests at the same time: of all, and for one user.
const SLOW: usize = 64;
const SLOW_OF_USER: usize = 8;
/// The users and services whose places are kept before those that use none are forgotten.
const MAX_KNOWN: usize = 1_000;

/// The places.
#[derive(Debug)]
pub(super) struct Places {
    quick: Arc<Semaphore>,
    quick_of_service: Shares<Arc<str>>,
    quick_of_user: Shares<UserId>,
    slow: Arc<Semaphore>,
    slow_of_user: Shares<UserId>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    user: UserId,
    is_slow: bool,
    permits: Vec<OwnedSemaphorePermit>,
}

/// The places that each user or service may have.
#[derive(Debug)]
struct Shares<K> {
    size: usize,
    of: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Eq + Hash> Shares<K> {
    fn new(size: usize) -> Self {
        Self { size, of: Mutex::default() }
    }

    fn of(&self, key: K) -> Arc<Semaphore> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= MAX_KNOWN {
            of.retain(|_, share| Arc::strong_count(share) > 1);
        }
        Arc::clone(of.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.size))))
    }
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            quick: Arc::new(Semaphore::new(QUICK)),
            quick_of_service: Shares::new(QUICK_OF_SERVICE),
            quick_of_user: Shares::new(QUICK_OF_USER),
            slow: Arc::new(Semaphore::new(SLOW)),
            slow_of_user: Shares::new(SLOW_OF_USER),
        }
    }

    /// Waits for a place for a browser of a user. `None` if it is slow, and there is no place for
    /// slow ones.
    pub(super) async fn place(
        &self,
        (user, service): (UserId, &Arc<str>),
        is_slow: bool,
    ) -> Option<Place> {
        if is_slow {
            return self.slow(user);
        }
        let of_user = self.quick_of_user.of(user).acquire_owned().await.ok()?;
        let of_service = self.quick_of_service.of(Arc::clone(service));
        let of_service = of_service.acquire_owned().await.ok()?;
        let quick = Arc::clone(&self.quick).acquire_owned().await.ok()?;
        Some(Place { user, is_slow: false, permits: vec![of_user, of_service, quick] })
    }

    fn slow(&self, user: UserId) -> Option<Place> {
        let of_user = self.slow_of_user.of(user).try_acquire_owned().ok()?;
        let slow = Arc::clone(&self.slow).try_acquire_owned().ok()?;
        Some(Place { user, is_slow: true, permits: vec![of_user, slow] })
    }

    /// Does a request for a browser in its place, and notes whether its service is slow.
    ///
    /// # Errors
    /// Fails as the request does, or if it is slow and there is no place for slow ones.
    pub(super) async fn request(
        &self,
        place: Place,
        (device, waits): (PushId, &Waits),
        request: impl Future<Output = Result<Answer, NoAnswer>>,
    ) -> Result<Answer, NoAnswer> {
        let mut request = std::pin::pin!(request);
        if let Ok(answer) = tokio::time::timeout(QUICK_TIME, request.as_mut()).await {
            waits.quick(device);
            return answer;
        }
        waits.slow(device);
        let Place { user, is_slow, permits } = place;
        let _permits = if is_slow {
            permits
        } else {
            drop(permits);
            self.slow(user).ok_or(NoAnswer::Slow)?.permits
        };
        request.await
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    fn user(number: usize) -> UserId {
        UserId(Uuid::from_u128(number as u128))
    }

    fn service() -> Arc<str> {
        "push.example".into()
    }

    #[tokio::test]
    async fn a_user_and_a_service_have_a_share_of_the_places() {
        let (places, service) = (Places::new(), service());
        let place =
            |number, service| places.place((user(number), service), false).now_or_never().flatten();
        let mut held: Vec<_> = (0..QUICK_OF_USER).map(|_| place(0, &service).unwrap()).collect();
        assert!(place(0, &service).is_none(), "others need some too");
        let rest = QUICK_OF_USER..QUICK_OF_SERVICE;
        held.extend(rest.map(|number| place(number, &service).unwrap()));
        assert!(place(100, &service).is_none(), "other services need some too");
        let other = "other.example".into();
        held.push(place(100, &other).unwrap());
        held.remove(0);
        assert!(place(0, &service).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_gives_way_and_has_few_places() {
        let (places, waits, service) = (Places::new(), Waits::default(), service());
        let mut hanging = Vec::new();
        for number in 0..SLOW_OF_USER + QUICK_OF_USER {
            let device = PushId(Uuid::from_u128(number as u128));
            let place = places.place((user(0), &service), false).await.unwrap();
            let mut request = Box::pin(places.request(place, (device, &waits), pending()));
            let answer = tokio::time::timeout(QUICK_TIME * 2, request.as_mut()).await;
            assert_eq!(answer.is_err(), number < SLOW_OF_USER, "{number} hangs on");
            assert!(waits.is_slow(device));
            if answer.is_err() {
                hanging.push(request);
            }
        }
        assert!(places.place((user(0), &service), true).await.is_none());
        assert!(places.place((user(0), &service), false).await.is_some(), "another browser");
        assert!(places.place((user(1), &service), true).await.is_some(), "another user");
        hanging.pop();
        let place = places.place((user(0), &service), true).await.unwrap();
        let device = PushId(Uuid::from_u128(0));
        let taken = Answer { status: 201, retry_after: None };
        let answer = places.request(place, (device, &waits), async { Ok(taken) }).await;
        assert_eq!(answer.unwrap().status, 201);
        assert!(!waits.is_slow(device), "it answered soon");
    }
}
