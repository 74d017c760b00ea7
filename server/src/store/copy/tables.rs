//! The tables to copy.

use super::super::{
    Result, StoreError,
    sql::{Db, Row},
};

/// A table to copy.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// The columns that the rows are sorted by.
    pub(super) key: &'static str,
}

/// All tables but `meta`. Each follows the tables that it refers to.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "users",
        columns: &["id", "username", "display_name", "role", "password", "created_at", "banned_at"],
        key: "id",
    },
    Table {
        name: "sessions",
        columns: &["id", "user_id", "created_at", "last_used_at"],
        key: "id",
    },
    Table {
        name: "invites",
        columns: &["code", "creator_id", "created_at", "expires_at", "uses_left"],
        key: "code",
    },
    Table {
        name: "rooms",
        columns: &["id", "slug", "name", "private", "creator_id", "created_at", "seq"],
        key: "id",
    },
    Table {
        name: "room_members",
        columns: &["room_id", "user_id", "joined_at"],
        key: "room_id, user_id",
    },
    Table {
        name: "messages",
        columns: &["room_id", "seq", "id", "sender_id", "text", "sent_at", "edited_at"],
        key: "room_id, seq",
    },
    Table {
        name: "changes",
        columns: &[
            "room_id",
            "seq",
            "op",
            "message_id",
            "user_id",
            "at",
            "kind",
            "text",
            "emoji",
            "is_set",
        ],
        key: "room_id, seq",
    },
    Table {
        name: "needless_changes",
        columns: &["op", "room_id", "seq", "message_id", "user_id"],
        key: "op",
    },
    Table {
        name: "reactions",
        columns: &["message_id", "seq", "user_id", "emoji"],
        key: "message_id, seq",
    },
    Table {
        name: "read_positions",
        columns: &["user_id", "room_id", "seq"],
        key: "user_id, room_id",
    },
    Table {
        name: "mentions",
        columns: &["user_id", "room_id", "seq"],
        key: "user_id, room_id, seq",
    },
];

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
    fn the_list_has_every_table_and_column_of_the_schema() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        check_tables(&db).unwrap();
        for table in TABLES {
            let select = format!("SELECT name FROM pragma_table_info('{}')", table.name);
            let mut columns: Vec<String> = db.rows(&select, &[], |row| row.get("name")).unwrap();
            columns.sort();
            let mut listed = table.columns.to_vec();
            listed.sort_unstable();
            assert_eq!(columns, listed, "{}", table.name);
        }
    }

    #[test]
    fn a_table_that_is_not_in_the_list_is_refused() {
        let db = Db::open_in_memory();
        apply(&db).unwrap();
        db.batch("CREATE TABLE pins (id INTEGER PRIMARY KEY)").unwrap();
        let Err(StoreError::Unavailable(reason)) = check_tables(&db) else {
            panic!("the table is not refused")
        };
        assert!(reason.contains("a table `pins` that Banter does not know"), "{reason}");
    }
}
