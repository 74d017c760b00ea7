//! Who gets a connection, and how one that is refused learns why.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{Empty, ErrorCode, Event, ServerMessage};
use reqwest::StatusCode;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::Server;

#[tokio::test]
async fn a_ticket_works_once() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let path = format!("/ws?ticket={}", ada.ticket(&server).await);
    let mut socket = server.connect(&path, &[]).await.unwrap();
    assert_eq!(socket.welcome().await.user.username, "ada");
    let (code, reason) = server.connect(&path, &[]).await.unwrap().closed().await;
    assert_eq!(code, 1008);
    assert!(reason.contains("ticket"), "{reason}");
}

#[tokio::test]
async fn a_credential_that_cannot_be_read_decides_all_the_same() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let (origin, cookie) = (server.origin(), format!("banter_session={}", ada.token));
    let ours = [("origin", origin.as_str()), ("cookie", cookie.as_str())];
    let with_bearer = [ours[0], ours[1], ("authorization", "Bearer ÿ")];
    let with_tab = [("authorization", &*format!("Bearer\t{}", ada.token))];
    let with_odd_cookie = [ours[0], ("cookie", "banter_session=ÿ")];
    for refused in [&with_bearer[..], &with_odd_cookie] {
        assert_eq!(server.connect("/ws", refused).await.unwrap().closed().await.0, 1008);
    }
    for taken in [&ours[..], &with_tab] {
        server.connect("/ws", taken).await.unwrap().welcome().await;
    }
}

#[tokio::test]
async fn a_ticket_dies_with_its_session() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let ticket = ada.ticket(&server).await;
    server.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    let mut socket = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "the session has ended".into()));
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_refused_with_a_reason() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    for path in [
        "/ws?ticket=",
        "/ws?ticket=wrong",
        "/ws?ticket=a&ticket=b",
        "/ws?token=x",
        &format!("/ws?token={}", ada.token),
    ] {
        let (code, reason) = server.connect(path, &[]).await.unwrap().closed().await;
        assert_eq!(code, 1008, "{path}");
        assert!(!reason.is_empty(), "{path}");
    }
    let mut socket = server.connect("/ws", &[("authorization", "Bearer x.y.z")]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "the token is not valid".into()));
}

#[tokio::test]
async fn a_token_in_the_address_counts_only_where_that_is_switched_on() {
    let server = Server::start_with(&["--auth-query-token"]).await;
    let ada = server.owner("ada").await;
    let mut socket = server.connect(&format!("/ws?token={}", ada.token), &[]).await.unwrap();
    assert_eq!(socket.welcome().await.user.username, "ada");
    for wrong in ["", "x.y.z"] {
        let (code, _) =
            server.connect(&format!("/ws?token={wrong}"), &[]).await.unwrap().closed().await;
        assert_eq!(code, 1008, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_empty_credential_is_one_that_does_not_hold() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let (origin, cookie) = (server.origin(), format!("banter_session={}", ada.token));
    for headers in [
        [("authorization", "Bearer"), ("origin", &origin), ("cookie", &cookie)],
        [("authorization", "Bearer "), ("origin", &origin), ("cookie", &cookie)],
        [("accept", "*/*"), ("origin", &origin), ("cookie", "banter_session=")],
    ] {
        let (code, _) = server.connect("/ws", &headers).await.unwrap().closed().await;
        assert_eq!(code, 1008, "{headers:?}");
    }
}

#[tokio::test]
async fn the_echo_route_gives_back_what_it_gets_where_it_is_switched_on() {
    let server = Server::start_with(&["--echo"]).await;
    let mut socket = server.connect("/ws/echo", &[]).await.unwrap();
    for frame in [Frame::text("x".repeat(100_000)), Frame::binary(vec![0xff; 3])] {
        socket.stream.send(frame.clone()).await.unwrap();
        assert_eq!(
            crate::support::soon("the echo", socket.stream.next()).await.unwrap().unwrap(),
            frame
        );
    }
    let plain = Server::start().await;
    let ada = plain.owner("ada").await;
    let ticket = ada.ticket(&plain).await;
    let (code, reason) =
        plain.connect(&format!("/ws/echo?ticket={ticket}"), &[]).await.unwrap().closed().await;
    assert!(code == 1008 && reason.contains("echo"), "{code} {reason}");
}

#[tokio::test]
async fn what_was_read_before_a_goodbye_is_served() {
    use tokio::io::AsyncWriteExt as _;
    use tokio_tungstenite::MaybeTlsStream;
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut reader = ada.follow(&server, "general").await;
    // The last one stands for a line that ends without a goodbye.
    for last in [
        Frame::Close(None),
        Frame::binary(vec![1]),
        Frame::text("x".repeat(70_000)),
        Frame::Pong("".into()),
    ] {
        let mut socket = ada.connect(&server).await;
        for number in 0..5 {
            let text = protocol::encode_request(
                &crate::support::chat("general", &number.to_string(), None),
                None,
            );
            socket.stream.feed(Frame::text(text)).await.unwrap();
        }
        socket.stream.feed(last.clone()).await.unwrap();
        socket.stream.flush().await.unwrap();
        if let (Frame::Pong(_), MaybeTlsStream::Plain(line)) = (&last, socket.stream.get_mut()) {
            line.shutdown().await.unwrap();
        }
        for number in 0..5 {
            assert_eq!(
                crate::support::chat_of(reader.event().await).1,
                number.to_string(),
                "{last:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_cookie_counts_only_with_our_origin() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let cookie = format!("banter_session={}", ada.token);
    let origin = server.origin();
    let mut socket =
        server.connect("/ws", &[("cookie", &cookie), ("origin", &origin)]).await.unwrap();
    socket.welcome().await;
    let refused =
        server.connect("/ws", &[("cookie", &cookie), ("origin", "https://evil.example")]).await;
    assert_eq!(refused.err(), Some(StatusCode::FORBIDDEN));
    let mut program = server.connect("/ws", &[("cookie", &cookie)]).await.unwrap();
    program.send_text(r#"{"type":"rooms","request_id":"1"}"#).await;
    match program.answer("1").await {
        ServerMessage::Error(error) => {
            assert_eq!(error.code, ErrorCode::Unauthorized, "its cookie is ignored")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_message_may_authenticate() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    socket.send_text(r#"{"type":"chat","payload":{"text":"too early"},"request_id":"0"}"#).await;
    assert!(
        matches!(socket.answer("0").await, ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized)
    );
    socket
        .send_text(format!(r#"{{"type":"auth","token":"{}","request_id":"1"}}"#, ada.token))
        .await;
    let answer = socket.receive().await;
    assert_eq!(
        (answer.request_id.as_deref(), answer.message.unwrap().name()),
        (Some("1"), "auth_response")
    );
    assert!(matches!(socket.event().await, Event::Welcome(_)));

    let mut wrong = server.connect("/ws", &[]).await.unwrap();
    wrong.send_text(r#"{"type":"auth","payload":{"token":"x"},"request_id":"1"}"#).await;
    assert!(
        matches!(wrong.answer("1").await, ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized)
    );
    assert_eq!(wrong.closed().await.0, 1008);
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let server = Server::start().await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "authentication required".into()));
}

#[tokio::test]
async fn the_first_message_may_have_its_token_beside_an_empty_payload() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    socket.send_text(format!(r#"{{"type":"auth","payload":{{}},"token":"{}"}}"#, ada.token)).await;
    assert_eq!(socket.receive().await.message.unwrap().name(), "auth_response");
}

#[tokio::test]
async fn a_room_that_is_not_there_is_named() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let ticket = ada.ticket(&server).await;
    let (code, reason) =
        server.connect(&format!("/ws/nowhere?ticket={ticket}"), &[]).await.unwrap().closed().await;
    assert_eq!(code, 1008);
    assert!(reason.contains("nowhere"), "{reason}");
}

#[tokio::test]
async fn signing_out_closes_the_sessions_sockets_and_no_others() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.connect(&server).await;
    let mut bos = bo.connect(&server).await;
    server.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(adas.closed().await, (1008, "signed out".into()));
    bos.chat("general", "still here").await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_one_that_answers_stays() {
    let server = Server::start_with(&["--heartbeat", "1/1"]).await;
    let ada = server.owner("ada").await;
    let mut silent = ada.connect(&server).await;
    // Whatever comes is a sign of life.
    let mut answering = Vec::new();
    for sign in [Frame::text(r#"{"type":"pong"}"#), Frame::Ping("".into()), Frame::Pong("".into())]
    {
        let mut lively = ada.connect(&server).await;
        answering.push(tokio::task::spawn(async move {
            for _ in 0..4 {
                assert_eq!(lively.receive_any().await.message, Some(Event::Ping(Empty {}).into()));
                lively.stream.send(sign.clone()).await.unwrap();
            }
            lively
        }));
    }
    assert_eq!(silent.closed().await.0, 1001);
    for lively in answering {
        lively.await.unwrap().chat("general", "alive").await;
    }
}

#[tokio::test]
async fn a_ping_of_the_frame_layer_is_replyed_with_what_it_carries() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for payload in [vec![], b"are you there?".to_vec(), vec![0xff; 125]] {
        socket.stream.send(Frame::Ping(payload.clone().into())).await.unwrap();
        assert_eq!(socket.frame().await, Frame::Pong(payload.into()));
    }
    let mut nobody = server.connect("/ws", &[]).await.unwrap();
    nobody.stream.send(Frame::Ping("early".into())).await.unwrap();
    assert_eq!(
        nobody.frame().await,
        Frame::Pong("early".into()),
        "before it is authenticated, too"
    );
}

#[tokio::test]
async fn what_is_no_proper_upgrade_is_refused() {
    let server = Server::start().await;
    let plain = server.get("/ws").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UPGRADE_REQUIRED);
    let upgrade = server.get("/ws").header("connection", "upgrade").header("upgrade", "websocket");
    let old =
        upgrade.try_clone().unwrap().header("sec-websocket-version", "8").send().await.unwrap();
    assert_eq!(old.status(), StatusCode::UPGRADE_REQUIRED);
    let keyless = upgrade.header("sec-websocket-version", "13").send().await.unwrap();
    assert_eq!(keyless.status(), StatusCode::BAD_REQUEST);
}
