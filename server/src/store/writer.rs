//! The thread that writes.
//!
//! It takes the waiting writes into one transaction (group commit), so that many users who write
//! at the same time share one sync to disk. Results are reported after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use tokio::sync::{mpsc, oneshot};

use super::{Result, StoreError, connector::Connector, sql::Db};

/// The capacity of the queue. Further writes wait, in order.
const QUEUE: usize = 1024;
/// The maximum number of writes in a transaction. Bounds the wait of the first one.
const BATCH: usize = 512;
/// The maximum number of times that the thread yields before a transaction, while that brings
/// more writes.
const MAX_YIELDS: usize = 8;

const STOPPED: &str = "the server is stopping";

/// A callback for the result of a write. It runs on the writer's thread right after the commit,
/// in the order of the writes, and must be quick.
pub trait OnCommit<T>: FnOnce(Result<T>) + Send + 'static {}

impl<T, F: FnOnce(Result<T>) + Send + 'static> OnCommit<T> for F {}

/// The extent of a rollback when a write fails.
#[derive(Clone, Copy, Debug)]
enum Rollback {
    /// Undoes the write ([`Db::in_savepoint`]).
    Write,
    /// Undoes the transaction; for writes that make all checks first ([`Db::without_savepoint`]).
    Transaction,
}

/// A queued write.
trait Job: Send {
    /// Does the work inside the transaction and keeps its result.
    fn run(&mut self, db: Result<&Db, &StoreError>);

    /// Passes the result on after the commit.
    fn finish(self: Box<Self>, committed: Result<(), &StoreError>);
}

struct Write<T, Work, Callback> {
    rollback: Rollback,
    work: Option<Work>,
    result: Option<Result<T>>,
    on_commit: Callback,
}

impl<T, Work, Callback> Job for Write<T, Work, Callback>
where
    T: Send,
    Work: FnOnce(&Db) -> Result<T> + Send,
    Callback: OnCommit<T>,
{
    fn run(&mut self, db: Result<&Db, &StoreError>) {
        let Some(work) = self.work.take() else { return };
        self.result = Some(match (db, self.rollback) {
            (Ok(db), Rollback::Write) => db.in_savepoint(work),
            (Ok(db), Rollback::Transaction) => db.without_savepoint(work),
            (Err(error), _) => Err(StoreError::Unavailable(error.cause())),
        });
    }

    fn finish(self: Box<Self>, committed: Result<(), &StoreError>) {
        let Some(result) = self.result else { return };
        (self.on_commit)(match committed {
            Ok(()) => result,
            Err(error) => Err(StoreError::Unavailable(error.cause())),
        });
    }
}

enum WriteCommand {
    Write(Box<dyn Job>),
    Stop,
}

/// A handle to the thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    commands: mpsc::Sender<WriteCommand>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// True if the last commit succeeded.
    healthy: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread on a connection. It opens another one if that breaks.
    pub(super) fn start(db: Db, connector: Arc<Connector>) -> Result<Self> {
        let (commands, queue) = mpsc::channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let connection = WriterConnection { connector, db: Some(db) };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let healthy = Arc::clone(&healthy);
                move || run(connection, queue, &healthy)
            })
            .map_err(StoreError::unavailable)?;
        Ok(Self { commands, thread: Mutex::new(Some(thread)), healthy })
    }

    /// Returns whether the thread is alive and its last commit succeeded.
    pub(super) fn is_healthy(&self) -> bool {
        !self.commands.is_closed() && self.healthy.load(Ordering::Relaxed)
    }

    /// Queues a write. Waits while the queue is full.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        on_commit: impl OnCommit<T>,
    ) -> Result<()> {
        self.queue(Rollback::Write, work, on_commit).await
    }

    /// Queues a write that makes all its checks before its first change
    /// ([`Db::without_savepoint`]).
    pub(super) async fn submit_checked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        on_commit: impl OnCommit<T>,
    ) -> Result<()> {
        self.queue(Rollback::Transaction, work, on_commit).await
    }

    async fn queue<T: Send + 'static>(
        &self,
        rollback: Rollback,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
        on_commit: impl OnCommit<T>,
    ) -> Result<()> {
        let job = Box::new(Write { rollback, work: Some(work), result: None, on_commit });
        let queued = self.commands.send(WriteCommand::Write(job)).await;
        queued.map_err(|_| StoreError::unavailable(STOPPED))
    }

    /// Writes, and waits for the commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, committed) = oneshot::channel();
        // The receiver is gone if the caller was canceled.
        self.submit(work, |result| drop(sender.send(result))).await?;
        committed.await.map_err(|_| StoreError::unavailable(STOPPED))?
    }

    /// Commits the queued writes and ends the thread.
    pub(super) fn stop(&self) {
        let _ = self.commands.blocking_send(WriteCommand::Stop);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(Err(_)) = thread.map(JoinHandle::join) {
            tracing::error!("the thread that writes to the store had panicked");
        }
    }
}

/// The connection of the writer.
struct WriterConnection {
    connector: Arc<Connector>,
    db: Option<Db>,
}

impl WriterConnection {
    /// Begins a transaction. Connects again if the connection is broken.
    fn begin(&mut self) -> Result<&Db> {
        let db = match self.db.take().filter(|db| !db.is_broken()) {
            Some(db) => db,
            None => self.connector.open()?,
        };
        let db = self.db.insert(db);
        db.begin()?;
        Ok(db)
    }
}

fn run(
    mut connection: WriterConnection,
    mut queue: mpsc::Receiver<WriteCommand>,
    healthy: &AtomicBool,
) {
    let mut stop = false;
    while !stop && let Some(command) = queue.blocking_recv() {
        yield_to_writers(&queue);
        let begun = connection.begin();
        let mut batch = Vec::new();
        let mut next = Some(command);
        while let Some(command) = next {
            match command {
                WriteCommand::Write(mut job) => {
                    job.run(begun.as_deref());
                    batch.push(job);
                }
                WriteCommand::Stop => stop = true,
            }
            next = if batch.len() < BATCH && !stop { queue.try_recv().ok() } else { None };
        }
        let committed = begun.and_then(Db::commit);
        if let Err(error) = &committed {
            tracing::error!(%error, "a transaction could not be committed");
        }
        healthy.store(committed.is_ok(), Ordering::Relaxed);
        finish(batch, committed.as_ref().copied());
    }
    queue.close();
}

/// Lets threads run that are about to queue a write, so that one commit serves them all.
fn yield_to_writers(queue: &mpsc::Receiver<WriteCommand>) {
    let mut waiting = queue.len();
    for _ in 0..MAX_YIELDS {
        std::thread::yield_now();
        if queue.len() == waiting || queue.len() >= BATCH {
            break;
        }
        waiting = queue.len();
    }
}

fn finish(batch: Vec<Box<dyn Job>>, committed: Result<(), &StoreError>) {
    for job in batch {
        // A panic in one callback must not suppress the others.
        if catch_unwind(AssertUnwindSafe(|| job.finish(committed))).is_err() {
            tracing::error!("a callback after a commit panicked");
        }
    }
}
