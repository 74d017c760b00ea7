//! Removes what a process left that was killed while it stored something.

use std::{
    fs::{self, DirEntry},
    io::{self, ErrorKind},
    path::Path,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::{Place, Storage, StorageError, s3::Bucket};

/// What is in the name of a copy that a folder does not have as a whole yet. No [`super::Key`] has
/// it in its name.
const STAGED: char = '#';
/// The most pages of that list, each of at most 1,000 uploads. The next look finds the others.
const MAX_PAGES: usize = 1_000;
/// The longest time for all of them. The next look finds the others.
const BUCKET_TIME: Duration = Duration::from_secs(5 * 60);

impl Storage {
    /// Removes incomplete copies: in a folder those that nobody has written to since a time, in a
    /// bucket those that were begun before it. Returns how many there were.
    ///
    /// # Errors
    /// Fails if the storage is unavailable.
    pub(in crate::files) async fn remove_unfinished(
        &self,
        before: SystemTime,
    ) -> Result<u64, StorageError> {
        match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                let removed = tokio::task::spawn_blocking(move || remove_staged(&folder, before));
                Ok(removed.await.map_err(io::Error::other)??)
            }
            Place::Bucket(bucket) => {
                let (mut removed, mut failure) = (0, None);
                let pass = self.abort_unfinished(bucket, before, &mut removed, &mut failure);
                let ended = timeout_at(Instant::now() + BUCKET_TIME, pass).await;
                ended.map_err(io::Error::other)??;
                failure.map_or(Ok(removed), Err)
            }
        }
    }

    /// Aborts the unfinished uploads of a bucket, page by page. One that cannot be aborted does not
    /// keep the others: the first such failure is noted.
    async fn abort_unfinished(
        &self,
        bucket: &Bucket,
        before: SystemTime,
        removed: &mut u64,
        failure: &mut Option<StorageError>,
    ) -> Result<(), StorageError> {
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let page = bucket.unfinished(&self.prefix, next.as_ref()).await;
            let (mut unfinished, after) = page.map_err(StorageError::Unavailable)?;
            unfinished.retain(|upload| {
                upload.begun < before && is_own(upload.name.as_ref(), &self.prefix)
            });
            for upload in &unfinished {
                match bucket.abort(upload).await {
                    Ok(()) => *removed += 1,
                    Err(error) => _ = failure.get_or_insert(error.into()),
                }
            }
            if after.is_none() || after == next {
                break;
            }
            next = after;
        }
        Ok(())
    }
}

/// Returns whether a name is one of this storage: a bucket may have others.
fn is_own(name: &str, prefix: &str) -> bool {
    let key = name.strip_prefix(prefix).and_then(|rest| rest.split_once('/'));
    key.is_some_and(|(folder, file)| {
        let id = file.split('.').next().and_then(|id| Uuid::try_parse(id).ok());
        id.is_some_and(|id| format!("{:02x}", id.as_bytes()[15]) == folder)
    })
}

fn remove_staged(folder: &Path, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for inner in fs::read_dir(folder)? {
        let inner = inner?;
        let name = inner.file_name();
        let folder = name.to_str().filter(|name| name.len() == 2);
        let (true, Some(folder)) = (inner.file_type()?.is_dir(), folder) else { continue };
        for file in fs::read_dir(inner.path())? {
            let file = file?;
            let name = file.file_name();
            let key = name.to_str().and_then(|name| name.split_once(STAGED)).map(|(key, _)| key);
            let is_own = key.is_some_and(|key| is_own(&format!("{folder}/{key}"), ""));
            if is_own && is_left(&file, before)? {
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
        // What is not of this storage stays, whatever it is called.
        let other = Uuid::from_u128(0xabce);
        let foreign = [
            folder.path().join("notes#1"),
            inner.join("notes.txt#1"),
            inner.join(format!("{other}#1")),
        ];
        for path in &foreign {
            std::fs::write(path, "foreign").unwrap();
        }
        let count = || std::fs::read_dir(&inner).unwrap().count() - 2;
        assert_eq!(count(), 2);
        let hour = Duration::from_secs(3600);
        let now = SystemTime::now();
        assert_eq!(storage.remove_unfinished(now - hour).await.unwrap(), 0);
        assert_eq!(count(), 2);
        assert_eq!(storage.remove_unfinished(now + hour).await.unwrap(), 1);
        assert_eq!(count(), 1);
        assert!(storage.read_all(key).await.is_ok());
        assert!(foreign.iter().all(|path| path.exists()));
    }

    #[test]
    fn names_of_others_in_a_bucket_are_known() {
        let id = "01980000-0000-7000-8000-0000000000ab";
        for (name, prefix, expected) in [
            (format!("ab/{id}"), "", true),
            (format!("team/ab/{id}.preview"), "team/", true),
            (format!("team/ab/{id}.12"), "team/", true),
            (format!("team/ab/{id}"), "", false),
            (format!("ab/{id}"), "team/", false),
            (format!("cd/{id}"), "", false),
            ("ab/video.mp4".to_owned(), "", false),
            ("video.mp4".to_owned(), "", false),
        ] {
            assert_eq!(is_own(&name, prefix), expected, "{name}");
        }
    }
}
