//! Files of messages: receiving, storing and serving their bytes.
//!
//! The database knows which files there are (`store/files.rs`), the storage has their bytes
//! (`files/storage.rs`). The database is first: it names a file before its bytes are stored, and
//! keeps the name of one that is gone until its bytes are removed. So no bytes are ever left behind.

mod kind;
mod name;
mod receive;
mod spool;
mod storage;
mod sweep;

use protocol::{File, FileId, UserId};

pub use kind::{is_shown_inline, served_type};
pub use receive::MAX_DURATION;
use storage::Key;
pub use storage::{ByteStream, Storage};

use crate::{
    base::shutdown::Shutdown,
    config::Config,
    error::Error,
    limits::Limits,
    store::{Store, StoredFile},
};

/// Receives and serves files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileService {
    store: Store,
    storage: Storage,
    limits: Limits,
    shutdown: Shutdown,
    settings: FileSettings,
}

/// The settings of files.
#[derive(Clone, Copy, Debug)]
struct FileSettings {
    /// The most bytes of a file.
    max_file: u64,
    /// The most bytes of all files.
    max_storage: Option<u64>,
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
            max_storage: config.max_storage.map(|max| max.0),
        };
        Self { store, storage, limits, shutdown, settings }
    }

    /// Returns a file to its sender.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the user has sent no such file, or may not see it any more.
    pub async fn own(&self, user: UserId, id: FileId) -> Result<File, Error> {
        let StoredFile { file, sender } = self.store.file(user, id).await?;
        if sender == user { Ok(file) } else { Err(Error::NotFound("file")) }
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
    pub async fn read(&self, id: FileId, range: std::ops::Range<u64>) -> Result<ByteStream, Error> {
        Ok(self.storage.read(Key::File(id), range).await?)
    }
}
