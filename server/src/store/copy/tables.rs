//! Compares the tables of a database with the list that a copy goes by.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Result, StoreError,
    migrations::{COPIED_KEYS, INDEX_TABLES, LOCAL_KEYS, TABLES},
    sql::{Db, META_TABLE, Row},
};

/// The names of tables and of the columns of each.
type Catalog = BTreeMap<String, BTreeSet<String>>;

/// Fails if the source has a table, a column or a key of `meta` that the lists lack: the copy would
/// silently lack its content. The table may be another program's, or one that a migration has added
/// and the list does not contain. Fails likewise if a listed one is not there.
pub(super) fn check_source(db: &Db) -> Result<()> {
    let catalog = read_catalog(db)?;
    let is_listed = |name: &str| {
        name == "meta"
            || INDEX_TABLES.contains(&name)
            || TABLES.iter().any(|table| table.name == name)
    };
    if let Some(name) = catalog.keys().find(|name| !is_listed(name)) {
        return Err(StoreError::unavailable(format_args!(
            "the database has a table `{name}` that Banter does not know; remove it or move it to \
             another schema, then copy again"
        )));
    }
    check_columns(&catalog)?;
    let keys = db.rows("SELECT key FROM meta ORDER BY key", &[], |row| row.get("key"))?;
    let unknown =
        |key: &&String| !COPIED_KEYS.contains(&key.as_str()) && !LOCAL_KEYS.contains(&key.as_str());
    match keys.iter().find(unknown) {
        Some(key) => Err(StoreError::unavailable(format_args!(
            "its table `meta` has a key `{key}` that Banter does not know; remove that row, then \
             copy again"
        ))),
        None => Ok(()),
    }
}

/// Fails if the target lacks a listed table, or has other columns in one. It may have tables of
/// other programs.
pub(super) fn check_target(db: &Db) -> Result<()> {
    check_columns(&read_catalog(db)?)
}

fn check_columns(catalog: &Catalog) -> Result<()> {
    for table in TABLES {
        let Some(columns) = catalog.get(table.name) else {
            return Err(StoreError::unavailable(format_args!(
                "the database has no table `{}`",
                table.name
            )));
        };
        let listed: BTreeSet<_> = table.columns.iter().map(|name| (*name).to_owned()).collect();
        if let Some(column) = columns.difference(&listed).next() {
            return Err(StoreError::unavailable(format_args!(
                "its table `{}` has a column `{column}` that Banter does not know; remove it, then \
                 copy again",
                table.name
            )));
        }
        if let Some(column) = listed.difference(columns).next() {
            return Err(StoreError::unavailable(format_args!(
                "its table `{}` has no column `{column}`",
                table.name
            )));
        }
    }
    Ok(())
}

/// Reads the tables and columns from the database's own catalog.
fn read_catalog(db: &Db) -> Result<Catalog> {
    let select = match db {
        // Includes generated columns, which the usual pragma leaves out.
        Db::Sqlite(_) => "SELECT tables.name AS \"table\", columns.name AS \"column\"
             FROM sqlite_schema AS tables JOIN pragma_table_xinfo(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            .to_owned(),
        // Tables of extensions may be in the same schema.
        Db::Postgres(_) => format!(
            "SELECT relname::text AS \"table\", attname::text AS \"column\"
             FROM pg_class LEFT JOIN pg_attribute
                 ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
             WHERE relkind IN ('r', 'p', 'f')
                 AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = {META_TABLE})
                 AND NOT EXISTS (SELECT 1 FROM pg_depend
                     WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
                         AND deptype = 'e')"
        ),
    };
    let read = |row: &Row<'_>| Ok((row.get("table")?, row.get::<Option<String>>("column")?));
    let mut catalog = Catalog::new();
    for (table, column) in db.rows(&select, &[], read)? {
        catalog.entry(table).or_default().extend(column);
    }
    Ok(catalog)
}

#[cfg(test)]
mod tests {
    use super::{super::super::migrations::apply, *};

    fn refusal(change: &str, check: fn(&Db) -> Result<()>) -> Option<String> {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        db.batch(change).unwrap();
        check(&db).err().map(|error| error.cause())
    }

    #[test]
    fn a_source_that_differs_from_the_list_is_refused() {
        assert_eq!(refusal("", check_source), None);
        // Left behind by a process that was killed while the disk was full.
        assert_eq!(refusal("INSERT INTO meta VALUES ('probe', '0')", check_source), None);
        for (change, reason) in [
            ("CREATE TABLE polls (id INTEGER PRIMARY KEY)", "a table `polls` that Banter does not"),
            ("ALTER TABLE users ADD COLUMN nick TEXT", "a column `nick` that Banter does not know"),
            (
                "ALTER TABLE users ADD COLUMN up TEXT AS (upper(username))",
                "a column `up` that Banter",
            ),
            ("ALTER TABLE users DROP COLUMN reset_at", "`users` has no column `reset_at`"),
            ("DROP TABLE mentions", "no table `mentions`"),
            ("INSERT INTO meta VALUES ('vapid', 'x')", "a key `vapid` that Banter does not know"),
        ] {
            let refusal = refusal(change, check_source).unwrap_or_default();
            assert!(refusal.contains(reason), "{change}: {refusal}");
        }
    }

    #[test]
    fn a_target_needs_the_listed_columns_and_may_have_other_tables() {
        assert_eq!(refusal("CREATE TABLE polls (id INTEGER PRIMARY KEY)", check_target), None);
        for (change, reason) in [
            ("ALTER TABLE rooms ADD COLUMN colour TEXT", "a column `colour` that Banter"),
            ("DROP TABLE mentions", "no table `mentions`"),
        ] {
            let refusal = refusal(change, check_target).unwrap_or_default();
            assert!(refusal.contains(reason), "{change}: {refusal}");
        }
    }
}
