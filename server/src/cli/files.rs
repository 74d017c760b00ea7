//! Copies the bytes of files, for the commands that copy an installation.

use std::path::Path;

use protocol::FileId;
use server::{
    config::FilesLocation,
    files::{CopiedFiles, Storage, StorageError},
    store::StoredBytes,
};

/// Opens a storage of files.
///
/// # Errors
/// Fails if it cannot be used.
pub(super) fn open(location: &FilesLocation, data_dir: &Path) -> Result<Storage, String> {
    Storage::open(location, data_dir).map_err(|failure| failure.to_string())
}

/// Copies files from one storage to another.
///
/// # Errors
/// Fails if one of the storages is full or unavailable.
pub(super) fn copy_files(
    from: &Storage,
    to: &Storage,
    stored: &StoredBytes,
) -> Result<CopiedFiles, String> {
    wait(from.copy_to(to, stored))
}

/// Returns the files whose bytes are not in a storage.
///
/// # Errors
/// Fails if it is unavailable.
pub(super) fn find_missing(at: &Storage, stored: &StoredBytes) -> Result<Vec<FileId>, String> {
    wait(at.missing_of(stored))
}

fn wait<T>(work: impl Future<Output = Result<T, StorageError>>) -> Result<T, String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(work).map_err(|error| error.to_string())
}
