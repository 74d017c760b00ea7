//! From the log to the hubs: a queue between the store's writer and this node's hub, which keeps the order in which the
//! log was written. Other nodes are told on the way; what they wrote arrives in the same queue.

use std::time::Instant;

use bytes::Bytes;
use protocol::{Event, LoggedEvent, Response, RoomId};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    cluster::{Nodes, message::Word},
    error::Error,
    gateway::pipeline::InFlight,
    hub::{Hub, Topic},
    metrics::Metrics,
    websocket::outbox::Outbox,
};

/// Events that may wait for the hub. Past that the store's writer waits: the hub is never slower for long.
const QUEUE: usize = 1024;

/// Events that are delivered together at most.
const BATCH: usize = 256;
/// Readers that are not worth another thread.
const MIN_SHARE: usize = 256;
/// Writes after which other work has its turn.
const WRITES_IN_A_ROW: usize = 1024;

/// An event that a room's log holds.
#[derive(Debug)]
struct Published {
    room: RoomId,
    seq: u64,
    event: Event,
    /// When it was committed here; none: another node wrote it.
    committed: Option<Instant>,
    /// For the one who sent it; goes out with the event, in one write.
    reply: Option<(Reply, Response)>,
}

/// Makes the answer to a request that writes, once it is known what became of it.
pub struct Reply(pub Box<dyn FnOnce(Result<Response, Error>) -> Answer + Send>);

impl Reply {
    /// Answers without an event.
    pub fn send(self, answer: Result<Response, Error>) {
        let Answer { outbox, frame, in_flight: _in_flight } = self.0(answer);
        outbox.push_answer(frame);
        outbox.wake();
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply(…)")
    }
}

/// The answer to a request that writes.
#[derive(Debug)]
pub struct Answer {
    /// Where it goes.
    pub outbox: Outbox,
    /// What it says.
    pub frame: Bytes,
    /// Let go once the event was delivered.
    pub in_flight: InFlight,
}

/// The way to all hubs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus(mpsc::Sender<Published>);

/// What arrives at this node.
#[derive(Debug)]
pub struct Arrivals {
    events: mpsc::Receiver<Published>,
    metrics: Metrics,
    nodes: Nodes,
}

impl Bus {
    /// A bus, and where its events arrive.
    #[must_use]
    pub fn new(metrics: Metrics, nodes: Nodes) -> (Self, Arrivals) {
        let (sender, events) = mpsc::channel(QUEUE);
        (Self(sender), Arrivals { events, metrics, nodes })
    }

    /// Publishes an event of a room's log. Called on the store's thread, never on an async one.
    pub fn publish(&self, room: RoomId, seq: u64, event: Event, reply: Option<(Reply, Response)>) {
        // It fails only where the node stops: then its clients come back and resume from the log.
        let _ = self.0.blocking_send(Published {
            room,
            seq,
            event,
            committed: Some(Instant::now()),
            reply,
        });
    }

    /// An event that another node wrote.
    pub async fn arrived(&self, room: RoomId, seq: u64, event: Event) {
        let _ = self.0.send(Published { room, seq, event, committed: None, reply: None }).await;
    }
}

impl Arrivals {
    /// Hands all that arrives to the hub, until the last [`Bus`] is gone. What has arrived together is queued first and
    /// written then, so that each reader gets it in one write.
    pub async fn deliver_to(mut self, hub: Hub) {
        let mut events = Vec::new();
        while self.events.recv_many(&mut events, BATCH).await > 0 {
            let (mut readers, mut commits) = (Vec::new(), Vec::new());
            for Published { room, seq, event, committed, reply } in events.drain(..) {
                if committed.is_some() && self.nodes.are_many() {
                    self.nodes
                        .tell(Topic::Room(room), &Word::Logged(seq, LoggedEvent(event.clone())));
                }
                // Where it is not known who may hear it, it is read from the log once it is.
                if self.nodes.are_unsure() {
                    hub.mark_stale([room]);
                } else {
                    hub.deliver(room, seq, event, &mut readers);
                }
                commits.extend(committed);
                let Some((reply, answer)) = reply else { continue };
                let Answer { outbox, frame, in_flight: _in_flight } = reply.0(Ok(answer));
                if outbox.queue_answer_to_flush(frame) {
                    readers.push(outbox);
                }
            }
            write_to_all(readers).await;
            commits.into_iter().for_each(|committed| self.metrics.delivered(committed));
        }
    }
}

/// Writes what waits for these readers, on several threads where there are many.
pub(crate) async fn write_to_all(mut readers: Vec<Outbox>) {
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    let share = readers.len().div_ceil(workers).max(MIN_SHARE);
    let mut others = JoinSet::new();
    while readers.len() > share {
        others.spawn(write_to(readers.split_off(readers.len() - share)));
    }
    write_to(readers).await;
    others.join_all().await;
}

async fn write_to(readers: Vec<Outbox>) {
    for some in readers.chunks(WRITES_IN_A_ROW) {
        some.iter().for_each(Outbox::flush_or_wake);
        tokio::task::yield_now().await;
    }
}
