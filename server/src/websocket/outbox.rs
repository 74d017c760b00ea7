//! The queue of outgoing frames of one connection: bounded in bytes, filled by the hub and by the
//! connection itself. Queueing never waits; a reader that is too slow is closed (guide section 10,
//! backpressure).
//!
//! The task that queues a frame may write it at once, under the outbox's lock, so that a broadcast
//! wakes no task per reader. Frames that the kernel does not accept are left to the connection,
//! which waits until the socket is writable.

mod queue;
mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use protocol::{
    CloseCode,
    limits::{MAX_OUTBOX_BYTES, MAX_REPLY_BYTES},
};
use tokio::{net::TcpStream, sync::Notify};

use crate::metrics::Metrics;
use queue::Waiting;
use state::OutboxState;

/// The memory that a queued frame takes beyond its bytes. Replies to pings have hardly any bytes.
const FRAME_COST: usize = 96;

/// The handle to the queue of one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Inner>);

/// A broadcast visits this once for each reader and finds almost nothing of it in the processor's
/// cache. The fields that it touches therefore stand together, in this order.
#[derive(Debug)]
#[repr(C)]
struct Inner {
    state: Mutex<OutboxState>,
    stream: TcpStream,
    metrics: Metrics,
    /// Wakes the connection.
    woken: Notify,
}

/// The close frame that ends a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// The code. `None` if the client sent none.
    pub code: Option<u16>,
    /// The reason, as text for users.
    pub reason: String,
}

/// The result of writing the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Everything is written.
    All,
    /// The kernel accepts no more for now.
    Blocked,
    /// The connection is gone.
    Disconnected,
    /// Nothing is written. The connection starts the closing handshake first.
    Closing,
}

impl Outbox {
    /// Creates an empty outbox for this stream.
    #[must_use]
    pub fn new(stream: TcpStream, metrics: Metrics) -> Self {
        Self(Arc::new(Inner { state: Mutex::default(), woken: Notify::new(), stream, metrics }))
    }

    /// Returns the stream.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.0.stream
    }

    /// Queues an event and wakes the connection to write it. If too many bytes are queued that the
    /// kernel does not accept, the queue is dropped and the connection is closed with 1013. The
    /// client never sees a gap followed by more events.
    pub fn push_event(&self, frame: Bytes) {
        self.queue_event(frame).count(&self.0.metrics);
        self.0.woken.notify_one();
    }

    /// Queues an event without waking the connection. Returns whether the caller must flush this
    /// outbox; otherwise another task is going to.
    #[must_use = "a queued frame must be flushed"]
    pub fn queue_event_to_flush(&self, frame: Bytes) -> bool {
        let mut state = self.queue_event(frame);
        if state.is_blocked {
            state.count(&self.0.metrics);
        }
        !std::mem::replace(&mut state.is_flush_due, true)
    }

    fn queue_event(&self, frame: Bytes) -> MutexGuard<'_, OutboxState> {
        let mut state = self.lock();
        if state.closing.is_some() {
            return state;
        }
        if state.event_bytes + frame.len() > MAX_OUTBOX_BYTES {
            // The reader is not slow if many events were queued before any was written.
            if state.flush(&self.0.stream, &self.0.metrics) != Flushed::All {
                self.0.woken.notify_one();
            }
            if state.event_bytes + frame.len() > MAX_OUTBOX_BYTES {
                state.overflow();
                return state;
            }
        }
        state.event_bytes += frame.len();
        state.waiting.push_back(Waiting { frame, is_reply: false });
        state
    }

    /// Drops the queue and closes the connection with 1013, if too much is queued elsewhere for it.
    pub fn overflow(&self) {
        let mut state = self.lock();
        state.overflow();
        state.count(&self.0.metrics);
        drop(state);
        self.0.woken.notify_one();
    }

    /// Queues a reply without waking the connection.
    pub fn push_reply(&self, frame: Bytes) {
        let mut state = self.lock();
        state.queue_reply(frame);
        state.count(&self.0.metrics);
    }

    /// Queues a reply. Returns whether the caller must flush this outbox.
    #[must_use = "a queued frame must be flushed"]
    pub fn queue_reply_to_flush(&self, frame: Bytes) -> bool {
        let mut state = self.lock();
        state.queue_reply(frame);
        if state.is_blocked {
            state.count(&self.0.metrics);
        }
        !std::mem::replace(&mut state.is_flush_due, true)
    }

    /// Wakes the connection.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// Queues the close frame behind everything else. For the connection itself.
    pub fn push_close(&self, frame: Bytes) {
        self.lock().push_reply(frame);
    }

    /// Closes the connection after the queue is written. The first call counts.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        self.close_with(CloseFrame { code: Some(code.as_u16()), reason: reason.into() });
    }

    /// Closes the connection with the code of the client's close frame.
    pub fn echo_close(&self, code: Option<u16>) {
        self.close_with(CloseFrame { code, reason: String::new() });
    }

    fn close_with(&self, close: CloseFrame) {
        self.lock().closing.get_or_insert(Box::new(close));
        self.0.woken.notify_one();
    }

    /// Returns how the connection is to be closed, if it is.
    #[must_use]
    pub fn closing(&self) -> Option<CloseFrame> {
        self.lock().closing.as_deref().cloned()
    }

    /// Returns whether the connection is to be closed.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// Returns the number of queued bytes.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.lock().bytes()
    }

    /// Returns whether so many replies are queued that no further request should be read.
    #[must_use]
    pub fn is_full_of_replies(&self) -> bool {
        let state = self.lock();
        state.reply_bytes + state.replies * FRAME_COST >= MAX_REPLY_BYTES
    }

    /// Writes what the kernel accepts, and leaves the rest to the connection.
    pub fn flush_or_wake(&self) {
        let mut state = self.lock();
        state.is_flush_due = false;
        if state.is_blocked || state.closing.is_some() {
            return; // the connection writes by itself
        }
        let flushed = state.flush(&self.0.stream, &self.0.metrics);
        drop(state);
        if flushed != Flushed::All {
            self.0.woken.notify_one();
        }
    }

    /// Writes what the kernel accepts, unless the connection is to be closed. For the connection
    /// itself.
    pub fn flush(&self) -> Flushed {
        let mut state = self.lock();
        if state.closing.is_some() {
            Flushed::Closing
        } else {
            state.flush(&self.0.stream, &self.0.metrics)
        }
    }

    /// Writes what the kernel accepts during the closing handshake. For the connection itself.
    pub fn flush_last(&self) -> Flushed {
        self.lock().flush(&self.0.stream, &self.0.metrics)
    }

    /// Waits until a frame is queued or the connection is to be closed. Cancel safe. For the
    /// connection itself.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, OutboxState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.metrics.waiting(state.counted, 0);
    }
}

/// Access for tests.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Returns an outbox and the stream at its other end.
    pub(crate) async fn outbox() -> (Outbox, TcpStream) {
        outbox_of(Metrics::new().unwrap()).await
    }

    /// Returns an outbox that counts for these metrics.
    pub(crate) async fn outbox_of(metrics: Metrics) -> (Outbox, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        (Outbox::new(ours, metrics), theirs)
    }

    /// Removes the queued frames without writing them.
    pub(crate) fn take(outbox: &Outbox) -> Vec<Bytes> {
        let mut state = outbox.lock();
        (state.event_bytes, state.reply_bytes, state.replies) = (0, 0, 0);
        state.count(&outbox.0.metrics);
        std::iter::from_fn(|| state.waiting.pop_front()).map(|waiting| waiting.frame).collect()
    }
}
