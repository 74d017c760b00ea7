//! The queue from the store's writer to this node's hub. It keeps the order of the room log. Events
//! that were written here are published to the other nodes on the way; events that other nodes
//! wrote enter the same queue.

use std::time::Instant;

use protocol::{ClientId, Event, KeptDraft, LoggedEvent, Response, RoomId, UserId};
use tokio::sync::mpsc;

use super::{flush::flush_all, notifier::Notifier, reply::PendingReply, room_changes::RoomChanges};
use crate::{
    cluster::{Cluster, LogEvent, message::ClusterMessage},
    error::Error,
    hub::{Hub, Topic},
    metrics::Metrics,
    store::{Logged, OnCommit},
};

/// Events that may wait for the hub. Beyond that the store's writer waits; the hub keeps up on
/// average.
const QUEUE: usize = 1024;
/// The most events that are delivered together.
const BATCH: usize = 256;

/// An event that is in the room log.
#[derive(Debug)]
struct Published {
    room: RoomId,
    seq: u64,
    event: Event,
    /// When it was committed on this node. `None` if another node wrote it.
    committed: Option<Instant>,
    /// The reply to its sender. It leaves with the event, in one write.
    reply: Option<(PendingReply, Response)>,
}

/// Publishes committed events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    queue: mpsc::Sender<Published>,
    hub: Hub,
    notifier: Notifier,
    changes: RoomChanges,
}

/// The receiving end of the [`Bus`].
#[derive(Debug)]
pub struct EventQueue {
    events: mpsc::Receiver<Published>,
    hub: Hub,
    cluster: Cluster,
    metrics: Metrics,
}

impl Bus {
    /// Creates a bus and its queue.
    #[must_use]
    pub fn new(
        hub: Hub,
        cluster: Cluster,
        changes: RoomChanges,
        metrics: Metrics,
    ) -> (Self, EventQueue) {
        let (queue, events) = mpsc::channel(QUEUE);
        let notifier = Notifier::new(hub.clone(), cluster.clone());
        let bus = Self { queue, hub: hub.clone(), notifier, changes };
        (bus, EventQueue { events, hub, cluster, metrics })
    }

    /// Returns what the store's writer does after it has committed a write of this user to the room
    /// log: publish the event and its reply, or reply alone.
    pub fn on_commit(
        &self,
        user: UserId,
        client: ClientId,
        reply: PendingReply,
    ) -> impl OnCommit<Logged> {
        let (queue, hub, changes) = (self.queue.clone(), self.hub.clone(), self.changes.clone());
        let notifier = self.notifier.clone();
        move |logged| match logged {
            Ok(Logged::New { room, seq, event, response, shown_to, ended_draft }) => {
                let (committed, reply) = (Some(Instant::now()), Some((reply, response)));
                // Sending fails only during shutdown. The clients then resume from the room log.
                let _ = queue.blocking_send(Published { room, seq, event, committed, reply });
                changes.tell_all(&shown_to, room);
                if let Some(draft) = ended_draft {
                    notifier.to_user(user, Event::Draft(draft), client);
                }
            }
            Ok(Logged::Repeat(room, response)) => {
                // If the result of the first commit was lost, nothing was published.
                hub.mark_stale([room]);
                reply.send(Ok(response));
            }
            Err(error) => reply.send(Err(error.into())),
        }
    }

    /// Returns what the store's writer does after it has committed a write to the room log by a
    /// user without a connection: publish the event, and pass the result to `reply`.
    pub fn on_unconnected_commit(
        &self,
        user: UserId,
        reply: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) -> impl OnCommit<Logged> {
        let (bus, user) = (self.clone(), Some(user));
        move |logged| bus.deliver(user, logged, reply)
    }

    /// Publishes what was committed for nobody, such as previews of links. Runs right after the
    /// commit, and passes the result to `reply`.
    pub fn on_logged(
        &self,
        logged: crate::store::Result<Logged>,
        reply: impl FnOnce(Result<(), Error>),
    ) {
        self.deliver(None, logged, reply);
    }

    fn deliver(
        &self,
        user: Option<UserId>,
        logged: crate::store::Result<Logged>,
        reply: impl FnOnce(Result<(), Error>),
    ) {
        reply(match logged {
            Ok(Logged::New { room, seq, event, shown_to, ended_draft, .. }) => {
                let committed = Some(Instant::now());
                let published = Published { room, seq, event, committed, reply: None };
                let _ = self.queue.blocking_send(published);
                self.changes.tell_all(&shown_to, room);
                if let Some((user, draft)) = user.zip(ended_draft) {
                    self.notifier.to_all_of(user, Event::Draft(draft));
                }
                Ok(())
            }
            Ok(Logged::Repeat(room, _)) => {
                self.hub.mark_stale([room]);
                Ok(())
            }
            Err(error) => Err(error.into()),
        });
    }

    /// Returns what the store's writer does after it has committed something that concerns its
    /// user alone: send the event to the user's other connections, and reply. `messages` makes both
    /// from what was written.
    pub fn on_user_commit<T>(
        &self,
        user: UserId,
        client: ClientId,
        reply: PendingReply,
        messages: impl FnOnce(T) -> (Event, Response) + Send + 'static,
    ) -> impl OnCommit<T> {
        let notifier = self.notifier.clone();
        move |written| {
            let response = written.map(|written| {
                let (event, response) = messages(written);
                notifier.to_user(user, event, client);
                response
            });
            reply.send(response.map_err(Error::from));
        }
    }

    /// Returns what the store's writer does after it has committed a draft: send it to the user's
    /// other connections. There is no reply but an error.
    pub fn on_draft_commit(
        &self,
        user: UserId,
        client: ClientId,
        reply: PendingReply,
    ) -> impl OnCommit<Option<KeptDraft>> {
        let notifier = self.notifier.clone();
        move |kept| match kept {
            Ok(Some(draft)) => notifier.to_user(user, Event::Draft(draft), client),
            Ok(None) => {} // a newer draft is stored
            Err(error) => reply.send(Err(error.into())),
        }
    }

    /// Queues the events that other nodes wrote, until their sender is gone.
    pub async fn forward(self, mut events: mpsc::Receiver<LogEvent>) {
        while let Some(LogEvent { room, seq, event }) = events.recv().await {
            let published = Published { room, seq, event, committed: None, reply: None };
            let _ = self.queue.send(published).await;
        }
    }
}

impl EventQueue {
    /// Hands queued events to the hub until the last [`Bus`] is gone. Events that arrived together
    /// are queued for all subscribers first and flushed then, so that each gets them in one write.
    pub async fn run(mut self) {
        let mut events = Vec::new();
        while self.events.recv_many(&mut events, BATCH).await > 0 {
            let (mut readers, mut commits) = (Vec::new(), Vec::new());
            for Published { room, seq, event, committed, reply } in events.drain(..) {
                if committed.is_some() && self.cluster.is_clustered() {
                    let message = ClusterMessage::Logged(seq, LoggedEvent(event.clone()));
                    self.cluster.publish(Topic::Room(room), &message);
                }
                // After a stall, subscribers may have lost access. The event is read from the store
                // once they are revalidated.
                if self.cluster.needs_revalidation() {
                    self.hub.mark_stale([room]);
                } else {
                    self.hub.deliver(room, seq, event, &mut readers);
                }
                commits.extend(committed);
                let Some((reply, response)) = reply else { continue };
                let (outbox, frame, _in_flight) = reply.into_frame(Ok(response));
                if outbox.queue_reply_to_flush(frame) {
                    readers.push(outbox);
                }
            }
            flush_all(readers).await;
            commits.into_iter().for_each(|committed| self.metrics.delivered(committed));
        }
    }
}
