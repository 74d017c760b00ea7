//! The data folder: its lock, files that only their owner can read, and the note by which a lost
//! database is told from a first start.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::{DATABASE_FILE, Result, StoreError};
use crate::base::{io_error::explain, key_file::KEY_FILE};

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
pub(super) struct Traces {
    /// The files which show that there was such a database.
    files: Vec<String>,
    /// The file which shows that the data are in PostgreSQL, where the database is not.
    of_postgres: Option<String>,
}

impl Traces {
    /// Reads the traces of a database in a folder.
    pub(super) fn read(used: UsedDatabase, folder: &Path) -> Self {
        let path = |name| folder.join(name).display().to_string();
        let is_elsewhere =
            used == UsedDatabase::Sqlite && !UsedDatabase::Postgres.traces(folder).is_empty();
        Self {
            files: used.traces(folder).into_iter().map(path).collect(),
            of_postgres: is_elsewhere.then(|| path(NOTE_FILE)),
        }
    }

    /// Fails if there was a database. Called for one that is new.
    pub(super) fn refuse_new(&self, what: &str) -> Result<()> {
        if let Some(note) = &self.of_postgres {
            return Err(StoreError::unavailable(format_args!(
                "{what} is missing or empty, and {note} shows that the data are in PostgreSQL: set \
                 DATABASE_URL, or remove {note} to begin anew"
            )));
        }
        if self.files.is_empty() {
            return Ok(());
        }
        let files = self.files.join(" and ");
        Err(StoreError::unavailable(format_args!(
            "{what} is missing or empty, but {files} shows that there was one: restore it from a \
             backup, or remove {files} to begin anew"
        )))
    }
}

/// Creates the folder if needed, and locks it until the returned file is closed.
pub(super) fn lock_data_folder(folder: &Path) -> Result<File> {
    create_folder(folder).map_err(|error| problem_with(folder, &error))?;
    let path = folder.join("lock");
    let file = open_private(&path, File::options().write(true).create(true));
    let file = file.map_err(|error| problem_with(&path, &error))?;
    file.try_lock().map_err(|_| {
        let folder = folder.display();
        StoreError::unavailable(format_args!("{folder}: another Banter uses this data folder"))
    })?;
    for name in [DATABASE_FILE, "banter.sqlite3-wal", "banter.sqlite3-shm", KEY_FILE] {
        let path = folder.join(name);
        // A file of another user, such as a key that is mounted, may be meant to be as it is.
        if let Err(error) = make_private(&path) {
            tracing::warn!(file = %path.display(), %error, "others may read a file of the data");
        }
    }
    Ok(file)
}

fn problem_with(path: &Path, error: &io::Error) -> StoreError {
    StoreError::unavailable(format_args!("{}: {}", path.display(), explain(error)))
}

/// Returns whether the folder has a database file with content.
pub(super) fn has_database_file(folder: &Path) -> bool {
    std::fs::metadata(folder.join(DATABASE_FILE)).is_ok_and(|file| file.len() > 0)
}

/// Creates the database file if needed. Returns its path.
pub(super) fn create_database_file(folder: &Path) -> Result<PathBuf> {
    let path = folder.join(DATABASE_FILE);
    create_file(&path).map_err(|error| problem_with(&path, &error))?;
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
    open_private(path, File::options().append(true).create(true)).map(drop)
}

/// Opens a file that only its owner can open. With the lock, anyone who can open it could hold it.
fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    make_private(path)?;
    Ok(file)
}

/// Takes the rights of all but its owner from a file of an earlier version, or one that was copied
/// here.
fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut rights = match path.metadata() {
            Ok(file) => file.permissions(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if rights.mode() & 0o077 != 0 {
            rights.set_mode(rights.mode() & 0o700);
            std::fs::set_permissions(path, rights)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::Store;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn only_the_owner_can_open_the_files() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        // The second start finds files of an earlier version.
        for _ in 0..2 {
            let store = Store::open(&folder).unwrap();
            store.has_no_users().await.unwrap();
            assert_eq!(mode(&folder), 0o700);
            let mut names = Vec::new();
            for file in folder.read_dir().unwrap() {
                let path = file.unwrap().path();
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                names.push(path);
            }
            assert!(names.len() >= 4, "{names:?}");
            store.close().await;
            for path in names.iter().filter(|path| path.exists()) {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
            }
        }
    }

    #[test]
    fn errors_name_the_file_and_what_is_wrong_with_it() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("data");
        std::fs::write(&file, "").unwrap();
        let error = Store::open(&file).unwrap_err().cause();
        assert_eq!(error, format!("{}: it is a file, not a folder", file.display()));
        let folder = parent.path().join("folder");
        std::fs::create_dir_all(folder.join(DATABASE_FILE)).unwrap();
        let error = Store::open(&folder).unwrap_err().cause();
        let database = folder.join(DATABASE_FILE);
        assert_eq!(error, format!("{}: it is a folder, not a file", database.display()));
    }
}
