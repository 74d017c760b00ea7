//! This node among others. Redis carries words between nodes ([`word`]) and what all of them count together
//! ([`link`]); each node listens only to what concerns somebody who is connected to it. Words are quick and may be
//! lost: what must not be lost is in the log, and `catch_up` reads it there.

pub mod link;
pub mod word;

use std::{
    collections::HashSet,
    fmt::Debug,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use protocol::{LoggedEvent, RoomId};
use redis::{Client, Pipeline, RedisResult, aio::MultiplexedConnection, cmd};
use tokio::sync::mpsc;

use crate::{
    admission::Admission,
    bus::Bus,
    hub::{Hub, Node, Told, Topic},
    rate::Buckets,
    store::Store,
};
use link::{Heard, Link};
use word::{Word, channel, topic};

/// Words that may wait for Redis. Past that they are lost: the log has what matters.
const QUEUE: usize = 4096;
/// Words that are sent together at most, and topics that are subscribed together.
const BATCH: usize = 256;
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
    /// Before all channels and keys: two installations may share a Redis.
    prefix: String,
    name: Node,
    /// How long a node counts as living after its last sign of life.
    lease: Duration,
    /// Counts connections: with each a node is another one for the others, who thus forget what it said before.
    generation: AtomicU64,
    /// Whose signs of life are there, this node first.
    living: Mutex<Vec<String>>,
    outgoing: mpsc::Sender<Outgoing>,
}

/// What waits for Redis.
#[derive(Debug)]
enum Outgoing {
    /// To be heard by those who listen to the topic.
    Word(Topic, String),
    /// One less of what all nodes count together.
    Uncount(String),
}

impl Shared {
    fn called(&self) -> Node {
        format!("{}.{}", self.name, self.generation.load(Ordering::Relaxed)).into()
    }

    fn key(&self, kind: &str, of: &str) -> String {
        format!("{}{kind}:{of}", self.prefix)
    }

    fn is_own(&self, node: &Node) -> bool {
        node.strip_prefix(&*self.name).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// What this node hears and says; [`run`](Self::run) keeps it connected.
#[derive(Debug)]
pub struct Conversation {
    shared: Arc<Shared>,
    client: Client,
    outgoing: mpsc::Receiver<Outgoing>,
}

impl Nodes {
    /// Others are reached through that Redis, by that name, within that history; who was silent for as long as `lease` is dead
    /// to the others.
    ///
    /// # Errors
    /// The address is none.
    pub fn through(redis_url: &str, name: &str, epoch: &str, lease: Duration) -> RedisResult<(Self, Conversation)> {
        let (sender, outgoing) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            link: Link::default(),
            prefix: format!("banter:{}:", &epoch[..epoch.len().min(8)]),
            name: name.into(),
            lease,
            generation: AtomicU64::new(0),
            living: Mutex::default(),
            outgoing: sender,
        });
        let conversation = Conversation { shared: Arc::clone(&shared), client: link::client(redis_url)?, outgoing };
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
        self.0.as_ref().map_or(Duration::MAX, |shared| shared.lease / SIGNS)
    }

    /// Whether Redis should be there and is not.
    #[must_use]
    pub fn are_cut_off(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| !shared.link.is_up())
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
        here: &Buckets<K>,
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

    /// Whether all nodes together have fewer than so many of that kind. `takes`: this is one more of them, in any case,
    /// until [`uncount`](Self::uncount). While Redis is away each node counts its own.
    pub async fn count(&self, kind: &str, of: &str, most: usize, takes: bool) -> bool {
        let Some((link, key)) = self.shared_key(kind, of) else { return true };
        link.count(&key, most, u8::from(takes), &self.living()).await.unwrap_or(true)
    }

    /// One less.
    pub fn uncount(&self, kind: &str, of: &str) {
        if let Some(shared) = &self.0 {
            let _ = shared.outgoing.try_send(Outgoing::Uncount(shared.key(kind, of)));
        }
    }

    /// The nodes that live, this one first.
    #[must_use]
    pub fn living(&self) -> Vec<String> {
        let living = self.0.as_ref().map(|shared| shared.living.lock().unwrap_or_else(PoisonError::into_inner).clone());
        living.unwrap_or_default()
    }
}

impl Conversation {
    /// Hears and says what there is, and connects again whenever that ends, for ever.
    pub async fn run(mut self, hub: Hub, bus: Bus, store: Store, admission: Admission) {
        let mut pause = PAUSES.0;
        loop {
            match link::connect(&self.client).await {
                Ok((connection, heard)) => {
                    pause = PAUSES.0;
                    let ended = self.converse(connection, heard, (&hub, &bus, &store, &admission)).await;
                    self.shared.link.set(None);
                    tracing::warn!(error = ended.err().map(tracing::field::display), "Redis is away");
                }
                Err(error) => tracing::warn!(%error, "Redis cannot be reached"),
            }
            // Nobody hears what is said meanwhile.
            let over = tokio::time::sleep(pause.mul_f32(0.5 + random()));
            tokio::pin!(over);
            loop {
                tokio::select! {
                    () = &mut over => break,
                    unheard = self.outgoing.recv() => if unheard.is_none() { return },
                }
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn converse(
        &mut self,
        mut connection: MultiplexedConnection,
        mut heard: mpsc::Receiver<Heard>,
        (hub, bus, store, admission): (&Hub, &Bus, &Store, &Admission),
    ) -> RedisResult<()> {
        self.shared.generation.fetch_add(1, Ordering::Relaxed);
        hub.forget_elsewhere();
        let mut others = Others { known: HashSet::new() };
        let mut last_sign = Instant::now();
        others.look(&self.shared, &mut connection, hub, store).await?;
        self.shared.link.set(Some(connection.clone()));
        self.tell_counts(&mut connection, admission).await?;
        let topics = hub.topics().into_iter().map(|topic| (topic, true)).collect();
        self.listen(&mut connection, hub, topics).await?;
        for topics in hub.topics().chunks(BATCH) {
            let here = topics.iter().filter_map(|topic| {
                let Topic::Room(room) = topic else { return None };
                let people = hub.people_here(*room);
                (!people.is_empty()).then(|| Outgoing::Word(*topic, Word::Here(people).encode(&self.shared.called())))
            });
            self.say(&mut connection, &here.collect::<Vec<_>>()).await?;
        }
        tracing::info!("Redis is there");
        let mut signs = tokio::time::interval(self.shared.lease / SIGNS);
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                heard = heard.recv() => match heard {
                    Some(Heard::Said(channel, said)) => self.hear(hub, bus, &channel, &said).await,
                    Some(Heard::Lost) | None => return Ok(()),
                },
                _ = self.outgoing.recv_many(&mut batch, BATCH) => {
                    self.say(&mut connection, &batch).await?;
                    batch.clear();
                }
                () = hub.changed() => {
                    let Told { topics, people } = hub.take_news();
                    self.listen(&mut connection, hub, topics).await?;
                    let called = self.shared.called();
                    let words: Vec<_> = people
                        .into_iter()
                        .map(|(room, user, online)| (room, Word::Person(user, online).encode(&called)))
                        .map(|(room, word)| Outgoing::Word(Topic::Room(room), word))
                        .collect();
                    self.say(&mut connection, &words).await?;
                }
                _ = signs.tick() => {
                    if last_sign.elapsed() >= self.shared.lease {
                        // The others took this node for dead and forgot what it said: now it is another one.
                        return Ok(());
                    }
                    last_sign = Instant::now();
                    others.look(&self.shared, &mut connection, hub, store).await?;
                }
            }
            if heard.capacity() == 0 {
                return Ok(()); // more was said than could be heard
            }
        }
    }

    async fn hear(&self, hub: &Hub, bus: &Bus, channel: &[u8], said: &[u8]) {
        let Some(topic) = topic(&self.shared.prefix, channel) else { return };
        let Some((from, word)) = Word::decode(said) else { return };
        if self.shared.is_own(&from) {
            return;
        }
        match (topic, word) {
            (Topic::Room(room), Word::Logged(seq, LoggedEvent(event))) => bus.arrived(room, seq, event).await,
            (Topic::Room(room), Word::Who) => {
                let here = hub.people_here(room);
                if !here.is_empty() {
                    Nodes(Some(Arc::clone(&self.shared))).tell(topic, &Word::Here(here));
                }
            }
            (topic, word) => word.apply(topic, &from, hub),
        }
    }

    /// Listens to topics, or not any more. What was said of a room before that, the log and the others tell.
    async fn listen(
        &self,
        connection: &mut MultiplexedConnection,
        hub: &Hub,
        topics: Vec<(Topic, bool)>,
    ) -> RedisResult<()> {
        for topics in topics.chunks(BATCH) {
            let mut pipeline = Pipeline::new();
            for (topic, wanted) in topics {
                let name = if *wanted { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
                pipeline.cmd(name).arg(channel(&self.shared.prefix, *topic)).ignore();
            }
            pipeline.exec_async(connection).await?;
            let rooms: Vec<_> = topics
                .iter()
                .filter_map(|(topic, wanted)| match topic {
                    Topic::Room(room) if *wanted => Some(*room),
                    _ => None,
                })
                .collect();
            let called = self.shared.called();
            let ask = |room: &RoomId| Outgoing::Word(Topic::Room(*room), Word::Who.encode(&called));
            self.say(connection, &rooms.iter().map(ask).collect::<Vec<_>>()).await?;
            hub.doubt(rooms);
        }
        Ok(())
    }

    async fn say(&self, connection: &mut MultiplexedConnection, outgoing: &[Outgoing]) -> RedisResult<()> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let mut pipeline = Pipeline::with_capacity(outgoing.len());
        for outgoing in outgoing {
            match outgoing {
                Outgoing::Word(topic, text) => {
                    pipeline.cmd("SPUBLISH").arg(channel(&self.shared.prefix, *topic)).arg(text).ignore();
                }
                Outgoing::Uncount(key) => {
                    pipeline.cmd("HINCRBY").arg(key).arg(&*self.shared.called()).arg(-1).ignore();
                }
            }
        }
        pipeline.exec_async(connection).await
    }

    /// What this node had counted before Redis was there.
    async fn tell_counts(&self, connection: &mut MultiplexedConnection, admission: &Admission) -> RedisResult<()> {
        let called = self.shared.called();
        for counts in admission.socket_counts().chunks(BATCH) {
            let mut pipeline = Pipeline::with_capacity(counts.len());
            for (kind, of, count) in counts {
                let key = self.shared.key(kind, of);
                pipeline.cmd("HSET").arg(key).arg(&*called).arg(*count).ignore();
            }
            pipeline.exec_async(connection).await?;
        }
        Ok(())
    }
}

/// The other nodes, as far as this one has heard of them.
struct Others {
    known: HashSet<Node>,
}

impl Others {
    /// Gives a sign of life, and lets go of what the dead had said.
    async fn look(
        &mut self,
        shared: &Shared,
        connection: &mut MultiplexedConnection,
        hub: &Hub,
        store: &Store,
    ) -> RedisResult<()> {
        let (called, nodes) = (shared.called(), format!("{}nodes", shared.prefix));
        let lease = |node: &str| format!("{}node:{node}", shared.prefix);
        let mut pipeline = Pipeline::new();
        pipeline.cmd("SET").arg(lease(&called)).arg(1).arg("PX").arg(shared.lease.as_millis() as u64).ignore();
        pipeline.cmd("SADD").arg(&nodes).arg(&*called).ignore();
        pipeline.cmd("SMEMBERS").arg(&nodes);
        let (members,): (Vec<String>,) = pipeline.query_async(connection).await?;
        self.known.extend(members.into_iter().map(Node::from));
        let mut living = vec![called.to_string()];
        for node in self.known.clone() {
            if node == called {
                continue;
            }
            let is_own_past = shared.is_own(&node);
            if !is_own_past && cmd("EXISTS").arg(lease(&node)).query_async::<bool>(connection).await? {
                living.push(node.to_string());
                continue;
            }
            self.known.remove(&node);
            cmd("SREM").arg(&nodes).arg(&*node).exec_async(connection).await?;
            cmd("DEL").arg(lease(&node)).exec_async(connection).await?;
            if !is_own_past {
                announce_gone(hub, store, &node).await;
            }
        }
        *shared.living.lock().unwrap_or_else(PoisonError::into_inner) = living;
        Ok(())
    }
}

async fn announce_gone(hub: &Hub, store: &Store, node: &Node) {
    for (room, people) in hub.node_gone(node) {
        for person in people {
            match store.user(person.0.to_string()).await {
                Ok(user) => hub.announce_left(room, user),
                Err(error) => tracing::warn!(%error, "somebody who is gone is not known"),
            }
        }
    }
    tracing::info!(%node, "a node is gone");
}

/// Between 0 and 1.
fn random() -> f32 {
    let mut bytes = [0; 2];
    // Without random bytes all nodes come back at once, which is only less polite.
    let _ = getrandom::fill(&mut bytes);
    f32::from(u16::from_le_bytes(bytes)) / f32::from(u16::MAX)
}
