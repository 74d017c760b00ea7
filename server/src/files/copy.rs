//! Copies the bytes of files to another storage, for backups and for moves of an installation.

use protocol::FileId;

use super::storage::{Key, Storage, StorageError};
use crate::store::StoredBytes;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopiedFiles {
    /// The number of files.
    pub files: u64,
    /// The number of their bytes.
    pub bytes: u64,
    /// Files whose bytes are not there: they were removed in the meantime, or are elsewhere.
    pub missing: Vec<FileId>,
}

impl Storage {
    /// Copies files with their previews, pictures of links, and parts of uploads.
    ///
    /// # Errors
    /// Fails if one of the storages is full or unavailable.
    pub async fn copy_to(
        &self,
        other: &Self,
        stored: &StoredBytes,
    ) -> Result<CopiedFiles, StorageError> {
        let mut copied = CopiedFiles::default();
        for (file, has_preview) in &stored.files {
            match self.copy_one(other, Key::File(*file)).await? {
                Some(bytes) => {
                    copied.files += 1;
                    copied.bytes += bytes;
                }
                None => copied.missing.push(*file),
            }
            if *has_preview {
                self.copy_one(other, Key::Preview(*file)).await?;
            }
        }
        for link in &stored.link_pictures {
            self.copy_one(other, Key::Preview(FileId(*link))).await?;
        }
        for (upload, parts) in &stored.uploads {
            for number in 0..*parts {
                self.copy_one(other, Key::Part(*upload, number)).await?;
            }
        }
        Ok(copied)
    }

    /// Returns the files whose bytes are not there.
    ///
    /// # Errors
    /// Fails if the storage is unavailable.
    pub async fn missing_of(&self, stored: &StoredBytes) -> Result<Vec<FileId>, StorageError> {
        let mut missing = Vec::new();
        for (file, _) in &stored.files {
            if !self.has(Key::File(*file)).await? {
                missing.push(*file);
            }
        }
        Ok(missing)
    }
}
