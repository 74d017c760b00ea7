//! Sizes and counts of the whole installation.

use protocol::http::{StoreHealth, StoreKind};

use super::{Result, Store, files::used_space, sql::Db};

/// Sizes and counts of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The number of users who are not banned.
    pub users: u64,
    /// The bytes of all files and unfinished uploads.
    pub file_bytes: u64,
    /// The database.
    pub store: StoreHealth,
}

impl Store {
    /// Returns the figures. Reads the users and files, but no messages.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn figures(&self) -> Result<Figures> {
        self.read(|db| db.read_snapshot(|| figures(db))).await
    }
}

fn figures(db: &Db) -> Result<Figures> {
    let number = |select: &str| db.one(select, &[], |row| row.get::<u64>("number"));
    let (kind, select_bytes) = match db {
        Db::Sqlite(_) => (
            StoreKind::Sqlite,
            "SELECT page_count * page_size AS number FROM pragma_page_count, pragma_page_size",
        ),
        Db::Postgres(_) => {
            (StoreKind::Postgresql, "SELECT pg_database_size(current_database()) AS number")
        }
    };
    Ok(Figures {
        users: number("SELECT count(*) AS number FROM users WHERE banned_at IS NULL")?,
        file_bytes: used_space(db)?,
        store: StoreHealth { kind, bytes: number(select_bytes)? },
    })
}
