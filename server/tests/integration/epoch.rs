//! A database that returns to an earlier state starts a new epoch.

use std::process::Command;

use protocol::{Empty, ErrorCode, Event, Request, Response, ServerMessage, Typing};
use reqwest::StatusCode;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    cluster::{Redis, wait_connected},
    postgres::{Postgres, postgres_programs},
    support::{Database, Server, Socket, TestUser, chat, texts, wait_for},
};

const SECRET: &str = "--secret=one key for all the nodes of a test";

/// Repeats a message until the database is available again.
async fn chat_until_stored(socket: &mut Socket, text: &str) -> u64 {
    let message = chat("general", text, Some(Uuid::new_v4()));
    let stored = async {
        loop {
            if let ServerMessage::Response(Response::Chat(sent)) = socket.request(&message).await {
                return sent.seq;
            }
        }
    };
    wait_for("the database", stored).await
}

/// Connects as soon as the node can look up the session.
async fn reconnect(user: &TestUser, node: &Server) -> Socket {
    let header = format!("Bearer {}", user.token);
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
    wait_for("the database", back).await
}

async fn epoch(socket: &mut Socket) -> String {
    socket.subscribe("general", None).await.epoch
}

#[tokio::test]
async fn no_client_recovers_after_a_lossy_failover() {
    let Some(programs) = postgres_programs() else { return };
    let (postgres, redis) = (Postgres::make(programs), Redis::start().await);
    let (database, redis) = (format!("--database-url={}", postgres.url()), redis.flag());
    let flags = ["--rate-limit=off", SECRET, &database, &redis];
    let one = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let other = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    for node in [&one, &other] {
        wait_connected(node).await;
    }
    let ada = one.register_owner("ada").await;
    let (mut ada_socket, mut reader) =
        (ada.subscriber(&one, "general").await, ada.subscriber(&other, "general").await);
    ada_socket.chat("general", "kept").await;

    postgres.keep();
    assert_eq!(chat_until_stored(&mut ada_socket, "lost").await, 2);
    let known = ada_socket.subscribe("general", Some(1)).await;
    assert!(known.recovered, "a restart keeps the epoch");
    assert_eq!(epoch(&mut reconnect(&ada, &other).await).await, known.epoch);

    postgres.become_replica_of_snapshot();
    // A node must not use a replica, since it would not notice its promotion.
    let ServerMessage::Error(error) = ada_socket.request(&chat("general", "too early", None)).await
    else {
        panic!("expected an error")
    };
    assert_eq!(error.code, ErrorCode::Unavailable);
    let ready = one.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    postgres.promote();
    for socket in [&mut ada_socket, &mut reader] {
        assert_eq!(socket.closed().await.0, 1012);
    }
    let (mut ada_socket, mut reader) = (reconnect(&ada, &one).await, reconnect(&ada, &other).await);
    assert_eq!(chat_until_stored(&mut ada_socket, "instead of it").await, 2);
    let mut epochs = Vec::new();
    for socket in [&mut ada_socket, &mut reader] {
        let resumed = socket.subscribe_in("general", 2, &known.epoch).await;
        assert_eq!(
            (resumed.recovered, texts(&resumed.messages)),
            (false, vec!["kept", "instead of it"])
        );
        assert_ne!(resumed.epoch, known.epoch);
        epochs.push(resumed.epoch);
    }
    assert_eq!(epochs[0], epochs[1]);

    // Signals are not stored. They show that both nodes are connected again, for old and new
    // clients.
    for node in [&one, &other] {
        wait_connected(node).await;
    }
    let third = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let mut newcomer = reconnect(&ada, &third).await;
    assert_eq!(epoch(&mut newcomer).await, epochs[0]);
    let bo = one.join("bo", &ada).await;
    let mut bo_socket = bo.subscriber(&other, "general").await;
    bo_socket
        .send(&Request::Typing(Typing { room: Some("general".into()), ..Default::default() }), "1")
        .await;
    for socket in [&mut ada_socket, &mut newcomer] {
        wait_for("the typing signal", async {
            while !matches!(socket.event().await, Event::Typing(_)) {}
        })
        .await;
    }

    postgres.stop();
    postgres.start();
    chat_until_stored(&mut ada_socket, "after another restart").await;
    assert_eq!(epoch(&mut ada_socket).await, epochs[0]);
    assert_eq!(ada_socket.request(&Request::Ping(Empty {})).await.name(), "pong");
}

#[tokio::test]
async fn a_shortened_room_log_starts_a_new_epoch_on_all_nodes() {
    let Some(programs) = postgres_programs() else { return };
    let (postgres, redis) = (Postgres::make(programs), Redis::start().await);
    let (database, redis) = (format!("--database-url={}", postgres.url()), redis.flag());
    let flags = ["--rate-limit=off", SECRET, &database, &redis];
    let one = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let other = Server::start_in(TempDir::new().unwrap(), None, &flags).await;
    let ada = one.register_owner("ada").await;
    postgres.keep();
    let (mut reader, mut elsewhere) = (reconnect(&ada, &one).await, reconnect(&ada, &other).await);
    let before = epoch(&mut reader).await;
    chat_until_stored(&mut reader, "lost").await;
    postgres.restore_snapshot();
    assert_eq!(reader.closed().await.0, 1012);
    let resumed = reconnect(&ada, &one).await.subscribe_in("general", 0, &before).await;
    assert!(!resumed.recovered && resumed.epoch != before);
    assert_eq!(elsewhere.closed().await.0, 1012, "without subscribers");
    assert_eq!(epoch(&mut reconnect(&ada, &other).await).await, resumed.epoch);
}

#[tokio::test]
async fn a_dump_restored_under_a_running_node_starts_a_new_epoch() {
    let (Some(programs), Some(database)) = (postgres_programs(), Database::make()) else { return };
    let server =
        Server::start_in(TempDir::new().unwrap(), Some(database), &["--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
    let before = epoch(&mut socket).await;
    let dump = TempDir::new().unwrap();
    let file = dump.path().join("dump.sql");
    let mut dumping = Command::new(programs.join("pg_dump"));
    dumping.args(["--clean", "--if-exists", "-d"]).arg(server.database_url()).arg("-f").arg(&file);
    assert!(dumping.status().unwrap().success());
    socket.chat("general", "lost").await;
    // Makes the room log as long as it was before.
    let mut sql = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    std::io::Write::write_all(&mut sql, b"UPDATE public.rooms SET seq = 9;\n").unwrap();
    let restored = Command::new("psql")
        .args(["-q", "-1", "-d", &server.database_url(), "-f"])
        .arg(&file)
        .output();
    assert!(restored.unwrap().status.success());
    assert_eq!(socket.closed().await.0, 1012);
    let resumed = reconnect(&ada, &server).await.subscribe_in("general", 1, &before).await;
    assert!(!resumed.recovered && resumed.epoch != before);
}

#[tokio::test]
async fn a_restored_dump_starts_a_new_epoch() {
    let (Some(programs), Some(database), Some(second)) =
        (postgres_programs(), Database::make(), Database::make())
    else {
        return;
    };
    let flags = ["--rate-limit=off"];
    let server = Server::start_in(TempDir::new().unwrap(), Some(database), &flags).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
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
        "a start keeps the epoch"
    );
}
