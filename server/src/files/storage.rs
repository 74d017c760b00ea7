//! Where the bytes of files are: a folder, or a bucket of S3. Both have the same names.

mod s3;
mod unfinished;

use std::{
    error::Error as _,
    fs::DirBuilder,
    io::{self, ErrorKind, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt as _, buffered::BufWriter,
    local::LocalFileSystem, path::Path as Name,
};
use protocol::FileId;
use s3::Bucket;
use tokio::io::{
    AsyncBufRead, AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufReader,
};
use tokio_util::io::{ReaderStream, StreamReader};
use uuid::Uuid;

use crate::{
    base::{failure::Failure, io_error::explain},
    config::FilesLocation,
    error::Error,
};

/// The bytes of a file that are in memory when it is read.
const READ_BUFFER: usize = 64 << 10;
/// The bytes of a file that are written at once. A bucket of S3 takes parts of 5 MiB and more.
const PART: usize = 8 << 20;
/// The parts of a file that are written at the same time.
const PARTS_AT_ONCE: usize = 2;

/// The bytes of a file, as they are read.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// A name in the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A file.
    File(FileId),
    /// The preview of a file.
    Preview(FileId),
    /// A part of an upload.
    Part(Uuid, u64),
}

/// The storage of files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// What precedes all names.
    prefix: String,
    /// The folder for files that are not complete.
    spool: PathBuf,
    place: Place,
}

/// What the storage is.
#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf),
    Bucket(Arc<Bucket>),
}

/// Why the storage did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is nothing of that name.
    #[error("it is not in the storage")]
    NotFound,
    /// There is no space.
    #[error("the disk is full")]
    Full,
    /// The storage does not work at present.
    #[error("{0}")]
    Unavailable(String),
}

impl Storage {
    /// Opens the storage. Files that are not complete are in it too if it is a folder, otherwise in
    /// the data folder.
    ///
    /// # Errors
    /// Fails if a folder cannot be used.
    pub fn open(location: &FilesLocation, data_dir: &Path) -> Result<Self, Failure> {
        match location {
            FilesLocation::Folder(folder) => {
                let failure =
                    |why: String| Failure::new(format!("BANTER_FILES {}", folder.display()), why);
                create_folder(folder).map_err(|error| failure(explain(&error)))?;
                let store = LocalFileSystem::new_with_prefix(folder)
                    .map_err(|error| failure(error.to_string()))?
                    .with_fsync(true);
                let (store, spool) = (Arc::new(store), folder.clone());
                let place = Place::Folder(folder.clone());
                Ok(Self { store, prefix: String::new(), spool, place })
            }
            FilesLocation::S3 { bucket, prefix } => {
                let bucket = s3::open(bucket)
                    .map_err(|why| Failure::new(format!("BANTER_FILES {location}"), why))?;
                create_folder(data_dir).map_err(|error| {
                    let setting = format!("BANTER_DATA_DIR {}", data_dir.display());
                    Failure::new(setting, explain(&error))
                })?;
                let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
                let (store, spool) = (bucket.store(), data_dir.to_owned());
                Ok(Self { store, prefix, spool, place: Place::Bucket(Arc::new(bucket)) })
            }
        }
    }

    /// Creates a file without a name for bytes that are not complete. It is gone when it is closed.
    ///
    /// # Errors
    /// Fails if the disk is full or cannot be written.
    pub(super) async fn temporary(&self) -> io::Result<tokio::fs::File> {
        let storage = self.clone();
        let created = tokio::task::spawn_blocking(move || storage.temporary_now());
        Ok(tokio::fs::File::from_std(created.await.map_err(io::Error::other)??))
    }

    /// Creates such a file. Blocks the thread.
    ///
    /// # Errors
    /// Fails if the disk is full or cannot be written.
    pub(super) fn temporary_now(&self) -> io::Result<std::fs::File> {
        tempfile::tempfile_in(&self.spool)
    }

    /// Stores all bytes of a file under a name.
    ///
    /// # Errors
    /// Fails if the storage is full or unavailable.
    pub(super) async fn put(&self, key: Key, file: tokio::fs::File) -> Result<(), StorageError> {
        let mut file = BufReader::with_capacity(READ_BUFFER, file);
        file.seek(SeekFrom::Start(0)).await?;
        self.write(key, &mut file).await.map(drop)
    }

    async fn write(
        &self,
        key: Key,
        bytes: &mut (impl AsyncBufRead + Unpin),
    ) -> Result<u64, StorageError> {
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), self.name(key), PART)
            .with_max_concurrency(PARTS_AT_ONCE);
        let written = async {
            let size = tokio::io::copy_buf(bytes, &mut writer).await?;
            writer.shutdown().await?;
            Ok::<_, io::Error>(size)
        };
        match written.await {
            Ok(size) => Ok(size),
            Err(error) => {
                let _ = writer.abort().await; // the storage may not work at all
                Err(error.into())
            }
        }
    }

    /// Stores bytes under a name.
    ///
    /// # Errors
    /// Fails if the storage is full or unavailable.
    pub(super) async fn put_bytes(&self, key: Key, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.store.put(&self.name(key), bytes.into()).await?;
        Ok(())
    }

    /// Reads a part of what is under a name.
    ///
    /// # Errors
    /// Fails if there is nothing, or if the storage is unavailable.
    pub(super) async fn read(
        &self,
        key: Key,
        range: Range<u64>,
    ) -> Result<ByteStream, StorageError> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let range = GetRange::Bounded(range);
        self.get(key, GetOptions { range: Some(range), ..GetOptions::default() }).await
    }

    /// Reads all that is under a name.
    ///
    /// # Errors
    /// Fails if there is nothing, or if the storage is unavailable.
    pub(super) async fn read_all(&self, key: Key) -> Result<ByteStream, StorageError> {
        self.get(key, GetOptions::default()).await
    }

    async fn get(&self, key: Key, options: GetOptions) -> Result<ByteStream, StorageError> {
        let found = self.store.get_opts(&self.name(key), options).await?;
        let range = found.range.clone();
        Ok(match found.payload {
            GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                file.seek(SeekFrom::Start(range.start)).await?;
                let file = file.take(range.end - range.start);
                ReaderStream::with_capacity(file, READ_BUFFER).boxed()
            }
            GetResultPayload::Stream(stream) => stream.map_err(io::Error::from).boxed(),
        })
    }

    /// Copies what is under a name to the same name of another storage. Returns its size, or `None`
    /// if there is nothing.
    ///
    /// # Errors
    /// Fails if one of the storages is full or unavailable.
    pub(super) async fn copy_one(
        &self,
        other: &Self,
        key: Key,
    ) -> Result<Option<u64>, StorageError> {
        let mut bytes = match self.read_all(key).await {
            Ok(bytes) => StreamReader::new(bytes),
            Err(StorageError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        other.write(key, &mut bytes).await.map(Some)
    }

    /// Returns whether there is something under a name.
    ///
    /// # Errors
    /// Fails if the storage is unavailable.
    pub(super) async fn has(&self, key: Key) -> Result<bool, StorageError> {
        match self.store.head(&self.name(key)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            found => Ok(found.map(|_| true)?),
        }
    }

    /// Removes what is under a name, if there is something.
    ///
    /// # Errors
    /// Fails if the storage is unavailable.
    pub(super) async fn remove(&self, key: Key) -> Result<(), StorageError> {
        match self.store.delete(&self.name(key)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// Returns the full name. The last digits of an id are random, so that folders fill evenly.
    fn name(&self, key: Key) -> Name {
        let (id, suffix) = match key {
            Key::File(id) => (id.0, String::new()),
            Key::Preview(id) => (id.0, ".preview".to_owned()),
            Key::Part(id, number) => (id, format!(".{number}")),
        };
        let folder = id.as_bytes()[15];
        Name::from(format!("{}{folder:02x}/{id}{suffix}", self.prefix))
    }
}

/// Creates a folder that only its owner can open. One that is there stays as it is.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            return Self::Full;
        }
        match error.downcast::<object_store::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Unavailable(explain(&error)),
        }
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::NotFound;
        }
        let mut cause = error.source();
        while let Some(source) = cause {
            if source.downcast_ref::<io::Error>().is_some_and(is_full) {
                return Self::Full;
            }
            cause = source.source();
        }
        Self::Unavailable(error.to_string())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound => Self::NotFound("file"),
            StorageError::Full => Self::StorageFull,
            StorageError::Unavailable(why) => {
                tracing::warn!(%why, "the storage of files is not available");
                Self::Unavailable("The storage of files is not available.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut stream: ByteStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(some) = stream.next().await {
            bytes.extend_from_slice(&some.unwrap());
        }
        bytes
    }

    #[tokio::test]
    async fn a_folder_stores_reads_and_removes_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let location = FilesLocation::Folder(folder.path().join("a").join("b"));
        let storage = Storage::open(&location, folder.path()).unwrap();
        let id = Uuid::from_u128(0xabcd);
        let keys = [Key::File(FileId(id)), Key::Preview(FileId(id)), Key::Part(id, 12)];
        // More than a part, so that it is written in several.
        let content: Vec<u8> = (0..PART + 1000).map(|number| (number % 251) as u8).collect();
        for key in keys {
            let mut file = storage.temporary().await.unwrap();
            file.write_all(&content).await.unwrap();
            file.flush().await.unwrap();
            storage.put(key, file).await.unwrap();
            let end = content.len() as u64;
            for range in [0..end, 0..1, 5..100_000, end - 3..end, 7..7] {
                let expected = &content[range.start as usize..range.end as usize];
                assert_eq!(all(storage.read(key, range).await.unwrap()).await, expected);
            }
        }
        let names: Vec<_> = std::fs::read_dir(folder.path().join("a/b/cd")).unwrap().collect();
        assert_eq!(names.len(), 3, "nothing else is left: {names:?}");
        storage.put_bytes(keys[0], b"other".to_vec()).await.unwrap();
        assert_eq!(all(storage.read_all(keys[0]).await.unwrap()).await, b"other");
        for key in keys {
            storage.remove(key).await.unwrap();
            storage.remove(key).await.unwrap();
            assert!(matches!(storage.read(key, 0..1).await, Err(StorageError::NotFound)));
        }
    }
}
