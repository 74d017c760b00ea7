//! A process that was suspended while its cluster continued.

use std::time::Duration;

use protocol::{
    ChatEdit, CloseCode, ErrorCode, Event, History, Request, Response, ServerMessage, System,
    SystemEvent,
};
use reqwest::{Method, StatusCode};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    cluster::{Redis, create_secret_room, wait_connected},
    ports::free_port,
    process::Process,
    support::{Server, Socket, chat, texts, wait_for},
};

/// The time for which the process is suspended.
const STALL: Duration = Duration::from_millis(2500);
const SECRET: &str = "one key for all the nodes of a test";

/// Starts a node in this process and one in another, which see each other, with a lease in seconds.
/// Returns `None` without a PostgreSQL that both can share.
async fn two_nodes(lease: &str) -> Option<(Server, Process, Redis, TempDir)> {
    let redis = Redis::start().await;
    let flags =
        ["--rate-limit=off", "--node-lease", lease, &redis.flag(), &format!("--secret={SECRET}")];
    let here = Server::start_with(&flags).await;
    if !here.uses_postgres() {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let (database, redis_url) = (here.database_url(), redis.flag().replace("--redis-url=", ""));
    let settings = [
        ("DATABASE_URL", database.as_str()),
        ("REDIS_URL", redis_url.as_str()),
        ("BANTER_SECRET", SECRET),
        ("BANTER_NODE_LEASE", lease),
        ("BANTER_DRAIN", "0"),
    ];
    let other = Process::start_with(folder.path(), free_port(), &settings).await;
    wait_connected(&here).await;
    Some((here, other, redis, folder))
}

/// Returns the presence changes that a socket receives, up to the last one.
async fn presence_changes_until(
    socket: &mut Socket,
    last: (SystemEvent, &str),
) -> Vec<(SystemEvent, String)> {
    let mut changes = Vec::new();
    loop {
        if let Event::System(System { event, user, .. }) = socket.event().await {
            let is_last = last == (event, user.username.as_str());
            changes.push((event, user.username));
            if is_last {
                return changes;
            }
        }
    }
}

#[tokio::test]
async fn a_stalled_node_serves_nobody_whose_access_ended() {
    let Some((here, other, _redis, _folder)) = two_nodes("15").await else { return };
    let ada = here.register_owner("ada").await;
    let (bo, cy, di) =
        (here.join("bo", &ada).await, here.join("cy", &ada).await, here.join("di", &ada).await);
    let ed = here.join("ed", &ada).await;
    create_secret_room(&here, &ada, &[&bo]).await;
    let mut ada_socket = ada.connect(&here).await;
    let mut sockets = Vec::new();
    for (user, room) in [(&bo, "secret"), (&cy, "general"), (&di, "general"), (&ed, "general")] {
        let mut socket = other.connect(&user.token).await;
        socket.subscribe(room, None).await;
        sockets.push(socket);
    }
    let [removed, logged_out, banned, ended] = sockets.as_mut_slice() else { unreachable!() };

    other.suspend();
    let path = "/api/rooms/secret/members/bo";
    let gone = here.request(Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    assert!(gone.status().is_success());
    assert!(
        here.post("/api/auth/logout")
            .bearer_auth(&cy.token)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let ban = format!("/api/users/{}/ban", di.user.id);
    assert_eq!(
        here.post(&ban).bearer_auth(&ada.token).send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    // Simulates a lost announcement.
    here.sql(&format!(
        "DELETE FROM sessions WHERE user_id = decode('{}', 'hex')",
        ed.user.id.0.simple()
    ));
    for socket in [&mut *logged_out, &mut *banned, &mut *ended] {
        socket.send(&chat("general", "written too late", None), "late").await;
    }
    for room in ["secret", "general"] {
        for text in ["not for those who are gone", "nor this"] {
            ada_socket.chat(room, text).await;
        }
    }
    tokio::time::sleep(STALL).await; // the elapsed time is what is tested
    other.resume();

    for socket in [logged_out, banned, ended] {
        loop {
            match wait_for("the close frame", socket.frame()).await {
                Frame::Close(Some(close)) => {
                    assert_eq!(u16::from(close.code), CloseCode::Policy as u16);
                    break;
                }
                Frame::Text(text) => assert!(!text.contains(r#""type":"chat""#), "{text}"),
                _ => {}
            }
        }
    }
    loop {
        match removed.receive().await.message.unwrap() {
            ServerMessage::Event(Event::System(System { event: SystemEvent::Removed, .. })) => {
                break;
            }
            message => assert_ne!(message.name(), "chat"),
        }
    }
    let asked = Request::History(History { room: Some("general".into()), ..History::default() });
    let ServerMessage::Response(Response::History(page)) = ada_socket.request(&asked).await else {
        panic!("expected a page")
    };
    assert_eq!(texts(&page.messages), ["not for those who are gone", "nor this"]);
}

#[tokio::test]
async fn users_of_a_stalled_node_leave_once_and_return_once() {
    let Some((here, other, _redis, _folder)) = two_nodes("1").await else { return };
    let ada = here.register_owner("ada").await;
    let (bo, cy) = (here.join("bo", &ada).await, here.join("cy", &ada).await);
    create_secret_room(&here, &ada, &[&bo, &cy]).await;
    let mut ada_socket = ada.subscriber(&here, "secret").await;
    let mut their_sockets = Vec::new();
    for user in [&bo, &cy] {
        let mut socket = other.connect(&user.token).await;
        socket.subscribe("secret", None).await;
        presence_changes_until(&mut ada_socket, (SystemEvent::Joined, &user.user.username)).await;
        their_sockets.push(socket);
    }
    other.suspend();
    let path = "/api/rooms/secret/members/bo";
    here.request(Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(
        presence_changes_until(&mut ada_socket, (SystemEvent::Left, "cy")).await,
        [(SystemEvent::Removed, "bo".to_owned()), (SystemEvent::Left, "cy".to_owned())]
    );
    tokio::time::sleep(STALL).await;
    other.resume();
    let changes = presence_changes_until(&mut ada_socket, (SystemEvent::Joined, "cy")).await;
    assert_eq!(changes, [(SystemEvent::Joined, "cy".to_owned())]);
    drop(their_sockets.pop());
    let changes = presence_changes_until(&mut ada_socket, (SystemEvent::Left, "cy")).await;
    assert_eq!(changes, [(SystemEvent::Left, "cy".to_owned())]);
}

#[tokio::test]
async fn nothing_is_written_in_a_session_that_ended_on_another_node() {
    let server = Server::start().await;
    if !server.uses_postgres() {
        return;
    }
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut bo_socket = bo.connect(&server).await;
    let sent = bo_socket.chat("general", "while it lasts").await;
    // Simulates the end of the session on another node, before it is announced.
    server.sql(&format!(
        "DELETE FROM sessions WHERE user_id = decode('{}', 'hex')",
        bo.user.id.0.simple()
    ));
    let edit = ChatEdit {
        room: Some("general".into()),
        id: sent.id,
        op: None,
        text: "changed too late".into(),
        files: None,
    };
    for request in [chat("general", "written too late", None), Request::ChatEdit(edit)] {
        bo_socket.send(&request, "late").await;
        match bo_socket.receive_or_close().await {
            Some(ServerMessage::Error(error)) => assert_eq!(error.code, ErrorCode::Unauthorized),
            None => break, // the node has detected it
            Some(other) => panic!("expected an error, got {other:?}"),
        }
    }
    let mut ada_socket = ada.connect(&server).await;
    let asked = Request::History(History { room: Some("general".into()), ..History::default() });
    let ServerMessage::Response(Response::History(page)) = ada_socket.request(&asked).await else {
        panic!("expected a page")
    };
    assert_eq!(texts(&page.messages), ["while it lasts"]);
}

#[tokio::test]
async fn a_stalled_node_does_not_time_out_its_clients() {
    let folder = TempDir::new().unwrap();
    let settings = [("BANTER_HEARTBEAT", "1/1"), ("DATABASE_URL", ""), ("REDIS_URL", "")];
    let process = Process::start_with(folder.path(), free_port(), &settings).await;
    let token = process.register().await;
    let mut socket = process.connect(&token).await;
    process.suspend();
    tokio::time::sleep(STALL).await;
    process.resume();
    for _ in 0..2 {
        let received = socket.receive_any().await.message.unwrap();
        assert!(
            matches!(received, ServerMessage::Event(Event::Ping(_))),
            "the client is pinged before it is given up"
        );
        socket.send(&Request::Pong(protocol::Empty {}), "pong").await;
    }
}
