//! Notifications (Web Push): the browsers that receive them, and the worker that sends them
//! (docs/decisions/0037-notifications.md).
//!
//! The addresses come from users: nothing is sent into the own network, and everything is bounded.

mod encrypt;
mod payload;
mod places;
mod send;
mod vapid;
mod waits;
mod work;

use std::time::{Duration, Instant};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64URL},
};
use futures_util::future::join_all;
use protocol::{
    FieldError, PushId, Timestamp,
    http::{NewPush, Push, PushResult, PushResults},
    limits::MAX_ENDPOINT_CHARS,
};
use tokio_util::task::TaskTracker;

use crate::{
    base::{clock::now, shutdown::Shutdown},
    config::Config,
    error::Error,
    hub::Hub,
    limits::Limits,
    store::{NewPushDevice, PushTarget, SessionUser, Store},
};
use encrypt::{AUTH_BYTES, PUBLIC_KEY_BYTES};
use places::Places;
use send::{Answer, NoAnswer, Sender};
use vapid::VapidKey;
use waits::Waits;
use work::Queues;

/// The service.
#[derive(Debug)]
pub struct PushService {
    store: Store,
    hub: Hub,
    limits: Limits,
    shutdown: Shutdown,
    sender: Sender,
    queues: Queues,
    places: Places,
    waits: Waits,
    /// What is being sent.
    sending: TaskTracker,
    /// The time after which a page that is lost is known to be.
    lost_after: Duration,
}

/// The time that a connection has beyond the heartbeat: for a closing handshake that its peer may
/// leave unanswered.
const CLOSING: Duration = Duration::from_secs(6);

impl PushService {
    /// Creates the service. `public_url` is the address of this server.
    ///
    /// # Errors
    /// Fails with the reason if there are no certificates to trust, or if the key of this server
    /// cannot be read.
    pub fn new(
        store: Store,
        hub: Hub,
        limits: Limits,
        shutdown: Shutdown,
        config: &Config,
        public_url: &str,
    ) -> Result<Self, String> {
        let new = VapidKey::generate().map_err(|_| "the system has no random numbers")?;
        let key = store.vapid_key(&BASE64.encode(new)).map_err(|error| error.to_string())?;
        let key = BASE64.decode(key).ok();
        let key = key.and_then(|key| VapidKey::new(&key, public_url).ok());
        let key = key.ok_or("the key for push services in the database is damaged")?;
        let sender = Sender::new(config.push_allow.clone(), key)?;
        let heartbeat = config.heartbeat.0;
        let silence = Duration::from_millis(heartbeat.interval_ms + heartbeat.timeout_ms);
        Ok(Self {
            store,
            hub,
            limits,
            shutdown,
            sender,
            queues: Queues::default(),
            places: Places::new(),
            waits: Waits::default(),
            sending: TaskTracker::new(),
            lost_after: silence + CLOSING,
        })
    }

    /// Returns the key of this server, and the user's browsers.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn list(&self, session: &SessionUser) -> Result<Push, Error> {
        let devices = self.store.push_devices(session).await?;
        Ok(Push { key: self.sender.public_key(), devices })
    }

    /// Adds a browser to the session.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if the endpoint or a key does not fit, and [`Error::Limited`]
    /// after too many changes.
    pub async fn add(&self, session: &SessionUser, new: NewPush) -> Result<PushId, Error> {
        let NewPush { endpoint, keys } = new;
        let mut faults = Vec::new();
        let mut key = |field, text: &str, length, words| {
            let bytes = BASE64URL.decode(text.trim_end_matches('=')).unwrap_or_default();
            if bytes.len() != length {
                faults.push(FieldError::new(field, words));
            }
            bytes
        };
        let point = "must be a point of the curve P-256, uncompressed, in base64url";
        let p256dh = key("keys.p256dh", &keys.p256dh, PUBLIC_KEY_BYTES, point);
        let auth = key("keys.auth", &keys.auth, AUTH_BYTES, "must be 16 bytes in base64url");
        if !faults.iter().any(|fault| fault.field == "keys.p256dh") && !encrypt::is_point(&p256dh) {
            faults.push(FieldError::new("keys.p256dh", point));
        }
        let is_long = |endpoint: &str| endpoint.chars().count() > MAX_ENDPOINT_CHARS;
        let too_long = format!("must have at most {MAX_ENDPOINT_CHARS} characters");
        if is_long(&endpoint) {
            faults.push(FieldError::new("endpoint", too_long.clone()));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        self.limits.push(session.user.id).await?;
        let checked = self.sender.check(&endpoint).await;
        let endpoint = checked.map_err(|rule| Error::field("endpoint", rule))?;
        if is_long(&endpoint) {
            return Err(Error::field("endpoint", too_long));
        }
        let new = NewPushDevice { endpoint, p256dh, auth };
        Ok(self.store.add_push_device(session, new).await?)
    }

    /// Removes a browser of the user.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has no such browser.
    pub async fn remove(&self, session: &SessionUser, id: PushId) -> Result<(), Error> {
        Ok(self.store.remove_push_device(session.user.id, id).await?)
    }

    /// Sends a test to all browsers of the user, and waits for the answers.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] after too many tests.
    pub async fn test(&self, session: &SessionUser) -> Result<PushResults, Error> {
        self.limits.push(session.user.id).await?;
        let targets = self.store.push_targets(session.user.id).await?;
        let results = join_all(targets.iter().map(|target| self.test_one(target))).await;
        Ok(PushResults { results: results.into_iter().collect::<Result<_, Error>>()? })
    }

    async fn test_one(&self, target: &PushTarget) -> Result<PushResult, Error> {
        let begun = Instant::now();
        let answer = self.send_test(target).await;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, detail) = match answer {
            Ok(Answer { status, .. }) => (status, explain(status)),
            Err(fault) => (0, Some(format!("Nothing was sent: {fault}."))),
        };
        if matches!(status, 404 | 410) {
            self.store.push_device_ended(target.device).await?;
        }
        Ok(PushResult { id: target.device, status, detail, took_ms })
    }

    async fn send_test(&self, target: &PushTarget) -> Result<Answer, NoAnswer> {
        let (device, service) = (target.device, target.service().into());
        let is_slow = self.waits.is_slow(device);
        let place = self.places.place((target.user, &service), is_slow).await;
        let place = place.ok_or(NoAnswer::Busy)?;
        let request = self.sender.send(target, payload::test(), None);
        self.places.request(place, (device, &self.waits), request).await
    }
}

fn after(time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_add(millis))
}

/// Says what a status of a push service means. `None` if all is well.
fn explain(status: u16) -> Option<String> {
    let words = match status {
        200..=299 => return None,
        404 | 410 => "The browser ended this subscription. Turn notifications on again there.",
        401 | 403 => {
            "The push service does not know the key of this server. Turn notifications \
                      off and on again on that device."
        }
        413 => "The push service finds the notification too large.",
        429 => "The push service takes no more at present. It is tried again later.",
        500..=599 => "The push service has a fault. It is tried again later.",
        _ => "The push service refused the notification.",
    };
    Some(words.to_owned())
}
