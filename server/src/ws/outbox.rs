//! What waits for one reader: bounded in bytes, filled by the hub and by the connection itself, emptied by the
//! connection in few writes. Filling never waits; who reads too slowly is let go (guide section 10, backpressure).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use protocol::{
    CloseCode,
    limits::{MAX_ANSWER_BYTES, MAX_OUTBOX_BYTES},
};
use tokio::sync::Notify;

/// Frames in one write at most.
const BATCH_FRAMES: usize = 64;
/// Bytes in one write, from which on no further frame is added.
const BATCH_BYTES: usize = 64 << 10;

/// The hub's and the connection's handle to one reader's queue. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    filled: Notify,
    closed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Bytes of events.
    event_bytes: usize,
    /// Bytes of answers.
    answer_bytes: usize,
    /// Set once: nothing is queued after it.
    closing: Option<(Option<u16>, String)>,
}

impl State {
    fn overflow(&mut self) {
        self.waiting.clear();
        (self.event_bytes, self.answer_bytes) = (0, 0);
        self.closing.get_or_insert_with(|| {
            (Some(CloseCode::TryAgainLater.as_u16()), "reading too slowly, come back and resume".into())
        });
    }
}

#[derive(Debug)]
struct Waiting {
    frame: Bytes,
    is_answer: bool,
}

/// What is to be sent next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// These frames, in this order.
    Frames(Vec<Bytes>),
    /// The close frame; nothing comes after it.
    Close(Option<u16>, String),
}

impl Outbox {
    /// Queues an event. Where too much waits already, all of it is dropped and the reader is to be closed with 1013:
    /// never a hole with more after it.
    pub fn push_event(&self, frame: Bytes) {
        let mut state = self.lock();
        if state.closing.is_some() {
            return;
        }
        if state.event_bytes + frame.len() > MAX_OUTBOX_BYTES {
            drop(state);
            return self.overflow();
        }
        state.event_bytes += frame.len();
        state.waiting.push_back(Waiting { frame, is_answer: false });
        drop(state);
        self.0.filled.notify_one();
    }

    /// Too much waits elsewhere for this reader: drops all and closes it, as above.
    pub fn overflow(&self) {
        self.lock().overflow();
        self.0.filled.notify_one();
        self.0.closed.notify_one();
    }

    /// Queues the answer to one of the reader's own requests.
    pub fn push_answer(&self, frame: Bytes) {
        let mut state = self.lock();
        if state.closing.is_none() {
            state.answer_bytes += frame.len();
            state.waiting.push_back(Waiting { frame, is_answer: true });
        }
        drop(state);
        self.0.filled.notify_one();
    }

    /// Sends what waits, then the close frame. The first reason given counts.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        self.close_with(Some(code.as_u16()), reason.into());
    }

    /// Answers the client's goodbye with the code that came with it.
    pub fn echo_close(&self, code: Option<u16>) {
        self.close_with(code, String::new());
    }

    fn close_with(&self, code: Option<u16>, reason: String) {
        self.lock().closing.get_or_insert((code, reason));
        self.0.filled.notify_one();
        self.0.closed.notify_one();
    }

    /// Whether the connection is to be closed.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// Waits until the connection is to be closed, whatever still waits. Dropping the future loses nothing.
    pub async fn closed(&self) {
        while self.lock().closing.is_none() {
            self.0.closed.notified().await;
        }
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
        self.lock().answer_bytes >= MAX_ANSWER_BYTES
    }

    /// Waits for something to send. Dropping the future loses nothing.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.0.filled.notified().await;
        }
    }

    fn try_next(&self) -> Option<Next> {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            return state.closing.clone().map(|(code, reason)| Next::Close(code, reason));
        }
        let (mut frames, mut events, mut answers) = (Vec::new(), 0, 0);
        while frames.len() < BATCH_FRAMES && events + answers < BATCH_BYTES {
            let Some(waiting) = state.waiting.pop_front() else { break };
            *(if waiting.is_answer { &mut answers } else { &mut events }) += waiting.frame.len();
            frames.push(waiting.frame);
        }
        // From here on they count no more: a batch is small, and its bytes are shared with other readers.
        state.event_bytes -= events;
        state.answer_bytes -= answers;
        if state.waiting.is_empty() {
            state.waiting.shrink_to(BATCH_FRAMES);
        }
        Some(Next::Frames(frames))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Bytes {
        Bytes::from(vec![b'x'; bytes])
    }

    #[tokio::test]
    async fn sends_in_order_and_many_at_once() {
        let outbox = Outbox::default();
        outbox.push_event(frame(1));
        outbox.push_answer(frame(2));
        outbox.push_event(frame(3));
        assert_eq!(outbox.next().await, Next::Frames(vec![frame(1), frame(2), frame(3)]));
    }

    #[tokio::test]
    async fn takes_events_up_to_the_bound_and_closes_past_it() {
        let outbox = Outbox::default();
        outbox.push_event(frame(MAX_OUTBOX_BYTES));
        assert_eq!(outbox.next().await, Next::Frames(vec![frame(MAX_OUTBOX_BYTES)]));
        outbox.push_event(frame(MAX_OUTBOX_BYTES));
        outbox.push_event(frame(1));
        outbox.push_event(frame(1));
        assert!(matches!(outbox.next().await, Next::Close(Some(1013), _)));
    }

    #[tokio::test]
    async fn answers_do_not_count_as_events() {
        let outbox = Outbox::default();
        outbox.push_answer(frame(MAX_ANSWER_BYTES));
        assert!(outbox.is_full_of_answers());
        outbox.push_event(frame(MAX_OUTBOX_BYTES));
        assert!(matches!(outbox.next().await, Next::Frames(_)));
        assert!(!outbox.is_full_of_answers());
    }

    #[tokio::test]
    async fn what_waits_goes_out_before_the_close_and_nothing_after() {
        let outbox = Outbox::default();
        outbox.push_event(frame(1));
        outbox.close(CloseCode::Restart, "restarting");
        outbox.push_event(frame(2));
        outbox.close(CloseCode::Policy, "too late");
        assert_eq!(outbox.next().await, Next::Frames(vec![frame(1)]));
        assert_eq!(outbox.next().await, Next::Close(Some(1012), "restarting".into()));
    }
}
