//! `banter backup`: a copy of all that lasts, taken while the server runs. What it makes is a data folder: restoring is
//! putting it in the place of the other.

use std::{fs::File, io, path::Path};

use rusqlite::{Connection, OpenFlags};

use crate::{
    base::key_file::{KEY_FILE, write_key},
    store::{self, CopyError, DATABASE_FILE, IS_BACKUP, Place, create_file, create_folder},
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
    /// The same, where it is PostgreSQL.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// Copies all data to `to`, which is made and is a data folder then.
///
/// # Errors
/// `from` holds no data, or `to` holds something.
pub fn back_up(from: &Place, to: &Path) -> Result<(), BackupError> {
    let from = match from {
        Place::Folder(folder) => {
            // Beside the server, which goes on writing: SQLite gives the copy one moment of it.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            From::Folder(folder, Connection::open_with_flags(folder.join(DATABASE_FILE), flags)?)
        }
        Place::Postgres(url) => From::Postgres(url),
    };
    let is_new = !to.exists();
    create_folder(to)?;
    if to.read_dir()?.next().is_some() {
        return Err(BackupError::NotEmpty);
    }
    copy_all(from, to).inspect_err(|_| {
        // So that the next try finds nothing.
        for name in [UNFINISHED, "unfinished-wal", "unfinished-shm", KEY_FILE] {
            let _ = std::fs::remove_file(to.join(name));
        }
        if is_new {
            let _ = std::fs::remove_dir(to); // whoever looks whether it is there finds no backup
        }
    })
}

/// The database's name until it is whole: a server would take what stands there by its own.
const UNFINISHED: &str = "unfinished";

fn copy_all(from: From<'_>, to: &Path) -> Result<(), BackupError> {
    let copy = to.join(UNFINISHED);
    create_file(&copy)?; // for its owner alone
    match from {
        From::Folder(folder, database) => {
            database.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
            match std::fs::copy(folder.join(KEY_FILE), to.join(KEY_FILE)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {} // the key is in the settings
                copied => drop(copied?),
            }
        }
        From::Postgres(url) => {
            if let Some(key) = store::back_up(url, &copy)? {
                write_key(to, &key)?;
            }
        }
    }
    // Whoever opens it goes on from an earlier moment than clients may know: that is another history.
    let whole = Connection::open(&copy)?;
    whole.execute("INSERT OR REPLACE INTO meta VALUES (?, 'yes')", [IS_BACKUP])?;
    whole.pragma_update(None, "journal_mode", "DELETE")?; // all of it is in the one file
    whole.close().map_err(|(_, error)| error)?;
    for written in to.read_dir()? {
        File::open(written?.path())?.sync_all()?;
    }
    std::fs::rename(copy, to.join(DATABASE_FILE))?;
    File::open(to)?.sync_all()?;
    Ok(())
}

enum From<'a> {
    Folder(&'a Path, Connection),
    Postgres(&'a str),
}
