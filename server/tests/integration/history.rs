//! A database that goes on from an earlier state tells another history, and no client takes it for the one it knows. With a
//! PostgreSQL of the test's own, wherever there is one to be had.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use protocol::{Empty, ErrorCode, Event, Request, Response, ServerMessage, Typing};
use reqwest::StatusCode;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    nodes::{Redis, see_each_other},
    ports::free_port,
    support::{Database, Person, Server, Socket, chat, soon, texts},
};

const SECRET: &str = "--secret=one key for all the nodes of a test";

/// Where PostgreSQL's programs are, which are not in PATH; none where the tests are to do without.
pub(crate) fn programs() -> Option<PathBuf> {
    std::env::var("BANTER_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .map(|version| version.unwrap().path().join("bin"));
    versions.filter(|folder| folder.join("initdb").exists()).max()
}

/// Runs a program to its end, as somebody whom PostgreSQL runs for: root it refuses.
fn run(program: &Path, arguments: &[&str]) {
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
    // Nothing is read from what the server, which stays, may keep open.
    let status = command.args(arguments).stdout(std::process::Stdio::null()).status().unwrap();
    assert!(status.success(), "{} {arguments:?}", program.display());
}

/// A PostgreSQL of a test's own.
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

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        run(&self.programs.join(program), &[&["-D", &self.path("data")], arguments].concat());
    }

    fn start(&self) {
        let settings = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1",
            self.port,
            self.folder.path().display()
        );
        self.run("pg_ctl", &["-w", "-l", &self.path("log"), "-o", &settings, "start"]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["-w", "-m", "fast", "stop"]);
    }

    /// Keeps the data as they are now, aside.
    fn keep(&self) {
        self.stop();
        run(Path::new("cp"), &["-a", &self.path("data"), &self.path("kept")]);
        self.start();
    }

    /// Goes on from what was kept, as if nothing had happened.
    fn put_back_kept(&self) {
        self.stop();
        run(Path::new("rm"), &["-r", &self.path("data")]);
        run(Path::new("cp"), &["-a", &self.path("kept"), &self.path("data")]);
        self.start();
    }

    /// Goes on from what was kept, as a replica that had nothing later, and does not take over yet.
    fn become_replica_of_kept(&self) {
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

    /// From now on it lets in nobody who does not speak TLS.
    pub(crate) fn takes_only_tls(&self) {
        run(
            Path::new("sh"),
            &["-c", "echo 'hostssl all all all trust' > \"$0\"", &self.path("data/pg_hba.conf")],
        );
        self.stop();
        self.start();
    }

    fn take_over(&self) {
        self.run("pg_ctl", &["-w", "promote"]);
    }

    /// Of two hosts, as where a replica stands beside it.
    fn url(&self) -> String {
        let hosts = format!("127.0.0.1:1,127.0.0.1:{}", self.port);
        format!("postgres://banter@{hosts}/postgres?target_session_attrs=any")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A failed test need not fail twice; what cannot be removed is in the folder for what is temporary.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.run("pg_ctl", &["-m", "immediate", "stop"]);
            run(Path::new("rm"), &["-r", &self.path("data")]);
        }));
    }
}

/// Says it until the database is there again.
async fn chat_until_stored(socket: &mut Socket, text: &str) -> u64 {
    let message = chat("general", text, Some(Uuid::new_v4()));
    let stored = async {
        loop {
            if let ServerMessage::Response(Response::Chat(sent)) = socket.ask(&message).await {
                return sent.seq;
            }
        }
    };
    soon("the database", stored).await
}

/// A socket, once the node can look up whose it is.
async fn come_back(person: &Person, node: &Server) -> Socket {
    let header = format!("Bearer {}", person.token);
    let back = async {
        loop {
            if let Ok(mut socket) = node.connect("/ws", &[("authorization", &header)]).await
                && matches!(
                    socket.receive_or_close().await,
                    Some(ServerMessage::Event(Event::Welcome(_)))
                )
            {
                return socket;
            }
        }
    };
    soon("the database", back).await
}

async fn epoch(socket: &mut Socket) -> String {
    socket.subscribe("general", None).await.epoch
}

#[tokio::test]
async fn after_a_failover_that_lost_something_nobody_is_told_to_have_recovered() {
    let Some(programs) = programs() else { return };
    let (postgres, redis) = (Postgres::make(programs), Redis::start().await);
    let (database, redis) = (format!("--database-url={}", postgres.url()), redis.flag());
    let flags = ["--rate-limit=off", SECRET, &database, &redis];
    let one = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let other = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    for node in [&one, &other] {
        see_each_other(node).await;
    }
    let ada = one.owner("ada").await;
    let (mut hers, mut reader) =
        (ada.follow(&one, "general").await, ada.follow(&other, "general").await);
    hers.chat("general", "kept").await;

    postgres.keep();
    assert_eq!(chat_until_stored(&mut hers, "lost").await, 2);
    let known = hers.subscribe("general", Some(1)).await;
    assert!(known.recovered, "a restart is no other history");
    assert_eq!(epoch(&mut come_back(&ada, &other).await).await, known.epoch);

    postgres.become_replica_of_kept();
    // Who would go on with a replica would not be told when it takes over.
    let ServerMessage::Error(error) = hers.ask(&chat("general", "too early", None)).await else {
        panic!("an error")
    };
    assert_eq!(error.code, ErrorCode::Unavailable);
    let ready = one.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    postgres.take_over();
    for socket in [&mut hers, &mut reader] {
        assert_eq!(socket.closed().await.0, 1012);
    }
    let (mut hers, mut reader) = (come_back(&ada, &one).await, come_back(&ada, &other).await);
    assert_eq!(chat_until_stored(&mut hers, "instead of it").await, 2);
    let mut epochs = Vec::new();
    for socket in [&mut hers, &mut reader] {
        let resumed = socket.subscribe_in("general", 2, &known.epoch).await;
        assert_eq!(
            (resumed.recovered, texts(&resumed.messages)),
            (false, vec!["kept", "instead of it"])
        );
        assert_ne!(resumed.epoch, known.epoch);
        epochs.push(resumed.epoch);
    }
    assert_eq!(epochs[0], epochs[1]);

    // Both nodes speak to each other again, and to whoever comes later: of who is writing no log tells.
    for node in [&one, &other] {
        see_each_other(node).await;
    }
    let third = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let mut newcomer = come_back(&ada, &third).await;
    assert_eq!(epoch(&mut newcomer).await, epochs[0]);
    let bo = one.join("bo", &ada).await;
    let mut his = bo.follow(&other, "general").await;
    his.send(&Request::Typing(Typing { room: Some("general".into()) }), "1").await;
    for socket in [&mut hers, &mut newcomer] {
        soon("word of who writes", async {
            while !matches!(socket.event().await, Event::Typing(_)) {}
        })
        .await;
    }

    postgres.stop();
    postgres.start();
    chat_until_stored(&mut hers, "after another restart").await;
    assert_eq!(epoch(&mut hers).await, epochs[0]);
    assert_eq!(hers.ask(&Request::Ping(Empty {})).await.name(), "pong");
}

#[tokio::test]
async fn logs_that_are_shorter_than_they_were_are_noticed_by_who_follows_them_and_known_everywhere()
{
    let Some(programs) = programs() else { return };
    let (postgres, redis) = (Postgres::make(programs), Redis::start().await);
    let (database, redis) = (format!("--database-url={}", postgres.url()), redis.flag());
    let flags = ["--rate-limit=off", SECRET, &database, &redis];
    let one = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let other = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let ada = one.owner("ada").await;
    postgres.keep();
    let (mut reader, mut elsewhere) = (come_back(&ada, &one).await, come_back(&ada, &other).await);
    let before = epoch(&mut reader).await;
    chat_until_stored(&mut reader, "lost").await;
    postgres.put_back_kept();
    assert_eq!(reader.closed().await.0, 1012);
    let resumed = come_back(&ada, &one).await.subscribe_in("general", 0, &before).await;
    assert!(!resumed.recovered && resumed.epoch != before);
    assert_eq!(elsewhere.closed().await.0, 1012, "where nobody follows the room");
    assert_eq!(epoch(&mut come_back(&ada, &other).await).await, resumed.epoch);
}

#[tokio::test]
async fn a_dump_that_is_put_back_under_a_running_node_is_another_history_however_long_its_logs() {
    let (Some(programs), Some(database)) = (programs(), Database::make()) else { return };
    let server =
        Server::start_in(TempDir::new().unwrap(), Some(database), &["--rate-limit=off"]).await;
    let ada = server.owner("ada").await;
    let mut socket = ada.follow(&server, "general").await;
    let before = epoch(&mut socket).await;
    let dump = TempDir::new().unwrap();
    let file = dump.path().join("dump.sql");
    let mut dumping = Command::new(programs.join("pg_dump"));
    dumping.args(["--clean", "--if-exists", "-d"]).arg(server.database_url()).arg("-f").arg(&file);
    assert!(dumping.status().unwrap().success());
    socket.chat("general", "lost").await;
    // As though others had written since: the log is no shorter than it was.
    let mut sql = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    std::io::Write::write_all(&mut sql, b"UPDATE public.rooms SET seq = 9;\n").unwrap();
    let restored = Command::new("psql")
        .args(["-q", "-1", "-d", &server.database_url(), "-f"])
        .arg(&file)
        .output();
    assert!(restored.unwrap().status.success());
    assert_eq!(socket.closed().await.0, 1012);
    let resumed = come_back(&ada, &server).await.subscribe_in("general", 1, &before).await;
    assert!(!resumed.recovered && resumed.epoch != before);
}

#[tokio::test]
async fn what_is_put_back_from_a_dump_is_another_history() {
    let (Some(programs), Some(database), Some(second)) =
        (programs(), Database::make(), Database::make())
    else {
        return;
    };
    let flags = ["--rate-limit=off"];
    let server = Server::start_in(TempDir::new().unwrap(), Some(database), &flags).await;
    let ada = server.owner("ada").await;
    let mut socket = ada.follow(&server, "general").await;
    socket.chat("general", "kept").await;
    let before = epoch(&mut socket).await;
    let dump = TempDir::new().unwrap();
    let file = dump.path().join("dump.sql");
    let dumped = Command::new(programs.join("pg_dump"))
        .arg("-d")
        .arg(server.database_url())
        .arg("-f")
        .arg(&file)
        .status();
    assert!(dumped.unwrap().success());
    socket.chat("general", "lost").await;
    let restored = Command::new("psql").args(["-q", "-d", &second.url(), "-f"]).arg(&file).output();
    assert!(restored.unwrap().status.success());
    let server = Server::start_in(TempDir::new().unwrap(), Some(second), &flags).await;
    let mut socket = ada.connect(&server).await;
    socket.chat("general", "instead of it").await;
    let resumed = socket.subscribe_in("general", 2, &before).await;
    assert_eq!(
        (resumed.recovered, texts(&resumed.messages)),
        (false, vec!["kept", "instead of it"])
    );
    drop(socket);
    let server = server.restart().await;
    assert_eq!(
        epoch(&mut ada.connect(&server).await).await,
        resumed.epoch,
        "a start is no other history"
    );
}
