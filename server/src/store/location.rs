//! The location of the data: a folder or a PostgreSQL database.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{DATABASE_FILE, sql::Server};

/// The location of the data.
#[derive(Clone, PartialEq, Eq)]
pub enum DataLocation {
    /// A data folder, with a SQLite file.
    Folder(PathBuf),
    /// A PostgreSQL database, by its address.
    Postgres(String),
}

impl DataLocation {
    /// Checks the address as opening does, without connecting.
    ///
    /// # Errors
    /// Fails if the address is malformed. The reason contains nothing of it.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Postgres(url) => Server::new(url).map(drop).map_err(|error| error.cause()),
        }
    }
}

/// Omits the address, which contains a password.
impl fmt::Debug for DataLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl FromStr for DataLocation {
    type Err = &'static str;

    /// Reads `postgres://…`, or `sqlite:` with the path of a data folder or its database file.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url
            .strip_prefix("sqlite:")
            .map(|path| Path::new(path.strip_prefix("//").unwrap_or(path)))
        {
            Some(path) if path.file_name().is_some_and(|name| name == DATABASE_FILE) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                Ok(Self::Folder(folder.unwrap_or(Path::new(".")).to_owned()))
            }
            Some(path) if !path.as_os_str().is_empty() => Ok(Self::Folder(path.to_owned())),
            _ => Err("must be postgres://… or sqlite:FOLDER"),
        }
    }
}
