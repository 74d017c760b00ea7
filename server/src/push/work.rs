//! The worker: finds out whom messages notify, and sends to each browser in order.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    iter,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use protocol::{MessageId, PushId, Timestamp, UserId};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{PushService, after, payload::payload, send::Answer};
use crate::{
    base::clock::now,
    error::Error,
    store::{DeviceTask, Notified, PushContent, PushEnd, PushJob, PushOutcome, PushSent, PushTask},
};

/// The longest time between two looks into the store: another node may have died.
const INTERVAL: Duration = Duration::from_secs(10);
/// The shortest time between two looks, unless there may be more than one takes.
const PAUSE: Duration = Duration::from_millis(100);
/// The time until the next look after something was found.
const SHORTEST: Duration = Duration::from_millis(1);
/// The time for which a job is leased.
const LEASE: Duration = Duration::from_secs(30);
/// The time that must be left of a lease when something is sent: that of the request, and some more
/// to note the answer. What has waited behind others for too long is leased again.
const LEFT: Duration = Duration::from_secs(15);
/// The browsers for which messages are leased. Those beyond wait in the store. A user has few.
const MAX_BROWSERS: usize = 1_024;
/// The most users for whom jobs are left in one transaction, unless it is one message.
const USERS_AT_ONCE: usize = 256;
/// The time after which something is given up.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// What waits for each browser that is being sent to.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<PushId, VecDeque<(PushJob, DeviceTask)>>>);

impl Queues {
    fn lock(&self) -> MutexGuard<'_, HashMap<PushId, VecDeque<(PushJob, DeviceTask)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Takes all that waits for a browser.
    fn rest(&self, device: PushId) -> VecDeque<(PushJob, DeviceTask)> {
        self.lock().get_mut(&device).map(std::mem::take).unwrap_or_default()
    }
}

impl PushService {
    /// Sends notifications, until the server shuts down. Never returns.
    pub async fn run(self: Arc<Self>) {
        while !self.shutdown.is_draining() {
            // The shutdown waits for it, so that nothing stays leased.
            let leased = self.sending.track_future(self.lease()).await;
            let pause = leased.unwrap_or_else(|error| {
                tracing::warn!(%error, "notifications could not be sent; trying again");
                INTERVAL
            });
            if !pause.is_zero() {
                let due = async {
                    // A message may have come meanwhile: then this ends at once.
                    let _ = tokio::time::timeout(pause, self.store.pushes_due().notified()).await;
                    tokio::time::sleep(PAUSE).await;
                };
                tokio::select! {
                    () = self.shutdown.begun() => {}
                    () = due => {}
                }
            }
        }
        std::future::pending().await
    }

    /// Returns what is being sent. A shutdown waits for it: what was not noted would be sent again.
    pub fn sending(&self) -> &TaskTracker {
        &self.sending
    }

    /// Leases what is due, and begins to send it. Returns the time until the next look.
    async fn lease(self: &Arc<Self>) -> Result<Duration, Error> {
        let Some(next) = self.store.next_push().await? else { return Ok(INTERVAL) };
        let wait = next.as_millis() - now().as_millis();
        if wait > 0 {
            return Ok(Duration::from_millis(wait.unsigned_abs()).min(INTERVAL));
        }
        let has_room = self.sending.len() < MAX_BROWSERS;
        let leased = self.store.lease_pushes(Uuid::new_v4(), after(LEASE), has_room).await?;
        let (mut messages, mut ends) = (Vec::new(), Vec::new());
        for job in leased.jobs {
            match job.task.clone() {
                PushTask::Notify(message, only) => messages.push(self.notify(job, message, only)),
                PushTask::Send(task) => match self.waits.until(task.device) {
                    Some(at) => ends.push(put_off(job, task, at)),
                    None => self.begin(job, task),
                },
            }
        }
        if !ends.is_empty() {
            self.store.pushes_ended(ends).await?;
        }
        self.notify_all(join_all(messages).await).await?;
        Ok(if leased.is_full { Duration::ZERO } else { SHORTEST })
    }

    /// Begins to send something to a browser, unless something else is being sent to it.
    fn begin(self: &Arc<Self>, job: PushJob, task: DeviceTask) {
        let device = task.device;
        if self.queues.add(job, task) {
            let service = Arc::clone(self);
            self.sending.spawn(async move { service.send_all(device).await });
        }
    }

    /// Leaves jobs for the browsers of those whom messages notify, in the order of the messages.
    async fn notify_all(&self, all: Vec<Result<Notified, Error>>) -> Result<(), Error> {
        let again = after(self.lost_after);
        let (mut some, mut users) = (Vec::new(), 0);
        for notified in all {
            match notified {
                Ok(notified) => {
                    users += notified.users.len();
                    some.push(notified);
                }
                // It is leased again after its lease.
                Err(error) => {
                    tracing::warn!(%error, "a message notified nobody yet; trying again");
                }
            }
            if users >= USERS_AT_ONCE {
                self.store.notify_users(std::mem::take(&mut some), again).await?;
                users = 0;
            }
        }
        if !some.is_empty() {
            self.store.notify_users(some, again).await?;
        }
        Ok(())
    }

    /// Finds out whom a message notifies: not those who look at the room.
    async fn notify(
        &self,
        job: PushJob,
        message: MessageId,
        only: Option<Vec<UserId>>,
    ) -> Result<Notified, Error> {
        let audience = self.store.push_audience(message).await?;
        let (users, looking) = audience.map_or_else(Default::default, |(room, mut users)| {
            if let Some(only) = only {
                users.retain(|user| only.contains(user));
            }
            let looking = self.hub.viewers(room, &users);
            users.into_iter().partition(|user| !looking.contains(user))
        });
        Ok(Notified { job, message, users, looking })
    }

    /// Sends what waits for a browser, in order. If its push service cannot take it, all of it
    /// waits.
    async fn send_all(&self, device: PushId) {
        while let Some((job, task)) = self.queues.next(device) {
            let sent = match self.waits.until(device) {
                Some(at) => Ok(put_off(job, task, at)),
                None => self.send(job, task).await,
            };
            let noted = match sent {
                Ok(end) => {
                    // It waits even if this was given up: then the rest is likely to be, too.
                    let until = self.waits.until(device);
                    let is_put_off = matches!(end.outcome, PushOutcome::Later(..));
                    let rest = if is_put_off || until.is_some() {
                        self.queues.rest(device)
                    } else {
                        VecDeque::new()
                    };
                    let at = until.unwrap_or_else(now);
                    let rest = rest.into_iter().map(|(job, task)| put_off(job, task, at));
                    let ends = iter::once(end).chain(rest).collect();
                    self.store.pushes_ended(ends).await.map_err(Error::from)
                }
                Err(error) => Err(error),
            };
            // It is leased again after its lease.
            if let Err(error) = noted {
                tracing::warn!(%error, "a notification could not be sent; trying again");
            }
        }
    }

    /// Sends something to a browser. Returns how that ended.
    async fn send(&self, job: PushJob, task: DeviceTask) -> Result<PushEnd, Error> {
        let device = task.device;
        let is_slow = self.waits.is_slow(device);
        let Some(place) = self.places.place((task.user, &task.service), is_slow).await else {
            let at = self.waits.failed(device, task.tries, None);
            return Ok(put_off(job, task, at));
        };
        if self.shutdown.is_draining() || after(LEFT) > job.until {
            return Ok(put_off(job, task, now()));
        }
        let end = |outcome, refused| PushEnd { job, task: task.clone(), outcome, refused };
        let content = self.store.push_content(&task).await?;
        let Some(content) = content.filter(|content| !self.is_in_view(content)) else {
            return Ok(end(PushOutcome::Dropped, None));
        };
        let noted = self.store.note_pushed(&task).await?;
        if noted.is_none() && content.message.is_some() {
            return Ok(end(PushOutcome::Dropped, None));
        }
        let request = self.sender.send(&content.target, payload(&content), Some(content.tag));
        let answer = self.places.request(place, (device, &self.waits), request).await;
        Ok(match answer {
            Ok(Answer { status: 200..=299, .. }) => {
                self.waits.forget(device);
                end(PushOutcome::Taken, None)
            }
            Ok(Answer { status: 404 | 410, .. }) => {
                self.waits.forget(device);
                end(PushOutcome::Gone, None)
            }
            Ok(Answer { status: 429 | 500..=599, retry_after }) => {
                end(self.retry(&task, retry_after), noted)
            }
            Ok(Answer { status, .. }) => {
                if self.waits.may_warn(&task.service) {
                    let service = &task.service;
                    tracing::warn!(status, %service, "a push service refused a notification");
                }
                end(PushOutcome::Dropped, noted)
            }
            // The service may have taken it all the same.
            Err(fault) => {
                tracing::debug!(%fault, "a notification was not sent");
                end(self.retry(&task, None), None)
            }
        })
    }

    /// Returns when to try again after the push service could not take something. The browser waits
    /// until then.
    fn retry(&self, task: &DeviceTask, retry_after: Option<Duration>) -> PushOutcome {
        let at = self.waits.failed(task.device, task.tries, retry_after);
        // Nobody minds a notification that is closed much later.
        let is_late = matches!(task.what, PushSent::Close(_)) && task.tries > 5;
        if is_late || is_given_up(task, at) {
            if self.waits.may_warn(&task.service) {
                let service = &task.service;
                tracing::warn!(%service, "a push service took no notification; it is given up");
            }
            return PushOutcome::Dropped;
        }
        PushOutcome::Later(at, true)
    }

    /// Returns whether the user looks at the room of a message.
    fn is_in_view(&self, content: &PushContent) -> bool {
        let user = content.target.user;
        let room = content.message.as_ref().map(|message| message.room);
        room.is_some_and(|room| self.hub.viewers(room, &[user]).contains(&user))
    }
}

/// Puts something off that was not tried.
fn put_off(job: PushJob, task: DeviceTask, at: Timestamp) -> PushEnd {
    let is_given_up = is_given_up(&task, at);
    let outcome = if is_given_up { PushOutcome::Dropped } else { PushOutcome::Later(at, false) };
    PushEnd { job, task, outcome, refused: None }
}

/// Returns whether something would be tried too late.
fn is_given_up(task: &DeviceTask, at: Timestamp) -> bool {
    let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
    at.as_millis() > task.since.as_millis().saturating_add(patience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_given_up_an_hour_after_it_was_to_be_sent() {
        let task = |minutes: i64| DeviceTask {
            device: PushId::default(),
            user: UserId::default(),
            service: "push.example".into(),
            what: PushSent::Message(MessageId::default()),
            tries: 0,
            since: Timestamp::from_millis(now().as_millis() - minutes * 60 * 1000),
        };
        let soon = after(Duration::from_secs(300));
        assert!(!is_given_up(&task(0), soon));
        assert!(!is_given_up(&task(54), soon));
        assert!(is_given_up(&task(56), soon));
        assert!(is_given_up(&task(0), after(Duration::from_secs(7200))));
    }
}
