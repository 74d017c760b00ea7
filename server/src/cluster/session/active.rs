//! The exchange over one connection: receives pushes, sends updates, adjusts subscriptions and
//! renews the lease.

mod receive;
mod send;

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use redis::{RedisResult, cmd};
use tokio::{
    sync::{mpsc, watch},
    time::{self, Interval},
};

use super::{ClusterSession, LocalCounts};
use crate::{
    cluster::{
        BATCH, ClusterState, LogEvent, OutgoingMessage, QUEUE, RENEWALS_PER_LEASE,
        liveness::Liveness,
        redis::{
            connection::RedisConnection,
            push::{Push, PushConnection},
        },
        shared_counts::{self, COUNT_TTL},
        subscriptions::TopicSubscriptions,
    },
    hub::Hub,
};

/// Pushes that are handled before this node sends again.
const MAX_PUSHES: usize = 8 * BATCH;

/// Continues the session, or breaks it with the reason to reconnect.
type Flow = ControlFlow<&'static str>;

const CONTINUE: Flow = Flow::Continue(());

/// The exchange over one connection.
pub(super) struct ActiveSession<'a> {
    state: &'a ClusterState,
    outgoing: &'a mut mpsc::Receiver<OutgoingMessage>,
    log_events: &'a mpsc::Sender<LogEvent>,
    hub: &'a Hub,
    counts: &'a dyn LocalCounts,
    connection: RedisConnection,
    push_connection: PushConnection,
    epochs: watch::Receiver<Arc<str>>,
    hello_channel: String,
    liveness: Liveness,
    subscriptions: TopicSubscriptions,
    renewals: Interval,
    counts_stored: Instant,
    has_said_hello: bool,
    /// When the other nodes have had time to answer all presence queries.
    presence_synced_at: Option<time::Instant>,
}

/// Something to do next.
enum Wake {
    Pushes(Vec<Push>),
    Outgoing(Vec<OutgoingMessage>),
    Subscribe,
    SayHello,
    InterestChanged,
    EpochChanged,
    PresenceSynced,
    Renew,
}

impl<'a> ActiveSession<'a> {
    /// Takes a lease, waits for the revalidation of sessions and memberships, and stores the
    /// counts of this node.
    pub(super) async fn open(
        session: &'a mut ClusterSession,
        mut connection: RedisConnection,
        mut push_connection: PushConnection,
        hub: &'a Hub,
        counts: &'a dyn LocalCounts,
    ) -> RedisResult<Self> {
        let state = &*session.state;
        let mut epochs = state.epochs.clone();
        epochs.mark_unchanged();
        state.connections.fetch_add(1, Ordering::Relaxed);
        state.is_incomplete.store(false, Ordering::Relaxed);
        hub.mark_presence_stale();
        let _ = hub.drain_updates(); // this session sends the full state
        let (mut liveness, hello_channel) = (Liveness::default(), state.hello_channel());
        cmd("SSUBSCRIBE").arg(&hello_channel).exec_async(push_connection.connection()).await?;
        liveness.renew_and_reap(state, &mut connection, hub).await?;
        // Apply first, before anything is received or sent, what ended on other nodes while this
        // one was disconnected.
        state.stalls.mark_disconnected();
        state.stalls.wait_revalidated().await;
        state.client.set_connection(Some(connection.clone()));
        shared_counts::store_all_counts(&mut connection, state, counts).await?;
        tracing::info!("connected to Redis");
        let mut subscriptions = TopicSubscriptions::default();
        subscriptions.queue(hub.topics());
        Ok(Self {
            state,
            outgoing: &mut session.outgoing,
            log_events: &session.log_events,
            hub,
            counts,
            connection,
            push_connection,
            epochs,
            hello_channel,
            liveness,
            subscriptions,
            renewals: time::interval(state.lease / RENEWALS_PER_LEASE),
            counts_stored: Instant::now(),
            has_said_hello: false,
            presence_synced_at: None,
        })
    }

    /// Runs until the connection fails. Returns early with a reason to reconnect.
    pub(super) async fn run(&mut self) -> RedisResult<&'static str> {
        loop {
            let wake = self.wait().await;
            if let ControlFlow::Break(reason) = self.handle(wake).await? {
                return Ok(reason);
            }
            if self.push_connection.has_overflowed() {
                return Ok("messages of other nodes were dropped");
            }
            if self.state.is_incomplete.load(Ordering::Relaxed) {
                return Ok("updates for other nodes were dropped");
            }
        }
    }

    async fn wait(&mut self) -> Wake {
        // Topics are subscribed to in small batches, so that the answers of other nodes are read
        // in between.
        let has_pending = self.subscriptions.has_pending();
        let may_subscribe = has_pending && self.push_connection.queued() < BATCH;
        let may_say_hello = !has_pending && !self.has_said_hello;
        // Every presence query adds an answer to the queue.
        let may_receive = self.outgoing.len() + MAX_PUSHES <= QUEUE;
        let presence_synced_at = self.presence_synced_at.unwrap_or_else(time::Instant::now);
        tokio::select! {
            pushes = self.push_connection.receive(MAX_PUSHES), if may_receive => {
                Wake::Pushes(pushes)
            }
            updates = receive(self.outgoing) => Wake::Outgoing(updates),
            () = std::future::ready(()), if may_subscribe => Wake::Subscribe,
            () = std::future::ready(()), if may_say_hello => Wake::SayHello,
            () = self.hub.wait_updates() => Wake::InterestChanged,
            _ = self.epochs.changed() => Wake::EpochChanged,
            () = time::sleep_until(presence_synced_at), if self.presence_synced_at.is_some() => {
                Wake::PresenceSynced
            }
            _ = self.renewals.tick() => Wake::Renew,
        }
    }

    async fn handle(&mut self, wake: Wake) -> RedisResult<Flow> {
        match wake {
            Wake::Pushes(pushes) => return Ok(self.receive_all(pushes).await),
            Wake::Outgoing(updates) => self.send(&updates).await?,
            Wake::Subscribe => self.subscribe().await?,
            Wake::SayHello => self.say_hello().await?,
            Wake::InterestChanged => self.send_interest_changes().await?,
            Wake::EpochChanged => return Ok(Flow::Break("the epoch of the data has changed")),
            Wake::PresenceSynced => {
                self.presence_synced_at = None;
                self.hub.mark_presence_synced();
            }
            Wake::Renew => return self.renew().await,
        }
        Ok(CONTINUE)
    }

    /// Announces this node once it has subscribed to everything.
    async fn say_hello(&mut self) -> RedisResult<()> {
        self.has_said_hello = true;
        let synced_after = self.state.lease / RENEWALS_PER_LEASE;
        self.presence_synced_at = Some(time::Instant::now() + synced_after);
        let mut command = cmd("SPUBLISH");
        command.arg(&self.hello_channel).arg(&*self.state.incarnation());
        command.exec_async(&mut self.connection).await?;
        self.state.mark_peer_back();
        Ok(())
    }

    async fn renew(&mut self) -> RedisResult<Flow> {
        self.push_connection.ping().await?;
        let (state, connection) = (self.state, &mut self.connection);
        if !self.liveness.renew_and_reap(state, connection, self.hub).await? {
            // The other nodes have discarded what this incarnation published.
            return Ok(Flow::Break("the lease of this node had expired"));
        }
        if self.counts_stored.elapsed() > COUNT_TTL / 3 {
            shared_counts::store_all_counts(connection, state, self.counts).await?;
            self.counts_stored = Instant::now();
        }
        Ok(CONTINUE)
    }
}

/// Waits for updates and returns at most [`BATCH`] of them. Cancelling loses none.
async fn receive(outgoing: &mut mpsc::Receiver<OutgoingMessage>) -> Vec<OutgoingMessage> {
    let mut updates = Vec::new();
    outgoing.recv_many(&mut updates, BATCH).await;
    updates
}
