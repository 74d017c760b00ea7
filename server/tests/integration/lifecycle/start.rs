//! The start: what is refused, what is made, and what other nodes have to do with it.

use std::{path::Path, process::Command};

use futures_util::future::join_all;

use crate::{
    ports::free_port,
    process::Process,
    support::{Database, Server},
};

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = Server::start().await;
    if server.uses_postgres() {
        return; // many nodes share a database, and none locks its folder
    }
    let output = Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(["serve", "--leptos-site-addr=127.0.0.1:0", "--data-dir"])
        .arg(server.data())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(problem.contains("BANTER_DATA_DIR") && problem.contains("another Banter"), "{problem}");
}

#[test]
fn migrate_creates_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("dat");
    let output = Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(["migrate", "--data-dir"])
        .arg(&typo)
        .output()
        .unwrap();
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && problem.contains("does not exist"), "{problem}");
    assert!(!typo.exists());
}

/// Runs `banter serve` until it fails, and returns the line that says why.
fn refusal(folder: &Path, settings: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(["serve", "--leptos-site-addr=127.0.0.1:0", "--data-dir"])
        .arg(folder)
        .env_remove("DATABASE_URL")
        .envs(settings.iter().copied())
        .env("RUST_LOG", "error")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test]
async fn a_lost_database_is_not_taken_for_a_first_start() {
    const SECRET: (&str, &str) = ("BANTER_SECRET", "a key of the settings, 32 bytes at least");
    for (settings, trace) in [(&[][..], "secret"), (&[SECRET][..], "used-database")] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        drop(Process::start_with(data, free_port(), settings).await);
        let remove_database = || {
            for file in data.read_dir().unwrap().map(Result::unwrap) {
                if file.file_name().to_string_lossy().starts_with("banter.sqlite3") {
                    std::fs::remove_file(file.path()).unwrap();
                }
            }
        };
        let check = || {
            let line = refusal(data, settings);
            let file = data.join(trace);
            let advice = format!("remove {} to begin anew", file.display());
            assert!(
                line.contains("BANTER_DATA_DIR") && line.contains("missing or empty"),
                "{line}"
            );
            assert!(line.contains(&advice), "{line}");
        };
        remove_database();
        check();
        assert!(!data.join("banter.sqlite3").exists(), "nothing was made");
        std::fs::write(data.join("banter.sqlite3"), "").unwrap();
        check();
        remove_database();
        let migrate = Command::new(env!("CARGO_BIN_EXE_banter"))
            .args(["migrate", "--data-dir"])
            .arg(data)
            .output()
            .unwrap();
        assert!(migrate.status.success());
        check();
        std::fs::remove_file(data.join(trace)).unwrap();
        let process = Process::start_with(data, free_port(), settings).await;
        process.register().await;
    }
}

#[tokio::test]
async fn an_interrupted_first_start_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("banter.sqlite3"), "").unwrap();
    std::fs::write(folder.path().join("lock"), "").unwrap();
    let process = Process::start(folder.path(), free_port()).await;
    process.register().await;
}

#[tokio::test]
async fn a_lost_postgres_database_is_not_taken_for_a_first_start() {
    let (Some(first), Some(empty)) = (Database::make(), Database::make()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (url, lost) = (first.url(), empty.url());
    drop(Process::start_with(folder.path(), free_port(), &[("DATABASE_URL", &url)]).await);
    let line = refusal(folder.path(), &[("DATABASE_URL", &lost)]);
    let note = folder.path().join("used-database");
    assert!(line.contains("DATABASE_URL") && line.contains("missing or empty"), "{line}");
    assert!(line.contains(&format!("remove {} to begin anew", note.display())), "{line}");
    drop(Process::start_with(folder.path(), free_port(), &[("DATABASE_URL", &url)]).await);
    std::fs::remove_file(note).unwrap();
    drop(Process::start_with(folder.path(), free_port(), &[("DATABASE_URL", &lost)]).await);
}

/// A start without the setting of the database would otherwise begin a new installation.
#[tokio::test]
async fn a_forgotten_database_url_is_not_taken_for_a_first_start() {
    let Some(database) = Database::make() else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
    drop(Process::start_with(folder.path(), free_port(), &[("DATABASE_URL", &url)]).await);
    let line = refusal(folder.path(), &[]);
    let note = folder.path().join("used-database");
    assert!(line.contains("BANTER_DATA_DIR") && line.contains("set DATABASE_URL"), "{line}");
    assert!(line.contains(&format!("remove {} to begin anew", note.display())), "{line}");
    assert!(!folder.path().join("banter.sqlite3").exists(), "nothing was made");
    std::fs::remove_file(note).unwrap();
    drop(Process::start(folder.path(), free_port()).await);
}

/// Each node prepares the database, and none trips over what another one does meanwhile.
#[tokio::test]
async fn nodes_that_start_at_once_on_an_empty_database_all_serve() {
    for _ in 0..4 {
        let Some(database) = Database::make() else { return };
        let url = database.url();
        let settings = [("DATABASE_URL", url.as_str()), ("RUST_LOG", "info")];
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let nodes = folders.each_ref().map(|folder| async {
            let node = Process::start_with(folder.path(), free_port(), &settings).await;
            assert!(!node.log().contains("ERROR"), "{}", node.log());
            node
        });
        let nodes = join_all(nodes).await;
        // They agree on the key and on the first room.
        let token = nodes[0].register().await;
        for (node, seq) in nodes.iter().zip(1..) {
            let mut socket = node.connect(&token).await;
            assert_eq!(socket.chat("general", "of each node").await.seq, seq);
        }
        let count = "SELECT count(*) FROM rooms";
        assert_eq!(database.query(count), "1");
    }
}

#[tokio::test]
async fn another_signing_key_is_refused_while_another_node_runs() {
    let Some(database) = Database::make() else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
    let settings = |secret| [("DATABASE_URL", url.as_str()), ("BANTER_SECRET", secret)];
    let first = "the key of the first node, at 32 bytes";
    let other = settings("the key of another node, at 32 bytes");
    let node = Process::start_with(folder.path(), free_port(), &settings(first)).await;
    let same = Process::start_with(folder.path(), free_port(), &settings(first)).await;
    let line = refusal(folder.path(), &other);
    assert!(line.contains("BANTER_SECRET") && line.contains("another signing key"), "{line}");
    drop((node, same));
    let rotated = Process::start_with(folder.path(), free_port(), &other).await;
    assert!(rotated.log().contains("the signing key differs"), "{}", rotated.log());
}

#[tokio::test]
async fn a_changed_signing_key_of_a_data_folder_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    for (secret, warns) in [("", false), ("a key of the settings, at 32 bytes", true), ("", true)] {
        let settings = [("BANTER_SECRET", secret)];
        let process = Process::start_with(folder.path(), free_port(), &settings).await;
        let log = process.log();
        assert_eq!(log.contains("the signing key differs"), warns, "{log}");
    }
}

#[tokio::test]
async fn a_node_with_another_signing_key_logs_a_warning() {
    let Some(database) = Database::make() else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
    for (secret, warns) in
        [("", false), ("a key of this node alone, 32 bytes", true), ("", true), ("", false)]
    {
        let settings = [("DATABASE_URL", url.as_str()), ("BANTER_SECRET", secret)];
        let settings = if secret.is_empty() { &settings[..1] } else { &settings };
        let process = Process::start_with(folder.path(), free_port(), settings).await;
        let log = process.log();
        assert_eq!(log.contains("the signing key differs"), warns, "{log}");
    }
}

#[test]
fn a_flag_before_the_command_is_told_where_it_stands() {
    for arguments in [&["--data-dir", "x"][..], &["--rate-limit=off"], &["backup", "--echo", "x"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_banter")).args(arguments).output().unwrap();
        let problem = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(problem.contains("banter serve --") && problem.lines().count() == 1, "{problem}");
    }
}

#[test]
fn a_backup_without_a_source_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (typo, to) = (folder.path().join("dat"), folder.path().join("copy"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
    let output = command.args(["backup", "--data-dir"]).arg(&typo).arg(&to).output().unwrap();
    let problem = String::from_utf8(output.stderr).unwrap();
    let why = format!("there is no database in {}", typo.display());
    assert!(!output.status.success() && problem.contains(&why), "{problem}");
    assert!(!typo.exists() && !to.exists());
}

#[test]
fn an_error_names_the_data_folder_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("afile");
    std::fs::write(&file, "").unwrap();
    let problem = refusal(&file, &[]);
    assert!(problem.contains("BANTER_DATA_DIR: "), "{problem}");
    assert_eq!(problem.matches("afile").count(), 1, "{problem}");
}

#[tokio::test]
async fn the_log_says_who_becomes_the_owner_and_who_did() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), free_port()).await;
    let log = process.log();
    let url = format!("http://127.0.0.1:{}", process.port);
    let warning = log.lines().find(|line| line.contains("no account yet")).expect("a warning");
    assert!(warning.contains("WARN") && warning.contains(&url), "{warning}");
    process.register().await;
    let log = process.log();
    let created = log.lines().find(|line| line.contains("account created")).expect("a line");
    assert!(created.contains("username") && created.contains("ada"), "{created}");
    drop(process);
    let process = Process::start(folder.path(), free_port()).await;
    assert!(!process.log().contains("no account yet"));
}
