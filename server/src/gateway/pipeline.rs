//! The queue of one connection's requests. They take effect in the order sent, yet a write never
//! waits for the commit of another: once it has a position in the write order, the next request may
//! start. A request that reads, or changes a subscription, starts after all writes before it are
//! committed (docs/decisions/0003-connection-loop.md).

use std::{collections::VecDeque, future::Future, pin::Pin, time::Instant};

use protocol::{Order, Request, RequestId, limits::MAX_MESSAGE_BYTES};

use crate::delivery::in_flight::InFlightWrites;

/// Requests that may wait to start. The connection reads no more until there is room.
const MAX_WAITING: usize = 64;
/// The bytes on the wire that these may have. One more message may be accepted beyond that.
const MAX_WAITING_BYTES: usize = 4 * MAX_MESSAGE_BYTES;
/// Writes that may wait for their commit.
const MAX_IN_FLIGHT: usize = 256;

/// Serves one request up to the point where the next may start.
pub type RequestFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A request that waits to start.
#[derive(Debug)]
pub struct QueuedRequest {
    /// The request.
    pub request: Request,
    /// The id that the client gave it.
    pub id: Option<RequestId>,
    /// Its size on the wire.
    pub bytes: usize,
    /// When it was received.
    pub received_at: Instant,
}

/// The requests of one connection.
pub struct Pipeline {
    waiting: VecDeque<QueuedRequest>,
    waiting_bytes: usize,
    running: Option<RequestFuture>,
    in_flight: InFlightWrites,
}

impl Pipeline {
    /// Creates an empty pipeline. `in_flight` counts the writes that it starts.
    #[must_use]
    pub fn new(in_flight: InFlightWrites) -> Self {
        Self { waiting: VecDeque::new(), waiting_bytes: 0, running: None, in_flight }
    }

    /// Adds a request behind all others.
    pub fn push(&mut self, queued: QueuedRequest) {
        self.waiting_bytes += queued.bytes;
        self.waiting.push_back(queued);
    }

    /// Returns whether no further request should be read for now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING || self.waiting_bytes >= MAX_WAITING_BYTES
    }

    /// Returns whether nothing waits, runs or is in flight. If something does, the connection is
    /// woken when that may have changed.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_none() && self.in_flight.is_below(1)
    }

    /// Runs the next request if it may start. Pends while nothing may; the connection is woken when
    /// that may have changed. Cancel safe.
    pub async fn advance(
        &mut self,
        may_start: bool,
        start: impl Fn(QueuedRequest) -> RequestFuture,
    ) {
        if may_start
            && self.running.is_none()
            && let Some(QueuedRequest { request, .. }) = self.waiting.front()
            && self.may_start(request)
            && let Some(queued) = self.waiting.pop_front()
        {
            self.waiting_bytes -= queued.bytes;
            if self.waiting.is_empty() {
                self.waiting = VecDeque::new(); // an idle connection keeps no memory
            }
            self.running = Some(start(queued));
        }
        match &mut self.running {
            Some(running) => running.await,
            None => std::future::pending().await,
        }
        self.running = None;
    }

    fn may_start(&self, request: &Request) -> bool {
        match request.policy().order {
            Order::Write => self.in_flight.is_below(MAX_IN_FLIGHT),
            Order::AfterWrites => self.in_flight.is_below(1),
        }
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("waiting", &self.waiting.len())
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt as _;
    use protocol::{Chat, ListRooms};

    use super::*;
    use crate::{delivery::in_flight::InFlight, websocket::outbox::testing};

    fn chat(text: &str) -> Request {
        Request::Chat(Chat { room: None, text: text.into(), id: None, ..Default::default() })
    }

    type Log = Arc<Mutex<Vec<String>>>;

    /// Records the requests that start. Messages are in flight until they are taken out of `sent`.
    fn recording(
        log: &Log,
        sent: &Arc<Mutex<Vec<InFlight>>>,
        in_flight: &InFlightWrites,
    ) -> impl Fn(QueuedRequest) -> RequestFuture + use<> {
        let (log, sent, in_flight) = (Arc::clone(log), Arc::clone(sent), in_flight.clone());
        move |queued| {
            let name = match &queued.request {
                Request::Chat(chat) => {
                    sent.lock().unwrap().push(in_flight.begin());
                    chat.text.clone()
                }
                other => other.name().to_owned(),
            };
            log.lock().unwrap().push(name);
            Box::pin(std::future::ready(()))
        }
    }

    fn queued(request: Request) -> QueuedRequest {
        QueuedRequest { request, id: None, bytes: 100, received_at: Instant::now() }
    }

    fn advance_all(pipeline: &mut Pipeline, start: &impl Fn(QueuedRequest) -> RequestFuture) {
        while pipeline.advance(true, start).now_or_never().is_some() {}
    }

    #[tokio::test]
    async fn messages_do_not_wait_for_commits_but_reads_wait_for_messages() {
        let (outbox, _reader) = testing::outbox().await;
        let in_flight = InFlightWrites::new(outbox.clone());
        let (log, sent) = (Log::default(), Arc::default());
        let start = recording(&log, &sent, &in_flight);
        let mut pipeline = Pipeline::new(in_flight);
        for request in [chat("a"), chat("b"), Request::Rooms(ListRooms::default()), chat("c")] {
            pipeline.push(queued(request));
        }
        advance_all(&mut pipeline, &start);
        assert_eq!(*log.lock().unwrap(), ["a", "b"]);
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some(), "the connection is to look again");
        advance_all(&mut pipeline, &start);
        assert_eq!(log.lock().unwrap().len(), 2, "the read still waits for the other message");
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some());
        advance_all(&mut pipeline, &start);
        assert_eq!(log.lock().unwrap()[2..], ["rooms", "c"]);
        assert!(!pipeline.is_idle());
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some());
        assert!(pipeline.is_idle());
    }

    #[tokio::test]
    async fn a_commit_that_nobody_waits_for_wakes_nobody() {
        let (outbox, _reader) = testing::outbox().await;
        let in_flight = InFlightWrites::new(outbox.clone());
        let (log, sent) = (Log::default(), Arc::default());
        let start = recording(&log, &sent, &in_flight);
        let mut pipeline = Pipeline::new(in_flight);
        pipeline.push(queued(chat("a")));
        advance_all(&mut pipeline, &start);
        sent.lock().unwrap().clear();
        assert!(outbox.woken().now_or_never().is_none());
        assert!(pipeline.is_idle());
    }

    #[tokio::test]
    async fn it_is_full_by_number_and_by_size() {
        let (outbox, _reader) = testing::outbox().await;
        for (bytes, most) in [(10, MAX_WAITING), (MAX_MESSAGE_BYTES, 4)] {
            let mut pipeline = Pipeline::new(InFlightWrites::new(outbox.clone()));
            for _ in 0..most {
                assert!(!pipeline.is_full());
                pipeline
                    .push(QueuedRequest { bytes, ..queued(Request::Rooms(ListRooms::default())) });
            }
            assert!(pipeline.is_full());
            assert!(
                pipeline
                    .advance(true, |_| Box::pin(std::future::ready(())))
                    .now_or_never()
                    .is_some()
            );
            assert!(!pipeline.is_full());
        }
    }

    #[tokio::test]
    async fn what_was_begun_goes_on_where_nothing_more_may_start() {
        let (outbox, _reader) = testing::outbox().await;
        let mut pipeline = Pipeline::new(InFlightWrites::new(outbox));
        let permit = Arc::new(tokio::sync::Semaphore::new(0));
        let start = |_| -> RequestFuture {
            let permit = Arc::clone(&permit);
            Box::pin(async move { drop(permit.acquire_owned().await) })
        };
        for _ in 0..2 {
            pipeline.push(queued(Request::Rooms(ListRooms::default())));
        }
        assert!(pipeline.advance(true, start).now_or_never().is_none(), "it waits for the permit");
        permit.add_permits(1);
        assert!(pipeline.advance(false, start).now_or_never().is_some());
        assert_eq!(permit.available_permits(), 1, "the permit was released");
        assert!(pipeline.advance(false, start).now_or_never().is_none());
        assert!(!pipeline.is_idle());
    }

    #[tokio::test]
    async fn an_idle_pipeline_waits() {
        let (outbox, _reader) = testing::outbox().await;
        let mut pipeline = Pipeline::new(InFlightWrites::new(outbox));
        assert!(pipeline.advance(true, |_| unreachable!()).now_or_never().is_none());
    }
}
