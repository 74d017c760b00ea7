//! From the log to the hubs. On a single node it is a queue between the store's writer and this node's hub; it keeps
//! the order in which the log was written.

use std::time::Instant;

use protocol::{Event, RoomId};
use tokio::sync::mpsc;

use crate::{hub::Hub, metrics::Metrics};

/// Events that may wait for the hub. Past that the store's writer waits: the hub is never slower for long.
const QUEUE: usize = 1024;

/// An event that a room's log holds.
#[derive(Debug)]
struct Published {
    room: RoomId,
    seq: u64,
    event: Event,
    committed: Instant,
}

/// The way to all hubs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus(mpsc::Sender<Published>);

/// What arrives at this node.
#[derive(Debug)]
pub struct Arrivals {
    events: mpsc::Receiver<Published>,
    metrics: Metrics,
}

impl Bus {
    /// A bus, and where its events arrive.
    #[must_use]
    pub fn new(metrics: Metrics) -> (Self, Arrivals) {
        let (sender, events) = mpsc::channel(QUEUE);
        (Self(sender), Arrivals { events, metrics })
    }

    /// Publishes an event of a room's log. Called on the store's thread, never on an async one.
    pub fn publish(&self, room: RoomId, seq: u64, event: Event) {
        // It fails only where the node stops: then its clients come back and resume from the log.
        let _ = self.0.blocking_send(Published { room, seq, event, committed: Instant::now() });
    }
}

impl Arrivals {
    /// Hands all that arrives to the hub, until the last [`Bus`] is gone.
    pub async fn deliver_to(mut self, hub: Hub) {
        while let Some(Published { room, seq, event, committed }) = self.events.recv().await {
            hub.deliver(room, seq, event);
            self.metrics.delivered(committed);
        }
    }
}
