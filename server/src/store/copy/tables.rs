//! Checks that all tables of a database are known.

use super::super::{
    Fault, Result, StoreError,
    migrations::TABLES,
    sql::{Db, Row},
};

/// Checks that [`TABLES`] contains every table of the database, except `meta`. A copy would
/// silently lack a table that a migration has added, and the list does not contain.
pub(super) fn check_tables(db: &Db) -> Result<()> {
    let unlisted = table_names(db)?
        .into_iter()
        .find(|name| name != "meta" && TABLES.iter().all(|table| table.name != name));
    match unlisted {
        Some(name) => Err(StoreError::Failed(Fault::UnlistedTable(name))),
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
        let error = check_tables(&db).unwrap_err();
        assert!(error.cause().contains("the table pins is missing"), "{}", error.cause());
    }
}
