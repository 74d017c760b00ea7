//! Copies an installation to another location, perhaps on the other engine: `banter copy`, and
//! `banter backup` of a PostgreSQL database.

mod rows;
mod tables;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

pub use rows::CopiedTable;
use rows::{copy_table, sum_up};
use tables::{check_source, check_target};

use super::{
    DATABASE_FILE, DataLocation, Result, StoreError, create_database_file,
    files::StoredBytes,
    lock_data_folder,
    migrations::{COPIED_KEYS, SIGNING_KEY, TABLES, apply, check_current},
    search,
    sql::{Db, Row, Server, hold_schema_lock, run_blocking, serialized, values, without_timeout},
};
use crate::base::key_file::{KEY_FILE, write_key};

/// An error of a copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source failed.
    #[error("source: {}", .0.cause())]
    From(StoreError),
    /// The target failed.
    #[error("target: {}", .0.cause())]
    To(StoreError),
    /// The rows of this table that were read back differ from those written.
    #[error("the copy of {0} differs; nothing was written")]
    Different(&'static str),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::To(error)
    }
}

/// Copies an installation, including its epoch and its signing key, to a location without users.
///
/// Either all rows are copied, read back and compared, or none. The key file of a data folder is
/// written right after the rows.
///
/// # Errors
/// Fails if a server uses one of the locations, if `to` has users already, or if one of the
/// databases is unavailable.
pub fn copy(from: &DataLocation, to: &DataLocation) -> Result<Vec<CopiedTable>, CopyError> {
    if from == to {
        return Err(CopyError::To(StoreError::unavailable("must differ from the source")));
    }
    blocking(|| {
        let source = CopySource::open(from).map_err(CopyError::From)?;
        refuse_running_nodes(&source.db).map_err(CopyError::From)?;
        let target = CopyTarget::open(to)?;
        source.lock_out_nodes().map_err(CopyError::From)?;
        source.copy_to(&target)
    })
}

/// Returns what the storage of files has for an installation that no server uses.
///
/// # Errors
/// Fails as [`copy`] does for its source.
pub fn stored_bytes(location: &DataLocation) -> Result<StoredBytes, CopyError> {
    blocking(|| {
        let source = CopySource::open(location).map_err(CopyError::From)?;
        let read = |db: &Db| -> Result<StoredBytes> {
            let files = "SELECT id, preview FROM files ORDER BY id";
            let files = db.rows(files, &[], |row| {
                let preview: Option<String> = row.get("preview")?;
                Ok((row.get("id")?, preview.as_deref() == Some("made")))
            })?;
            let uploads = "SELECT id, parts FROM uploads WHERE parts > 0 ORDER BY id";
            let read = |row: &Row<'_>| Ok((row.get("id")?, row.get("parts")?));
            let uploads = db.rows(uploads, &[], read)?;
            let links = "SELECT id FROM links WHERE width IS NOT NULL ORDER BY id";
            let link_pictures = db.rows(links, &[], |row| row.get("id"))?;
            Ok(StoredBytes { files, uploads, link_pictures })
        };
        read(&source.db).map_err(CopyError::From)
    })
}

/// Copies an installation on PostgreSQL into a new SQLite file, as of one moment, while its nodes
/// run. Returns the signing key, if it is in the database.
pub(super) fn copy_to_file(url: &str, file: &Path) -> Result<Option<String>, CopyError> {
    blocking(|| {
        let location = DataLocation::Postgres(url.to_owned());
        let source = CopySource::open(&location).map_err(CopyError::From)?;
        let target = CopyTarget { db: Db::open_file(file)?, _lock: None, folder: None };
        apply(&target.db)?;
        source.copy_to(&target)?;
        Ok(source.key)
    })
}

/// Runs the work as [`run_blocking`] does. A panic counts as an error of the source.
fn blocking<T: Send>(work: impl FnOnce() -> Result<T, CopyError> + Send) -> Result<T, CopyError> {
    run_blocking(|| Ok(work())).map_err(CopyError::From)?
}

/// The installation to copy.
struct CopySource {
    db: Db,
    _lock: Option<File>,
    /// The signing key, unless it is in the settings.
    key: Option<String>,
}

impl CopySource {
    fn open(location: &DataLocation) -> Result<Self> {
        let (db, lock) = match location {
            DataLocation::Folder(folder) => {
                let file = folder.join(DATABASE_FILE);
                if !file.exists() {
                    return Err(StoreError::unavailable(format_args!(
                        "{} does not exist",
                        file.display()
                    )));
                }
                let lock = lock_data_folder(folder)?;
                (Db::open_file(&file)?, Some(lock))
            }
            DataLocation::Postgres(url) => (Db::connect(&Server::new(url)?)?, None),
        };
        without_timeout(&db)?;
        check_current(&db)?;
        check_source(&db)?;
        let key = match location {
            DataLocation::Folder(folder) => read_key(folder)?,
            DataLocation::Postgres(_) => meta(&db, SIGNING_KEY)?,
        };
        Ok(Self { db, _lock: lock, key })
    }

    /// Makes nodes that start now wait until this connection ends, as during a migration.
    fn lock_out_nodes(&self) -> Result<()> {
        hold_schema_lock(&self.db)?;
        refuse_running_nodes(&self.db)
    }

    fn copy_to(&self, target: &CopyTarget) -> Result<Vec<CopiedTable>, CopyError> {
        let copied = serialized(&target.db, || {
            refuse_running_nodes(&target.db)?;
            target.clear()?;
            let copied = self.copy_tables(&target.db)?;
            self.copy_meta(target)?;
            for (table, copied) in TABLES.iter().zip(&copied) {
                if sum_up(&target.db, table)? != *copied {
                    return Err(CopyError::Different(table.name));
                }
            }
            search::note_all(&target.db)?;
            Ok(copied)
        })?;
        if let (Some(key), Some(folder)) = (&self.key, &target.folder) {
            write_key(folder, key).map_err(|error| key_file_error(&error))?;
        }
        if let Db::Postgres(_) = target.db {
            // Otherwise the first plans would be those of empty tables.
            target.db.batch("ANALYZE")?;
        }
        Ok(copied)
    }

    /// Copies all tables, as of one moment.
    fn copy_tables(&self, target: &Db) -> Result<Vec<CopiedTable>, CopyError> {
        let copied = TABLES.iter().map(|table| copy_table(&self.db, target, table));
        self.db.read_snapshot(|| Ok(copied.collect())).map_err(CopyError::From)?
    }

    fn copy_meta(&self, target: &CopyTarget) -> Result<(), CopyError> {
        for name in COPIED_KEYS.iter().filter(|name| **name != SIGNING_KEY) {
            if let Some(value) = meta(&self.db, name).map_err(CopyError::From)? {
                target.set_meta(name, &value)?;
            }
        }
        if let (Some(key), Db::Postgres(_)) = (&self.key, &target.db) {
            target.set_meta(SIGNING_KEY, key)?;
        }
        Ok(())
    }
}

/// The location to copy to.
struct CopyTarget {
    db: Db,
    _lock: Option<File>,
    /// The data folder for the key file; `None`: the key belongs in the database.
    folder: Option<PathBuf>,
}

impl CopyTarget {
    fn open(location: &DataLocation) -> Result<Self> {
        let target = match location {
            DataLocation::Folder(folder) => {
                let lock = lock_data_folder(folder)?;
                let db = Db::open_file(&create_database_file(folder)?)?;
                Self { db, _lock: Some(lock), folder: Some(folder.clone()) }
            }
            DataLocation::Postgres(url) => {
                Self { db: Db::connect(&Server::new(url)?)?, _lock: None, folder: None }
            }
        };
        apply(&target.db)?;
        check_target(&target.db)?;
        refuse_running_nodes(&target.db)?;
        Ok(target)
    }

    /// Deletes the data of a first start. Fails if there are users.
    fn clear(&self) -> Result<()> {
        if self.db.row("SELECT id FROM users LIMIT 1", &[], |_| Ok(()))?.is_some() {
            return Err(StoreError::unavailable(
                "there are accounts in it already; it must be empty",
            ));
        }
        self.db.execute("DELETE FROM rooms", &[])?;
        self.db.execute("DELETE FROM meta WHERE key <> 'schema_version'", &[])?;
        Ok(())
    }

    fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        self.db
            .execute("INSERT INTO meta (key, value) VALUES ($1, $2)", values![name, value])
            .map(drop)
    }
}

/// Fails if nodes are connected to the database: their writes during the copy would be lost. For a
/// data folder the lock has ensured that.
fn refuse_running_nodes(db: &Db) -> Result<()> {
    let Db::Postgres(_) = db else { return Ok(()) };
    let nodes: u64 = db.one(
        "SELECT count(*) AS nodes FROM pg_stat_activity WHERE datname = current_database()
         AND application_name IN ('banter', current_setting('application_name'))
         AND pid <> pg_backend_pid()",
        &[],
        |row| row.get("nodes"),
    )?;
    if nodes > 0 {
        return Err(StoreError::unavailable("Banter runs on it; stop all nodes first"));
    }
    Ok(())
}

fn meta(db: &Db, name: &str) -> Result<Option<String>> {
    db.row("SELECT value FROM meta WHERE key = $1", values![name], |row| row.get("value"))
}

/// Reads the key file of a data folder. Returns `None` if the key is in the settings.
fn read_key(folder: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(folder.join(KEY_FILE)) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(key_file_error(&error)),
    }
}

fn key_file_error(error: &io::Error) -> StoreError {
    StoreError::unavailable(format_args!("{KEY_FILE}: {error}"))
}
