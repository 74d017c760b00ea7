//! Opens further connections to the database of an open store.

use std::{path::PathBuf, sync::Arc};

use super::{
    Result,
    epoch::Epoch,
    sql::{Db, Server},
};

/// Opens further connections to the database of an open store.
#[derive(Debug)]
pub(super) enum Connector {
    /// Opens the SQLite file at a path.
    Sqlite(PathBuf),
    /// Connects to a PostgreSQL server. Each new connection is checked for a new epoch.
    Postgres(Box<Server>, Arc<Epoch>),
}

impl Connector {
    pub(super) fn open(&self) -> Result<Db> {
        match self {
            Self::Sqlite(path) => Db::open_file(path),
            Self::Postgres(server, epoch) => {
                let mut seen = epoch.subscribe();
                let db = Db::connect(server)?;
                epoch.check(&db, &mut seen)?;
                db.bind_to_epoch(seen);
                Ok(db)
            }
        }
    }

    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(..))
    }
}
