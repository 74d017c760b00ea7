//! The data folder: its lock, files that only their owner can read, and the note by which a lost
//! database is told from a first start.

use std::{
    fs::{DirBuilder, File},
    io,
    path::{Path, PathBuf},
};

use super::{DATABASE_FILE, Result, StoreError};
use crate::base::key_file::KEY_FILE;

/// The file that notes which database was used from this folder, unless the key file shows it.
const NOTE_FILE: &str = "used-database";

/// The engine of a database that was used from a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedDatabase {
    /// The SQLite file in the folder.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl UsedDatabase {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Returns the files which show that there was such a database.
    fn traces(self, folder: &Path) -> Vec<&'static str> {
        let mut traces = Vec::new();
        // The first start writes the key after it has prepared the database.
        if self == Self::Sqlite && folder.join(KEY_FILE).exists() {
            traces.push(KEY_FILE);
        }
        let note = std::fs::read_to_string(folder.join(NOTE_FILE));
        if note.is_ok_and(|note| note.trim() == self.name()) {
            traces.push(NOTE_FILE);
        }
        traces
    }

    /// Notes that there is such a database now. Other files may show it already.
    ///
    /// # Errors
    /// Fails if the folder cannot be written.
    pub fn note(self, folder: &Path) -> io::Result<()> {
        if !self.traces(folder).is_empty() {
            return Ok(());
        }
        create_folder(folder)?;
        std::fs::write(folder.join(NOTE_FILE), format!("{}\n", self.name()))
    }
}

/// What a data folder says about a database, read before the database itself: another node may
/// prepare both at this moment.
pub(super) struct Traces(Vec<String>);

impl Traces {
    /// Reads the traces of a database in a folder.
    pub(super) fn read(used: UsedDatabase, folder: &Path) -> Self {
        let path = |name| folder.join(name).display().to_string();
        Self(used.traces(folder).into_iter().map(path).collect())
    }

    /// Fails if there was a database. Called for one that is new.
    pub(super) fn refuse_new(&self, what: &str) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let files = self.0.join(" and ");
        Err(StoreError::unavailable(format_args!(
            "{what} is missing or empty, but {files} shows that there was one: restore it from a \
             backup, or remove {files} to begin anew"
        )))
    }
}

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

/// Returns whether the folder has a database file with content.
pub(super) fn has_database_file(folder: &Path) -> bool {
    std::fs::metadata(folder.join(DATABASE_FILE)).is_ok_and(|file| file.len() > 0)
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
