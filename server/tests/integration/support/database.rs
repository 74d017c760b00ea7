//! A PostgreSQL database for one test.

use std::io::Write as _;

use uuid::Uuid;

/// A database of one test, on the PostgreSQL server at `BANTER_TEST_DATABASE_URL`.
pub(crate) struct Database {
    admin: String,
    name: String,
}

impl Database {
    pub(crate) fn make() -> Option<Self> {
        let admin = std::env::var("BANTER_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let database = Self { admin, name: format!("banter_{}", Uuid::new_v4().simple()) };
        database.sql(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    pub(crate) fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// Returns the single value of a query.
    pub(crate) fn query(&self, query: &str) -> String {
        let output = std::process::Command::new("psql")
            .args(["-Atq", "-d", &self.url(), "-c", query])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn sql(&self, statement: &str) {
        psql(&self.admin, statement);
    }
}

/// Runs statements, which may be longer than an argument of a process.
pub(crate) fn psql(url: &str, statements: &str) {
    let mut psql = std::process::Command::new("psql")
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
    assert!(psql.wait().unwrap().success(), "{statements}");
}

impl Drop for Database {
    fn drop(&mut self) {
        self.sql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}
