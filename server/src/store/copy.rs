//! All of an installation in another place, perhaps on the other engine: `banter copy`, and `banter backup` of a
//! PostgreSQL database.

use std::{
    fmt,
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{
    DATABASE_FILE, IS_BACKUP, Place, Result, StoreError, aside, connect,
    db::{Db, Row, Value, values},
    lock_folder, make_file,
    migrations::{apply, check_current, in_turn},
    postgres::{KEEP_SCHEMA, Server},
    unavailable,
};
use crate::base::key_file::{KEY_FILE, write_key};

/// Rows that one statement writes.
const ROWS_AT_A_TIME: usize = 100;

/// Tables, those first that others refer to, with their columns and the key that orders their rows.
const TABLES: &[(&str, &[&str], &str)] = &[
    (
        "users",
        &["id", "username", "display_name", "role", "password", "created_at", "banned_at"],
        "id",
    ),
    ("sessions", &["id", "user_id", "created_at", "last_used_at"], "id"),
    ("invites", &["code", "creator_id", "created_at", "expires_at", "uses_left"], "code"),
    ("rooms", &["id", "slug", "name", "private", "creator_id", "created_at", "seq"], "id"),
    ("room_members", &["room_id", "user_id", "joined_at"], "room_id, user_id"),
    (
        "messages",
        &["room_id", "seq", "id", "sender_id", "text", "sent_at", "edited_at"],
        "room_id, seq",
    ),
    (
        "changes",
        &["room_id", "seq", "op", "message_id", "user_id", "at", "kind", "text", "emoji", "is_set"],
        "room_id, seq",
    ),
    ("needless_changes", &["op", "room_id", "seq", "message_id", "user_id"], "op"),
    ("reactions", &["message_id", "seq", "user_id", "emoji"], "message_id, seq"),
    ("read_positions", &["user_id", "room_id", "seq"], "user_id, room_id"),
    ("mentions", &["user_id", "room_id", "seq"], "user_id, room_id, seq"),
];

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The place to copy from is to blame.
    #[error("where it is copied from: {}", .0.cause())]
    From(StoreError),
    /// The place to copy to is.
    #[error("where it is copied to: {}", .0.cause())]
    To(StoreError),
    /// What was read back is something else than what was written.
    #[error("{0} came out different: nothing was kept")]
    Different(&'static str),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::To(error)
    }
}

/// What was copied of a table, the same in both places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of all its rows, in order.
    pub hash: [u8; 32],
}

impl fmt::Display for CopiedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:>10} rows  sha256 ", self.name, self.rows)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Copies an installation, with its history's epoch and the key that signs tokens, to a place without people. All rows are
/// there afterwards, read back and compared, or none; a data folder gets its key right after them.
///
/// # Errors
/// A server runs on one of the places, there are people in `to` already, or one of the databases is away.
pub fn copy(from: &Place, to: &Place) -> Result<Vec<CopiedTable>, CopyError> {
    if from == to {
        return Err(CopyError::To(unavailable(&"must be another place")));
    }
    aside(|| {
        let source =
            Source::open(from).and_then(|source| source.refuse_running_nodes().map(|()| source));
        let source = match source {
            Ok(source) => source,
            Err(error) => return Ok(Err(CopyError::From(error))),
        };
        Ok(Target::open(to).map_err(CopyError::To).and_then(|target| {
            source.keep_nodes_out().map_err(CopyError::From)?;
            source.copy_to(&target)
        }))
    })
    .map_err(CopyError::From)?
}

/// Copies an installation on PostgreSQL, at one moment while its nodes run, into a new SQLite file; gives the key that
/// signs tokens, if it is kept there.
pub(crate) fn back_up(url: &str, file: &Path) -> Result<Option<String>, CopyError> {
    aside(|| {
        let source = match Source::open(&Place::Postgres(url.to_owned())) {
            Ok(source) => source,
            Err(error) => return Ok(Err(CopyError::From(error))),
        };
        let target = Target { db: Db::Sqlite(connect(file)?), _lock: None, folder: None };
        apply(&target.db)?;
        Ok(source.copy_to(&target).map(|_| source.key))
    })
    .map_err(CopyError::From)?
}

struct Source {
    db: Db,
    _lock: Option<File>,
    key: Option<String>,
}

impl Source {
    fn open(place: &Place) -> Result<Self> {
        let (db, lock) = match place {
            Place::Folder(folder) => {
                let file = folder.join(DATABASE_FILE);
                if !file.exists() {
                    return Err(unavailable(&format_args!("{} is not there", file.display())));
                }
                let lock = lock_folder(folder)?;
                (Db::Sqlite(connect(&file)?), Some(lock))
            }
            Place::Postgres(url) => (Server::new(url)?.open()?, None),
        };
        be_patient(&db)?;
        check_current(&db)?;
        let key = match place {
            Place::Folder(folder) => match std::fs::read_to_string(folder.join(KEY_FILE)) {
                Ok(key) => Some(key),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None, // it is in the settings
                Err(error) => return Err(unavailable(&format_args!("{KEY_FILE}: {error}"))),
            },
            Place::Postgres(_) => meta(&db, "signing_key")?,
        };
        Ok(Self { db, _lock: lock, key })
    }

    fn refuse_running_nodes(&self) -> Result<()> {
        refuse_running_nodes(&self.db)
    }

    /// A node that starts meanwhile waits, as behind a migration, until this connection ends.
    fn keep_nodes_out(&self) -> Result<()> {
        if let Db::Postgres(_) = self.db {
            self.db.batch(KEEP_SCHEMA)?;
        }
        self.refuse_running_nodes()
    }

    fn copy_to(&self, target: &Target) -> Result<Vec<CopiedTable>, CopyError> {
        let copied = in_turn(&target.db, || {
            refuse_running_nodes(&target.db)?;
            target.clear()?;
            // All that is read is of one moment.
            let copied =
                self.db.moment(|| Ok(self.copy_tables(&target.db))).map_err(CopyError::From)??;
            for name in ["epoch", IS_BACKUP] {
                if let Some(value) = meta(&self.db, name).map_err(CopyError::From)? {
                    target.set_meta(name, &value)?;
                }
            }
            if let (Some(key), Db::Postgres(_)) = (&self.key, &target.db) {
                target.set_meta("signing_key", key)?;
            }
            for table in &copied {
                let read_back = sum_up(&target.db, table.name)?;
                if read_back != *table {
                    return Err(CopyError::Different(table.name));
                }
            }
            Ok(copied)
        })?;
        if let (Some(key), Some(folder)) = (&self.key, &target.folder) {
            write_key(folder, key)
                .map_err(|error| unavailable(&format_args!("{KEY_FILE}: {error}")))?;
        }
        if let Db::Postgres(_) = target.db {
            // Otherwise the first plans would be those of empty tables.
            target.db.batch("ANALYZE")?;
        }
        Ok(copied)
    }

    fn copy_tables(&self, target: &Db) -> Result<Vec<CopiedTable>, CopyError> {
        let copied = TABLES.iter().map(|(table, columns, _)| {
            let mut rows = Vec::new();
            let mut refused = None;
            let copied = for_each_row(&self.db, table, |row| {
                rows.push(row);
                if rows.len() == ROWS_AT_A_TIME {
                    refused = insert(target, table, columns, &std::mem::take(&mut rows)).err();
                }
                Ok(if refused.is_some() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            });
            match refused {
                Some(error) => Err(CopyError::To(error)),
                None => {
                    let copied = copied.map_err(CopyError::From)?;
                    insert(target, table, columns, &rows)?;
                    Ok(copied)
                }
            }
        });
        copied.collect()
    }
}

struct Target {
    db: Db,
    _lock: Option<File>,
    /// Where the key belongs, unless into the database.
    folder: Option<PathBuf>,
}

impl Target {
    fn open(place: &Place) -> Result<Self> {
        let target = match place {
            Place::Folder(folder) => {
                let lock = lock_folder(folder)?;
                let db = Db::Sqlite(connect(&make_file(folder)?)?);
                Self { db, _lock: Some(lock), folder: Some(folder.clone()) }
            }
            Place::Postgres(url) => {
                Self { db: Server::new(url)?.open()?, _lock: None, folder: None }
            }
        };
        apply(&target.db)?;
        refuse_running_nodes(&target.db)?;
        Ok(target)
    }

    /// Removes what a first start left behind, where nobody came after it.
    fn clear(&self) -> Result<()> {
        if self.db.row("SELECT id FROM users LIMIT 1", &[], |_| Ok(()))?.is_some() {
            return Err(unavailable(&"there are accounts in it already; it must be empty"));
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

/// What a node that runs would write meanwhile, or remembers, would be lost.
fn refuse_running_nodes(db: &Db) -> Result<()> {
    let Db::Postgres(_) = db else { return Ok(()) }; // the lock on the folder has told
    let nodes: u64 = db.one(
        "SELECT count(*) AS nodes FROM pg_stat_activity WHERE datname = current_database()
         AND application_name IN ('banter', current_setting('application_name')) AND pid <> pg_backend_pid()",
        &[],
        |row| row.get("nodes"),
    )?;
    if nodes > 0 { Err(unavailable(&"Banter runs on it; stop all nodes first")) } else { Ok(()) }
}

fn be_patient(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(connection) => connection.be_patient(),
    }
}

fn meta(db: &Db, name: &str) -> Result<Option<String>> {
    db.row("SELECT value FROM meta WHERE key = $1", values![name], |row| row.get("value"))
}

fn insert(db: &Db, table: &str, columns: &[&str], rows: &[Vec<Owned>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let places = (0..rows.len()).map(|row| {
        let places: Vec<_> = (1..=columns.len())
            .map(|column| format!("${}", row * columns.len() + column))
            .collect();
        format!("({})", places.join(", "))
    });
    let places = places.collect::<Vec<_>>().join(", ");
    let values: Vec<_> = rows.iter().flatten().map(Owned::as_value).collect();
    db.execute(&format!("INSERT INTO {table} ({}) VALUES {places}", columns.join(", ")), &values)
        .map(drop)
}

fn sum_up(db: &Db, table: &'static str) -> Result<CopiedTable> {
    for_each_row(db, table, |_| Ok(ControlFlow::Continue(())))
}

/// Gives each row to `take`, in the order of the table's key, until it has enough; and sums them up.
fn for_each_row(
    db: &Db,
    table: &str,
    mut take: impl FnMut(Vec<Owned>) -> Result<ControlFlow<()>>,
) -> Result<CopiedTable> {
    let Some((name, columns, key)) = TABLES.iter().find(|(name, ..)| *name == table) else {
        return Err(unavailable(&format_args!("there is no table {table}")));
    };
    let (mut rows, mut hash) = (0, Sha256::new());
    db.each(&format!("SELECT {} FROM {name} ORDER BY {key}", columns.join(", ")), &[], |row| {
        let row: Vec<_> =
            columns.iter().map(|column| Owned::read(row, column)).collect::<Result<_>>()?;
        row.iter().for_each(|value| value.add_to(&mut hash));
        rows += 1;
        take(row)
    })?;
    Ok(CopiedTable { name, rows, hash: hash.finalize().into() })
}

/// A value on its way.
#[derive(Debug)]
enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Owned {
    fn read(row: &Row<'_>, column: &str) -> Result<Self> {
        Ok(match row.value(column)? {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(number),
            // PostgreSQL keeps no NUL. Early versions of Banter let it into SQLite.
            Value::Text(text) => Self::Text(text.replace('\0', "\u{fffd}")),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
            Value::Id(id) => Self::Bytes(id.as_bytes().to_vec()),
        })
    }

    fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    /// With its kind and its length, so that no two rows look the same.
    fn add_to(&self, hash: &mut Sha256) {
        let number;
        let (kind, bytes) = match self {
            Self::Null => (0, &[][..]),
            Self::Int(value) => {
                number = value.to_be_bytes();
                (1, &number[..])
            }
            Self::Text(text) => (2, text.as_bytes()),
            Self::Bytes(bytes) => (3, &bytes[..]),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
}
