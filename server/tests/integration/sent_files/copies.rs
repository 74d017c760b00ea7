//! Files in backups and copies, and after a process was killed.

use std::process::{Command, Output};

use reqwest::StatusCode;
use server::store::{
    DataLocation, StoredBytes,
    backup::{self, BackupError, MissingFiles},
};
use tokio::io::AsyncWriteExt as _;

use crate::{
    ports::free_port,
    process::Process,
    support::{Database, PASSWORD, Server, TestUser, chat_with, png, wait_for},
};

const ROOM: &str = "general";

fn banter(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
    command.args(arguments).env_remove("BANTER_FILES").output().unwrap()
}

async fn run(arguments: Vec<String>) -> Output {
    let run = move || banter(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn a_backup_has_the_files() {
    let server = Server::start().await;
    if server.uses_postgres() {
        return; // `a_copy_has_the_files` goes both ways there
    }
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let kept = ada.send_file(&server, "kept.txt", b"kept").await;
    let gone = ada.send_file(&server, "gone.txt", b"gone").await;
    let sent = socket.say(chat_with(ROOM, "", &[&kept, &gone])).await.unwrap();
    // Its bytes are gone, although the database has it: so it is in a folder that is wrong.
    let id = gone.id.0;
    let folder = format!("files/{:02x}/{id}", id.as_bytes()[15]);
    std::fs::remove_file(server.data().join(folder)).unwrap();

    let target = tempfile::tempdir().unwrap();
    let backup = target.path().join("backup");
    let (data, to) = (server.data().display().to_string(), backup.display().to_string());
    let mut arguments = vec!["backup".into(), "--data-dir".into(), data, to];
    for (folder, lost) in [(server.data().join("files"), 1), (target.path().join("wrong"), 2)] {
        let files = vec!["--files".into(), folder.display().to_string()];
        let output = run([arguments.clone(), files].concat()).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains("set BANTER_FILES"), "{output:?}");
        assert!(error.contains(&format!("the bytes of {lost} files")), "{output:?}");
        assert!(!backup.exists(), "nothing is left that could be taken for a backup");
    }
    arguments.push("--without-missing-files".into());
    let output = run(arguments).await;
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains(" 1 files ") && printed.contains("1 files were left"), "{output:?}");
    drop(server);

    let restored = tempfile::tempdir().unwrap();
    let status = Command::new("cp").arg("-r").arg(backup.join(".")).arg(restored.path()).status();
    assert!(status.unwrap().success());
    let server = Server::start_in(restored, None, &["--rate-limit=off"]).await;
    let mut socket = ada.connect(&server).await;
    let page = socket.page(ROOM).await;
    assert_eq!((page[0].id, &page[0].files), (sent.id, &vec![kept.clone()]));
    assert_eq!(ada.open(&server, &kept.url, &[]).await.text().await.unwrap(), "kept");
    assert_eq!(ada.status(&server, &gone.url).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_that_are_deleted_during_a_backup_are_not_missed() {
    let server = Server::start().await;
    if server.uses_postgres() {
        return; // the same code compares the files there
    }
    let ada = server.register_owner("ada").await;
    let kept = ada.send_file(&server, "kept.txt", b"kept").await;
    let gone = ada.send_file(&server, "gone.txt", b"gone").await;
    let target = tempfile::tempdir().unwrap();
    let location = DataLocation::Folder(server.data().to_owned());
    let back_up = |to: &str, delete: bool| {
        let copy = |stored: &StoredBytes| {
            assert_eq!(stored.files.len(), 2);
            if delete {
                server
                    .sql(&format!("DELETE FROM files WHERE id = {}", server.id_literal(gone.id.0)));
            }
            Ok(vec![gone.id])
        };
        backup::back_up(&location, &target.path().join(to), MissingFiles::Refuse, copy)
    };
    assert!(matches!(back_up("one", false), Err(BackupError::FilesMissing(1))));
    back_up("two", true).unwrap();
    drop(kept);
}

#[tokio::test]
async fn a_copy_has_the_files() {
    let database = Database::make();
    let url = database.as_ref().map(Database::url);
    let flag = url.as_ref().map(|url| format!("--database-url={url}"));
    let flags: Vec<_> = flag.as_deref().into_iter().chain(["--rate-limit=off"]).collect();
    let server = Server::start_in(tempfile::tempdir().unwrap(), None, &flags).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let image = ada.send_file(&server, "a.png", &png(30, 30)).await;
    assert_eq!(ada.describe(&server, &image, "a square").await.0, StatusCode::OK);
    socket.say(chat_with(ROOM, "an image", &[&image])).await.unwrap();
    let tus = |request: reqwest::RequestBuilder| {
        request.bearer_auth(&ada.token).header("Tus-Resumable", "1.0.0")
    };
    // An upload that goes on there: `a`, and `text` as its description.
    let begun = tus(server.post("/api/uploads")).header("Upload-Length", 5);
    let begun = begun.header("Upload-Metadata", "filename YQ==,description dGV4dA==");
    let begun = begun.send().await.unwrap();
    let upload = begun.headers()["location"].to_str().unwrap().to_owned();
    let from = url.unwrap_or_else(|| format!("sqlite:{}", server.data().display()));
    let from_files = server.data().join("files").display().to_string();
    let folder = server.stop().await;
    let target = tempfile::tempdir().unwrap();
    let to = format!("sqlite:{}", target.path().display());
    let mut arguments = vec!["copy".into(), "--from".into(), from.clone(), "--to".into(), to];
    if from.starts_with("postgres") {
        let output = run(arguments.clone()).await;
        assert!(!output.status.success(), "it is not said where the files are");
        arguments.extend(["--from-files".into(), from_files.clone()]);
    }
    let wrong = tempfile::tempdir().unwrap();
    let wrong = wrong.path().display().to_string();
    for to_files in [wrong.clone(), target.path().join("files").display().to_string()] {
        let at = arguments.iter().filter(|at| **at != from_files && *at != "--from-files");
        let flags = ["--from-files".into(), wrong.clone(), "--to-files".into(), to_files];
        let output = run(at.cloned().chain(flags).collect()).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("1 files are not at") && !output.status.success(), "{output:?}");
    }
    let output = run(arguments).await;
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(" 1 files "), "{output:?}");
    let server = Server::start_in(target, None, &["--rate-limit=off"]).await;
    assert_eq!(ada.status(&server, &image.url).await, StatusCode::OK);
    let mut socket = ada.connect(&server).await;
    let files = socket.page(ROOM).await.remove(0).files;
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].description.as_deref(), Some("a square"));
    let rest = tus(server.request(reqwest::Method::PATCH, &upload)).header("Upload-Offset", 0);
    let rest = rest.header("Content-Type", "application/offset+octet-stream").body("words");
    let rest = rest.send().await.unwrap();
    let id = rest.headers()["banter-file"].to_str().unwrap();
    let (_, file) = ada.get(&server, &format!("/api/files/{id}")).await;
    assert_eq!(file["file"]["description"], "text");
    drop(folder);
}

#[tokio::test]
async fn a_killed_server_loses_no_part_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), free_port()).await;
    let token = process.register().await;
    let client = reqwest::Client::new();
    let tus = |request: reqwest::RequestBuilder| {
        request.bearer_auth(&token).header("Tus-Resumable", "1.0.0")
    };
    let begun = tus(client.post(process.url("/api/uploads"))).header("Upload-Length", 12_000_000);
    let begun = begun.send().await.unwrap();
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    let mut streams = Vec::new();
    for (line, length, headers) in [
        (
            format!("PATCH {path}"),
            12_000_000,
            "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n",
        ),
        ("POST /api/files?name=a".to_owned(), 1_000_000, ""),
    ] {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", process.port)).await.unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {token}\r\n\
             Tus-Resumable: 1.0.0\r\n{headers}Content-Length: {length}\r\n\r\n",
            process.port
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![7; length * 3 / 4]).await.unwrap();
        streams.push(stream);
    }
    let offset = async |url: String| {
        let head = tus(client.head(url)).send().await.unwrap();
        head.headers()["upload-offset"].to_str().unwrap().parse::<usize>().unwrap()
    };
    wait_for("a part to be stored", async {
        while offset(process.url(&path)).await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(process); // kills it

    let server = Server::start_in(folder, None, &["--rate-limit=off"]).await;
    let kept = offset(server.url(&path)).await;
    assert!((8 << 20..12_000_000).contains(&kept), "{kept}");
    // The lock of the killed process ends by itself.
    server.sql("UPDATE uploads SET locked_until = 0");
    let rest = tus(client.patch(server.url(&path))).header("Upload-Offset", kept);
    let rest = rest.header("Content-Type", "application/offset+octet-stream");
    let rest = rest.body(vec![7; 12_000_000 - kept]).send().await.unwrap();
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
    let id = rest.headers()["banter-file"].to_str().unwrap();
    let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
    let signed_in = server.post("/api/auth/login").json(&body).send().await.unwrap();
    let signed_in: protocol::http::SignedIn = signed_in.json().await.unwrap();
    let ada = TestUser { token: signed_in.token, user: signed_in.user };
    let (_, file) = ada.get(&server, &format!("/api/files/{id}")).await;
    assert_eq!(file["file"]["size"], 12_000_000);
    assert_eq!(server.stored_files(), 1);
    // The other upload expires.
    server.sql("UPDATE uploads SET expires_at = 1");
    server.app.files.sweep().await.unwrap();
    let uploads = server.app.store.expired_uploads().await.unwrap();
    assert_eq!((uploads.len(), server.stored_files()), (0, 1));
}

#[tokio::test]
async fn two_nodes_share_files() {
    let flags = ["--rate-limit=off", "--secret=one key for all the nodes of a test"];
    let one = Server::start_with(&flags).await;
    let other = one.start_another_node(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let file = ada.send_file(&one, "a.txt", b"some words").await;
    let mut socket = ada.connect(&other).await;
    socket.say(chat_with(ROOM, "", &[&file])).await.unwrap();
    let content = ada.open(&other, &file.url, &[]).await.text().await.unwrap();
    assert_eq!(content, "some words");
    // An upload goes on at another node.
    let tus = |request: reqwest::RequestBuilder| {
        request.bearer_auth(&ada.token).header("Tus-Resumable", "1.0.0")
    };
    let begun = tus(one.post("/api/uploads")).header("Upload-Length", 6).send().await.unwrap();
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    for (node, offset, bytes) in [(&other, 0, "abc"), (&one, 3, "def")] {
        let request = tus(node.request(reqwest::Method::PATCH, &path));
        let request = request.header("Upload-Offset", offset).body(bytes);
        let request = request.header("Content-Type", "application/offset+octet-stream");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    let done = tus(other.request(reqwest::Method::HEAD, &path)).send().await.unwrap();
    let id = done.headers()["banter-file"].to_str().unwrap();
    let (_, whole) = ada.get(&other, &format!("/api/files/{id}")).await;
    let content = ada.open(&other, whole["file"]["url"].as_str().unwrap(), &[]).await;
    assert_eq!(content.text().await.unwrap(), "abcdef");
}

#[test]
fn several_nodes_without_a_place_that_they_share_do_not_start() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
    command.args(["serve", "--leptos-site-addr=127.0.0.1:0", "--redis-url=redis://127.0.0.1:1"]);
    command.arg("--data-dir").arg(data.path()).env_remove("BANTER_FILES").env("RUST_LOG", "error");
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.starts_with("banter: BANTER_FILES: several nodes need a folder"), "{error}");
}
