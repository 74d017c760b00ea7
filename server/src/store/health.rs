//! Whether the database can be read and written. Each change is logged once, not per request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::StoreError;

/// The state of the database, as the last reads and writes found it.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    cannot_read: bool,
    writes: Writes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Writes {
    /// The last transaction was committed.
    #[default]
    Working,
    /// The last transaction could not be committed.
    Failing,
    /// There was no space for a write. A later one that needs none proves nothing.
    Full,
}

impl Health {
    /// Records the result of a read.
    pub(super) fn read(&self, error: Option<&StoreError>) {
        let mut state = self.lock();
        match error.filter(|error| error.is_outage()) {
            Some(error) if !state.cannot_read => {
                let cause = error.cause();
                tracing::error!(cause, "the message store cannot be read");
                state.cannot_read = true;
            }
            None if state.cannot_read => {
                tracing::info!("the message store can be read again");
                state.cannot_read = false;
            }
            _ => {}
        }
    }

    /// Records the result of a transaction: why it failed, or why one of its writes had no space.
    pub(super) fn wrote(&self, error: Option<&StoreError>) {
        let mut state = self.lock();
        match (error, state.writes) {
            (Some(StoreError::Full(cause)), Writes::Working | Writes::Failing) => {
                tracing::error!(
                    cause,
                    "the disk of the message store is full: nothing is saved until there is space"
                );
                state.writes = Writes::Full;
            }
            (Some(error), Writes::Working) => {
                let cause = error.cause();
                tracing::error!(cause, "the message store cannot be written");
                state.writes = Writes::Failing;
            }
            (None, Writes::Failing) => recover(&mut state),
            _ => {}
        }
    }

    /// Records that a write which needs space succeeded.
    pub(super) fn has_space(&self) {
        let mut state = self.lock();
        if state.writes == Writes::Full {
            recover(&mut state);
        }
    }

    /// Returns whether writes succeed.
    pub(super) fn writes(&self) -> Writes {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recover(state: &mut State) {
    tracing::info!("the message store can be written again");
    state.writes = Writes::Working;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        error::Error,
        store::{Result, Store, sql::values},
    };

    async fn limit_pages(store: &Store, more: u64) {
        let limit = move |db: &crate::store::Db| {
            let count = "SELECT page_count AS count FROM pragma_page_count";
            let pages: u64 = db.one(count, &[], |row| row.get("count"))?;
            db.batch(&format!("PRAGMA max_page_count = {}", pages + more))
        };
        store.write(limit).await.unwrap();
    }

    async fn put(store: &Store, key: &'static str, bytes: usize) -> Result<()> {
        store
            .write(move |db| {
                db.execute(
                    "INSERT INTO meta (key, value) VALUES ($1, $2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    values![key, &"x".repeat(bytes)],
                )
            })
            .await
            .map(drop)
    }

    #[tokio::test]
    async fn a_full_disk_is_reported_until_there_is_space() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        put(&store, "small", 10).await.unwrap();
        store.ping().await.unwrap();
        limit_pages(&store, 2).await;
        let error = put(&store, "large", 100_000).await.unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error}");
        let text = Error::from(error).to_string();
        assert!(text.contains("full"), "{text}");
        put(&store, "small", 20).await.expect("what needs no space is written");
        for _ in 0..3 {
            let ping = store.ping().await;
            assert!(matches!(ping, Err(StoreError::Full(_))), "{ping:?}");
        }
        limit_pages(&store, 1000).await;
        let recovered = async {
            while store.ping().await.is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), recovered).await.unwrap();
        put(&store, "large", 100_000).await.unwrap();
    }
}
