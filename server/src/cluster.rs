//! The other nodes of this installation, over Redis.
//!
//! Nodes publish [messages](message) about rooms and users to each other. Each node subscribes
//! only to the topics of users who are connected to it. Redis may lose a message: everything that
//! must not be lost is in the database, and `delivery` reads it there.
//!
//! Redis also keeps the state that all nodes share: tickets, rate limits, counts of sockets, and
//! a lease for each live node.

mod key_names;
mod liveness;
pub mod message;
pub mod news;
mod rate_limit;
pub mod redis;
mod session;
mod shared_counts;
mod stall;
mod subscriptions;
mod tickets;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{Event, RoomId};
use tokio::sync::{Notify, mpsc, watch};

use crate::hub::{NodeId, Topic};
use key_names::KeyNames;
use message::ClusterMessage;
use news::{News, RecentNews};
pub use rate_limit::SharedBuckets;
use redis::RedisClient;
pub use session::ClusterSession;
pub use shared_counts::LocalCounts;
use stall::StallDetector;
pub use tickets::SharedTickets;

/// Updates that may wait for Redis. Further ones are dropped.
const QUEUE: usize = 4096;
/// Users in one message about their presence.
const USERS_PER_MESSAGE: usize = 1000;
/// Commands in one pipeline at most, and topics that are subscribed to at once.
const BATCH: usize = 256;
/// The interval at which a node without others reads missed events from a remote database.
const RECONCILE_INTERVAL: Duration = Duration::from_secs(5);
/// Renewals of a lease within the time after which it would expire.
const RENEWALS_PER_LEASE: u32 = 3;
/// Pauses between attempts, at least and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A handle to the cluster. Without Redis, this node is the only one. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Cluster(Option<Arc<ClusterState>>);

#[derive(Debug)]
struct ClusterState {
    client: RedisClient,
    /// The epoch of the data. Only nodes of one epoch reach each other.
    epochs: watch::Receiver<Arc<str>>,
    /// Hides names in the keys of Redis.
    key_names: KeyNames,
    node_name: Arc<str>,
    /// The time that this node counts as live after it last renewed its lease.
    lease: Duration,
    /// Counts the connections to Redis. Each one makes this node another incarnation, so that the
    /// others discard what it published before.
    connections: AtomicU64,
    /// The nodes with a valid lease, this one first.
    live_nodes: Mutex<Vec<String>>,
    outgoing: mpsc::Sender<OutgoingMessage>,
    /// True if an update was dropped that the others rely on. They must discard what this
    /// incarnation published.
    is_incomplete: AtomicBool,
    stalls: StallDetector,
    news: Mutex<RecentNews>,
    /// Wakes whoever tells the news again, once a node is back.
    peer_is_back: Notify,
}

/// An event of a room log that another node wrote.
#[derive(Debug)]
pub struct LogEvent {
    /// The room.
    pub room: RoomId,
    /// The event's position in the room log.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

/// An update that waits for Redis.
#[derive(Debug)]
enum OutgoingMessage {
    /// An encoded message for the subscribers of a topic.
    Message(Topic, String),
    /// The users who are online in a room here, as of when this is sent.
    PresenceSnapshot(RoomId),
    /// The users with connections to this node, as of when this is sent.
    UserSnapshot,
    /// A local count, by kind and key, as of when this is sent.
    Count(&'static str, String),
}

impl ClusterState {
    /// Returns the name under which the other nodes know this one as long as the present
    /// connection lasts.
    fn incarnation(&self) -> NodeId {
        format!("{}.{}", self.node_name, self.connections.load(Ordering::Relaxed)).into()
    }

    /// Returns true for every incarnation of this node, past ones included.
    fn is_own(&self, node: &NodeId) -> bool {
        node.strip_prefix(&*self.node_name).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Returns the prefix of all channels and keys. Two installations may share a Redis.
    fn prefix(&self) -> String {
        let epoch = self.epochs.borrow();
        format!("banter:{}:", &epoch[..epoch.len().min(8)])
    }

    /// Returns the channel on which a node announces itself, so that the others check the leases
    /// at once.
    fn hello_channel(&self) -> String {
        format!("{}hello", self.prefix())
    }

    /// Returns the key of a value that all nodes share.
    ///
    /// The name is hidden: it may contain a username or an address, and Redis is often shared.
    fn shared_key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{}", self.prefix(), self.key_names.hide(kind, name))
    }

    /// Queues an update that the other nodes rely on.
    fn send_or_reset(&self, update: OutgoingMessage) {
        if self.outgoing.try_send(update).is_err() {
            self.is_incomplete.store(true, Ordering::Relaxed);
        }
    }

    /// Makes whoever tells the news again do so: this node or another one is back.
    fn mark_peer_back(&self) {
        self.news().mark_missed();
        self.peer_is_back.notify_one();
    }

    fn news(&self) -> MutexGuard<'_, RecentNews> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_nodes(&self) -> MutexGuard<'_, Vec<String>> {
        self.live_nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster {
    /// Prepares the connection to the nodes of the same epoch. [`ClusterSession::run`] opens it and
    /// sends the events that other nodes write to `log_events`. The other nodes treat this one as
    /// dead once it has not renewed its lease for `lease`.
    ///
    /// # Errors
    /// Fails if an address is invalid, or asks for TLS and no trusted certificates are found.
    pub fn connect(
        redis_url: &str,
        signing_key: &[u8],
        node_name: &str,
        epochs: watch::Receiver<Arc<str>>,
        lease: Duration,
        log_events: mpsc::Sender<LogEvent>,
    ) -> Result<(Self, ClusterSession), String> {
        let (sender, outgoing) = mpsc::channel(QUEUE);
        let state = Arc::new(ClusterState {
            client: RedisClient::default(),
            epochs,
            key_names: KeyNames::new(signing_key).map_err(|error| error.to_string())?,
            node_name: node_name.into(),
            lease,
            connections: AtomicU64::new(0),
            live_nodes: Mutex::default(),
            outgoing: sender,
            is_incomplete: AtomicBool::new(false),
            stalls: StallDetector::new(),
            news: Mutex::default(),
            peer_is_back: Notify::new(),
        });
        let clients = redis::clients(redis_url)?;
        let session = ClusterSession::new(Arc::clone(&state), clients, outgoing, log_events);
        Ok((Self(Some(state)), session))
    }

    /// Returns whether there may be other nodes.
    #[must_use]
    pub fn is_clustered(&self) -> bool {
        self.0.is_some()
    }

    /// Returns whether Redis is configured and not connected.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.0.as_ref().is_some_and(|state| !state.client.is_connected())
    }

    /// Returns the names of the live nodes, this one first.
    #[must_use]
    pub fn live_nodes(&self) -> Vec<String> {
        self.0.as_ref().map(|state| state.live_nodes().clone()).unwrap_or_default()
    }

    /// Returns how often to look for events, and for ended sessions and memberships, that did not
    /// arrive over Redis.
    #[must_use]
    pub fn reconcile_interval(&self) -> Duration {
        self.0.as_ref().map_or(RECONCILE_INTERVAL, |state| state.lease / RENEWALS_PER_LEASE)
    }

    /// Publishes a message to the nodes that subscribe to the topic. Drops it while Redis is
    /// disconnected or the queue is full; [`missed_news`](Self::missed_news) remembers what users
    /// have to know.
    pub fn publish(&self, topic: Topic, message: &ClusterMessage) {
        if let Some(state) = &self.0 {
            state.news().note(topic, message);
        }
        if let Some(state) = self.connected() {
            let text = message.encode(&state.incarnation());
            let _ = state.outgoing.try_send(OutgoingMessage::Message(topic, text));
        }
    }

    /// Waits until this node or another one is back, which may have missed what was published.
    pub async fn wait_peer(&self) {
        match &self.0 {
            Some(state) => state.peer_is_back.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Returns what this node told users of other nodes, and a node that is back may have missed.
    #[must_use]
    pub fn missed_news(&self) -> Vec<News> {
        self.0.as_ref().map(|state| state.news().missed()).unwrap_or_default()
    }

    /// Returns the state while Redis is connected.
    fn connected(&self) -> Option<&ClusterState> {
        self.0.as_deref().filter(|state| state.client.is_connected())
    }
}
