//! This node among others. Redis carries words between nodes ([`word`]) and what all of them count together
//! ([`link`]); each node listens only to what concerns somebody who is connected to it. Words are quick and may be
//! lost: what must not be lost is in the log, and `catch_up` reads it there.

mod liveness;
pub mod message;
pub mod redis;
mod session;
mod shared_counts;
mod stall;

use std::{
    fmt::Debug,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{Event, RoomId};
use tokio::sync::{mpsc, watch};

use crate::{
    base::token_bucket::KeyedBuckets,
    hub::{Node, Topic},
};
pub use liveness::announce;
use message::Word;
use redis::Link;
pub use session::Conversation;
pub use shared_counts::LocalCounts;
use stall::Pulse;

/// Words that may wait for Redis. Past that they are lost: the log has what matters.
const QUEUE: usize = 4096;
/// Words that are sent together at most, and topics that are subscribed together.
const BATCH: usize = 256;
/// How often one looks for what was missed where there are no other nodes, but a database elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Signs of life that a node gives while one counts.
const SIGNS: u32 = 3;
/// Pauses between tries to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The way to other nodes; without Redis there are none. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Nodes(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    link: Link,
    /// Those to whom this node speaks share its history.
    epochs: watch::Receiver<Arc<str>>,
    name: Node,
    /// How long a node counts as living after its last sign of life.
    lease: Duration,
    /// Counts connections: with each a node is another one for the others, who thus forget what it said before.
    generation: AtomicU64,
    /// Whose signs of life are there, this node first.
    living: Mutex<Vec<String>>,
    outgoing: mpsc::Sender<Outgoing>,
    /// Something was not said that the others would have to forget: they forget all of this node.
    is_unsaid: AtomicBool,
    pulse: Pulse,
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

/// What waits for Redis.
#[derive(Debug)]
enum Outgoing {
    /// To be heard by those who listen to the topic.
    Word(Topic, String),
    /// Who is online in the room here, when it is said.
    Here(RoomId),
    /// How many there are here of what all nodes count together, when it is said: the kind, and of what.
    Count(&'static str, String),
}

impl Shared {
    fn called(&self) -> Node {
        format!("{}.{}", self.name, self.generation.load(Ordering::Relaxed)).into()
    }

    /// Before all channels and keys: two installations may share a Redis.
    fn prefix(&self) -> String {
        let epoch = self.epochs.borrow();
        format!("banter:{}:", &epoch[..epoch.len().min(8)])
    }

    /// The channel on which a node says that it is there, so that the others count with it at once.
    fn hello(&self) -> String {
        format!("{}hello", self.prefix())
    }

    fn key(&self, kind: &str, of: &str) -> String {
        format!("{}{kind}:{of}", self.prefix())
    }

    fn is_own(&self, node: &Node) -> bool {
        node.strip_prefix(&*self.name).is_some_and(|rest| rest.starts_with('.'))
    }
}

impl Nodes {
    /// Others are reached through that Redis, by that name, within the history of that epoch; who was silent for as long as
    /// `lease` is dead to the others. Events that other nodes wrote go into `log_events`.
    ///
    /// # Errors
    /// The address is none, or asks for TLS, and nobody's certificates are trusted.
    pub fn through(
        redis_url: &str,
        name: &str,
        epochs: watch::Receiver<Arc<str>>,
        lease: Duration,
        log_events: mpsc::Sender<LogEvent>,
    ) -> Result<(Self, Conversation), String> {
        let (sender, outgoing) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            link: Link::default(),
            epochs,
            name: name.into(),
            lease,
            generation: AtomicU64::new(0),
            living: Mutex::default(),
            outgoing: sender,
            is_unsaid: AtomicBool::new(false),
            pulse: Pulse::new(),
        });
        let conversation = Conversation {
            shared: Arc::clone(&shared),
            clients: redis::clients(redis_url)?,
            outgoing,
            log_events,
        };
        Ok((Self(Some(shared)), conversation))
    }

    /// Whether there may be other nodes.
    #[must_use]
    pub fn are_many(&self) -> bool {
        self.0.is_some()
    }

    /// How often a node gives a sign of life, and looks whether it missed anything that others said.
    #[must_use]
    pub fn look_every(&self) -> Duration {
        self.0.as_ref().map_or(LOOK_EVERY, |shared| shared.lease / SIGNS)
    }

    /// Whether Redis should be there and is not.
    #[must_use]
    pub fn are_cut_off(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| !shared.link.is_up())
    }

    /// Beats as long as there may be other nodes, for ever.
    pub async fn beat(&self) {
        match &self.0 {
            Some(shared) => shared.pulse.run().await,
            None => std::future::pending().await,
        }
    }

    /// Whether this process stood still, and does not know yet who may still hear and ask what.
    #[must_use]
    pub fn are_unsure(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.pulse.is_unsure())
    }

    /// After how many standstills that is so.
    #[must_use]
    pub fn standstills_in_doubt(&self) -> Option<u64> {
        let pulse = &self.0.as_ref()?.pulse;
        let standstills = pulse.standstills();
        pulse.is_unsure().then_some(standstills)
    }

    /// Waits until that is so.
    pub async fn unsure(&self) {
        match &self.0 {
            Some(shared) => shared.pulse.unsure().await,
            None => std::future::pending().await,
        }
    }

    /// After so many of them it is known again who may hear and ask what.
    pub fn looked_up(&self, standstills: u64) {
        if let Some(shared) = &self.0 {
            shared.pulse.looked_up(standstills);
        }
    }

    /// Waits until that is known.
    pub async fn sure(&self) {
        if let Some(shared) = &self.0 {
            shared.pulse.sure().await;
        }
    }

    /// Tells those whom it concerns, if they can be reached now.
    pub fn tell(&self, topic: Topic, word: &Word) {
        if let Some(shared) = self.0.as_ref().filter(|shared| shared.link.is_up()) {
            let _ = shared.outgoing.try_send(Outgoing::Word(topic, word.encode(&shared.called())));
        }
    }

    /// What all nodes keep together, and a key of that kind for it.
    #[must_use]
    pub fn shared_key(&self, kind: &str, of: &str) -> Option<(&Link, String)> {
        let shared = self.0.as_ref()?;
        Some((&shared.link, shared.key(kind, of)))
    }

    /// Takes a token of a bucket that all nodes share, or of this node's while Redis is away.
    ///
    /// # Errors
    /// There is none; says how long until there is one again.
    pub async fn take_token<K: Eq + Hash + Debug>(
        &self,
        kind: &str,
        here: &KeyedBuckets<K>,
        key: K,
    ) -> Result<(), Duration> {
        if let (Some(shared), Some(rate)) = (&self.0, here.rate()) {
            let name = shared.key(kind, &format!("{key:?}"));
            if let Ok(taken) = shared.link.take_token(&name, rate).await {
                return taken;
            }
        }
        here.take(key)
    }

    /// Whether so many here, and what other nodes have, are no more than `most` of that kind. `are_there`: they are there in
    /// any case, until [`recount`](Self::recount). While Redis is away each node counts its own.
    pub async fn count(&self, kind: &str, of: &str, here: (usize, bool), most: usize) -> bool {
        let Some((link, key)) = self.shared_key(kind, of) else { return true };
        link.count(&key, here, most, &self.living()).await.unwrap_or(true)
    }

    /// There are less of that kind here than before.
    pub fn recount(&self, kind: &'static str, of: &str) {
        if let Some(shared) = self.0.as_ref().filter(|shared| shared.link.is_up())
            && shared.outgoing.try_send(Outgoing::Count(kind, of.to_owned())).is_err()
        {
            shared.is_unsaid.store(true, Ordering::Relaxed);
        }
    }

    /// The nodes that live, this one first.
    #[must_use]
    pub fn living(&self) -> Vec<String> {
        let living = self
            .0
            .as_ref()
            .map(|shared| shared.living.lock().unwrap_or_else(PoisonError::into_inner).clone());
        living.unwrap_or_default()
    }
}
