//! Clients that do not read.

use std::time::Duration;

use protocol::{
    Event, ServerMessage, decode_server_message,
    limits::{MAX_MESSAGE_BYTES, MAX_OUTBOX_BYTES, MAX_REPLY_BYTES},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Server, chat, seq_and_text, wait_for};

#[tokio::test]
async fn a_slow_reader_is_closed_and_the_others_receive_everything() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut stalled = bo.subscriber(&server, "general").await;
    let mut reader = bo.subscriber(&server, "general").await;
    let mut writer = ada.connect(&server).await;
    let text = "x".repeat(10_000);
    let mut seq = 0;
    // Sends more than the outbox and the buffers of the kernel can hold.
    let mut most = 0;
    while server.app.hub.waiting_bytes().1 * 2 >= most {
        most = most.max(server.app.hub.waiting_bytes().1);
        if most < MAX_OUTBOX_BYTES / 2 {
            most = 0;
        }
        // A frame that is partly in the kernel's buffer is not counted.
        assert!(most <= MAX_OUTBOX_BYTES + MAX_MESSAGE_BYTES);
        writer.send(&chat("general", &text, None), "1").await;
        loop {
            if let event @ Event::Chat(_) = reader.event().await {
                seq += 1;
                assert_eq!(seq_and_text(event).0, seq);
                break;
            }
        }
        writer.reply("1").await;
    }
    assert!(seq > 100);
    // Messages already in flight arrive without gaps, then the close frame.
    let mut last = 0;
    let code = loop {
        match stalled.frame().await {
            Frame::Text(text) => {
                if let Some(ServerMessage::Event(event @ Event::Chat(_))) =
                    decode_server_message(&text).unwrap().message
                {
                    last += 1;
                    assert_eq!(seq_and_text(event).0, last);
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
async fn no_requests_are_read_from_a_client_that_reads_no_responses() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for _ in 0..20 {
        socket.chat("general", &"x".repeat(10_000)).await;
    }
    // Each response takes 200 KB. The server must stop reading long before all requests are sent,
    // and must reply to all of them in the end.
    const COUNT: usize = 200;
    for number in 0..COUNT {
        let history = r#"{"type":"history","payload":{"room":"general"},"request_id":"N"}"#;
        socket.send_text(history.replace('N', &number.to_string())).await;
    }
    // One response may exceed the limit, since it was started before.
    let most = 2 * MAX_REPLY_BYTES;
    wait_for("the server to stop reading", async {
        while server.app.hub.waiting_bytes().1 < MAX_REPLY_BYTES {
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
async fn nothing_is_read_from_an_unauthenticated_client_that_reads_nothing() {
    let server = Server::start().await;
    let tcp = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = tcp.into_split();
    let head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    writing.write_all(head.as_bytes()).await.unwrap();
    // An empty text is not an envelope. It takes seven bytes to send, and the reply takes two
    // hundred.
    let flood = [0x81, 0x80, 0, 0, 0, 0].repeat(10_000);
    let sent = wait_for("the server to stop reading", async {
        let mut sent = 0_usize;
        while let Ok(len) = writing.write(&flood).await {
            sent += len;
        }
        sent
    })
    .await;
    assert!(sent > 0);
    // The buffers of the kernel, the waiting bytes, and one read. Without a limit it would be
    // several times as many.
    let errors = server.metric("banter_errors_total{code=\"unauthorized\"}").await.unwrap();
    assert!((1..100_000).contains(&errors), "{errors} of {}", sent / 6);
    let mut received = Vec::new();
    let _ = wait_for("the end of the connection", reading.read_to_end(&mut received)).await;
    assert!(received.starts_with(b"HTTP/1.1 101"));
}

#[tokio::test]
async fn pongs_for_a_client_that_reads_nothing_are_limited() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=1/1"]).await;
    let ada = server.register_owner("ada").await;
    let mut tcp = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address, ada.token,
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let pings = [0x89, 0x80, 0, 0, 0, 0].repeat(10_000);
    let mut most = 0;
    let writing = async { while tcp.write_all(&pings).await.is_ok() {} };
    let measuring = async {
        loop {
            most = most.max(server.app.hub.waiting_bytes().0);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    wait_for("the end of the connection", async {
        tokio::select! { () = writing => {}, () = measuring => {} }
    })
    .await;
    // The pongs have two bytes. Half a megabyte of them would take many times that in memory.
    assert!(most > 0 && most < MAX_REPLY_BYTES / 10, "{most}");
}
