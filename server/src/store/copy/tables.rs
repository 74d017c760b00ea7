//! Checks that all tables of a database are known.

use super::super::{
    Result, StoreError,
    migrations::TABLES,
    sql::{Db, Row},
};

/// Fails if the database has a table that is not in [`TABLES`], except `meta`. The copy would
/// silently lack its rows. The table may be another program's, or one that a migration has added
/// and the list does not contain.
pub(super) fn check_tables(db: &Db) -> Result<()> {
    let unlisted = table_names(db)?
        .into_iter()
        .find(|name| name != "meta" && TABLES.iter().all(|table| table.name != name));
    match unlisted {
        Some(name) => Err(StoreError::unavailable(format_args!(
            "the database has a table `{name}` that Banter does not know; remove it or move it to \
             another schema, then copy again"
        ))),
        None => Ok(()),
    }
}

fn table_names(db: &Db) -> Result<Vec<String>> {
    let read = |row: &Row<'_>| row.get("name");
    match db {
        Db::Sqlite(_) => db.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            &[],
            read,
        ),
        Db::Postgres(_) => db.rows(
            // Tables of extensions may be in the same schema.
            "SELECT relname::text AS name FROM pg_class
             WHERE relkind IN ('r', 'p')
                 AND relnamespace =
                     (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('meta'))
                 AND NOT EXISTS (SELECT 1 FROM pg_depend
                     WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
                         AND deptype = 'e')",
            &[],
            read,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::migrations::apply, *};

    #[test]
    fn a_table_that_is_not_in_the_list_is_refused() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        check_tables(&db).unwrap();
        db.batch("CREATE TABLE pins (id INTEGER PRIMARY KEY)").unwrap();
        let Err(StoreError::Unavailable(reason)) = check_tables(&db) else {
            panic!("the table is not refused")
        };
        assert!(reason.contains("a table `pins` that Banter does not know"), "{reason}");
    }
}
