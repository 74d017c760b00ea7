//! Removes what a process left that was killed while it stored something.

use std::{
    fs::{self, DirEntry},
    io::{self, ErrorKind},
    path::Path,
    time::SystemTime,
};

use super::{Storage, StorageError};

/// What is in the name of a copy that a folder does not have as a whole yet. No [`super::Key`] has
/// it in its name.
const STAGED: char = '#';

impl Storage {
    /// Removes the copies that nobody has written to since a time. Returns how many there were. A
    /// bucket has a rule of its own for them.
    ///
    /// # Errors
    /// Fails if the folder is unavailable.
    pub(in crate::files) async fn remove_unfinished(
        &self,
        before: SystemTime,
    ) -> Result<u64, StorageError> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let removed = tokio::task::spawn_blocking(move || remove_staged(&folder, before));
        Ok(removed.await.map_err(io::Error::other)??)
    }
}

fn remove_staged(folder: &Path, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for inner in fs::read_dir(folder)? {
        let inner = inner?;
        if !inner.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(inner.path())? {
            let file = file?;
            if is_left(&file, before)? {
                fs::remove_file(file.path()).or_else(gone)?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// Returns whether a file is a copy that was left before a time. Another node may remove it at the
/// same time.
fn is_left(file: &DirEntry, before: SystemTime) -> io::Result<bool> {
    if !file.file_name().to_string_lossy().contains(STAGED) {
        return Ok(false);
    }
    match file.metadata().and_then(|found| found.modified()) {
        Ok(modified) => Ok(modified < before),
        Err(error) => gone(error).map(|()| false),
    }
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use object_store::{ObjectStoreExt as _, PutPayload};
    use protocol::FileId;
    use uuid::Uuid;

    use super::*;
    use crate::{config::FilesLocation, files::storage::Key};

    #[tokio::test]
    async fn a_copy_that_was_left_is_removed_and_one_under_way_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let location = FilesLocation::Folder(folder.path().to_owned());
        let storage = Storage::open(&location, folder.path()).unwrap();
        let key = Key::File(FileId(Uuid::from_u128(0xabcd)));
        storage.put_bytes(key, b"whole".to_vec()).await.unwrap();
        // As a killed process leaves it.
        let mut copy = storage.store.put_multipart(&storage.name(key)).await.unwrap();
        copy.put_part(PutPayload::from_static(b"half")).await.unwrap();
        std::mem::forget(copy);
        let inner = folder.path().join("cd");
        let count = || std::fs::read_dir(&inner).unwrap().count();
        assert_eq!(count(), 2);
        let hour = Duration::from_secs(3600);
        let now = SystemTime::now();
        assert_eq!(storage.remove_unfinished(now - hour).await.unwrap(), 0);
        assert_eq!(count(), 2);
        assert_eq!(storage.remove_unfinished(now + hour).await.unwrap(), 1);
        assert_eq!(count(), 1);
        assert!(storage.read_all(key).await.is_ok());
    }
}
