//! The one thread that writes. It takes what waits into one transaction (group commit), so that many people who write
//! at once share one sync to the disk, and answers after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use tokio::sync::{mpsc, oneshot};

use super::{Engine, Result, StoreError, db::Db, unavailable};

/// Writes that may wait for the thread. Who comes later waits for a place, in order.
const QUEUE: usize = 1024;
/// Writes in one transaction at most, so that the first of them does not wait for ever.
const BATCH: usize = 512;

/// Why nothing is written any more.
const STOPPED: &str = "the server stops";
/// How often the thread lets others go first before it begins a transaction, as long as that brings more writes.
const MAX_YIELDS: usize = 8;

/// Does the work inside the transaction; what it returns is called after the commit, in the same order.
type Job = Box<dyn FnOnce(Result<&Db>) -> AfterCommit + Send>;
type AfterCommit = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

enum Order {
    Write(Job),
    Stop,
}

#[derive(Debug)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Whether the last commit succeeded.
    healthy: Arc<AtomicBool>,
}

impl Writer {
    /// On that connection, and on new ones where it breaks.
    pub(super) fn start(db: Db, engine: Arc<Engine>) -> Result<Self> {
        let (orders, queue) = mpsc::channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let healthy = Arc::clone(&healthy);
                move || run(Line { engine, db: Some(db) }, queue, &healthy)
            })
            .map_err(|error| unavailable(&error))?;
        Ok(Self { orders, thread: Mutex::new(Some(thread)), healthy })
    }

    /// Whether the thread lives and its last commit succeeded.
    pub(super) fn is_healthy(&self) -> bool {
        !self.orders.is_closed() && self.healthy.load(Ordering::Relaxed)
    }

    /// Takes a place in the order of writes, waiting while the queue is full. `then` gets the result on the writer's
    /// thread right after the commit, in the order of the writes; it must be quick.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        then: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        self.order(|db| db.in_savepoint(work), then).await
    }

    /// The same for work that refuses before it writes ([`Db::without_savepoint`]).
    pub(super) async fn submit_checked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        then: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        self.order(|db| db.without_savepoint(work), then).await
    }

    async fn order<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        then: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        let job: Job = Box::new(move |db| {
            let result = db.and_then(work);
            Box::new(move |commit| {
                then(match commit {
                    Ok(()) => result,
                    Err(error) => Err(StoreError::Unavailable(error.cause())),
                });
            })
        });
        self.orders.send(Order::Write(job)).await.map_err(|_| unavailable(&STOPPED))
    }

    /// Writes, and waits for the commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, committed) = oneshot::channel();
        // Nobody waits any more where the connection has gone meanwhile.
        self.submit(work, |result| drop(answer.send(result))).await?;
        committed.await.map_err(|_| unavailable(&STOPPED))?
    }

    /// Commits what waits and ends the thread.
    pub(super) fn stop(&self) {
        let _ = self.orders.blocking_send(Order::Stop);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(Err(_)) = thread.map(JoinHandle::join) {
            tracing::error!("the store's writer had died");
        }
    }
}

/// The writer's connection.
struct Line {
    engine: Arc<Engine>,
    db: Option<Db>,
}

impl Line {
    /// The connection, or another one where it broke.
    fn ready(&mut self) -> Result<&Db> {
        self.db = match self.db.take().filter(|db| !db.is_broken()) {
            Some(db) => Some(db),
            None => Some(self.engine.open()?),
        };
        self.db.as_ref().ok_or_else(|| unavailable(&STOPPED))
    }
}

fn run(mut line: Line, mut queue: mpsc::Receiver<Order>, healthy: &AtomicBool) {
    let mut stop = false;
    while !stop && let Some(order) = queue.blocking_recv() {
        // Where this thread took the core from those who are about to write, they write first: one commit for all.
        let mut waiting = queue.len();
        for _ in 0..MAX_YIELDS {
            std::thread::yield_now();
            if queue.len() == waiting || queue.len() >= BATCH {
                break;
            }
            waiting = queue.len();
        }
        let begun = line.ready().and_then(|db| db.begin().map(|()| db));
        let mut batch = Vec::new();
        let mut next = Some(order);
        while let Some(order) = next {
            match order {
                Order::Write(job) => batch.push(job(match &begun {
                    Err(error) => Err(StoreError::Unavailable(error.cause())),
                    Ok(db) => Ok(db),
                })),
                Order::Stop => stop = true,
            }
            next = if batch.len() < BATCH && !stop { queue.try_recv().ok() } else { None };
        }
        let committed = begun.and_then(Db::commit);
        if let Err(error) = &committed {
            tracing::error!(%error, "a transaction could not be committed");
        }
        healthy.store(committed.is_ok(), Ordering::Relaxed);
        for after_commit in batch {
            // What is committed is to be told of, whatever becomes of the one before it.
            if catch_unwind(AssertUnwindSafe(|| after_commit(committed.as_ref().copied()))).is_err()
            {
                tracing::error!("what follows a commit panicked");
            }
        }
    }
    queue.close();
}
