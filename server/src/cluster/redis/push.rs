//! The connection for subscriptions, and the messages that Redis pushes over it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use redis::{
    PushInfo, PushKind, RedisResult, Value,
    aio::{AsyncPushSender, SendError},
    cmd,
};
use tokio::sync::mpsc;

use super::connection::RedisConnection;

/// Pushes that may wait to be read. Further ones are dropped, and this node must reconnect.
const MAX_QUEUED: usize = 32_768;

/// Something that Redis sent without having been asked.
#[derive(Debug)]
pub(in crate::cluster) enum Push {
    /// A message, after the channel that carried it.
    Message(Vec<u8>, Vec<u8>),
    /// The end of the subscription to a channel.
    Unsubscribed(Vec<u8>),
    /// The end of the connection.
    Disconnected,
}

/// The connection that subscribes to channels and receives their messages.
pub(in crate::cluster) struct PushConnection {
    connection: RedisConnection,
    queue: PushQueue,
}

impl PushConnection {
    pub(super) fn new(connection: RedisConnection, queue: PushQueue) -> Self {
        Self { connection, queue }
    }

    /// Returns the connection, for commands that subscribe or unsubscribe and for no others.
    pub(in crate::cluster) fn connection(&mut self) -> &mut RedisConnection {
        &mut self.connection
    }

    /// Waits for pushes and returns at most `limit` of them. Cancelling loses none.
    pub(in crate::cluster) async fn receive(&mut self, limit: usize) -> Vec<Push> {
        let mut pushes = Vec::new();
        if self.queue.pushes.recv_many(&mut pushes, limit).await == 0 {
            pushes.push(Push::Disconnected);
        }
        pushes
    }

    /// Returns the number of pushes that wait.
    pub(in crate::cluster) fn queued(&self) -> usize {
        self.queue.pushes.len()
    }

    /// Returns whether pushes were dropped because too many were waiting.
    pub(in crate::cluster) fn has_overflowed(&self) -> bool {
        self.queue.has_overflowed.load(Ordering::Relaxed)
    }

    /// Fails if one of the servers does not answer. A cluster reports that in no other way.
    pub(in crate::cluster) async fn ping(&mut self) -> RedisResult<()> {
        cmd("PING").exec_async(&mut self.connection).await
    }
}

/// The receiving end of the pushes of a connection.
pub(super) struct PushQueue {
    pushes: mpsc::Receiver<Push>,
    has_overflowed: Arc<AtomicBool>,
}

impl PushQueue {
    /// Creates a queue, and the sender to install in a connection.
    pub(super) fn new() -> (Self, impl AsyncPushSender) {
        let (sender, pushes) = mpsc::channel(MAX_QUEUED);
        let has_overflowed = Arc::new(AtomicBool::new(false));
        let queue = Self { pushes, has_overflowed: Arc::clone(&has_overflowed) };
        let send = move |info: PushInfo| {
            let Some(push) = read(info) else { return Ok(()) };
            sender.try_send(push).map_err(|_| {
                has_overflowed.store(true, Ordering::Relaxed);
                SendError
            })
        };
        (queue, send)
    }
}

/// Returns the push, or `None` if its kind is of no interest.
fn read(info: PushInfo) -> Option<Push> {
    let mut parts = info.data.into_iter().filter_map(|part| match part {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    });
    match (info.kind, parts.next(), parts.next()) {
        (PushKind::Disconnection, ..) => Some(Push::Disconnected),
        (PushKind::SMessage, Some(channel), Some(message)) => Some(Push::Message(channel, message)),
        (PushKind::SUnsubscribe, Some(channel), _) => Some(Push::Unsubscribed(channel)),
        _ => None,
    }
}
