//! `banter backup`: a copy of all data, taken while the server runs. A backup is a data folder.

use std::{
    collections::HashSet,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use protocol::FileId;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::{
    CopyError, DATABASE_FILE, DataLocation, IS_BACKUP,
    copy::{copy_to_file, stored_bytes},
    data_folder::{create_file, create_folder},
    files::StoredBytes,
};
use crate::base::{
    io_error::explain,
    key_file::{KEY_FILE, write_key},
};

/// The database file until it is complete. A server would open [`DATABASE_FILE`] as its own.
const UNFINISHED: &str = "unfinished";

/// The folder of files in a data folder.
const FILES_FOLDER: &str = "files";

/// An error of a backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The target folder has other content.
    #[error("there is something in it already")]
    NotEmpty,
    /// The folder that should hold the target folder does not exist: maybe a disk is not mounted.
    #[error("{} does not exist; create it, or mount the disk that it is on", .0.display())]
    NoParent(PathBuf),
    /// The target is the data folder or within it, and would be lost together with it.
    #[error("it is within the data folder; choose a folder elsewhere, best on another disk")]
    WithinData,
    /// There is no database to copy.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// A folder or a file cannot be read or written.
    #[error("{}", explain(.0))]
    Io(#[from] io::Error),
    /// The SQLite database cannot be read, or the backup cannot be written.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// The bytes of files cannot be copied.
    #[error("files: {0}")]
    Files(String),
    /// The bytes of files are not where they should be.
    #[error(
        "the bytes of {0} files are not there; set BANTER_FILES (--files) to what the server has, \
         or leave these files out with --without-missing-files"
    )]
    FilesMissing(usize),
    /// The PostgreSQL database cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The number of accounts.
    pub users: u64,
    /// The number of rooms.
    pub rooms: u64,
    /// The number of messages.
    pub messages: u64,
    /// Whether the signing key is in the copy.
    pub has_key: bool,
}

/// What to do about files whose bytes are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingFiles {
    /// The backup fails.
    Refuse,
    /// They are not in the backup.
    LeaveOut,
}

/// An open source.
enum BackupSource<'a> {
    Folder(&'a Path, Connection),
    Postgres(&'a str),
}

/// Copies all data to the folder `to`, which is created in one that exists. `copy_files` copies the
/// bytes of files, and returns those that are not there. Those that were removed meanwhile are not
/// in the backup; for all others, `missing` says what to do.
///
/// # Errors
/// Fails if there is no database at `from`, if `to` is not empty or within `from`, or if files are
/// missing that must not be.
pub fn back_up(
    from: &DataLocation,
    to: &Path,
    missing: MissingFiles,
    copy_files: impl FnOnce(&StoredBytes) -> Result<Vec<FileId>, String>,
) -> Result<Copied, BackupError> {
    let target = resolve(to)?;
    let source = match from {
        DataLocation::Folder(folder) => {
            if !folder.join(DATABASE_FILE).is_file() {
                return Err(BackupError::NoDatabase(folder.clone()));
            }
            if target.starts_with(folder.canonicalize()?) {
                return Err(BackupError::WithinData);
            }
            // The server keeps writing. SQLite copies the state of one moment.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let database = Connection::open_with_flags(folder.join(DATABASE_FILE), flags)?;
            BackupSource::Folder(folder, database)
        }
        DataLocation::Postgres(url) => BackupSource::Postgres(url),
    };
    let is_new = !to.exists();
    create_folder(to)?;
    if to.read_dir()?.next().is_some() {
        return Err(BackupError::NotEmpty);
    }
    let copy_files = |stored: &StoredBytes| {
        let gone = copy_files(stored).map_err(BackupError::Files)?;
        match missing {
            MissingFiles::Refuse if !gone.is_empty() => refuse_lost(from, &gone).map(|()| gone),
            MissingFiles::Refuse | MissingFiles::LeaveOut => Ok(gone),
        }
    };
    copy_all(source, to, copy_files).inspect_err(|_| {
        let _ = std::fs::remove_dir_all(to.join(FILES_FOLDER));
        // The next attempt needs an empty folder.
        for name in [UNFINISHED, "unfinished-wal", "unfinished-shm", KEY_FILE] {
            let _ = std::fs::remove_file(to.join(name));
        }
        if is_new {
            // A folder that remains could be taken for a backup.
            let _ = std::fs::remove_dir(to);
        }
    })
}

/// Returns the absolute path of a folder that may not exist yet, without links.
fn resolve(folder: &Path) -> Result<PathBuf, BackupError> {
    if folder.exists() {
        return Ok(folder.canonicalize()?);
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if !parent.exists() {
        return Err(BackupError::NoParent(parent.to_owned()));
    }
    Ok(parent.canonicalize()?.join(folder.file_name().unwrap_or_default()))
}

/// Fails if the source still has some of these files, whose bytes are not there.
fn refuse_lost(from: &DataLocation, gone: &[FileId]) -> Result<(), BackupError> {
    let stored = match from {
        DataLocation::Folder(folder) => stored_files(&folder.join(DATABASE_FILE))?,
        DataLocation::Postgres(_) => stored_bytes(from)?,
    };
    let stored: HashSet<_> = stored.files.into_iter().map(|(file, _)| file).collect();
    match gone.iter().filter(|file| stored.contains(file)).count() {
        0 => Ok(()),
        lost => Err(BackupError::FilesMissing(lost)),
    }
}

fn copy_all(
    source: BackupSource<'_>,
    to: &Path,
    copy_files: impl FnOnce(&StoredBytes) -> Result<Vec<FileId>, BackupError>,
) -> Result<Copied, BackupError> {
    let copy = to.join(UNFINISHED);
    // It is created here first, so that only its owner can read it.
    create_file(&copy)?;
    match source {
        BackupSource::Folder(folder, database) => {
            database.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
            match std::fs::copy(folder.join(KEY_FILE), to.join(KEY_FILE)) {
                // The key is in the settings.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                copied => drop(copied?),
            }
        }
        BackupSource::Postgres(url) => {
            if let Some(key) = copy_to_file(url, &copy)? {
                write_key(to, &key)?;
            }
        }
    }
    let stored = stored_files(&copy)?;
    let missing = copy_files(&stored)?;
    forget_files(&copy, &missing)?;
    let copied = mark_as_backup(&copy, to.join(KEY_FILE).exists())?;
    for written in to.read_dir()? {
        File::open(written?.path())?.sync_all()?;
    }
    std::fs::rename(copy, to.join(DATABASE_FILE))?;
    File::open(to)?.sync_all()?;
    Ok(copied)
}

/// Returns the files whose bytes belong to a backup. Uploads that are under way do not.
fn stored_files(file: &Path) -> rusqlite::Result<StoredBytes> {
    let database = Connection::open(file)?;
    let mut select = database.prepare("SELECT id, preview IS 'made' FROM files ORDER BY id")?;
    let read = |row: &rusqlite::Row<'_>| Ok((FileId(Uuid::from_bytes(row.get(0)?)), row.get(1)?));
    let files = select.query_map([], read)?.collect::<Result<_, _>>()?;
    let mut select =
        database.prepare("SELECT id FROM links WHERE width IS NOT NULL ORDER BY id")?;
    let links = select.query_map([], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
    let link_pictures = links.collect::<Result<_, _>>()?;
    Ok(StoredBytes { files, uploads: Vec::new(), link_pictures })
}

/// Removes files that were removed in the meantime, and what belongs to the bytes elsewhere.
fn forget_files(file: &Path, missing: &[FileId]) -> rusqlite::Result<()> {
    let mut database = Connection::open(file)?;
    let changes = database.transaction()?;
    for id in missing {
        changes.execute(
            "UPDATE messages SET files = files - 1
             WHERE id = (SELECT message_id FROM files WHERE id = ?)",
            [id.0.as_bytes()],
        )?;
        changes.execute("DELETE FROM files WHERE id = ?", [id.0.as_bytes()])?;
    }
    changes.execute_batch("DELETE FROM uploads; DELETE FROM removed_files;")?;
    changes.commit()
}

/// Makes the first start on the backup begin a new epoch: clients may have seen later events.
/// Counts what is in it.
fn mark_as_backup(file: &Path, has_key: bool) -> rusqlite::Result<Copied> {
    let database = Connection::open(file)?;
    let count = |table| {
        let select = format!("SELECT count(*) FROM {table}");
        database.query_row(&select, [], |row| row.get::<_, u64>(0))
    };
    let copied = Copied {
        users: count("users")?,
        rooms: count("rooms")?,
        messages: count("messages")?,
        has_key,
    };
    database.execute("INSERT OR REPLACE INTO meta VALUES (?, 'yes')", [IS_BACKUP])?;
    // Brings all data from the WAL into the one file.
    database.pragma_update(None, "journal_mode", "DELETE")?;
    database.close().map_err(|(_, error)| error)?;
    Ok(copied)
}
