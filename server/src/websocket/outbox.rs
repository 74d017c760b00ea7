//! What waits for one reader: bounded in bytes, filled by the hub and by the connection itself. Filling never waits;
//! who reads too slowly is let go (guide section 10, backpressure).
//!
//! Whoever fills it may write at once what the kernel takes, under the outbox's lock, so that a broadcast wakes no task
//! per reader. What the kernel does not take is left to the connection, which waits until the socket is writable.

mod queue;

use std::{
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Buf as _, Bytes};
use protocol::{
    CloseCode,
    limits::{MAX_ANSWER_BYTES, MAX_OUTBOX_BYTES},
};
use socket2::SockRef;
use tokio::{net::TcpStream, sync::Notify};

use crate::metrics::Metrics;
use queue::{Queue, Waiting};

/// What a waiting frame costs beyond its bytes: answers to pings have hardly any.
const FRAME_COST: usize = 96;
/// Frames handed to the kernel at once.
const MAX_SLICES: usize = 64;

/// The hub's and the connection's handle to one reader's queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Shared>);

/// A broadcast comes by here once for each reader, and finds next to nothing of it in the processor's cache: what it
/// touches stands together, and in this order.
#[derive(Debug)]
#[repr(C)]
struct Shared {
    state: Mutex<State>,
    stream: TcpStream,
    metrics: Metrics,
    /// Wakes the connection.
    woken: Notify,
}

#[derive(Debug, Default)]
#[repr(C)]
struct State {
    /// The kernel takes no more: the connection waits until it does.
    is_blocked: bool,
    /// Somebody has promised to flush.
    is_flush_due: bool,
    /// The kernel took a part of the first frame: nothing may come before the rest of it.
    is_begun: bool,
    /// Bytes of events that wait.
    event_bytes: usize,
    waiting: Queue,
    /// Bytes of answers that wait, and how many these are.
    answer_bytes: usize,
    answers: usize,
    /// Set once: nothing is queued after it.
    closing: Option<Box<Close>>,
}

/// The close frame that ends a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// Its code; none where the client gave none.
    pub code: Option<u16>,
    /// For a person.
    pub reason: String,
}

/// How far what waits was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// All of it.
    All,
    /// The kernel takes no more for now.
    Blocked,
    /// The line is cut.
    Cut,
    /// Nothing: the connection is to say goodbye first.
    Closing,
}

impl Outbox {
    /// An empty one for this socket.
    #[must_use]
    pub fn new(stream: TcpStream, metrics: Metrics) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), woken: Notify::new(), stream, metrics }))
    }

    /// The socket.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.0.stream
    }

    /// Queues an event and has the connection write it. Where too much waits already that the kernel does not take, all of
    /// it is dropped and the reader is to be closed with 1013: never a hole with more after it.
    pub fn push_event(&self, frame: Bytes) {
        drop(self.queue_event(frame));
        self.0.woken.notify_one();
    }

    /// The same, for whoever will flush many. Says whether this one is to be flushed: nobody else has promised to.
    #[must_use = "what is queued is to be flushed"]
    pub fn queue_event_to_flush(&self, frame: Bytes) -> bool {
        let mut state = self.queue_event(frame);
        !std::mem::replace(&mut state.is_flush_due, true)
    }

    fn queue_event(&self, frame: Bytes) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if state.closing.is_some() {
            return state;
        }
        if state.event_bytes + frame.len() > MAX_OUTBOX_BYTES {
            // Many events may have been queued before anybody wrote one: that is no fault of the reader's.
            if state.flush(&self.0) != Flushed::All {
                self.0.woken.notify_one();
            }
            if state.event_bytes + frame.len() > MAX_OUTBOX_BYTES {
                state.overflow();
                return state;
            }
        }
        state.event_bytes += frame.len();
        state.waiting.push_back(Waiting { frame, is_answer: false });
        state
    }

    /// Too much waits elsewhere for this reader: drops all and closes it, as above.
    pub fn overflow(&self) {
        self.lock().overflow();
        self.0.woken.notify_one();
    }

    /// For the connection: queues the answer to one of the reader's own requests.
    pub fn push_answer(&self, frame: Bytes) {
        self.lock().queue_answer(frame);
    }

    /// Queues an answer, for whoever will flush many. Says whether this one is to be flushed, as above.
    #[must_use = "what is queued is to be flushed"]
    pub fn queue_answer_to_flush(&self, frame: Bytes) -> bool {
        let mut state = self.lock();
        state.queue_answer(frame);
        !std::mem::replace(&mut state.is_flush_due, true)
    }

    /// Has the connection look at what there is to do.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// For the connection: queues the close frame, behind all that waits.
    pub fn push_close(&self, frame: Bytes) {
        self.lock().push_answer(frame);
    }

    /// Sends what waits, then the close frame. The first reason given counts.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        self.close_with(Close { code: Some(code.as_u16()), reason: reason.into() });
    }

    /// Answers the client's goodbye with the code that came with it.
    pub fn echo_close(&self, code: Option<u16>) {
        self.close_with(Close { code, reason: String::new() });
    }

    fn close_with(&self, close: Close) {
        self.lock().closing.get_or_insert(Box::new(close));
        self.0.woken.notify_one();
    }

    /// How the connection is to be closed, if it is.
    #[must_use]
    pub fn closing(&self) -> Option<Close> {
        self.lock().closing.as_deref().cloned()
    }

    /// Whether the connection is to be closed.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        let state = self.lock();
        state.event_bytes + state.answer_bytes
    }

    /// Whether so many answers wait that no further request is to be read.
    #[must_use]
    pub fn is_full_of_answers(&self) -> bool {
        let state = self.lock();
        state.answer_bytes + state.answers * FRAME_COST >= MAX_ANSWER_BYTES
    }

    /// Writes what the kernel takes; the rest is the connection's.
    pub fn flush_or_wake(&self) {
        let mut state = self.lock();
        state.is_flush_due = false;
        if state.is_blocked || state.closing.is_some() {
            return; // the connection knows
        }
        let flushed = state.flush(&self.0);
        drop(state);
        if flushed != Flushed::All {
            self.0.woken.notify_one();
        }
    }

    /// For the connection: writes what the kernel takes, unless it is to be closed.
    pub fn flush(&self) -> Flushed {
        let mut state = self.lock();
        if state.closing.is_some() { Flushed::Closing } else { state.flush(&self.0) }
    }

    /// For the connection on its way out: writes what the kernel takes.
    pub fn flush_last(&self) -> Flushed {
        self.lock().flush(&self.0)
    }

    /// For the connection: waits until something was queued or the connection is to be closed. Dropping the future
    /// loses nothing.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn queue_answer(&mut self, frame: Bytes) {
        if self.closing.is_none() {
            self.push_answer(frame);
        }
    }

    fn push_answer(&mut self, frame: Bytes) {
        self.answer_bytes += frame.len();
        self.answers += 1;
        self.waiting.push_back(Waiting { frame, is_answer: true });
    }

    fn overflow(&mut self) {
        if self.closing.is_some() {
            return; // nothing more is queued, and what was, the close frame included, is still to leave
        }
        let begun = if self.is_begun { self.waiting.pop_front() } else { None };
        self.waiting.clear();
        (self.event_bytes, self.answer_bytes, self.answers) = (0, 0, 0);
        if let Some(Waiting { frame, is_answer }) = begun {
            *if is_answer { &mut self.answer_bytes } else { &mut self.event_bytes } = frame.len();
            self.answers = usize::from(is_answer);
            self.waiting.push_back(Waiting { frame, is_answer });
        }
        self.closing = Some(Box::new(Close {
            code: Some(CloseCode::TryAgainLater.as_u16()),
            reason: "reading too slowly, come back and resume".into(),
        }));
    }

    fn flush(&mut self, Shared { stream, metrics, .. }: &Shared) -> Flushed {
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
                Err(_) => return Flushed::Cut,
            }
        }
        self.waiting.shrink_to(MAX_SLICES);
        Flushed::All
    }

    /// Takes out what the kernel took; returns how many frames ended in it.
    fn wrote(&mut self, mut len: usize) -> usize {
        let mut whole = 0;
        while len > 0
            && let Some(Waiting { frame, is_answer }) = self.waiting.front_mut()
        {
            let taken = len.min(frame.len());
            *if *is_answer { &mut self.answer_bytes } else { &mut self.event_bytes } -= taken;
            self.is_begun = taken < frame.len();
            if self.is_begun {
                frame.advance(taken);
                break;
            }
            self.answers -= usize::from(*is_answer);
            self.waiting.pop_front();
            len -= taken;
            whole += 1;
        }
        whole
    }
}

/// Hands bytes to the kernel. Tokio's note of what the socket is ready for, which lies elsewhere in memory, is looked at
/// only where the kernel takes no more.
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

/// What tests of the hub look at.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// An outbox, and the end at which what is written arrives.
    pub(crate) async fn outbox() -> (Outbox, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        (Outbox::new(ours, Metrics::new().unwrap()), theirs)
    }

    /// Takes out what waits, unwritten.
    pub(crate) fn take(outbox: &Outbox) -> Vec<Bytes> {
        let mut state = outbox.lock();
        (state.event_bytes, state.answer_bytes, state.answers) = (0, 0, 0);
        std::iter::from_fn(|| state.waiting.pop_front()).map(|waiting| waiting.frame).collect()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn frame(letter: u8, bytes: usize) -> Bytes {
        Bytes::from(vec![letter; bytes])
    }

    #[tokio::test]
    async fn what_waits_leaves_in_order() {
        let (outbox, mut reader) = testing::outbox().await;
        outbox.push_event(frame(b'a', 1));
        outbox.push_answer(frame(b'b', 2));
        outbox.push_event(frame(b'c', 3));
        assert_eq!(outbox.waiting_bytes(), 6);
        assert_eq!(outbox.flush(), Flushed::All);
        let mut read = [0; 6];
        reader.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"abbccc");
        assert_eq!(outbox.waiting_bytes(), 0);
    }

    #[tokio::test]
    async fn takes_events_up_to_the_bound_and_closes_past_it() {
        const FRAME: usize = 64 << 10;
        let (outbox, _reader) = testing::outbox().await;
        let mut most = 0;
        while !outbox.is_closing() {
            most = most.max(outbox.waiting_bytes());
            outbox.push_event(frame(b'x', FRAME));
        }
        assert!((MAX_OUTBOX_BYTES - FRAME..=MAX_OUTBOX_BYTES).contains(&most));
        assert_eq!(outbox.closing().unwrap().code, Some(1013));
        assert!(outbox.waiting_bytes() < FRAME, "no more than the rest of a frame that was begun");
    }

    #[tokio::test]
    async fn who_reads_gets_any_number_of_events_that_were_queued_at_once() {
        let (outbox, mut reader) = testing::outbox().await;
        let mut read = vec![0; 3 * MAX_OUTBOX_BYTES / 2];
        let bytes = read.len();
        for _ in 0..24 {
            let due = outbox.queue_event_to_flush(frame(b'x', bytes / 24));
            assert!(!outbox.is_closing() || !due);
        }
        assert!(!outbox.is_closing(), "the kernel has taken the first of them");
        let reading = reader.read_exact(&mut read);
        let writing = async {
            outbox.flush_or_wake();
            while outbox.flush() == Flushed::Blocked {
                outbox.stream().writable().await.unwrap();
            }
        };
        let (read, ()) = tokio::join!(reading, writing);
        assert_eq!(read.unwrap(), bytes);
    }

    #[tokio::test]
    async fn a_goodbye_is_not_lost_to_what_comes_after_it() {
        let (outbox, _reader) = testing::outbox().await;
        outbox.close(CloseCode::Restart, "restarting");
        outbox.push_close(frame(b'c', 2));
        outbox.overflow();
        assert_eq!(testing::take(&outbox), [frame(b'c', 2)]);
        assert_eq!(outbox.closing().unwrap().code, Some(1012));
    }

    #[tokio::test]
    async fn answers_do_not_count_as_events() {
        let (outbox, _reader) = testing::outbox().await;
        outbox.push_answer(frame(b'x', MAX_ANSWER_BYTES));
        assert!(outbox.is_full_of_answers());
        outbox.push_event(frame(b'x', MAX_OUTBOX_BYTES));
        assert!(!outbox.is_closing());
        testing::take(&outbox);
        assert!(!outbox.is_full_of_answers());
    }

    #[tokio::test]
    async fn many_small_answers_are_many() {
        let (outbox, _reader) = testing::outbox().await;
        let most = MAX_ANSWER_BYTES / (2 + FRAME_COST);
        for _ in 0..=most {
            assert!(!outbox.is_full_of_answers());
            outbox.push_answer(frame(b'p', 2));
        }
        assert!(outbox.is_full_of_answers());
        testing::take(&outbox);
        assert!(!outbox.is_full_of_answers());
    }

    #[tokio::test]
    async fn nothing_is_queued_after_the_first_reason_to_close() {
        let (outbox, _reader) = testing::outbox().await;
        outbox.push_event(frame(b'a', 1));
        outbox.close(CloseCode::Restart, "restarting");
        outbox.push_event(frame(b'b', 2));
        outbox.close(CloseCode::Policy, "too late");
        assert_eq!(testing::take(&outbox), [frame(b'a', 1)]);
        assert_eq!(outbox.closing(), Some(Close { code: Some(1012), reason: "restarting".into() }));
    }

    #[tokio::test]
    async fn a_frame_that_was_begun_is_ended_whatever_comes() {
        let (outbox, mut reader) = testing::outbox().await;
        let mut sent = 0_usize;
        while outbox.flush() == Flushed::All {
            outbox.push_event(frame(b'x', MAX_OUTBOX_BYTES));
            sent += MAX_OUTBOX_BYTES;
        }
        let unread = outbox.waiting_bytes();
        outbox.overflow();
        assert!(
            unread > 0 && outbox.waiting_bytes() == unread,
            "the one frame that waits was begun"
        );
        let mut read = vec![0; sent];
        let reading = reader.read_exact(&mut read);
        let writing = async {
            while outbox.flush_last() == Flushed::Blocked {
                outbox.stream().writable().await.unwrap();
            }
        };
        let (read, ()) = tokio::join!(reading, writing);
        assert_eq!(read.unwrap(), sent);
    }
}
