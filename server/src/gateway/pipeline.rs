//! The requests of one connection, on their way. They take effect in the order sent, yet a message never waits for
//! another's commit: once it has its place in the order of writes, the next request may begin. What reads, or changes
//! what one follows, begins when all before it has been committed (docs/decisions/0003-connection-loop.md).

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use protocol::{Request, RequestId, limits::MAX_MESSAGE_BYTES};

use crate::websocket::outbox::Outbox;

/// Requests that may wait to begin; the connection reads no more until there is room.
const MAX_WAITING: usize = 64;
/// Bytes that these may have on the wire. One more message may be let in past them.
const MAX_WAITING_BYTES: usize = 4 * MAX_MESSAGE_BYTES;
/// Messages that may wait for their commit.
const MAX_COMMITTING: usize = 256;

/// Serves one request up to the point where the next may begin.
pub type Begun = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The messages of one connection that have their place in the order of writes, but no commit yet. They are counted
/// instead of waited for, so that a commit wakes the connection only where something waits for it.
#[derive(Clone, Debug)]
pub struct Committing(Arc<Count>);

#[derive(Debug)]
struct Count {
    messages: AtomicUsize,
    is_awaited: AtomicBool,
    outbox: Outbox,
}

/// One of them; dropping it says that it is one no more.
#[derive(Debug)]
pub struct InFlight(Arc<Count>);

impl Committing {
    /// None, on the connection of this outbox.
    #[must_use]
    pub fn new(outbox: Outbox) -> Self {
        Self(Arc::new(Count {
            messages: AtomicUsize::new(0),
            is_awaited: AtomicBool::new(false),
            outbox,
        }))
    }

    /// One more.
    #[must_use]
    pub fn begin(&self) -> InFlight {
        self.0.messages.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(&self.0))
    }

    /// Whether there are fewer than that. If not, the connection is woken when the next one ends.
    fn is_below(&self, most: usize) -> bool {
        if self.0.messages.load(Ordering::SeqCst) < most {
            return true;
        }
        self.0.is_awaited.store(true, Ordering::SeqCst);
        // One may have ended in between and found nobody waiting.
        self.0.messages.load(Ordering::SeqCst) < most
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.messages.fetch_sub(1, Ordering::SeqCst);
        if self.0.is_awaited.swap(false, Ordering::SeqCst) {
            self.0.outbox.wake();
        }
    }
}

/// A request as it arrived.
#[derive(Debug)]
pub struct Arrived {
    /// What is asked.
    pub request: Request,
    /// Under which id it is to be answered.
    pub id: Option<RequestId>,
    /// Bytes on the wire.
    pub bytes: usize,
    /// When.
    pub at: Instant,
}

/// The requests of one connection.
pub struct Pipeline {
    waiting: VecDeque<Arrived>,
    waiting_bytes: usize,
    beginning: Option<Begun>,
    committing: Committing,
}

impl Pipeline {
    /// An empty one; what commits is counted by `committing`.
    #[must_use]
    pub fn new(committing: Committing) -> Self {
        Self { waiting: VecDeque::new(), waiting_bytes: 0, beginning: None, committing }
    }

    /// Adds a request behind all others.
    pub fn push(&mut self, arrived: Arrived) {
        self.waiting_bytes += arrived.bytes;
        self.waiting.push_back(arrived);
    }

    /// Whether no further request should be read for now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING || self.waiting_bytes >= MAX_WAITING_BYTES
    }

    /// Whether nothing is on its way. If something is, the connection is woken when that may have changed.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.beginning.is_none() && self.committing.is_below(1)
    }

    /// Begins what may begin, one after the other, if anything may; pends for ever where there is nothing to do. The
    /// connection is woken when that may have changed. Dropping the future loses nothing.
    pub async fn advance(&mut self, may_begin: bool, begin: impl Fn(Arrived) -> Begun) {
        if may_begin
            && self.beginning.is_none()
            && let Some(Arrived { request, .. }) = self.waiting.front()
            && self.may_begin(request)
            && let Some(arrived) = self.waiting.pop_front()
        {
            self.waiting_bytes -= arrived.bytes;
            if self.waiting.is_empty() {
                self.waiting = VecDeque::new(); // an idle connection holds no memory for what it once sent
            }
            self.beginning = Some(begin(arrived));
        }
        match &mut self.beginning {
            Some(begun) => begun.await,
            None => std::future::pending().await,
        }
        self.beginning = None;
    }

    fn may_begin(&self, request: &Request) -> bool {
        match request {
            Request::Chat(_)
            | Request::ChatEdit(_)
            | Request::ChatDelete(_)
            | Request::ChatReact(_)
            | Request::Read(_) => self.committing.is_below(MAX_COMMITTING),
            Request::Auth(_)
            | Request::Subscribe(_)
            | Request::Resume(_)
            | Request::Typing(_)
            | Request::Unsubscribe(_)
            | Request::History(_)
            | Request::Members(_)
            | Request::Rooms(_)
            | Request::Ping(_)
            | Request::Pong(_) => self.committing.is_below(1),
        }
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("waiting", &self.waiting.len())
            .field("committing", &self.committing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt as _;
    use protocol::{Chat, Empty};

    use super::*;
    use crate::websocket::outbox::testing;

    fn chat(text: &str) -> Request {
        Request::Chat(Chat { room: None, text: text.into(), id: None })
    }

    type Log = Arc<Mutex<Vec<String>>>;

    /// Notes what begins; messages are on their way until they are taken out of `sent`.
    fn recording(
        log: &Log,
        sent: &Arc<Mutex<Vec<InFlight>>>,
        committing: &Committing,
    ) -> impl Fn(Arrived) -> Begun + use<> {
        let (log, sent, committing) = (Arc::clone(log), Arc::clone(sent), committing.clone());
        move |arrived| {
            let name = match &arrived.request {
                Request::Chat(chat) => {
                    sent.lock().unwrap().push(committing.begin());
                    chat.text.clone()
                }
                other => other.name().to_owned(),
            };
            log.lock().unwrap().push(name);
            Box::pin(std::future::ready(()))
        }
    }

    fn arrived(request: Request) -> Arrived {
        Arrived { request, id: None, bytes: 100, at: Instant::now() }
    }

    fn advance_all(pipeline: &mut Pipeline, begin: &impl Fn(Arrived) -> Begun) {
        while pipeline.advance(true, begin).now_or_never().is_some() {}
    }

    #[tokio::test]
    async fn messages_do_not_wait_for_commits_but_reads_wait_for_messages() {
        let (outbox, _reader) = testing::outbox().await;
        let committing = Committing::new(outbox.clone());
        let (log, sent) = (Log::default(), Arc::default());
        let begin = recording(&log, &sent, &committing);
        let mut pipeline = Pipeline::new(committing);
        for request in [chat("a"), chat("b"), Request::Rooms(Empty {}), chat("c")] {
            pipeline.push(arrived(request));
        }
        advance_all(&mut pipeline, &begin);
        assert_eq!(*log.lock().unwrap(), ["a", "b"]);
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some(), "the connection is to look again");
        advance_all(&mut pipeline, &begin);
        assert_eq!(log.lock().unwrap().len(), 2, "the read still waits for the other message");
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some());
        advance_all(&mut pipeline, &begin);
        assert_eq!(log.lock().unwrap()[2..], ["rooms", "c"]);
        assert!(!pipeline.is_idle());
        sent.lock().unwrap().pop();
        assert!(outbox.woken().now_or_never().is_some());
        assert!(pipeline.is_idle());
    }

    #[tokio::test]
    async fn a_commit_that_nobody_waits_for_wakes_nobody() {
        let (outbox, _reader) = testing::outbox().await;
        let committing = Committing::new(outbox.clone());
        let (log, sent) = (Log::default(), Arc::default());
        let begin = recording(&log, &sent, &committing);
        let mut pipeline = Pipeline::new(committing);
        pipeline.push(arrived(chat("a")));
        advance_all(&mut pipeline, &begin);
        sent.lock().unwrap().clear();
        assert!(outbox.woken().now_or_never().is_none());
        assert!(pipeline.is_idle());
    }

    #[tokio::test]
    async fn it_is_full_by_number_and_by_size() {
        let (outbox, _reader) = testing::outbox().await;
        for (bytes, most) in [(10, MAX_WAITING), (MAX_MESSAGE_BYTES, 4)] {
            let mut pipeline = Pipeline::new(Committing::new(outbox.clone()));
            for _ in 0..most {
                assert!(!pipeline.is_full());
                pipeline.push(Arrived { bytes, ..arrived(Request::Rooms(Empty {})) });
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
    async fn what_was_begun_goes_on_where_nothing_more_may_begin() {
        let (outbox, _reader) = testing::outbox().await;
        let mut pipeline = Pipeline::new(Committing::new(outbox));
        let turn = Arc::new(tokio::sync::Semaphore::new(0));
        let begin = |_| -> Begun {
            let turn = Arc::clone(&turn);
            Box::pin(async move { drop(turn.acquire_owned().await) })
        };
        for _ in 0..2 {
            pipeline.push(arrived(Request::Rooms(Empty {})));
        }
        assert!(pipeline.advance(true, begin).now_or_never().is_none(), "it waits for its turn");
        turn.add_permits(1);
        assert!(pipeline.advance(false, begin).now_or_never().is_some());
        assert_eq!(turn.available_permits(), 1, "the turn was given back");
        assert!(pipeline.advance(false, begin).now_or_never().is_none());
        assert!(!pipeline.is_idle());
    }

    #[tokio::test]
    async fn an_idle_pipeline_waits() {
        let (outbox, _reader) = testing::outbox().await;
        let mut pipeline = Pipeline::new(Committing::new(outbox));
        assert!(pipeline.advance(true, |_| unreachable!()).now_or_never().is_none());
    }
}
