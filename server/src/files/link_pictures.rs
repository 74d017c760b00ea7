//! The pictures of pages that messages link to. A row of the store names each before it is stored
//! (`store/links.rs`), and sweeps remove it as they remove previews.

use std::time::Duration;

use protocol::{
    FileId,
    limits::{MAX_LINK_PICTURE_BYTES, MAX_LINK_PICTURE_WIDTH},
};
use uuid::Uuid;

use super::{
    FileService, MAX_IMAGE_BYTES, picture_of,
    storage::{Key, StorageError},
};
use crate::{
    base::{
        picture::Picture,
        preview::{make_plain_preview, shown_size},
    },
    error::Error,
};

/// The most pixels of an image. One at a time is in memory.
const MAX_PIXELS: u64 = 16_000_000;
/// The longest time in which the storage takes a picture. The lease of its link is longer.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

const NOT_FOUND: Error = Error::NotFound("picture");

impl FileService {
    /// Makes a small picture of an image and stores it under this id. Returns its width and height,
    /// or `None` if the bytes are no image that is accepted, if it stays too large, if there are
    /// too many, or if the storage is unavailable.
    pub async fn keep_link_picture(&self, id: Uuid, bytes: Vec<u8>) -> Option<(u32, u32)> {
        if !self.store.has_place_for_link_picture().await.ok()? {
            tracing::warn!("there are too many pictures of links; this one is not kept");
            return None;
        }
        // Fails never: the semaphore is not closed.
        let permit = self.link_images.acquire().await.ok()?;
        let made = tokio::task::spawn_blocking(move || {
            let size = shown_size(&bytes)?;
            if u64::from(size.width) * u64::from(size.height) > MAX_PIXELS {
                return None;
            }
            let made = make_plain_preview(&bytes, MAX_LINK_PICTURE_WIDTH).ok()?;
            if made.bytes.len() > MAX_LINK_PICTURE_BYTES {
                return None;
            }
            let size = shown_size(&made.bytes)?;
            Some((made.bytes, (size.width, size.height)))
        });
        // A decoder that panics was given a broken image.
        let made = made.await;
        // A slow storage keeps no other picture waiting.
        drop(permit);
        let (bytes, size) = made.ok().flatten()?;
        let stored = self.storage.put_bytes(Key::Preview(FileId(id)), bytes);
        match tokio::time::timeout(STORE_TIMEOUT, stored).await {
            Ok(Ok(())) => Some(size),
            Err(_) => {
                tracing::warn!("the picture of a link could not be stored in time");
                None
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the picture of a link could not be stored");
                None
            }
        }
    }

    /// Checks that a link has a picture. Who knows its id has seen a message with it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is none.
    pub async fn check_link_picture(&self, id: Uuid) -> Result<(), Error> {
        if self.store.has_link_picture(id).await? { Ok(()) } else { Err(NOT_FOUND) }
    }

    /// Returns the picture of a link that has one.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is none.
    pub async fn link_picture(&self, id: Uuid) -> Result<Picture, Error> {
        match self.read_whole(Key::Preview(FileId(id)), MAX_IMAGE_BYTES).await {
            Err(StorageError::NotFound) => Err(NOT_FOUND),
            read => Ok(picture_of(read?)),
        }
    }
}
