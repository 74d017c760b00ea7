//! What this node hears and says, as long as it runs.

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use protocol::{LoggedEvent, RoomId};
use redis::{Client, Pipeline, RedisResult, cmd};
use tokio::sync::mpsc;

use super::{
    BATCH, LocalCounts, LogEvent, Outgoing, PAUSES, QUEUE, SIGNS, Shared,
    liveness::Others,
    message::{Word, channel, topic},
    redis::{self as link, Ear, Heard, connection::Connection},
};
use crate::hub::{Hub, Node, Told, Topic};

/// Words of others that are heard before it is this node's turn to speak: it waits for Redis then, and more come meanwhile.
const HEARD_TOGETHER: usize = 8 * BATCH;
/// How often the log says again that Redis is away.
const TOLD_AGAIN: Duration = Duration::from_secs(30);

/// What this node hears and says; [`run`](Self::run) keeps it connected.
#[derive(Debug)]
pub struct Conversation {
    pub(super) shared: Arc<Shared>,
    pub(super) clients: Vec<Client>,
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) log_events: mpsc::Sender<LogEvent>,
}

impl Conversation {
    /// Hears and says what there is, and connects again whenever that ends, for ever.
    pub async fn run(mut self, hub: Hub, counts: Arc<dyn LocalCounts>) {
        let (mut pause, mut tell_from) = (PAUSES.0, Instant::now());
        loop {
            let begun = Instant::now();
            let ended = match link::connect(&self.clients).await {
                Ok((connection, ear)) => {
                    let ended = self.converse(connection, ear, (&hub, &*counts)).await;
                    self.shared.link.set(None);
                    self.shared.living.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    // What was under way is lost, and from now on the log is looked at more often.
                    hub.doubt_all();
                    ended.map_err(|error| error.to_string())
                }
                Err(error) => Err(link::explain(&error, &self.clients)),
            };
            if begun.elapsed() >= self.shared.lease / SIGNS {
                (pause, tell_from) = (PAUSES.0, Instant::now());
            }
            match ended {
                Ok(()) => tracing::info!("connects to Redis anew"),
                Err(error) if Instant::now() >= tell_from => {
                    tell_from = Instant::now() + TOLD_AGAIN;
                    tracing::warn!(at = link::addresses(&self.clients), error, "Redis is away");
                }
                Err(_) => {}
            }
            // Nobody hears what is said meanwhile, and what changes is told as a whole then.
            let _ = hub.take_news();
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
        mut connection: Connection,
        mut ear: Ear,
        (hub, counts): (&Hub, &dyn LocalCounts),
    ) -> RedisResult<()> {
        let mut epochs = self.shared.epochs.clone();
        epochs.mark_unchanged();
        self.shared.generation.fetch_add(1, Ordering::Relaxed);
        self.shared.is_unsaid.store(false, Ordering::Relaxed);
        hub.doubt_elsewhere();
        let _ = hub.take_news(); // all of it is told now
        let (mut others, hello) = (Others::default(), self.shared.hello());
        cmd("SSUBSCRIBE").arg(&hello).exec_async(ear.connection()).await?;
        others.look(&self.shared, &mut connection, hub).await?;
        // What the others ended meanwhile, without this node, ends here before anything is heard and said.
        self.shared.pulse.was_deaf();
        self.shared.pulse.sure().await;
        self.shared.link.set(Some(connection.clone()));
        self.tell_counts(&mut connection, counts).await?;
        let mut counts_told = Instant::now();
        tracing::info!("Redis is there");
        // Some at a time, so that what the others answer is heard in between.
        let mut to_listen: VecDeque<_> = hub.topics().into();
        let (mut listening, mut has_greeted) = (Listening::default(), false);
        let mut signs = tokio::time::interval(self.shared.lease / SIGNS);
        // Who is online on others is in doubt until all were asked and had some time to answer.
        let mut doubt_ends = None;
        let (mut batch, mut heard) = (Vec::new(), Vec::new());
        loop {
            let listens_now = !to_listen.is_empty() && ear.waiting() < BATCH;
            // Each of those who ask wants an answer.
            let hears_now = self.outgoing.len() + HEARD_TOGETHER <= QUEUE;
            tokio::select! {
                () = ear.hear(&mut heard, HEARD_TOGETHER), if hears_now => {
                    if !self.is_sure().await {
                        return Ok(());
                    }
                    for heard in heard.drain(..) {
                        match heard {
                            Heard::Said(channel, _) if channel == hello.as_bytes() => {
                                signs.reset_immediately();
                                hub.doubt_all(); // nobody heard what that node said before
                            }
                            Heard::Said(channel, said) => self.hear(&mut others, hub, &channel, &said).await,
                            Heard::Moved(channel) => {
                                let topic = topic(&self.shared.prefix(), &channel);
                                if channel == hello.as_bytes() || topic.is_some_and(|topic| listening.was_taken(topic)) {
                                    return Ok(()); // another server of the cluster has it now
                                }
                            }
                            Heard::Lost => return Ok(()),
                        }
                    }
                }
                _ = self.outgoing.recv_many(&mut batch, BATCH) => {
                    self.say(&mut connection, (hub, counts), &batch).await?;
                    batch.clear();
                }
                () = std::future::ready(()), if listens_now => {
                    // What has changed counts as it is by now.
                    let topics = hub.of_interest(to_listen.drain(..to_listen.len().min(BATCH)).collect());
                    self.listen((&mut connection, &mut ear), (hub, counts), &mut listening, &topics).await?;
                }
                () = std::future::ready(()), if to_listen.is_empty() && !has_greeted => {
                    has_greeted = true;
                    doubt_ends = Some(tokio::time::Instant::now() + self.shared.lease / SIGNS);
                    cmd("SPUBLISH").arg(&hello).arg(&*self.shared.called()).exec_async(&mut connection).await?;
                }
                () = hub.changed() => {
                    let Told { topics, people } = hub.take_news();
                    to_listen.extend(topics);
                    let called = self.shared.called();
                    let words: Vec<_> = people
                        .into_iter()
                        .map(|(room, user, online)| (room, Word::Person(user, online).encode(&called)))
                        .map(|(room, word)| Outgoing::Word(Topic::Room(room), word))
                        .collect();
                    self.say(&mut connection, (hub, counts), &words).await?;
                }
                _ = epochs.changed() => {
                    tracing::info!("speaks to those who share the new history");
                    return Ok(());
                }
                () = tokio::time::sleep_until(doubt_ends.unwrap_or_else(tokio::time::Instant::now)), if doubt_ends.is_some() => {
                    doubt_ends = None;
                    hub.end_doubt();
                }
                _ = signs.tick() => {
                    ear.check().await?;
                    if !others.look(&self.shared, &mut connection, hub).await? {
                        // The others took this node for dead and forgot what it said: now it is another one.
                        return Ok(());
                    }
                    if counts_told.elapsed() > link::COUNTS_KEPT / 3 {
                        self.tell_counts(&mut connection, counts).await?;
                        counts_told = Instant::now();
                    }
                }
            }
            if ear.has_missed() || self.shared.is_unsaid.load(Ordering::Relaxed) {
                return Ok(()); // and begins anew
            }
        }
    }

    /// Whether what is heard may count, be it after a wait: this process may have stood still.
    async fn is_sure(&self) -> bool {
        let pulse = &self.shared.pulse;
        !pulse.is_unsure()
            || tokio::time::timeout(self.shared.lease / SIGNS, pulse.sure()).await.is_ok()
    }

    async fn hear(&self, others: &mut Others, hub: &Hub, channel: &[u8], said: &[u8]) {
        let Some(topic) = topic(&self.shared.prefix(), channel) else { return };
        let Some((from, word)) = Word::decode(said) else { return };
        if self.shared.is_own(&from) {
            return;
        }
        match (topic, word) {
            (Topic::Room(room), Word::Logged(seq, LoggedEvent(event))) => {
                // It fails only where this node stops.
                let _ = self.log_events.send(LogEvent { room, seq, event }).await;
            }
            (Topic::Room(room), Word::Who) => {
                if self.shared.outgoing.try_send(Outgoing::Here(room)).is_err() {
                    self.shared.is_unsaid.store(true, Ordering::Relaxed);
                }
            }
            (topic, word) => word.apply(topic, &from, hub),
        }
        others.heard_of(from);
    }

    /// Listens to topics, or not any more. What was said of a room before that, the log and the others tell; and they are
    /// told what this node said before they listened, where people came to the room at the same time.
    async fn listen(
        &self,
        (connection, ear): (&mut Connection, &mut Ear),
        here: (&Hub, &dyn LocalCounts),
        listening: &mut Listening,
        topics: &[(Topic, bool)],
    ) -> RedisResult<()> {
        let (mut pipeline, prefix, mut rooms) =
            (Pipeline::new(), self.shared.prefix(), HashSet::new());
        for (topic, wanted) in topics {
            if *wanted != listening.topics.contains(topic) {
                if let (Topic::Room(room), true) = (topic, wanted) {
                    rooms.insert(*room);
                }
                let name = if *wanted { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
                pipeline.cmd(name).arg(channel(&prefix, *topic)).ignore();
                listening.set(*topic, *wanted);
            }
        }
        if !pipeline.is_empty() {
            pipeline.exec_async(ear.connection()).await?;
        }
        // A room may have been given up and taken again meanwhile: what was known of it is gone.
        rooms.extend(here.0.unasked(topics));
        let called = self.shared.called();
        let ask = |room: &RoomId| Outgoing::Word(Topic::Room(*room), Word::Who.encode(&called));
        let words: Vec<_> =
            rooms.iter().map(ask).chain(rooms.iter().copied().map(Outgoing::Here)).collect();
        self.say(connection, here, &words).await?;
        here.0.others_were_asked(&rooms);
        here.0.doubt(rooms);
        Ok(())
    }

    async fn say(
        &self,
        connection: &mut Connection,
        (hub, counts): (&Hub, &dyn LocalCounts),
        outgoing: &[Outgoing],
    ) -> RedisResult<()> {
        for outgoing in outgoing.chunks(BATCH) {
            let (called, prefix) = (self.shared.called(), self.shared.prefix());
            let mut pipeline = Pipeline::with_capacity(outgoing.len());
            let publish = |pipeline: &mut Pipeline, topic, text: &str| {
                pipeline.cmd("SPUBLISH").arg(channel(&prefix, topic)).arg(text).ignore();
            };
            for outgoing in outgoing {
                match outgoing {
                    Outgoing::Word(topic, text) => publish(&mut pipeline, *topic, text),
                    Outgoing::Here(room) => {
                        let people = hub.people_here(*room);
                        if !people.is_empty() {
                            let people = people
                                .into_iter()
                                .map(|(user, since)| (user, since.as_millis() as u64));
                            let word = Word::Here(people.collect());
                            publish(&mut pipeline, Topic::Room(*room), &word.encode(&called));
                        }
                    }
                    Outgoing::Count(kind, of) => {
                        self.count(&mut pipeline, &called, counts, (kind, of))
                    }
                }
            }
            if !pipeline.is_empty() {
                pipeline.exec_async(connection).await?;
            }
        }
        Ok(())
    }

    /// How many of that kind there are here now.
    fn count(
        &self,
        pipeline: &mut Pipeline,
        called: &Node,
        counts: &dyn LocalCounts,
        (kind, of): (&'static str, &str),
    ) {
        let (key, count) = (self.shared.key(kind, of), counts.count(kind, of));
        if count == 0 {
            pipeline.cmd("HDEL").arg(&key).arg(&**called).ignore();
        } else {
            pipeline.cmd("HSET").arg(&key).arg(&**called).arg(count).ignore();
            pipeline.cmd("EXPIRE").arg(&key).arg(link::COUNTS_KEPT.as_secs()).ignore();
        }
    }

    /// All that this node counts together with others.
    async fn tell_counts(
        &self,
        connection: &mut Connection,
        counts: &dyn LocalCounts,
    ) -> RedisResult<()> {
        let called = self.shared.called();
        for keys in counts.keys().chunks(BATCH) {
            let mut pipeline = Pipeline::with_capacity(keys.len());
            for (kind, of) in keys {
                self.count(&mut pipeline, &called, counts, (kind, of));
            }
            pipeline.exec_async(connection).await?;
        }
        Ok(())
    }
}

/// What a node listens to.
#[derive(Debug, Default)]
struct Listening {
    topics: HashSet<Topic>,
    /// How often each was given up without Redis having said so yet.
    leaving: HashMap<Topic, usize>,
}

impl Listening {
    fn set(&mut self, topic: Topic, wanted: bool) {
        if wanted {
            self.topics.insert(topic);
        } else if self.topics.remove(&topic) {
            *self.leaving.entry(topic).or_default() += 1;
        }
    }

    /// Redis says that nothing comes of the topic any more: whether that is news.
    fn was_taken(&mut self, topic: Topic) -> bool {
        let Entry::Occupied(mut leaving) = self.leaving.entry(topic) else {
            return self.topics.contains(&topic);
        };
        *leaving.get_mut() -= 1;
        if *leaving.get() == 0 {
            leaving.remove();
        }
        false
    }
}

/// Between 0 and 1.
fn random() -> f32 {
    let mut bytes = [0; 2];
    // Without random bytes all nodes come back at once, which is only less polite.
    let _ = getrandom::fill(&mut bytes);
    f32::from(u16::from_le_bytes(bytes)) / f32::from(u16::MAX)
}
