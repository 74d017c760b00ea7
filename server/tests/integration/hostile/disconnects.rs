//! Connections that end without a close frame, or never end.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _, stream};
use protocol::{Event, Members, Request, Response, ServerMessage};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Server, chat, wait_for};

#[tokio::test]
async fn five_thousand_simultaneous_disconnects_leave_no_state_behind() {
    // Both ends of each connection belong to this process. Most systems allow more than enough.
    let descriptors = server::base::file_descriptors::raise_limit().unwrap_or(u64::MAX);
    let connections = 5_000.min((usize::try_from(descriptors).unwrap_or(usize::MAX) - 200) / 2);
    let server = Server::start_with(&[
        "--rate-limit=off",
        "--max-sockets-per-user=6000",
        "--max-sockets-per-address=6000",
    ])
    .await;
    let ada = server.register_owner("ada").await;
    server.get("/healthz").send().await.unwrap();
    let before = server.resources();
    let head = format!(
        "GET /ws/general HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address, ada.token,
    );
    let opening = stream::iter(0..connections)
        .map(|_| connect_raw(server.address, &head))
        .buffer_unordered(100);
    let open: Vec<_> = opening.collect().await;
    assert_eq!(server.app.hub.counts().clients, connections);
    drop(open);
    ada.subscriber(&server, "general").await.chat("general", "there is room").await;
    server.returns_to(&before).await;
}

/// Opens a connection and reads up to the welcome.
async fn connect_raw(address: SocketAddr, head: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.windows(9).any(|bytes| bytes == b"\"welcome\"") {
        assert!(tcp.read_buf(&mut read).await.unwrap() > 0, "{}", String::from_utf8_lossy(&read));
    }
    tcp
}

#[tokio::test]
async fn a_session_ends_even_if_the_client_does_not_wait_for_the_response() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut tcp = TcpStream::connect(server.address).await.unwrap();
    let head = format!("Host: {}\r\nAuthorization: Bearer {}\r\n\r\n", server.address, ada.token);
    tcp.write_all(format!("POST /api/auth/logout HTTP/1.1\r\n{head}").as_bytes()).await.unwrap();
    drop(tcp);
    assert_eq!(socket.closed().await, (1008, "signed out".into()));
}

#[tokio::test]
async fn a_banned_user_goes_offline_even_if_the_connection_stays_open() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.subscriber(&server, "general").await;
    let _silent = bo.subscriber(&server, "general").await;
    assert!(matches!(socket.event().await, Event::System(_)), "bo joins");
    server.post("/api/users/bo/ban").bearer_auth(&ada.token).send().await.unwrap();
    let ServerMessage::Response(Response::Members(page)) = socket
        .request(&Request::Members(Members { room: "general".into(), after: None, limit: None }))
        .await
    else {
        panic!("expected a page");
    };
    assert_eq!(page.total_online, 1);
}

#[tokio::test]
async fn incomplete_bodies_block_no_other_requests() {
    let server = Server::start_with(&[]).await;
    let ada = server.register_owner("ada").await;
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
        Content-Length: 50\r\n\r\n{";
    let mut held = Vec::new();
    for _ in 0..200 {
        let mut tcp = TcpStream::connect(server.address).await.unwrap();
        tcp.write_all(head.as_bytes()).await.unwrap();
        held.push(tcp);
    }
    let response = server.post("/ws/ticket").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn disconnects_leave_no_state_behind() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    server.get("/healthz").send().await.unwrap();
    let before = server.resources();
    for round in 0..20 {
        let mut socket = ada.subscriber(&server, "general").await;
        match round % 4 {
            0 => drop(socket),
            1 => socket.stream.close(None).await.unwrap(),
            2 => socket.stream.send(Frame::binary(vec![1])).await.unwrap(),
            _ => socket.send(&chat("general", "the last message", None), "1").await,
        }
    }
    let left = bo.subscriber(&server, "general").await;
    server.post("/api/auth/logout").bearer_auth(&bo.token).send().await.unwrap();
    drop(left);
    let mut half_open = TcpStream::connect(server.address).await.unwrap();
    half_open.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    drop(half_open);
    server.returns_to(&before).await;
}

#[tokio::test]
async fn an_incomplete_request_head_times_out_and_an_idle_connection_does_not() {
    const PART: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n";
    let server = Server::start().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    request_health(&mut idle).await;
    let mut later = TcpStream::connect(server.address).await.unwrap();
    request_health(&mut later).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    for incomplete in [&mut first, &mut later] {
        incomplete.write_all(PART).await.unwrap();
    }
    for incomplete in [&mut first, &mut later] {
        let mut response = Vec::new();
        wait_for("the end", incomplete.read_to_end(&mut response)).await.unwrap();
        assert!(!response.starts_with(b"HTTP/1.1 200"));
    }
    // A proxy takes it for open, and sends requests on it that it may not repeat.
    request_health(&mut idle).await;
}

async fn request_health(tcp: &mut TcpStream) {
    tcp.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut response = Vec::new();
    while !response.ends_with(b"\r\n\r\nok") {
        response.push(wait_for("a response", tcp.read_u8()).await.unwrap());
    }
    assert!(response.starts_with(b"HTTP/1.1 200"));
}
