//! Removes what is over: files that no message took, uploads that were not completed, and the bytes
//! of files that are gone.
//!
//! Each step can be done twice, so that several nodes may do it at the same time.

use std::time::{Duration, Instant, SystemTime};

use super::{
    FileService, MAX_DURATION,
    storage::{Key, StorageError},
};
use crate::{
    error::Error,
    store::{ExpiredUpload, Upload},
};

/// The time between two sweeps. What another node has deleted is gone after twice of it.
const INTERVAL: Duration = Duration::from_secs(20);
/// The time between two looks at the whole storage for copies that were left unfinished.
const UNFINISHED_INTERVAL: Duration = Duration::from_secs(60 * 60);

impl FileService {
    /// Sweeps once per interval, and removes bytes as soon as this node has deleted a file. Never
    /// returns.
    pub async fn run_sweeps(self) {
        let mut looked: Option<Instant> = None;
        loop {
            let mut swept = self.sweep().await;
            if swept.is_ok() && looked.is_none_or(|at| at.elapsed() >= UNFINISHED_INTERVAL) {
                looked = Some(Instant::now());
                swept = self.remove_unfinished().await;
            }
            if let Err(error) = swept {
                tracing::warn!(%error, "files that are gone could not be removed; trying again");
            }
            self.remove_bytes_for(INTERVAL).await;
        }
    }

    /// Removes bytes for so long as soon as there are some to remove.
    async fn remove_bytes_for(&self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while tokio::time::timeout_at(until, self.store.bytes_due().notified()).await.is_ok() {
            if let Err(error) = self.remove_gone().await {
                tracing::warn!(%error, "files that are gone could not be removed; trying again");
            }
        }
    }

    /// Removes what is over now.
    ///
    /// # Errors
    /// Fails if the store or the storage is unavailable.
    pub async fn sweep(&self) -> Result<(), Error> {
        self.store.expire_files().await?;
        // The rest is more urgent.
        if let Err(error) = self.store.expire_links().await {
            tracing::warn!(%error, "old links could not be removed; trying again");
        }
        self.remove_gone().await
    }

    /// Removes the bytes of files and uploads that are gone.
    async fn remove_gone(&self) -> Result<(), Error> {
        self.remove_bytes().await?;
        for ExpiredUpload { upload, is_over } in self.store.expired_uploads().await? {
            self.remove_parts(&upload).await?;
            if is_over {
                self.store.forget_upload(upload).await?;
            } else {
                self.store.parts_removed(upload.id).await?;
            }
        }
        Ok(())
    }

    /// Removes what a killed process left while it stored a file: no request takes so long.
    async fn remove_unfinished(&self) -> Result<(), Error> {
        let Some(before) = SystemTime::now().checked_sub(MAX_DURATION) else { return Ok(()) };
        let removed = self.storage.remove_unfinished(before).await?;
        if removed > 0 {
            tracing::info!(removed, "copies of files were removed that a killed process had left");
        }
        Ok(())
    }

    /// Removes the bytes of files that are gone.
    async fn remove_bytes(&self) -> Result<(), Error> {
        loop {
            let removed = self.store.removed_files().await?;
            if removed.is_empty() {
                return Ok(());
            }
            for file in &removed {
                self.storage.remove(Key::File(*file)).await?;
                self.storage.remove(Key::Preview(*file)).await?;
            }
            self.store.bytes_removed(removed).await?;
        }
    }

    /// Removes the parts of an upload. A process that was killed may have stored one that the
    /// database does not know.
    pub(super) async fn remove_parts(&self, upload: &Upload) -> Result<(), StorageError> {
        for number in 0..=upload.parts {
            self.storage.remove(Key::Part(upload.id, number)).await?;
        }
        Ok(())
    }
}
