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

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Result, StoreError, unavailable};

/// Writes that may wait for the thread. Who comes later waits for a place, in order.
const QUEUE: usize = 1024;
/// Writes in one transaction at most, so that the first of them does not wait for ever.
const BATCH: usize = 512;

/// Why nothing is written any more.
const STOPPED: &str = "the server stops";
/// How often the thread lets others go first before it begins a transaction, as long as that brings more writes.
const MAX_YIELDS: usize = 8;

/// Does the work inside the transaction; what it returns is called after the commit, in the same order.
type Job = Box<dyn FnOnce(Result<&Connection>) -> AfterCommit + Send>;
type AfterCommit = Box<dyn FnOnce(std::result::Result<(), &rusqlite::Error>) + Send>;

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
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (orders, queue) = mpsc::channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let healthy = Arc::clone(&healthy);
                move || run(&connection, queue, &healthy)
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
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        then: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        let job: Job = Box::new(move |connection| {
            let result = connection.and_then(|connection| in_savepoint(connection, work));
            Box::new(move |commit| {
                then(match commit {
                    Ok(()) => result,
                    Err(error) => Err(unavailable(error)),
                });
            })
        });
        self.orders.send(Order::Write(job)).await.map_err(|_| unavailable(&STOPPED))
    }

    /// Writes, and waits for the commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
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

fn run(connection: &Connection, mut queue: mpsc::Receiver<Order>, healthy: &AtomicBool) {
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
        let mut batch = Vec::new();
        let mut next = Some(order);
        let begun = connection.execute_batch("BEGIN IMMEDIATE");
        while let Some(order) = next {
            match order {
                Order::Write(job) => batch.push(job(match &begun {
                    Err(error) => Err(unavailable(error)),
                    // A full disk makes SQLite end the transaction in the middle of it. What came after would be
                    // committed on its own, and yet told to have failed.
                    Ok(()) if connection.is_autocommit() => Err(unavailable(&"the transaction was rolled back")),
                    Ok(()) => Ok(connection),
                })),
                Order::Stop => stop = true,
            }
            next = if batch.len() < BATCH && !stop { queue.try_recv().ok() } else { None };
        }
        let committed = begun.and_then(|()| connection.execute_batch("COMMIT"));
        if let Err(error) = &committed {
            tracing::error!(%error, "a transaction could not be committed");
            let _ = connection.execute_batch("ROLLBACK"); // fails where none is open
        }
        healthy.store(committed.is_ok(), Ordering::Relaxed);
        for after_commit in batch {
            after_commit(committed.as_ref().copied());
        }
    }
    queue.close();
}

/// One job's writes happen all or not at all, whatever the others in its transaction do.
fn in_savepoint<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(StoreError::Failed(rusqlite::Error::UnwindingPanic)));
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    connection.prepare_cached("RELEASE job")?.execute([])?;
    result
}
