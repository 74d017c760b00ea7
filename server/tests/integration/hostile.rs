//! What hostile or broken clients do, and that nobody else suffers from it.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _, stream};
use protocol::{
    ErrorCode, Event, History, Members, Request, Response, ServerMessage, decode_server_message,
    encode_request,
    http::Login,
    limits::{MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES, MAX_OUTBOX_BYTES},
};
use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{PASSWORD, Person, Server, chat, chat_of, soon};

#[tokio::test]
async fn one_bad_message_never_ends_a_connection() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
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
async fn a_name_that_no_database_takes_is_nobodys() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
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
async fn what_breaks_the_frame_layer_ends_the_connection_with_its_code() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
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
                soon("the goodbye", socket.stream.next()).await,
                Some(Ok(Frame::Close(None)))
            ));
        }
    }
    let mut socket = ada.connect(&server).await;
    let ping = r#"{"type":"ping","request_id":"1"}"#;
    let padded = format!("{ping}{}", " ".repeat(65_536 - ping.len()));
    socket.send_text(padded).await;
    socket.answer("1").await;
}

/// What comes back on a line of our own, on which frames are written that no library would write.
async fn answer_to(server: &Server, person: &Person, frame: &[u8]) -> Vec<u8> {
    let mut line = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer {}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        person.token
    );
    line.write_all(&[head.as_bytes(), frame].concat()).await.unwrap();
    let mut answer = Vec::new();
    // Its own end we do not say goodbye at: the server does not wait for ever.
    let _ = soon("the end of the line", line.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test]
async fn each_way_to_close_has_its_code() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    for (what, frame, code) in [
        ("a goodbye", &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8][..], 1000_u16),
        ("a page that leaves", &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9], 1001),
        ("no mask", &[0x81, 0x01, b'x'], 1002),
        ("binary", &[0x82, 0x81, 0, 0, 0, 0, b'x'], 1003),
        ("not UTF-8", &[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        ("a giant", &[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
    ] {
        let answer = answer_to(&server, &ada, frame).await;
        let [high, low] = code.to_be_bytes();
        let found = answer.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == [high, low]);
        assert!(found, "{what} is answered by {code}: {}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_told_as_one_and_its_details_are_not() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let file = rusqlite::Connection::open(server.data().join("banter.sqlite3")).unwrap();
    file.execute_batch("ALTER TABLE rooms RENAME TO lost").unwrap();
    let error = socket.refused(r#"{"type":"history","payload":{"room":"general"}}"#).await;
    assert_eq!((error.code, error.detail.as_str()), (ErrorCode::Internal, "Internal server error"));
    assert_eq!(
        socket.ask(&Request::Ping(protocol::Empty {})).await.name(),
        "pong",
        "the connection lives"
    );
    let bearer = format!("Bearer {}", ada.token);
    let mut lost = server.connect("/ws/general", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(lost.closed().await, (1011, "Internal server error".into()));
    file.execute_batch("ALTER TABLE lost RENAME TO rooms").unwrap();
    socket.chat("general", "all is well again").await;
}

#[tokio::test]
async fn a_reader_that_stalls_is_let_go_and_the_others_see_everything() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut stalled = bo.follow(&server, "general").await;
    let mut reader = bo.follow(&server, "general").await;
    let mut writer = ada.connect(&server).await;
    let text = "x".repeat(10_000);
    let mut seq = 0;
    // Past what its outbox and the kernel hold, whatever the kernel's buffers are here: then all of it is let go.
    let mut most = 0;
    while server.app.hub.waiting_bytes().1 * 2 >= most {
        most = most.max(server.app.hub.waiting_bytes().1);
        if most < MAX_OUTBOX_BYTES / 2 {
            most = 0;
        }
        // A frame that the kernel took a part of comes on top.
        assert!(most <= MAX_OUTBOX_BYTES + MAX_MESSAGE_BYTES);
        writer.send(&chat("general", &text, None), "1").await;
        loop {
            if let event @ Event::Chat(_) = reader.event().await {
                seq += 1;
                assert_eq!(chat_of(event).0, seq);
                break;
            }
        }
        writer.answer("1").await;
    }
    assert!(seq > 100);
    // What was on its way still comes, without a hole; then the close.
    let mut last = 0;
    let code = loop {
        match stalled.frame().await {
            Frame::Text(text) => {
                if let Some(ServerMessage::Event(event @ Event::Chat(_))) =
                    decode_server_message(&text).unwrap().message
                {
                    last += 1;
                    assert_eq!(chat_of(event).0, last);
                }
            }
            Frame::Close(close) => break u16::from(close.unwrap().code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 1013);
    assert!(0 < last && last < seq, "{last} of {seq}");
}

#[tokio::test]
async fn a_client_that_reads_no_answers_is_not_read_any_further() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for _ in 0..20 {
        socket.chat("general", &"x".repeat(10_000)).await;
    }
    // Each answer is 200 KB: the server stops to read long before all are asked for, and answers all in the end.
    const COUNT: usize = 200;
    for number in 0..COUNT {
        let history = r#"{"type":"history","payload":{"room":"general"},"request_id":"N"}"#;
        socket.send_text(history.replace('N', &number.to_string())).await;
    }
    // One answer may come on top of what was waiting when it was begun.
    let most = 2 * MAX_ANSWER_BYTES;
    soon("the server's patience to end", async {
        while server.app.hub.waiting_bytes().1 < MAX_ANSWER_BYTES {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    for _ in 0..COUNT {
        assert!(server.app.hub.waiting_bytes().1 <= most, "{:?}", server.app.hub.waiting_bytes());
        assert_eq!(socket.receive().await.message.unwrap().name(), "history_response");
    }
}

#[tokio::test]
async fn who_is_not_authenticated_and_reads_nothing_is_not_read_any_further() {
    let server = Server::start().await;
    let line = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = line.into_split();
    let head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    writing.write_all(head.as_bytes()).await.unwrap();
    // An empty text is no envelope; each costs seven bytes to send and two hundred to answer.
    let flood = [0x81, 0x80, 0, 0, 0, 0].repeat(10_000);
    let sent = soon("the end of the server's patience", async {
        let mut sent = 0_usize;
        while let Ok(len) = writing.write(&flood).await {
            sent += len;
        }
        sent
    })
    .await;
    assert!(sent > 0);
    // What the kernel's buffers hold, what may wait, and a read on top. Unchecked it would be several times as many.
    let answered = server.metric("banter_errors_total{code=\"unauthorized\"}").await.unwrap();
    assert!((1..100_000).contains(&answered), "{answered} of {}", sent / 6);
    let mut answers = Vec::new();
    let _ = soon("the end of the line", reading.read_to_end(&mut answers)).await;
    assert!(answers.starts_with(b"HTTP/1.1 101"));
}

#[tokio::test]
async fn five_thousand_lines_cut_at_once_leave_nothing_behind_and_room_for_others() {
    // Both ends of each line are this process's. Most systems let it have more than enough.
    let descriptors = server::base::file_descriptors::raise_limit().unwrap_or(u64::MAX);
    let lines = 5_000.min((usize::try_from(descriptors).unwrap_or(usize::MAX) - 200) / 2);
    let server = Server::start_with(&[
        "--rate-limit=off",
        "--max-sockets-per-user=6000",
        "--max-sockets-per-address=6000",
    ])
    .await;
    let ada = server.owner("ada").await;
    server.get("/healthz").send().await.unwrap();
    let before = server.holdings();
    let head = format!(
        "GET /ws/general HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address, ada.token,
    );
    let opening =
        stream::iter(0..lines).map(|_| welcomed(server.address, &head)).buffer_unordered(100);
    let open: Vec<_> = opening.collect().await;
    assert_eq!(server.app.hub.counts().clients, lines);
    drop(open);
    ada.follow(&server, "general").await.chat("general", "there is room").await;
    server.settles_to(&before).await;
}

/// Opens a line and reads up to its welcome.
async fn welcomed(address: SocketAddr, head: &str) -> TcpStream {
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(head.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.windows(9).any(|bytes| bytes == b"\"welcome\"") {
        assert!(line.read_buf(&mut read).await.unwrap() > 0, "{}", String::from_utf8_lossy(&read));
    }
    line
}

#[tokio::test]
async fn what_ends_a_session_does_so_where_the_client_does_not_wait_for_the_answer() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let mut line = TcpStream::connect(server.address).await.unwrap();
    let head = format!("Host: {}\r\nAuthorization: Bearer {}\r\n\r\n", server.address, ada.token);
    line.write_all(format!("POST /api/auth/logout HTTP/1.1\r\n{head}").as_bytes()).await.unwrap();
    drop(line);
    assert_eq!(socket.closed().await, (1008, "signed out".into()));
}

#[tokio::test]
async fn who_pings_without_end_and_reads_nothing_is_not_read_for_ever() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=1/1"]).await;
    let ada = server.owner("ada").await;
    let mut line = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address, ada.token,
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let pings = [0x89, 0x80, 0, 0, 0, 0].repeat(10_000);
    let mut most = 0;
    let writing = async { while line.write_all(&pings).await.is_ok() {} };
    let looking = async {
        loop {
            most = most.max(server.app.hub.waiting_bytes().0);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    soon("the end of the line", async {
        tokio::select! { () = writing => {}, () = looking => {} }
    })
    .await;
    // Answers of two bytes: half a megabyte of them would be many times that in memory.
    assert!(most > 0 && most < MAX_ANSWER_BYTES / 10, "{most}");
}

#[tokio::test]
async fn who_was_banned_is_gone_for_the_others_though_the_line_stays_silent() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = ada.follow(&server, "general").await;
    let _silent = bo.follow(&server, "general").await;
    assert!(matches!(socket.event().await, Event::System(_)), "bo joins");
    server.post("/api/users/bo/ban").bearer_auth(&ada.token).send().await.unwrap();
    let ServerMessage::Response(Response::Members(page)) = socket
        .ask(&Request::Members(Members { room: "general".into(), after: None, limit: None }))
        .await
    else {
        panic!("no page");
    };
    assert_eq!(page.total_online, 1);
}

#[tokio::test]
async fn bodies_that_do_not_come_take_nobodys_place() {
    let server = Server::start_with(&[]).await;
    let ada = server.owner("ada").await;
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{";
    let mut held = Vec::new();
    for _ in 0..200 {
        let mut line = TcpStream::connect(server.address).await.unwrap();
        line.write_all(head.as_bytes()).await.unwrap();
        held.push(line);
    }
    let answer = server.post("/ws/ticket").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_comes_behind_a_breach_is_not_served() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let text = |text: &str| Frame::text(encode_request(&chat("general", text, None), Some("1")));
    let frames = [text("before"), Frame::binary(vec![1]), text("behind")];
    socket.stream.send_all(&mut stream::iter(frames.map(Ok))).await.unwrap();
    assert_eq!(socket.closed().await.0, 1003);
    let ServerMessage::Response(Response::History(page)) = ada
        .connect(&server)
        .await
        .ask(&Request::History(History { room: Some("general".into()), ..History::default() }))
        .await
    else {
        panic!("no page");
    };
    let texts: Vec<_> = page.messages.into_iter().filter_map(|message| message.text).collect();
    assert_eq!(texts, ["before"]);
}

#[tokio::test]
async fn lines_that_are_cut_leave_nothing_behind() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    server.get("/healthz").send().await.unwrap();
    let before = server.holdings();
    for round in 0..20 {
        let mut socket = ada.follow(&server, "general").await;
        match round % 4 {
            0 => drop(socket),
            1 => socket.stream.close(None).await.unwrap(),
            2 => socket.stream.send(Frame::binary(vec![1])).await.unwrap(),
            _ => socket.send(&chat("general", "the last words", None), "1").await,
        }
    }
    let left = bo.follow(&server, "general").await;
    server.post("/api/auth/logout").bearer_auth(&bo.token).send().await.unwrap();
    drop(left);
    let mut half_open = TcpStream::connect(server.address).await.unwrap();
    half_open.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    drop(half_open);
    server.settles_to(&before).await;
}

#[tokio::test]
async fn half_a_request_head_is_closed() {
    let server = Server::start().await;
    let mut line = TcpStream::connect(server.address).await.unwrap();
    line.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut answer = Vec::new();
    soon("the end of the line", line.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn random_bytes_on_a_socket_end_it_and_only_it() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut other = ada.follow(&server, "general").await;
    for seed in 0..50_u8 {
        let noise: Vec<u8> =
            (0..997_u32).map(|at| (at * 31 + u32::from(seed) * 17 + at * at / 7) as u8).collect();
        let answer = answer_to(&server, &ada, &noise).await;
        let is_close =
            |at: usize| answer[at] == 0x88 && usize::from(answer[at + 1]) == answer.len() - at - 2;
        assert!(
            (0..answer.len() - 1).any(is_close),
            "{seed}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    let sent = other.ask(&Request::Ping(protocol::Empty {})).await;
    assert_eq!(sent.name(), "pong");
    other.chat("general", "unmoved").await;
}
