//! The connections that read, beside the writer.

use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use super::{Fault, Result, StoreError, connector::Connector, health::Health, sql::Db};

/// The number of connections that read, and thus of simultaneous reads.
pub(super) const READERS: usize = 4;

/// A pool of connections. They are opened on demand.
#[derive(Debug)]
pub(super) struct Readers {
    connector: Arc<Connector>,
    health: Arc<Health>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Db>>,
}

impl Readers {
    pub(super) fn new(connector: Arc<Connector>, health: Arc<Health>) -> Self {
        let permits = Arc::new(Semaphore::new(READERS));
        Self { connector, health, permits, idle: Mutex::default() }
    }

    pub(super) fn are_remote(&self) -> bool {
        self.connector.is_remote()
    }

    /// Waits for a free connection, and reads from it on a blocking thread.
    pub(super) async fn read<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(StoreError::unavailable)?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let result = self.take().and_then(|db| {
                let result = work(&db);
                self.give_back(db);
                result
            });
            self.health.read(result.as_ref().err());
            result
        });
        task.await.map_err(|_| StoreError::Failed(Fault::Panicked))?
    }

    /// Runs blocking work on a connection. If it fails, the connection is dropped.
    pub(super) fn run<T>(&self, work: impl FnOnce(&Db) -> Result<T>) -> Result<T> {
        let db = self.take()?;
        let value = work(&db)?;
        self.give_back(db);
        Ok(value)
    }

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.clear();
        }
    }

    fn take(&self) -> Result<Db> {
        let idle = || self.idle.lock().ok().and_then(|mut idle| idle.pop());
        while let Some(db) = idle() {
            if !db.is_broken() {
                return Ok(db);
            }
        }
        self.connector.open()
    }

    fn give_back(&self, db: Db) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(db);
        }
    }
}
