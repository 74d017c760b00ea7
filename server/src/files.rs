//! Files of messages: receiving, storing and serving their bytes.
//!
//! The database knows which files there are (`store/files.rs`), the storage has their bytes
//! (`files/storage.rs`). The database is first: it names a file before its bytes are stored, and
//! keeps the name of one that is gone until its bytes are removed. Only a process that is killed
//! while it stores a file leaves bytes without a name: an incomplete copy.

mod copy;
mod inspect;
mod kind;
mod link_pictures;
mod metadata;
mod name;
mod preview;
mod receive;
mod renewal;
mod resumable;
mod spool;
mod storage;
mod sweep;

use std::{ops::Range, sync::Arc};

use protocol::{File, FileId, UserId};
use tokio::sync::{Notify, Semaphore};

pub use copy::CopiedFiles;
pub use kind::{is_shown_inline, served_type};
pub use name::FileLabel;
use name::check_description;
use preview::picture_of;
pub use receive::MAX_DURATION;
pub use resumable::UploadState;
use storage::Key;
pub use storage::{ByteStream, Storage, StorageError};

use crate::{
    base::shutdown::Shutdown,
    config::{Config, Switch},
    error::Error,
    limits::Limits,
    store::{SessionUser, StorageLimits, Store, StoredFile},
};

/// The largest image that is looked into, in bytes: it is in memory then.
const MAX_IMAGE_BYTES: u64 = 50_000_000;
/// Images that are looked into at the same time.
const IMAGES_AT_ONCE: usize = 2;

/// Receives and serves files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileService {
    store: Store,
    storage: Storage,
    limits: Limits,
    shutdown: Shutdown,
    settings: FileSettings,
    /// Limits the images in memory.
    images: Arc<Semaphore>,
    /// Limits the pictures of links in memory, which are those of strangers.
    link_images: Arc<Semaphore>,
    /// Wakes the task that makes previews.
    previews_due: Arc<Notify>,
}

/// The settings of files.
#[derive(Clone, Copy, Debug)]
struct FileSettings {
    /// The most bytes of a file.
    max_file: u64,
    /// The most bytes of all files, and of those of each user.
    storage: StorageLimits,
    /// Whether metadata are removed from photographs.
    remove_metadata: bool,
}

impl FileService {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Store,
        storage: Storage,
        limits: Limits,
        shutdown: Shutdown,
        config: &Config,
    ) -> Self {
        let settings = FileSettings {
            max_file: config.max_file.0,
            storage: StorageLimits {
                all: config.max_storage.map(|max| max.0),
                per_user: config.max_storage_per_user.map(|max| max.0),
            },
            remove_metadata: config.remove_metadata == Switch::On,
        };
        Self {
            store,
            storage,
            limits,
            shutdown,
            settings,
            images: Arc::new(Semaphore::new(IMAGES_AT_ONCE)),
            link_images: Arc::new(Semaphore::new(1)),
            previews_due: Arc::new(Notify::new()),
        }
    }

    /// Returns a file to its sender.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has sent no such file, or may not see it any more.
    pub async fn own(&self, user: UserId, id: FileId) -> Result<File, Error> {
        let StoredFile { file, sender } = self.store.file(user, id).await?;
        if sender == user { Ok(file) } else { Err(Error::NotFound("file")) }
    }

    /// Changes the description of a file that the user has sent. Empty: it has none.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if it does not fit, [`Error::NotFound`] if the user has sent no
    /// such file, or may not see it any more, [`Error::Forbidden`] if nobody can write to the room
    /// of its message, and [`Error::Limited`] after too many changes.
    pub async fn describe(
        &self,
        session: &SessionUser,
        id: FileId,
        description: &str,
    ) -> Result<File, Error> {
        let description = check_description(description)?;
        self.limits.file_part(session.user.id).await?;
        Ok(self.store.describe_file(session, id, description).await?.file)
    }

    /// Returns a file that the user may see.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is no such file for the user.
    pub async fn file(&self, user: UserId, id: FileId) -> Result<File, Error> {
        Ok(self.store.file(user, id).await?.file)
    }

    /// Reads a part of a file.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if its bytes are gone.
    pub async fn read(&self, id: FileId, range: Range<u64>) -> Result<ByteStream, Error> {
        Ok(self.storage.read(Key::File(id), range).await?)
    }
}
