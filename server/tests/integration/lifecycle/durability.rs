//! What was acknowledged stays, whatever happens to the process or its machine.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ErrorCode, History, ListRooms, Message, MessageId, Request, Response, ServerMessage,
    decode_server_message, encode_request,
};
use reqwest::StatusCode;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use uuid::Uuid;

use crate::{
    ports::free_port,
    process::Process,
    support::{Socket, chat, texts, wait_for},
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
    let done = back_up(&copy);
    assert!(done.status.success());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("1 users, 1 rooms, 2 messages and the signing key"), "{said}");
    assert!(said.contains(&copy.display().to_string()), "{said}");
    socket.chat("general", "not in the copy").await;
    let refused = back_up(&copy);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is something in it already"));
    for (to, why) in [
        (folder.path().join("unmounted").join("copy"), "unmounted does not exist"),
        (data.join("copy"), "within the data folder"),
        (data.join("..").join("data").join("copy"), "within the data folder"),
        (data.clone(), "within the data folder"),
    ] {
        let refused = back_up(&to);
        let problem = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && problem.contains(why), "{problem}");
    }
    assert!(!folder.path().join("unmounted").exists() && !data.join("copy").exists());
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
