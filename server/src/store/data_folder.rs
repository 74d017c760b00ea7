//! The data folder: its lock, and files that only their owner can read.

use std::{
    fs::{DirBuilder, File},
    io,
    path::{Path, PathBuf},
};

use super::{DATABASE_FILE, Result, StoreError};

/// Creates the folder if needed, and locks it until the returned file is closed.
pub(super) fn lock_data_folder(folder: &Path) -> Result<File> {
    let problem = |error: &dyn std::fmt::Display| {
        StoreError::unavailable(format_args!("{}: {error}", folder.display()))
    };
    create_folder(folder).map_err(|error| problem(&error))?;
    let file = File::create(folder.join("lock")).map_err(|error| problem(&error))?;
    file.try_lock().map_err(|_| problem(&"another Banter uses this data folder"))?;
    Ok(file)
}

/// Creates the database file if needed. Returns its path.
pub(super) fn create_database_file(folder: &Path) -> Result<PathBuf> {
    let path = folder.join(DATABASE_FILE);
    create_file(&path)
        .map_err(|error| StoreError::unavailable(format_args!("{}: {error}", path.display())))?;
    Ok(path)
}

/// Creates a folder that only its owner can read.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates a file that only its owner can read, since the folder may have existed with another
/// mode. SQLite gives its other files the mode of the database file.
pub(super) fn create_file(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
