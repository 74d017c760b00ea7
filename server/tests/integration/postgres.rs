//! A PostgreSQL server for one test.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::ports::free_port;

/// Returns the folder of PostgreSQL's programs, which are not in PATH; `None` if it is not
/// installed.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    std::env::var("BANTER_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .map(|version| version.unwrap().path().join("bin"));
    versions.filter(|folder| folder.join("initdb").exists()).max()
}

/// Runs a program to its end. PostgreSQL refuses to run as root, so the user is changed.
pub(crate) fn run(program: &Path, arguments: &[&str]) {
    let is_root =
        String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim()
            == "0";
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // The output is not captured: the server, which keeps running, inherits it.
    let status = command.args(arguments).stdout(std::process::Stdio::null()).status().unwrap();
    assert!(status.success(), "{} {arguments:?}", program.display());
}

/// A PostgreSQL server of one test.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    pub(crate) port: u16,
}

impl Postgres {
    pub(crate) fn make(programs: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        let open = ["777", folder.path().to_str().unwrap()];
        assert!(Command::new("chmod").args(open).status().unwrap().success());
        let postgres = Self { programs, folder, port: free_port() };
        postgres.run("initdb", &["-A", "trust", "-U", "banter", "--no-sync", "-E", "UTF8"]);
        postgres.start();
        postgres
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) {
        run(&self.programs.join(program), &[&["-D", &self.path("data")], arguments].concat());
    }

    pub(crate) fn start(&self) {
        let settings = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1",
            self.port,
            self.folder.path().display()
        );
        self.run("pg_ctl", &["-w", "-l", &self.path("log"), "-o", &settings, "start"]);
    }

    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["-w", "-m", "fast", "stop"]);
    }

    /// Takes a snapshot of the data folder.
    pub(crate) fn keep(&self) {
        self.stop();
        run(Path::new("cp"), &["-a", &self.path("data"), &self.path("kept")]);
        self.start();
    }

    /// Replaces the data by the snapshot.
    pub(crate) fn restore_snapshot(&self) {
        self.stop();
        run(Path::new("rm"), &["-r", &self.path("data")]);
        run(Path::new("cp"), &["-a", &self.path("kept"), &self.path("data")]);
        self.start();
    }

    /// Replaces the data by the snapshot, as a replica that lacks all later data and is not
    /// promoted yet.
    pub(crate) fn become_replica_of_snapshot(&self) {
        self.stop();
        run(Path::new("rm"), &["-r", &self.path("data")]);
        run(Path::new("cp"), &["-a", &self.path("kept"), &self.path("data")]);
        run(Path::new("touch"), &[&self.path("data/standby.signal")]);
        run(
            Path::new("sh"),
            &[
                "-c",
                "echo \"restore_command = 'false'\" >> \"$0\"",
                &self.path("data/postgresql.auto.conf"),
            ],
        );
        self.start();
    }

    /// Refuses connections without TLS from now on.
    pub(crate) fn require_tls(&self) {
        run(
            Path::new("sh"),
            &["-c", "echo 'hostssl all all all trust' > \"$0\"", &self.path("data/pg_hba.conf")],
        );
        self.stop();
        self.start();
    }

    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["-w", "promote"]);
    }

    /// Returns an address with two hosts, as with a replica.
    pub(crate) fn url(&self) -> String {
        let hosts = format!("127.0.0.1:1,127.0.0.1:{}", self.port);
        format!("postgres://banter@{hosts}/postgres?target_session_attrs=any")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Drop must not panic after a failed test. The folder is temporary.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.run("pg_ctl", &["-m", "immediate", "stop"]);
            run(Path::new("rm"), &["-r", &self.path("data")]);
        }));
    }
}
