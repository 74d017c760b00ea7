//! The schema's steps, each applied once, and what a fresh installation begins with.

use std::cmp::Ordering;

use uuid::Uuid;

use super::{
    IS_BACKUP, Place, Result, StoreError, aside, connect,
    db::{Db, values},
    lock_folder, make_file, now,
    postgres::{LOCK_SCHEMA, Server, TRY_LOCK_SCHEMA},
    unavailable,
};

/// A step's name and its statements.
type Step = (&'static str, &'static str);

/// Why an older program leaves a database alone.
const NEWER: &str = "it was made by a newer Banter";

/// Of SQLite; `user_version` counts them.
const SQLITE: &[Step] = &[
    ("1-chat", include_str!("migrations/1-chat.sql")),
    ("2-bans", include_str!("migrations/2-bans.sql")),
    ("3-changes", include_str!("migrations/3-changes.sql")),
    ("4-needless-changes", include_str!("migrations/4-needless-changes.sql")),
];

/// Of PostgreSQL; `schema_version` in `meta` counts them.
const POSTGRES: &[Step] = &[("1-chat", include_str!("migrations/postgres/1-chat.sql"))];

/// Applies the steps that are missing, and gives their names.
///
/// # Errors
/// The database is away, of a newer version, or, if it is a folder, in use.
pub fn migrate(place: &Place) -> Result<Vec<&'static str>> {
    match place {
        Place::Folder(folder) => {
            // A mistyped one would be made.
            if !folder.exists() {
                return Err(unavailable(&"the folder is not there; `banter serve` makes it"));
            }
            let _lock = lock_folder(folder)?;
            apply(&Db::Sqlite(connect(&make_file(folder)?)?))
        }
        Place::Postgres(url) => {
            let server = Server::new(url)?;
            aside(move || apply(&server.open()?))
        }
    }
}

/// Applies what is missing, and gives a fresh installation what it begins with.
pub(super) fn prepare(db: &Db) -> Result<()> {
    apply(db)?;
    in_turn(db, || found(db))
}

/// Fails where something is missing, or newer than this program.
pub(super) fn check_current(db: &Db) -> Result<()> {
    match version(db)?.cmp(&steps(db).len()) {
        Ordering::Less => {
            Err(unavailable(&"it is of an older Banter; `banter migrate` brings it up to this one"))
        }
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(unavailable(&NEWER)),
    }
}

fn steps(db: &Db) -> &'static [Step] {
    match db {
        Db::Sqlite(_) => SQLITE,
        Db::Postgres(_) => POSTGRES,
    }
}

pub(super) fn apply(db: &Db) -> Result<Vec<&'static str>> {
    let steps = steps(db);
    let mut applied = Vec::new();
    loop {
        let step = in_turn(db, || {
            let done = version(db)?;
            if done > steps.len() {
                return Err(unavailable(&NEWER));
            }
            let Some((name, statements)) = steps.get(done) else { return Ok(None) };
            db.batch(statements)?;
            set_version(db, done + 1)?;
            Ok(Some(*name))
        })?;
        match step {
            Some(name) => applied.push(name),
            None => return Ok(applied),
        }
    }
}

/// One transaction, which no other node runs at the same time.
pub(super) fn in_turn<T, E: From<StoreError>>(
    db: &Db,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    match db {
        Db::Sqlite(_) => db.batch("BEGIN IMMEDIATE")?,
        Db::Postgres(connection) => {
            connection.be_patient()?;
            db.batch("BEGIN")?;
            if !db.one(TRY_LOCK_SCHEMA, &[], |row| row.get("has_it"))? {
                tracing::info!(
                    "waits for another node that prepares the database, or a copy that is under way"
                );
                db.batch(LOCK_SCHEMA)?;
            }
        }
    }
    let result = work().and_then(|result| Ok(db.batch("COMMIT").map(|()| result)?));
    if result.is_err() {
        let _ = db.batch("ROLLBACK"); // fails where none is open
    }
    match db {
        Db::Postgres(connection) if result.is_ok() => connection.be_quick()?,
        // Where it failed, the connection is of no use any more.
        Db::Postgres(_) | Db::Sqlite(_) => {}
    }
    result
}

fn version(db: &Db) -> Result<usize> {
    match db {
        Db::Sqlite(file) => Ok(file.pragma_query_value(None, "user_version", |row| row.get(0))?),
        Db::Postgres(_) => {
            let is_fresh =
                db.one("SELECT to_regclass('meta') IS NULL AS is_fresh", &[], |row| {
                    row.get("is_fresh")
                })?;
            if is_fresh {
                return Ok(0);
            }
            let version: Option<String> =
                db.row("SELECT value FROM meta WHERE key = 'schema_version'", &[], |row| {
                    row.get("value")
                })?;
            let version = version.and_then(|version| version.parse().ok());
            version.ok_or_else(|| unavailable(&"its table `meta` is not Banter's"))
        }
    }
}

fn set_version(db: &Db, version: usize) -> Result<()> {
    match db {
        Db::Sqlite(file) => Ok(file.pragma_update(None, "user_version", version)?),
        Db::Postgres(_) => {
            db.execute(
                "INSERT INTO meta (key, value) VALUES ('schema_version', $1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                values![&version.to_string()],
            )?;
            Ok(())
        }
    }
}

/// Gives a fresh installation its epoch and its first room, and a restored backup another epoch.
fn found(db: &Db) -> Result<()> {
    let new_epoch = Uuid::new_v4().to_string();
    let epoch: Option<String> =
        db.row("SELECT value FROM meta WHERE key = 'epoch'", &[], |row| row.get("value"))?;
    if epoch.is_none() {
        db.execute("INSERT INTO meta (key, value) VALUES ('epoch', $1)", values![&new_epoch])?;
        db.execute(
            "INSERT INTO rooms (id, slug, name, created_at) VALUES ($1, 'general', 'general', $2)",
            values![Uuid::now_v7(), now()],
        )?;
    }
    if db.execute("DELETE FROM meta WHERE key = $1", values![IS_BACKUP])? > 0 {
        db.execute("UPDATE meta SET value = $1 WHERE key = 'epoch'", values![&new_epoch])?;
        tracing::info!(
            epoch = new_epoch,
            "the data were put back from a backup: another history begins"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DATABASE_FILE, Store};

    #[tokio::test]
    async fn a_database_of_any_earlier_step_is_taken_along() {
        for done in 0..=SQLITE.len() {
            let folder = tempfile::tempdir().unwrap();
            let file = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
            for (_, statements) in &SQLITE[..done] {
                file.execute_batch(statements).unwrap();
            }
            file.pragma_update(None, "user_version", done).unwrap();
            drop(file);
            let store = Store::open(folder.path()).unwrap();
            assert!(store.is_fresh().await.unwrap(), "from step {done}");
            let steps: usize = store
                .read(|db| match db {
                    Db::Sqlite(file) => {
                        Ok(file.pragma_query_value(None, "user_version", |row| row.get(0))?)
                    }
                    Db::Postgres(_) => Ok(0),
                })
                .await
                .unwrap();
            assert_eq!(steps, SQLITE.len());
        }
    }
}
