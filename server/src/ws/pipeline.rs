//! The requests of one connection, on their way. They take effect in the order sent, yet a message never waits for
//! another's commit: once it has its place in the order of writes, the next request may begin. What reads, or changes
//! what one follows, begins when all before it has been committed (docs/decisions/0003-connection-loop.md).

use std::{collections::VecDeque, future::Future, pin::Pin};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use protocol::{Request, RequestId};

/// Requests that may wait to begin; the connection reads no more until there is room.
const MAX_WAITING: usize = 64;
/// Messages that may wait for their commit.
const MAX_COMMITTING: usize = 256;

/// Serves one request up to the point where the next may begin.
pub type Begun = Pin<Box<dyn Future<Output = Progress> + Send>>;
/// The rest of a request whose place in the order is settled.
pub type Finishing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How far a request has come once the next may begin.
pub enum Progress {
    /// It was answered.
    Answered,
    /// It has its place in the order of writes, and is answered after the commit.
    Committing(Finishing),
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Answered => "Answered",
            Self::Committing(_) => "Committing",
        })
    }
}

/// The requests of one connection.
#[derive(Default)]
pub struct Pipeline {
    waiting: VecDeque<(Request, Option<RequestId>)>,
    beginning: Option<Begun>,
    committing: FuturesUnordered<Finishing>,
}

impl Pipeline {
    /// Adds a request behind all others.
    pub fn push(&mut self, request: Request, id: Option<RequestId>) {
        self.waiting.push_back((request, id));
    }

    /// Whether no further request should be read for now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING
    }

    /// Whether nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.beginning.is_none() && self.committing.is_empty()
    }

    /// Moves all requests on until something has happened; pends for ever while it is idle. Dropping the future loses
    /// nothing.
    pub async fn advance(&mut self, begin: impl Fn(Request, Option<RequestId>) -> Begun) {
        if self.beginning.is_none()
            && let Some((request, _)) = self.waiting.front()
            && self.may_begin(request)
            && let Some((request, id)) = self.waiting.pop_front()
        {
            self.beginning = Some(begin(request, id));
        }
        let Self { beginning, committing, .. } = self;
        let begun = async {
            match beginning {
                Some(begun) => begun.await,
                None => std::future::pending().await,
            }
        };
        let committed = async {
            if committing.next().await.is_none() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            progress = begun => {
                self.beginning = None;
                if let Progress::Committing(rest) = progress {
                    self.committing.push(rest);
                }
            }
            () = committed => {}
        }
    }

    fn may_begin(&self, request: &Request) -> bool {
        match request {
            Request::Chat(_) => self.committing.len() < MAX_COMMITTING,
            Request::Auth(_)
            | Request::Subscribe(_)
            | Request::Unsubscribe(_)
            | Request::History(_)
            | Request::Members(_)
            | Request::Rooms(_)
            | Request::Ping(_)
            | Request::Pong(_) => self.committing.is_empty(),
        }
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("waiting", &self.waiting.len())
            .field("committing", &self.committing.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt as _;
    use protocol::{Chat, Empty};
    use tokio::sync::Notify;

    use super::*;

    fn chat(text: &str) -> Request {
        Request::Chat(Chat { room: None, text: text.into(), id: None })
    }

    /// Notes what begins; messages commit when `commit` says so.
    fn recording(log: &Arc<Mutex<Vec<String>>>, commit: &Arc<Notify>) -> impl Fn(Request, Option<RequestId>) -> Begun {
        let (log, commit) = (Arc::clone(log), Arc::clone(commit));
        move |request, _| {
            let (log, commit) = (Arc::clone(&log), Arc::clone(&commit));
            Box::pin(async move {
                match request {
                    Request::Chat(chat) => {
                        log.lock().unwrap().push(format!("queued {}", chat.text));
                        Progress::Committing(Box::pin(async move {
                            commit.notified().await;
                            log.lock().unwrap().push(format!("committed {}", chat.text));
                        }))
                    }
                    other => {
                        log.lock().unwrap().push(other.name().into());
                        Progress::Answered
                    }
                }
            })
        }
    }

    fn advance_all(pipeline: &mut Pipeline, begin: &impl Fn(Request, Option<RequestId>) -> Begun) {
        while pipeline.advance(begin).now_or_never().is_some() {}
    }

    #[tokio::test]
    async fn messages_do_not_wait_for_commits_but_reads_wait_for_messages() {
        let (log, commit) = (Arc::default(), Arc::new(Notify::new()));
        let begin = recording(&log, &commit);
        let mut pipeline = Pipeline::default();
        for request in [chat("a"), chat("b"), Request::Rooms(Empty {}), chat("c")] {
            pipeline.push(request, None);
        }
        advance_all(&mut pipeline, &begin);
        assert_eq!(*log.lock().unwrap(), ["queued a", "queued b"]);
        commit.notify_one();
        advance_all(&mut pipeline, &begin);
        assert_eq!(log.lock().unwrap().len(), 3, "the read still waits for the other message");
        commit.notify_one();
        advance_all(&mut pipeline, &begin);
        assert_eq!(log.lock().unwrap()[4..], ["rooms", "queued c"]);
        assert!(!pipeline.is_idle());
        commit.notify_one();
        advance_all(&mut pipeline, &begin);
        assert!(pipeline.is_idle());
    }

    #[tokio::test]
    async fn an_idle_pipeline_waits() {
        let mut pipeline = Pipeline::default();
        assert!(pipeline.advance(|_, _| unreachable!()).now_or_never().is_none());
    }
}
