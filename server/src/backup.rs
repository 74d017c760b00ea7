//! `banter backup`: a copy of all that lasts, taken while the server runs. What it makes is a data folder: restoring is
//! putting it in the place of the other.

use std::{fs::File, io, path::Path};

use rusqlite::{Connection, OpenFlags};

use crate::{
    auth::KEY_FILE,
    store::{DATABASE_FILE, IS_BACKUP, create_file, create_folder},
};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It would mix with what lies there.
    #[error("there is something in it already")]
    NotEmpty,
    /// A folder or a file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database cannot be read, or its copy not be written.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// Copies the data of `from` to `to`, which is made; both are data folders.
///
/// # Errors
/// `from` holds no data, or `to` holds something.
pub fn back_up(from: &Path, to: &Path) -> Result<(), BackupError> {
    // Beside the server, which goes on writing: SQLite gives the copy one moment of it.
    let database = Connection::open_with_flags(
        from.join(DATABASE_FILE),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    create_folder(to)?;
    if to.read_dir()?.next().is_some() {
        return Err(BackupError::NotEmpty);
    }
    // By another name until it is whole: a server would take what stands there by its own.
    let copy = to.join("unfinished");
    create_file(&copy)?; // for its owner alone
    database.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
    // Whoever opens it goes on from an earlier moment than clients may know: that is another history.
    Connection::open(&copy)?.execute("INSERT OR REPLACE INTO meta VALUES (?, 'yes')", [IS_BACKUP])?;
    match std::fs::copy(from.join(KEY_FILE), to.join(KEY_FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {} // the key is in the settings
        copied => drop(copied?),
    }
    for written in to.read_dir()? {
        File::open(written?.path())?.sync_all()?;
    }
    std::fs::rename(copy, to.join(DATABASE_FILE))?;
    File::open(to)?.sync_all()?;
    Ok(())
}
