//! The queue of outgoing frames of one connection: bounded in bytes, filled by the hub and by the
//! connection itself. Queueing never waits; a reader that is too slow is closed (guide section 10,
//! backpressure).
//!
//! The task that queues a frame may write it at once, under the outbox's lock, so that a broadcast
//! wakes no task per reader. Frames that the kernel does not accept are left to the connection,
//! which waits until the socket is writable.
//!
//! Over 400 lines: queueing, writing and closing share one lock, whose rules are read together.

mod queue;
#[cfg(test)]
mod tests;

use std::{
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Buf as _, Bytes};
use protocol::{
    CloseCode,
    limits::{MAX_OUTBOX_BYTES, MAX_REPLY_BYTES},
};
use socket2::SockRef;
use tokio::{net::TcpStream, sync::Notify};

use crate::metrics::Metrics;
use queue::{Queue, Waiting};

/// The memory that a queued frame takes beyond its bytes. Replies to pings have hardly any bytes.
const FRAME_COST: usize = 96;
/// The most frames handed to the kernel at once.
const MAX_SLICES: usize = 64;

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

#[derive(Debug, Default)]
#[repr(C)]
struct OutboxState {
    /// True if the kernel accepts no more. The connection waits until it does.
    is_blocked: bool,
    /// True if a task is going to flush.
    is_flush_due: bool,
    /// True if the kernel accepted a part of the first frame. The rest of it must come next.
    is_begun: bool,
    /// The bytes of queued events.
    event_bytes: usize,
    waiting: Queue,
    /// The bytes of queued replies, and their number.
    reply_bytes: usize,
    replies: usize,
    /// The bytes that the metrics count for this outbox.
    counted: usize,
    /// Set once. Nothing is queued after it.
    closing: Option<Box<CloseFrame>>,
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
            if state.flush(&self.0) != Flushed::All {
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
        let flushed = state.flush(&self.0);
        drop(state);
        if flushed != Flushed::All {
            self.0.woken.notify_one();
        }
    }

    /// Writes what the kernel accepts, unless the connection is to be closed. For the connection
    /// itself.
    pub fn flush(&self) -> Flushed {
        let mut state = self.lock();
        if state.closing.is_some() { Flushed::Closing } else { state.flush(&self.0) }
    }

    /// Writes what the kernel accepts during the closing handshake. For the connection itself.
    pub fn flush_last(&self) -> Flushed {
        self.lock().flush(&self.0)
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

impl OutboxState {
    fn bytes(&self) -> usize {
        self.event_bytes + self.reply_bytes
    }

    /// Brings the metrics up to date. A frame that is written at once is never counted, so that a
    /// broadcast does not touch what all threads share.
    fn count(&mut self, metrics: &Metrics) {
        let before = self.counted;
        self.counted = self.bytes();
        if before != self.counted {
            metrics.waiting(before, self.counted);
        }
    }

    fn queue_reply(&mut self, frame: Bytes) {
        if self.closing.is_none() {
            self.push_reply(frame);
        }
    }

    fn push_reply(&mut self, frame: Bytes) {
        self.reply_bytes += frame.len();
        self.replies += 1;
        self.waiting.push_back(Waiting { frame, is_reply: true });
    }

    fn overflow(&mut self) {
        if self.closing.is_some() {
            return; // the queue, with its close frame, is still to be sent
        }
        let begun = if self.is_begun { self.waiting.pop_front() } else { None };
        self.waiting.clear();
        (self.event_bytes, self.reply_bytes, self.replies) = (0, 0, 0);
        if let Some(Waiting { frame, is_reply }) = begun {
            *if is_reply { &mut self.reply_bytes } else { &mut self.event_bytes } = frame.len();
            self.replies = usize::from(is_reply);
            self.waiting.push_back(Waiting { frame, is_reply });
        }
        self.closing = Some(Box::new(CloseFrame {
            code: Some(CloseCode::TryAgainLater.as_u16()),
            reason: "reading too slowly, come back and resume".into(),
        }));
    }

    fn flush(&mut self, inner: &Inner) -> Flushed {
        let flushed = self.write(inner);
        self.count(&inner.metrics);
        flushed
    }

    fn write(&mut self, Inner { stream, metrics, .. }: &Inner) -> Flushed {
        self.is_blocked = false;
        loop {
            let written = match self.waiting.only() {
                Some(Waiting { frame, .. }) => send(stream, frame),
                None if self.waiting.is_empty() => break,
                None => {
                    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                    let mut count = 0;
                    for (slice, Waiting { frame, .. }) in slices.iter_mut().zip(self.waiting.iter())
                    {
                        *slice = IoSlice::new(frame);
                        count += 1;
                    }
                    send_all(stream, &slices[..count])
                }
            };
            match written {
                Ok(len) => metrics.sent(self.wrote(len), len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_blocked = true;
                    return Flushed::Blocked;
                }
                Err(_) => return Flushed::Disconnected,
            }
        }
        self.waiting.shrink_to(MAX_SLICES);
        Flushed::All
    }

    /// Removes `len` written bytes from the queue. Returns the number of frames that are complete.
    fn wrote(&mut self, mut len: usize) -> usize {
        let mut complete = 0;
        while len > 0
            && let Some(Waiting { frame, is_reply }) = self.waiting.front_mut()
        {
            let taken = len.min(frame.len());
            *if *is_reply { &mut self.reply_bytes } else { &mut self.event_bytes } -= taken;
            self.is_begun = taken < frame.len();
            if self.is_begun {
                frame.advance(taken);
                break;
            }
            self.replies -= usize::from(*is_reply);
            self.waiting.pop_front();
            len -= taken;
            complete += 1;
        }
        complete
    }
}

/// Hands bytes to the kernel. Tokio's readiness flag is elsewhere in memory, so it is consulted
/// only if the kernel accepts no more.
fn send(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match SockRef::from(stream).send(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.try_write(bytes),
        sent => sent,
    }
}

fn send_all(stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match SockRef::from(stream).send_vectored(slices) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            stream.try_write_vectored(slices)
        }
        sent => sent,
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
