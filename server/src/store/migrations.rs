//! The schema: its migrations, each applied once, the tables that they lead to, and the initial
//! data of a new installation.

mod tables;

use std::cmp::Ordering;

use uuid::Uuid;

use super::{
    DataLocation, IS_BACKUP, Result, StoreError, create_database_file, lock_data_folder,
    names::complete_names,
    now,
    sql::{Db, META_TABLE, Server, run_blocking, serialized, values},
    updates::unify_emoji,
};

pub(super) use tables::{INDEX_TABLES, TABLES, Table};

/// A migration: its name and its statements.
type Step = (&'static str, &'static str);

/// The migrations of SQLite. The pragma `user_version` counts those applied.
const SQLITE: &[Step] = &[
    ("1-chat", include_str!("migrations/1-chat.sql")),
    ("2-bans", include_str!("migrations/2-bans.sql")),
    ("3-changes", include_str!("migrations/3-changes.sql")),
    ("4-needless-changes", include_str!("migrations/4-needless-changes.sql")),
    ("5-names", include_str!("migrations/5-names.sql")),
    ("6-conversations", include_str!("migrations/6-conversations.sql")),
    ("7-people", include_str!("migrations/7-people.sql")),
    ("8-replies", include_str!("migrations/8-replies.sql")),
    ("9-drafts", include_str!("migrations/9-drafts.sql")),
    ("10-files", include_str!("migrations/10-files.sql")),
    ("11-jobs", include_str!("migrations/11-jobs.sql")),
    ("12-descriptions", include_str!("migrations/12-descriptions.sql")),
    ("13-links", include_str!("migrations/13-links.sql")),
    ("14-custom-emoji", include_str!("migrations/14-custom-emoji.sql")),
    ("15-reminders", include_str!("migrations/15-reminders.sql")),
    ("16-files-by-user", include_str!("migrations/16-files-by-user.sql")),
    ("17-search", include_str!("migrations/17-search.sql")),
    ("18-push", include_str!("migrations/18-push.sql")),
];

/// The migrations of PostgreSQL. The key `schema_version` of `meta` counts those applied.
const POSTGRES: &[Step] = &[
    ("1-chat", include_str!("migrations/postgres/1-chat.sql")),
    ("2-names", include_str!("migrations/postgres/2-names.sql")),
    ("3-conversations", include_str!("migrations/postgres/3-conversations.sql")),
    ("4-people", include_str!("migrations/postgres/4-people.sql")),
    ("5-replies", include_str!("migrations/postgres/5-replies.sql")),
    ("6-drafts", include_str!("migrations/postgres/6-drafts.sql")),
    ("7-files", include_str!("migrations/postgres/7-files.sql")),
    ("8-jobs", include_str!("migrations/postgres/8-jobs.sql")),
    ("9-descriptions", include_str!("migrations/postgres/9-descriptions.sql")),
    ("10-links", include_str!("migrations/postgres/10-links.sql")),
    ("11-custom-emoji", include_str!("migrations/postgres/11-custom-emoji.sql")),
    ("12-reminders", include_str!("migrations/postgres/12-reminders.sql")),
    ("13-reminders-index", include_str!("migrations/postgres/13-reminders-index.sql")),
    ("14-files-by-user", include_str!("migrations/postgres/14-files-by-user.sql")),
    ("15-search", include_str!("migrations/postgres/15-search.sql")),
    ("16-push", include_str!("migrations/postgres/16-push.sql")),
];

/// The keys of `meta` that a copy takes along. `signing_key` becomes a file in a data folder.
pub(super) const COPIED_KEYS: &[&str] = &["epoch", IS_BACKUP, SIGNING_KEY, "vapid_key"];

/// The key of `meta` that holds the key for signing tokens.
pub(super) const SIGNING_KEY: &str = "signing_key";

/// The keys of `meta` that describe one database and stay there.
pub(super) const LOCAL_KEYS: &[&str] =
    &["branch", "checked_at", "probe", "schema_version", "signing_key_digest", "unicode_rules"];
/// The version of the rules that derive stored values from Unicode's data. Raise it when they or
/// the data change: the values are then made anew at the next start.
const UNICODE_RULES: &str = "3";

/// The error for a database with migrations that this version does not know.
const NEWER: &str = "it was created by a newer version of Banter";

/// Applies the missing migrations. Returns their names.
///
/// # Errors
/// Fails if the database is unavailable, if a newer version of Banter created it, or if a data
/// folder is in use.
pub fn migrate(location: &DataLocation) -> Result<Vec<&'static str>> {
    match location {
        DataLocation::Folder(folder) => {
            // A mistyped path must not create a folder.
            if !folder.exists() {
                return Err(StoreError::unavailable(
                    "the folder does not exist; `banter serve` creates it",
                ));
            }
            let _lock = lock_data_folder(folder)?;
            apply(&Db::open_file(&create_database_file(folder)?)?)
        }
        DataLocation::Postgres(url) => {
            let server = Server::new(url)?;
            run_blocking(move || apply(&Db::connect(&server)?))
        }
    }
}

/// Applies the missing migrations, and adds the initial data to a new installation.
pub(super) fn prepare(db: &Db) -> Result<()> {
    apply(db)?;
    serialized(db, || {
        add_initial_data(db)?;
        apply_unicode_rules(db)
    })
}

/// Makes what is derived from Unicode's data, where an earlier version wrote it or did not know it:
/// what names are compared by, and the one spelling of each emoji.
fn apply_unicode_rules(db: &Db) -> Result<()> {
    let select = "SELECT value FROM meta WHERE key = 'unicode_rules'";
    let applied: Option<String> = db.row(select, &[], |row| row.get("value"))?;
    let renew = applied.as_deref() != Some(UNICODE_RULES);
    complete_names(db, renew)?;
    if renew {
        unify_emoji(db)?;
        db.execute(
            "INSERT INTO meta (key, value) VALUES ('unicode_rules', $1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            values![UNICODE_RULES],
        )?;
    }
    Ok(())
}

/// Returns whether the database has never held an installation: a first start was at most begun.
pub(super) fn is_new(db: &Db) -> Result<bool> {
    if version(db)? == 0 {
        return Ok(true);
    }
    Ok(db.row("SELECT value FROM meta WHERE key = 'epoch'", &[], |_| Ok(()))?.is_none())
}

/// Fails unless exactly the migrations of this version are applied.
pub(super) fn check_current(db: &Db) -> Result<()> {
    match version(db)?.cmp(&steps(db).len()) {
        Ordering::Less => Err(StoreError::unavailable(
            "it was created by an older version of Banter; run `banter migrate`",
        )),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(StoreError::unavailable(NEWER)),
    }
}

/// Applies the missing migrations, each in a transaction. Returns their names.
pub(super) fn apply(db: &Db) -> Result<Vec<&'static str>> {
    let mut applied = Vec::new();
    while let Some(name) = serialized(db, || apply_next(db))? {
        applied.push(name);
    }
    Ok(applied)
}

fn apply_next(db: &Db) -> Result<Option<&'static str>> {
    let (steps, done) = (steps(db), version(db)?);
    if done > steps.len() {
        return Err(StoreError::unavailable(NEWER));
    }
    let Some((name, statements)) = steps.get(done) else { return Ok(None) };
    db.batch(statements)?;
    set_version(db, done + 1)?;
    Ok(Some(name))
}

fn steps(db: &Db) -> &'static [Step] {
    match db {
        Db::Sqlite(_) => SQLITE,
        Db::Postgres(_) => POSTGRES,
    }
}

fn version(db: &Db) -> Result<usize> {
    if let Db::Sqlite(connection) = db {
        return connection.schema_version();
    }
    let select = format!("SELECT {META_TABLE} IS NULL AS is_empty");
    if db.one(&select, &[], |row| row.get("is_empty"))? {
        return Ok(0);
    }
    let select = "SELECT value FROM meta WHERE key = 'schema_version'";
    let version: Option<String> = db.row(select, &[], |row| row.get("value"))?;
    let version = version.and_then(|version| version.parse().ok());
    version.ok_or_else(|| StoreError::unavailable("its table `meta` is not Banter's"))
}

fn set_version(db: &Db, version: usize) -> Result<()> {
    if let Db::Sqlite(connection) = db {
        return connection.set_schema_version(version);
    }
    db.execute(
        "INSERT INTO meta (key, value) VALUES ('schema_version', $1)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        values![&version.to_string()],
    )?;
    Ok(())
}

/// Adds the epoch and the first room to a new installation. Begins a new epoch in a restored
/// backup.
fn add_initial_data(db: &Db) -> Result<()> {
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
        tracing::info!(epoch = new_epoch, "a backup was restored: a new epoch begins");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DATABASE_FILE, Store};

    #[tokio::test]
    async fn a_database_of_any_earlier_version_is_migrated() {
        for done in 0..=SQLITE.len() {
            let folder = tempfile::tempdir().unwrap();
            let file = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
            for (_, statements) in &SQLITE[..done] {
                file.execute_batch(statements).unwrap();
            }
            file.pragma_update(None, "user_version", done).unwrap();
            drop(file);
            let store = Store::open(folder.path()).unwrap();
            assert!(store.has_no_users().await.unwrap(), "from step {done}");
            assert_eq!(store.read(version).await.unwrap(), SQLITE.len());
        }
    }

    #[test]
    fn a_database_of_another_version_is_refused_with_advice() {
        let db = Db::open_in_memory();
        let older = check_current(&db).unwrap_err().cause();
        assert_eq!(older, "it was created by an older version of Banter; run `banter migrate`");
        apply(&db).unwrap();
        check_current(&db).unwrap();
        set_version(&db, SQLITE.len() + 1).unwrap();
        for error in [check_current(&db).unwrap_err(), apply(&db).unwrap_err()] {
            assert_eq!(error.cause(), "it was created by a newer version of Banter");
        }
    }

    #[test]
    fn a_migration_creates_no_folder() {
        let folder = tempfile::tempdir().unwrap().path().join("dat");
        let error = migrate(&DataLocation::Folder(folder.clone())).unwrap_err().cause();
        assert_eq!(error, "the folder does not exist; `banter serve` creates it");
        assert!(!folder.exists());
    }

    #[test]
    fn the_list_has_every_column_of_each_table() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        for table in TABLES {
            let select = format!("SELECT name FROM pragma_table_info('{}')", table.name);
            let mut columns: Vec<String> = db.rows(&select, &[], |row| row.get("name")).unwrap();
            columns.sort();
            let mut listed = table.columns.to_vec();
            listed.sort_unstable();
            assert_eq!(columns, listed, "{}", table.name);
        }
    }
}
