//! Messages and frames that cannot be served.

use futures_util::{SinkExt as _, stream};
use protocol::{ErrorCode, History, Request, Response, ServerMessage, encode_request, http::Login};
use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{PASSWORD, Server, TestUser, chat, wait_for};

#[tokio::test]
async fn a_bad_message_does_not_end_the_connection() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for (text, detail, code) in [
        ("nonsense", "Invalid JSON", ErrorCode::InvalidJson),
        ("[]", "Invalid message format", ErrorCode::InvalidFormat),
        (r#"{"type":"dance"}"#, "Unknown message type: dance", ErrorCode::UnknownType),
        (
            r#"{"type":"chat","payload":{"text":"no room"}}"#,
            "Invalid message format",
            ErrorCode::InvalidFormat,
        ),
        (
            r#"{"type":"auth","token":"x"}"#,
            "This connection is authenticated already.",
            ErrorCode::Conflict,
        ),
    ] {
        socket.send_text(text).await;
        match socket.receive().await.message.unwrap() {
            ServerMessage::Error(error) => {
                assert_eq!((error.detail.as_str(), error.code), (detail, code))
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    socket.chat("general", "still here").await;
}

#[tokio::test]
async fn a_name_that_no_database_can_store_is_not_found() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for (request, rest) in
        [("subscribe", ""), ("history", ""), ("members", ""), ("chat", r#","text":"hi""#)]
    {
        let text = format!(r#"{{"type":"{request}","payload":{{"room":"general\u0000"{rest}}}}}"#);
        assert_eq!(socket.refused(&text).await.code, ErrorCode::NotFound, "{request}");
    }
    for (method, path) in [
        (Method::GET, "/api/rooms/general%00/messages"),
        (Method::POST, "/api/users/ada%00/ban"),
        (Method::DELETE, "/api/rooms/general/members/ada%00"),
    ] {
        let status =
            server.request(method, path).bearer_auth(&ada.token).send().await.unwrap().status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let login = Login { username: "ada\0".into(), password: PASSWORD.into() };
    let refused = server.post("/api/auth/login").json(&login).send().await.unwrap().status();
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn protocol_violations_close_the_connection_with_their_code() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (frame, code) in [
        (Frame::binary(vec![1, 2, 3]), 1003),
        (Frame::text("x".repeat(65_537)), 1009),
        (Frame::Close(None), 1005),
    ] {
        let mut socket = ada.connect(&server).await;
        socket.stream.send(frame).await.unwrap();
        if code != 1005 {
            assert_eq!(socket.closed().await.0, code);
        } else {
            use futures_util::StreamExt as _;
            assert!(matches!(
                wait_for("the close frame", socket.stream.next()).await,
                Some(Ok(Frame::Close(None)))
            ));
        }
    }
    let mut socket = ada.connect(&server).await;
    let ping = r#"{"type":"ping","request_id":"1"}"#;
    let padded = format!("{ping}{}", " ".repeat(65_536 - ping.len()));
    socket.send_text(padded).await;
    socket.reply("1").await;
}

/// Returns the bytes that the server sends in response to a frame that no library would send.
async fn raw_response(server: &Server, user: &TestUser, frame: &[u8]) -> Vec<u8> {
    let mut tcp = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\
         Upgrade: websocket\r\nAuthorization: Bearer {}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        user.token
    );
    tcp.write_all(&[head.as_bytes(), frame].concat()).await.unwrap();
    let mut response = Vec::new();
    // The test does not close its own end: the server must not wait for it.
    let _ = wait_for("the end of the connection", tcp.read_to_end(&mut response)).await;
    response
}

#[tokio::test]
async fn each_reason_to_close_has_its_code() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (what, frame, code) in [
        ("a close frame", &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8][..], 1000_u16),
        ("a closed page", &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9], 1001),
        ("no mask", &[0x81, 0x01, b'x'], 1002),
        ("binary", &[0x82, 0x81, 0, 0, 0, 0, b'x'], 1003),
        ("not UTF-8", &[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        ("a message that is too long", &[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
    ] {
        let response = raw_response(&server, &ada, frame).await;
        let [high, low] = code.to_be_bytes();
        let found = response.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == [high, low]);
        assert!(found, "{what} is closed with {code}: {}", String::from_utf8_lossy(&response));
    }
}

#[tokio::test]
async fn an_internal_error_is_reported_without_details() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let file = rusqlite::Connection::open(server.data().join("banter.sqlite3")).unwrap();
    file.execute_batch("ALTER TABLE rooms RENAME TO lost").unwrap();
    let error = socket.refused(r#"{"type":"history","payload":{"room":"general"}}"#).await;
    assert_eq!((error.code, error.detail.as_str()), (ErrorCode::Internal, "Internal server error"));
    assert_eq!(
        socket.request(&Request::Ping(protocol::Empty {})).await.name(),
        "pong",
        "the connection stays open"
    );
    let bearer = format!("Bearer {}", ada.token);
    let mut lost = server.connect("/ws/general", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(lost.closed().await, (1011, "Internal server error".into()));
    file.execute_batch("ALTER TABLE lost RENAME TO rooms").unwrap();
    socket.chat("general", "it works again").await;
}

#[tokio::test]
async fn nothing_after_a_protocol_violation_is_served() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let text = |text: &str| Frame::text(encode_request(&chat("general", text, None), Some("1")));
    let frames = [text("before"), Frame::binary(vec![1]), text("behind")];
    socket.stream.send_all(&mut stream::iter(frames.map(Ok))).await.unwrap();
    assert_eq!(socket.closed().await.0, 1003);
    let ServerMessage::Response(Response::History(page)) = ada
        .connect(&server)
        .await
        .request(&Request::History(History { room: Some("general".into()), ..History::default() }))
        .await
    else {
        panic!("expected a page");
    };
    let texts: Vec<_> = page.messages.into_iter().filter_map(|message| message.text).collect();
    assert_eq!(texts, ["before"]);
}

#[tokio::test]
async fn random_bytes_end_only_their_own_connection() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut other = ada.subscriber(&server, "general").await;
    for seed in 0..50_u8 {
        let noise: Vec<u8> =
            (0..997_u32).map(|at| (at * 31 + u32::from(seed) * 17 + at * at / 7) as u8).collect();
        let response = raw_response(&server, &ada, &noise).await;
        let is_close = |at: usize| {
            response[at] == 0x88 && usize::from(response[at + 1]) == response.len() - at - 2
        };
        assert!(
            (0..response.len() - 1).any(is_close),
            "{seed}: {}",
            String::from_utf8_lossy(&response)
        );
    }
    let sent = other.request(&Request::Ping(protocol::Empty {})).await;
    assert_eq!(sent.name(), "pong");
    other.chat("general", "unaffected").await;
}
