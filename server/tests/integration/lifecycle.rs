//! The process: start, SIGTERM, SIGKILL, backups and settings.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Empty, ErrorCode, Event, History, ListRooms, Message, MessageId, Request, Response,
    ServerMessage, decode_server_message, encode_request,
};
use reqwest::StatusCode;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use uuid::Uuid;

use crate::{
    ports::free_port,
    process::Process,
    support::{Database, Server, Socket, chat, texts, wait_for},
};

#[tokio::test]
async fn idle_connections_leave_file_descriptors_to_the_store() {
    let data = tempfile::tempdir().unwrap();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 300 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_banter")]);
    let process = Process::launch(limited, data.path(), free_port(), &[]).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    let mut lines = Vec::new();
    for _ in 0..250 {
        lines.push(TcpStream::connect(("127.0.0.1", process.port)).await.unwrap());
    }
    let turned_away = wait_for("the refusal", lines[249].read_u8()).await;
    assert!(turned_away.is_err(), "the connection was closed");
    // Reading connections to the store are opened on first use.
    for id in ["1", "2", "3", "4"] {
        socket.send(&Request::Rooms(ListRooms::default()), id).await;
    }
    for id in ["1", "2", "3", "4"] {
        assert_eq!(socket.reply(id).await.name(), "rooms_response");
    }
    socket.chat("general", "and so can be written").await;
}

#[tokio::test]
async fn acknowledged_messages_survive_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut process = Process::start(data.path(), free_port()).await;
    let token = process.register().await;
    let (port, mut acknowledged) = (process.port, Vec::new());
    let mut writer = process.connect(&token).await;
    for number in 0..50 {
        let text = format!("message {number}");
        writer.chat("general", &text).await;
        acknowledged.push(text);
    }
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    drop(process);
    let process = Process::start(data.path(), port).await;
    let subscribed = process.connect(&token).await.subscribe("general", None).await;
    assert_eq!(texts(&subscribed.messages), acknowledged);
}

/// `BANTER_KILLS` sets the number of kills.
#[tokio::test]
async fn kill_9_under_load_loses_no_acknowledged_message() {
    let kills = std::env::var("BANTER_KILLS").map_or(3, |kills| kills.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut process = Process::start(data.path(), port).await;
    let token = process.register().await;
    let mut acknowledged = BTreeMap::new();
    for round in 0..kills {
        let count = AtomicUsize::new(0);
        let (count, until) = (&count, 40 + 37 * round % 200);
        let mut writers = Vec::new();
        for _ in 0..8 {
            writers.push(write_until_disconnected(process.connect(&token).await, count));
        }
        let killing = async {
            while count.load(Ordering::Relaxed) < until {
                tokio::task::yield_now().await;
            }
            process.child.kill().unwrap();
            process.child.wait().unwrap();
        };
        let (written, ()) = tokio::join!(futures_util::future::join_all(writers), killing);
        acknowledged.extend(written.into_iter().flatten());
        drop(process);
        process = Process::start(data.path(), port).await;
        let log = whole_log(&mut process.connect(&token).await).await;
        assert!(log.iter().map(|message| message.seq).eq(1..=log.len() as u64), "no gap");
        let stored: BTreeMap<_, _> = log.iter().map(|message| (message.id, message.seq)).collect();
        assert_eq!(stored.len(), log.len(), "each message once");
        for (id, seq) in &acknowledged {
            assert_eq!(stored.get(id), Some(seq), "acknowledged, but missing after kill {round}");
        }
    }
    assert!(acknowledged.len() >= 40 * kills);
}

/// Writes with several requests in flight until the connection ends. Returns the acknowledged
/// messages.
async fn write_until_disconnected(
    mut socket: Socket,
    count: &AtomicUsize,
) -> Vec<(MessageId, u64)> {
    let mut acknowledged = Vec::new();
    for _ in 0..4 {
        let chat = encode_request(&chat("general", "under load", Some(Uuid::new_v4())), Some("1"));
        socket.stream.send(Frame::text(chat)).await.unwrap();
    }
    while let Some(Ok(frame)) = wait_for("a response or the end", socket.stream.next()).await {
        let Frame::Text(text) = frame else { continue };
        if let Some(ServerMessage::Response(Response::Chat(sent))) =
            decode_server_message(&text).unwrap().message
        {
            acknowledged.push((sent.id, sent.seq));
            count.fetch_add(1, Ordering::Relaxed);
            let chat =
                encode_request(&chat("general", "under load", Some(Uuid::new_v4())), Some("1"));
            if socket.stream.send(Frame::text(chat)).await.is_err() {
                break;
            }
        }
    }
    acknowledged
}

async fn whole_log(socket: &mut Socket) -> Vec<Message> {
    let mut log: Vec<Message> = Vec::new();
    loop {
        let after = log.last().map_or(0, |last| last.seq);
        let history = History {
            room: Some("general".into()),
            after: Some(after),
            limit: Some(100),
            ..History::default()
        };
        let ServerMessage::Response(Response::History(page)) =
            socket.request(&Request::History(history)).await
        else {
            panic!("expected a page");
        };
        log.extend(page.messages);
        if !page.has_more {
            return log;
        }
    }
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_restored_as_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let back_up = |to: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_banter"));
        command.args(["backup", "--data-dir"]).arg(&data).arg(to).output().unwrap()
    };
    let process = Process::start(&data, free_port()).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    for text in ["first text", "second text"] {
        socket.chat("general", text).await;
    }
    let before = socket.subscribe("general", None).await;
    assert!(back_up(&copy).status.success());
    socket.chat("general", "not in the copy").await;
    let refused = back_up(&copy);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is something in it already"));
    drop((socket, process));

    let mut epochs = vec![before.epoch];
    for restored in ["once", "again"] {
        let restored = folder.path().join(restored);
        std::fs::create_dir(&restored).unwrap();
        for file in copy.read_dir().unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), restored.join(file.file_name())).unwrap();
        }
        let process = Process::start(&restored, free_port()).await;
        let mut socket = process.connect(&token).await;
        let resumed = socket.subscribe_in("general", 1, &epochs[0]).await;
        assert_eq!(
            (resumed.recovered, texts(&resumed.messages)),
            (false, vec!["first text", "second text"])
        );
        epochs.push(resumed.epoch);
    }
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 3, "each restore starts a new epoch");
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_exits_with_status_0() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path(), free_port()).await;
    process.terminate();
    assert_eq!(process.ended().await, Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn on_sigterm_connections_are_closed_gradually() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start_with(data.path(), free_port(), &[("BANTER_DRAIN", "4")]).await;
    let token = process.register().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(process.connect(&token).await);
    }
    sockets[0].chat("general", "before the end").await;
    process.terminate();
    let closes = sockets.iter_mut().map(|socket| Box::pin(socket.closed()));
    let ((code, _), first, others) = futures_util::future::select_all(closes).await;
    assert_eq!(code, 1012);
    drop(others);
    drop(sockets.swap_remove(first));
    for socket in &mut sockets {
        socket.send(&Request::Ping(Empty {}), "1").await;
    }
    let mut served = 0;
    for socket in &mut sockets {
        let code = loop {
            match socket.frame().await {
                Frame::Text(text) => {
                    let pong: ServerMessage = Event::Pong(Empty {}).into();
                    served +=
                        usize::from(decode_server_message(&text).unwrap().message == Some(pong));
                }
                Frame::Close(close) => break u16::from(close.unwrap().code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1012);
    }
    drop(sockets);
    assert!(
        served >= 5,
        "most connections were still open after the first close: {served} of 19 were served"
    );
    assert_eq!(process.ended().await, Some(0));
}

#[tokio::test]
async fn on_sigterm_connections_are_closed_with_1012() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    server.app.shutdown.begin();
    let (code, _) = socket.closed().await;
    assert_eq!(code, 1012);
    server.stop().await;
}

#[tokio::test]
async fn a_draining_server_reports_it_and_accepts_no_connections() {
    let server = Server::start_with(&["--drain=2"]).await;
    let ada = server.register_owner("ada").await;
    let mut waiting = server.connect("/ws", &[]).await.unwrap();
    let mut socket = ada.connect(&server).await;
    server.app.shutdown.begin();
    // An idle connection was closed, so these requests open new ones.
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let ready = http.get(server.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().await.unwrap().contains("draining"));
    assert_eq!(server.connect("/ws", &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    let ticket = http.post(server.url("/ws/ticket")).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(ticket.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(waiting.closed().await.0, 1012, "unauthenticated connections are closed at once");
    assert_eq!(socket.closed().await.0, 1012);
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = Server::start().await;
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
fn the_settings_in_effect_are_printed_without_secrets() {
    let output = Command::new(env!("CARGO_BIN_EXE_banter"))
        .args(["config", "--heartbeat=mobile"])
        .env("BANTER_SECRET", "0123456789abcdef0123456789abcdef")
        .env("BANTER_MAX_SOCKETS", "7")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "BANTER_HEARTBEAT=mobile  # flag",
        "BANTER_MAX_SOCKETS=7  # environment",
        "BANTER_SECRET=(set, not shown)  # environment",
        "BANTER_RATE_LIMIT=on  # default",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("0123456789abcdef"), "{text}");
}

#[test]
fn an_invalid_setting_is_reported_in_one_line() {
    for (name, value) in [
        ("BANTER_HEARTBEAT", "often"),
        ("BANTER_MAX_SOCKETS", "many"),
        ("BANTER_RATE_LIMIT", "slow"),
        ("BANTER_ECHO", "maybe"),
        ("BANTER_TRUSTED_PROXIES", "the proxy"),
        ("BANTER_PUBLIC_URL", "chat.example.org"),
        ("BANTER_SECRET", "short"),
        ("REDIS_URL", "http://localhost"),
        ("BANTER_MAX_SOCKETS_PER_USER", "0"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_banter"))
            .args(["serve", "--leptos-site-addr=127.0.0.1:0", "--data-dir=/nonexistent/banter"])
            // Banter would report the variables of the tests as unknown settings.
            .env_clear()
            .env(name, value)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{name}");
        let lines: Vec<_> =
            BufReader::new(&output.stderr[..]).lines().map_while(Result::ok).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(name), "{lines:?}");
        assert!(name != "BANTER_SECRET" || !lines[0].contains(value), "{lines:?}");
    }
}

#[test]
fn a_flag_without_a_value_is_reported() {
    for (flag, variable) in [
        ("--data-dir", "BANTER_DATA_DIR"),
        ("--database-url", "DATABASE_URL"),
        ("--drain", "BANTER_DRAIN"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_banter")).args(["serve", flag]).output().unwrap();
        let problem = String::from_utf8(output.stderr).unwrap();
        assert_eq!(problem, format!("banter: {variable} ({flag}): needs a value\n"));
    }
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

/// The limit of file sizes stands for all ways in which a disk can be full.
#[tokio::test]
async fn a_full_disk_is_named_and_logged_once() {
    let data = tempfile::tempdir().unwrap();
    let mut limited = Command::new("sh");
    // In blocks of 512 or 1,024 bytes.
    limited.args(["-c", "ulimit -f 1500 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_banter")]);
    let settings = [("RUST_LOG", "info")];
    let process = Process::launch(limited, data.path(), free_port(), &settings).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    let text = "x".repeat(9_000);
    let mut refused = Vec::new();
    while refused.len() < 10 {
        match socket.request(&chat("general", &text, None)).await {
            ServerMessage::Error(error) => refused.push(error),
            sent => assert!(sent.name() == "chat_response" && refused.is_empty(), "{sent:?}"),
        }
    }
    for error in refused {
        assert_eq!(error.code, ErrorCode::Unavailable);
        assert!(error.detail.contains("full"), "{error:?}");
    }
    let ready = reqwest::get(process.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let text = ready.text().await.unwrap();
    assert!(text.contains("message store") && text.contains("full"), "{text}");
    let log = process.log();
    assert_eq!(log.lines().filter(|line| line.contains("ERROR")).count(), 1, "{log}");
}
