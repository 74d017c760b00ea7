//! Sends the messages whose time has come.
//!
//! Each node does this. A job is leased in the store, so that nodes do not try the same one.

use std::{sync::Arc, time::Duration};

use protocol::{Event, LaterGone, MessageId, Timestamp};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::ChatService;
use crate::{
    base::clock::now,
    error::{Error, STORE_UNAVAILABLE},
    store::{JobKind, LeasedJob},
};

/// The longest time between two looks into the store: another node may have kept a job and died.
const INTERVAL: Duration = Duration::from_secs(10);
/// The shortest time between two looks, if others hold what is due.
const PAUSE: Duration = Duration::from_millis(200);
/// The time for which a job is leased. One that failed for a while is tried again after it.
const LEASE: Duration = Duration::from_secs(30);

impl ChatService {
    /// Does what is due. Never returns.
    pub async fn run_jobs(self: Arc<Self>) {
        loop {
            let pause = self.do_due_jobs().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "messages could not be sent at their time; trying again");
                INTERVAL
            });
            // A job may have come meanwhile: then this ends at once.
            let _ = tokio::time::timeout(pause, self.jobs_due.notified()).await;
        }
    }

    /// Does all that is due. Returns the time until the next look.
    async fn do_due_jobs(&self) -> Result<Duration, Error> {
        let holder = Uuid::new_v4();
        loop {
            let Some(next) = self.store.next_job().await? else { return Ok(INTERVAL) };
            let wait = next.as_millis() - now().as_millis();
            if wait > 0 {
                let wait = Duration::from_millis(wait.unsigned_abs());
                return Ok(wait.min(INTERVAL));
            }
            let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
            let until = Timestamp::from_millis(now().as_millis().saturating_add(lease));
            let leased = self.store.lease_jobs(holder, until).await?;
            if leased.is_empty() {
                return Ok(PAUSE);
            }
            // One that fails is tried again after its lease. It does not keep the others waiting.
            for job in leased {
                let id = job.id;
                if let Err(error) = self.send_due(job).await {
                    tracing::warn!(%error, %id, "a message for later was not sent; trying again");
                }
            }
        }
    }

    /// Sends the message of a job. If it is refused, the user keeps it together with the reason.
    async fn send_due(&self, job: LeasedJob) -> Result<(), Error> {
        let (sender, outcome) = oneshot::channel();
        let on_commit = self.bus.on_unconnected_commit(job.user, |result| {
            let _ = sender.send(result);
        });
        self.store.send_later(job.clone(), self.links.clone(), on_commit).await?;
        let user = job.user;
        let event = match outcome.await.map_err(|_| STORE_UNAVAILABLE)? {
            Ok(()) => {
                let (id, reminder) = (MessageId(job.id), job.kind == JobKind::Remind);
                Some(Event::LaterGone(LaterGone { id, sent: true, reminder }))
            }
            // It was changed or cancelled, or another node holds it.
            Err(Error::NotFound("job")) => None,
            // A fault of the server is no refusal.
            Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
            Err(refused) => {
                let kept = self.store.refuse_later(job, refused.into_payload()).await?;
                kept.map(|kept| Event::LaterChanged(Box::new(kept)))
            }
        };
        if let Some(event) = event {
            self.notifier.to_all_of(user, event);
        }
        Ok(())
    }
}
