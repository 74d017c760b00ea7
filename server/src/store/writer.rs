//! The thread that writes.
//!
//! It takes the waiting writes into one transaction (group commit), so that many users who write
//! at the same time share one sync to disk. Results are reported after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Result, StoreError,
    connector::Connector,
    health::{Health, Writes},
    sql::{Db, values},
};

/// The capacity of the queue. Further writes wait, in order.
const QUEUE: usize = 1024;
/// The maximum number of writes in a transaction. Bounds the wait of the first one.
const BATCH: usize = 512;
/// The maximum number of times that the thread yields before a transaction, while that brings
/// more writes.
const MAX_YIELDS: usize = 8;

/// The bytes of a write that proves that there is space again.
const PROBE_BYTES: usize = 64 << 10;
/// The shortest time between two such writes.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

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

    /// Returns why the work failed for lack of space, if it did.
    fn no_space(&self) -> Option<StoreError>;

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
            (Err(error), _) => Err(error.again()),
        });
    }

    fn no_space(&self) -> Option<StoreError> {
        match &self.result {
            Some(Err(error @ StoreError::Full(_))) => Some(error.again()),
            _ => None,
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), &StoreError>) {
        let Some(result) = self.result else { return };
        (self.on_commit)(match committed {
            Ok(()) => result,
            Err(error) => Err(error.again()),
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
}

impl Writer {
    /// Starts the thread on a connection. It opens another one if that breaks.
    pub(super) fn start(db: Db, connector: Arc<Connector>, health: Arc<Health>) -> Result<Self> {
        let (commands, queue) = mpsc::channel(QUEUE);
        let connection = WriterConnection { connector, db: Some(db) };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(connection, queue, &health))
            .map_err(StoreError::unavailable)?;
        Ok(Self { commands, thread: Mutex::new(Some(thread)) })
    }

    /// Returns whether the thread is alive.
    pub(super) fn is_alive(&self) -> bool {
        !self.commands.is_closed()
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

    /// Writes as much as a long message needs, and deletes it again.
    fn probe_space(&mut self) -> Result<()> {
        let insert = "INSERT INTO meta (key, value) VALUES ('probe', $1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        let delete = "DELETE FROM meta WHERE key = 'probe'";
        for (sql, bytes) in [(insert, Some("0".repeat(PROBE_BYTES))), (delete, None)] {
            let db = self.begin()?;
            let written = db.in_savepoint(|db| match &bytes {
                Some(bytes) => db.execute(sql, values![bytes]),
                None => db.execute(sql, &[]),
            });
            db.commit()?;
            written?;
        }
        Ok(())
    }
}

fn run(mut connection: WriterConnection, mut queue: mpsc::Receiver<WriteCommand>, health: &Health) {
    let mut stop = false;
    let mut last_probe: Option<Instant> = None;
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
        let mut committed = begun.and_then(Db::commit);
        let no_space = batch.iter().find_map(|job| job.no_space());
        if committed.is_err()
            && let Some(error) = &no_space
        {
            // It made SQLite roll the transaction back, before the commit.
            committed = Err(error.again());
        }
        health.wrote(committed.as_ref().err().or(no_space.as_ref()));
        let is_due = last_probe.is_none_or(|last| last.elapsed() >= PROBE_INTERVAL);
        if committed.is_ok() && health.writes() == Writes::Full && is_due {
            last_probe = Some(Instant::now());
            if connection.probe_space().is_ok() {
                health.has_space();
            }
        }
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
