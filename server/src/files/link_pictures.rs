//! The pictures of pages that messages link to. A row of the store names each before it is stored
//! (`store/links.rs`), and sweeps remove it as they remove previews.

use protocol::{FileId, limits::MAX_LINK_PICTURE_WIDTH};
use uuid::Uuid;

use super::{
    FileService, MAX_IMAGE_BYTES, picture_of,
    storage::{Key, StorageError},
};
use crate::{
    base::{
        picture::Picture,
        preview::{make_preview, shown_size},
    },
    error::Error,
};

/// The most pixels of an image. One at a time is in memory.
const MAX_PIXELS: u64 = 16_000_000;

impl FileService {
    /// Makes a small picture of an image and stores it under this id. Returns its width and height,
    /// or `None` if the bytes are no image that is accepted, or if the storage is unavailable.
    pub async fn keep_link_picture(&self, id: Uuid, bytes: Vec<u8>) -> Option<(u32, u32)> {
        // Fails never: the semaphore is not closed.
        let _permit = self.link_images.acquire().await.ok()?;
        let made = tokio::task::spawn_blocking(move || {
            let size = shown_size(&bytes)?;
            if u64::from(size.width) * u64::from(size.height) > MAX_PIXELS {
                return None;
            }
            let made = make_preview(&bytes, MAX_LINK_PICTURE_WIDTH).ok()?;
            let size = shown_size(&made.bytes)?;
            Some((made.bytes, (size.width, size.height)))
        });
        // A decoder that panics was given a broken image.
        let (bytes, size) = made.await.ok().flatten()?;
        match self.storage.put_bytes(Key::Preview(FileId(id)), bytes).await {
            Ok(()) => Some(size),
            Err(error) => {
                tracing::warn!(%error, "the picture of a link could not be stored");
                None
            }
        }
    }

    /// Returns the picture of a link. Who knows its id has seen a message with it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is none.
    pub async fn link_picture(&self, id: Uuid) -> Result<Picture, Error> {
        const NOT_FOUND: Error = Error::NotFound("picture");
        if !self.store.has_link_picture(id).await? {
            return Err(NOT_FOUND);
        }
        match self.read_whole(Key::Preview(FileId(id)), MAX_IMAGE_BYTES).await {
            Err(StorageError::NotFound) => Err(NOT_FOUND),
            read => Ok(picture_of(read?)),
        }
    }
}
