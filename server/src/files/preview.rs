//! Makes previews of images, one after the other, beside the requests.

use std::{ops::ControlFlow, time::Duration};

use futures_util::StreamExt as _;
use protocol::{FileId, UserId, limits::MAX_PREVIEW_WIDTH};

use super::{
    FileService, MAX_IMAGE_BYTES,
    storage::{Key, StorageError},
};
use crate::{
    base::{picture::Picture, preview::make_preview},
    error::Error,
    store::DuePreview,
};

/// The longest time until a preview is made that another node did not make.
const INTERVAL: Duration = Duration::from_secs(30);

impl FileService {
    /// Makes previews. Never returns.
    pub async fn run_previews(self) {
        loop {
            if let Err(error) = self.make_previews().await {
                tracing::warn!(%error, "previews could not be made; trying again");
            }
            // A file may have come meanwhile: then this ends at once.
            let _ = tokio::time::timeout(INTERVAL, self.previews_due.notified()).await;
        }
    }

    /// Makes all previews that are due.
    async fn make_previews(&self) -> Result<(), Error> {
        while let Some(due) = self.store.due_preview().await? {
            if self.make_preview(due).await?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Makes a preview. Breaks if the storage is unavailable.
    async fn make_preview(&self, due: DuePreview) -> Result<ControlFlow<()>, Error> {
        let file = due.file;
        let is_made = match self.try_preview(due).await {
            Ok(is_made) => is_made,
            Err(StorageError::NotFound) => false,
            Err(error) => {
                tracing::warn!(%error, "a preview could not be stored; trying again");
                self.store.preview_delayed(file).await?;
                return Ok(ControlFlow::Break(()));
            }
        };
        if !self.store.preview_ended(file, is_made).await? && is_made {
            // The file was removed in the meantime.
            self.storage.remove(Key::Preview(file)).await?;
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn try_preview(&self, due: DuePreview) -> Result<bool, StorageError> {
        if due.size > MAX_IMAGE_BYTES {
            return Ok(false);
        }
        let bytes = self.read_whole(Key::File(due.file), MAX_IMAGE_BYTES).await?;
        let made = tokio::task::spawn_blocking(move || make_preview(&bytes, MAX_PREVIEW_WIDTH));
        // A decoder that panics was given a broken image.
        let Ok(Ok(Picture { bytes, .. })) = made.await else { return Ok(false) };
        self.storage.put_bytes(Key::Preview(due.file), bytes).await?;
        Ok(true)
    }

    /// Reads all that is under a name, of at most `max` bytes.
    pub(super) async fn read_whole(&self, key: Key, max: u64) -> Result<Vec<u8>, StorageError> {
        let mut stream = self.storage.read_all(key).await?;
        let mut bytes = Vec::new();
        while let Some(some) = stream.next().await {
            let some = some?;
            if (bytes.len() + some.len()) as u64 > max {
                return Err(StorageError::NotFound);
            }
            bytes.extend_from_slice(&some);
        }
        Ok(bytes)
    }

    /// Returns the preview of a file that the user may see.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such file for the user, or no preview yet.
    pub async fn preview(&self, user: UserId, id: FileId) -> Result<Picture, Error> {
        let file = self.file(user, id).await?;
        if file.preview.is_none() {
            return Err(Error::NotFound("preview"));
        }
        let bytes = match self.read_whole(Key::Preview(id), MAX_IMAGE_BYTES).await {
            Err(StorageError::NotFound) => return Err(Error::NotFound("preview")),
            read => read?,
        };
        Ok(picture_of(bytes))
    }
}

/// Returns a preview as it is served.
pub(super) fn picture_of(bytes: Vec<u8>) -> Picture {
    let is_jpeg = bytes.starts_with(b"\xff\xd8");
    Picture { media_type: if is_jpeg { "image/jpeg" } else { "image/webp" }, bytes }
}
