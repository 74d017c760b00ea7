//! The worker: finds out whom messages notify, and sends to each browser in order.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use protocol::{MessageId, PushId, Timestamp};
use tokio::{sync::Semaphore, task::JoinSet};
use uuid::Uuid;

use super::{PushService, payload::payload, send::Answer};
use crate::{
    base::clock::now,
    error::Error,
    store::{DeviceTask, PushContent, PushJob, PushOutcome, PushSent, PushTask},
};

/// The longest time between two looks into the store: another node may have died.
const INTERVAL: Duration = Duration::from_secs(10);
/// The shortest time between two looks, however many messages come.
const PAUSE: Duration = Duration::from_millis(100);
/// The time for which a job is leased.
const LEASE: Duration = Duration::from_secs(30);
/// The time that must be left of a lease when something is sent: that of the request, and some more
/// to note the answer. What has waited behind others for too long is leased again.
const LEFT: Duration = Duration::from_secs(15);
/// The browsers that are sent to at the same time.
const BROWSERS_AT_ONCE: usize = 64;
/// The browsers for which jobs are leased. Those beyond the first wait for their turn.
const MAX_BROWSERS: usize = 256;
/// The time until the second attempt. It doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);
/// The time after which something is given up.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// What waits for each browser that is being sent to.
#[derive(Debug)]
pub(super) struct Queues {
    waiting: Mutex<HashMap<PushId, VecDeque<(PushJob, DeviceTask)>>>,
    places: Semaphore,
}

impl Queues {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), places: Semaphore::new(BROWSERS_AT_ONCE) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PushId, VecDeque<(PushJob, DeviceTask)>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds something for a browser. Returns whether nobody sends to it yet.
    fn add(&self, job: PushJob, task: DeviceTask) -> bool {
        match self.lock().entry(task.device) {
            Entry::Occupied(mut queue) => {
                queue.get_mut().push_back((job, task));
                false
            }
            Entry::Vacant(place) => {
                place.insert(VecDeque::from([(job, task)]));
                true
            }
        }
    }

    /// Takes the next thing for a browser. The browser is no longer sent to if there is none.
    fn next(&self, device: PushId) -> Option<(PushJob, DeviceTask)> {
        let mut waiting = self.lock();
        let next = waiting.get_mut(&device).and_then(VecDeque::pop_front);
        if next.is_none() {
            waiting.remove(&device);
        }
        next
    }
}

impl PushService {
    /// Sends notifications. Never returns.
    pub async fn run(self: Arc<Self>) {
        let mut sending = JoinSet::new();
        loop {
            while sending.try_join_next().is_some() {}
            let pause = if sending.len() < MAX_BROWSERS {
                self.lease(&mut sending).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "notifications could not be sent; trying again");
                    INTERVAL
                })
            } else {
                // Some end soon.
                sending.join_next().await;
                continue;
            };
            // A message may have come meanwhile: then this ends at once.
            let _ = tokio::time::timeout(pause, self.store.pushes_due().notified()).await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Leases what is due, and begins to send it. Returns the time until the next look.
    async fn lease(self: &Arc<Self>, sending: &mut JoinSet<()>) -> Result<Duration, Error> {
        let Some(next) = self.store.next_push().await? else { return Ok(INTERVAL) };
        let wait = next.as_millis() - now().as_millis();
        if wait > 0 {
            return Ok(Duration::from_millis(wait.unsigned_abs()).min(INTERVAL));
        }
        let mut messages = Vec::new();
        for job in self.store.lease_pushes(Uuid::new_v4(), after(LEASE)).await? {
            match job.task {
                PushTask::Notify(message) => messages.push(self.notify(job, message)),
                PushTask::Send(task) => {
                    if self.queues.add(job, task) {
                        let (service, device) = (Arc::clone(self), task.device);
                        sending.spawn(async move { service.send_all(device).await });
                    }
                }
            }
        }
        for notified in join_all(messages).await {
            // It is leased again after its lease.
            if let Err(error) = notified {
                tracing::warn!(%error, "a message notified nobody yet; trying again");
            }
        }
        Ok(Duration::ZERO)
    }

    /// Finds out whom a message notifies: not those who look at the room.
    async fn notify(&self, job: PushJob, message: MessageId) -> Result<(), Error> {
        let audience = self.store.push_audience(message).await?;
        let users = audience.map_or_else(Vec::new, |(room, users)| {
            let looking = self.hub.viewers(room, &users);
            users.into_iter().filter(|user| !looking.contains(user)).collect()
        });
        Ok(self.store.notify_users(job, message, users).await?)
    }

    /// Sends what waits for a browser, in order. If its push service cannot take it, all of it
    /// waits.
    async fn send_all(&self, device: PushId) {
        let mut retry = None;
        while let Some((job, task)) = self.queues.next(device) {
            let outcome = match retry {
                Some(at) => Ok(PushOutcome::Later(at, false)),
                None => self.send(&job, task).await,
            };
            let noted = match outcome {
                Ok(outcome) => {
                    if let PushOutcome::Later(at, _) = outcome {
                        retry = Some(at);
                    }
                    self.store.push_ended(job, task, outcome).await.map_err(Error::from)
                }
                Err(error) => Err(error),
            };
            // It is leased again after its lease.
            if let Err(error) = noted {
                tracing::warn!(%error, "a notification could not be sent; trying again");
            }
        }
    }

    async fn send(&self, job: &PushJob, task: DeviceTask) -> Result<PushOutcome, Error> {
        let place = self.queues.places.acquire().await;
        if place.is_err() || after(LEFT) > job.until {
            return Ok(PushOutcome::Later(now(), false));
        }
        let Some(content) = self.store.push_content(task).await? else {
            return Ok(PushOutcome::Dropped);
        };
        if self.is_in_view(&content) {
            return Ok(PushOutcome::Dropped);
        }
        let topic = Some(content.tag);
        let answer = self.sender.send(&content.target, &payload(&content), topic).await;
        let outcome = match answer {
            Ok(Answer { status: 200..=299, .. }) => PushOutcome::Taken,
            Ok(Answer { status: 404 | 410, .. }) => PushOutcome::Gone,
            Ok(Answer { status: 429 | 500..=599, retry_after }) => retry(task, retry_after),
            Ok(Answer { status, .. }) => {
                tracing::warn!(status, "a push service refused a notification");
                PushOutcome::Dropped
            }
            Err(fault) => {
                tracing::debug!(%fault, "a notification was not sent");
                retry(task, None)
            }
        };
        Ok(outcome)
    }

    /// Returns whether the user looks at the room of a message.
    fn is_in_view(&self, content: &PushContent) -> bool {
        let user = content.target.user;
        let room = content.message.as_ref().map(|message| message.room);
        room.is_some_and(|room| self.hub.viewers(room, &[user]).contains(&user))
    }
}

/// Returns when to try again after the push service could not take something: in twice the time of
/// the last attempt, or when the service says.
fn retry(task: DeviceTask, retry_after: Option<Duration>) -> PushOutcome {
    let since = task.since.unwrap_or_else(now);
    let is_close = matches!(task.what, PushSent::Close(_));
    let waits = FIRST_RETRY.saturating_mul(1 << task.tries.min(10)).min(LONGEST_RETRY);
    let at = after(retry_after.unwrap_or_default().max(waits));
    let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
    let ends = since.as_millis().saturating_add(patience);
    // Nobody minds a notification that is closed much later.
    if at.as_millis() > ends || is_close && task.tries > 5 {
        tracing::info!("a notification is given up: its push service did not take it");
        return PushOutcome::Dropped;
    }
    PushOutcome::Later(at, true)
}

fn after(time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(tries: u32, since: Option<Timestamp>) -> DeviceTask {
        let what = PushSent::Message(MessageId::default());
        DeviceTask { device: PushId::default(), what, tries, since }
    }

    fn wait(outcome: PushOutcome) -> Option<i64> {
        match outcome {
            PushOutcome::Later(at, true) => Some((at.as_millis() - now().as_millis() + 500) / 1000),
            _ => None,
        }
    }

    #[test]
    fn attempts_come_less_often_and_end_after_an_hour() {
        let waits: Vec<_> = (0..9).map(|tries| wait(retry(task(tries, None), None))).collect();
        let expected = [2, 4, 8, 16, 32, 64, 128, 256, 300];
        assert_eq!(waits, expected.map(Some));
        let asked = Some(Duration::from_secs(120));
        assert_eq!(wait(retry(task(0, None), asked)), Some(120));
        assert_eq!(wait(retry(task(8, None), asked)), Some(300));
        let long_ago = Timestamp::from_millis(now().as_millis() - 58 * 60 * 1000);
        assert_eq!(retry(task(8, Some(long_ago)), None), PushOutcome::Dropped);
        assert_eq!(retry(task(0, None), Some(Duration::from_secs(7200))), PushOutcome::Dropped);
    }
}
