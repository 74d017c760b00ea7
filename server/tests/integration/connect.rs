//! Connections: credentials, refusals and their reasons, heartbeats.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{Empty, ErrorCode, Event, ServerMessage};
use reqwest::StatusCode;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Server, log_secrets};

#[tokio::test]
async fn a_ticket_works_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let path = format!("/ws?ticket={}", ada.ticket(&server).await);
    let mut socket = server.connect(&path, &[]).await.unwrap();
    assert_eq!(socket.welcome().await.user.username, "ada");
    let (code, reason) = server.connect(&path, &[]).await.unwrap().closed().await;
    assert_eq!(code, 1008);
    assert!(reason.contains("ticket"), "{reason}");
}

#[tokio::test]
async fn an_unreadable_credential_is_not_skipped() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
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
async fn a_ticket_is_invalid_after_its_session_ends() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let ticket = ada.ticket(&server).await;
    server.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    let mut socket = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "the session has ended".into()));
}

#[tokio::test]
async fn invalid_credentials_are_refused_with_a_reason() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
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
async fn a_token_in_the_url_is_accepted_only_if_enabled() {
    let server = Server::start_with(&["--auth-query-token"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = server.connect(&format!("/ws?token={}", ada.token), &[]).await.unwrap();
    assert_eq!(socket.welcome().await.user.username, "ada");
    for wrong in ["", "x.y.z"] {
        let (code, _) =
            server.connect(&format!("/ws?token={wrong}"), &[]).await.unwrap().closed().await;
        assert_eq!(code, 1008, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_empty_credential_is_invalid() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
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
async fn the_echo_route_returns_messages_if_enabled() {
    let server = Server::start_with(&["--echo"]).await;
    let mut socket = server.connect("/ws/echo", &[]).await.unwrap();
    for frame in [Frame::text("x".repeat(100_000)), Frame::binary(vec![0xff; 3])] {
        socket.stream.send(frame.clone()).await.unwrap();
        assert_eq!(
            crate::support::wait_for("the echo", socket.stream.next()).await.unwrap().unwrap(),
            frame
        );
    }
    let plain = Server::start().await;
    let ada = plain.register_owner("ada").await;
    let ticket = ada.ticket(&plain).await;
    let (code, reason) =
        plain.connect(&format!("/ws/echo?ticket={ticket}"), &[]).await.unwrap().closed().await;
    assert!(code == 1008 && reason.contains("echo"), "{code} {reason}");
}

#[tokio::test]
async fn requests_before_a_close_frame_are_served() {
    use tokio::io::AsyncWriteExt as _;
    use tokio_tungstenite::MaybeTlsStream;
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut reader = ada.subscriber(&server, "general").await;
    // The last case is a connection that ends without a close frame.
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
                crate::support::seq_and_text(reader.event().await).1,
                number.to_string(),
                "{last:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_cookie_is_accepted_only_from_an_allowed_origin() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
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
    match program.reply("1").await {
        ServerMessage::Error(error) => {
            assert_eq!(error.code, ErrorCode::Unauthorized, "its cookie is ignored")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_message_may_authenticate() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    socket.send_text(r#"{"type":"chat","payload":{"text":"too early"},"request_id":"0"}"#).await;
    assert!(matches!(
        socket.reply("0").await,
        ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized
    ));
    socket
        .send_text(format!(r#"{{"type":"auth","token":"{}","request_id":"1"}}"#, ada.token))
        .await;
    let reply = socket.receive().await;
    assert_eq!(
        (reply.request_id.as_deref(), reply.message.unwrap().name()),
        (Some("1"), "auth_response")
    );
    assert!(matches!(socket.event().await, Event::Welcome(_)));

    let mut wrong = server.connect("/ws", &[]).await.unwrap();
    wrong.send_text(r#"{"type":"auth","payload":{"token":"x"},"request_id":"1"}"#).await;
    assert!(matches!(
        wrong.reply("1").await,
        ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized
    ));
    assert_eq!(wrong.closed().await.0, 1008);
}

#[tokio::test]
async fn an_unauthenticated_silent_connection_is_closed() {
    let server = Server::start().await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "authentication required".into()));
}

#[tokio::test]
async fn the_token_of_the_first_message_may_stand_beside_an_empty_payload() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    socket.send_text(format!(r#"{{"type":"auth","payload":{{}},"token":"{}"}}"#, ada.token)).await;
    assert_eq!(socket.receive().await.message.unwrap().name(), "auth_response");
}

#[tokio::test]
async fn an_unknown_room_is_reported() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let ticket = ada.ticket(&server).await;
    let (code, reason) =
        server.connect(&format!("/ws/nowhere?ticket={ticket}"), &[]).await.unwrap().closed().await;
    assert_eq!(code, 1008);
    assert!(reason.contains("nowhere"), "{reason}");
}

#[tokio::test]
async fn signing_out_closes_only_the_connections_of_that_session() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut adas = ada.connect(&server).await;
    let mut bos = bo.connect(&server).await;
    server.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(adas.closed().await, (1008, "signed out".into()));
    bos.chat("general", "still here").await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_a_responsive_one_stays() {
    let server = Server::start_with(&["--heartbeat", "1/1"]).await;
    let ada = server.register_owner("ada").await;
    let mut silent = ada.connect(&server).await;
    // Each of these messages counts for the heartbeat.
    let mut tasks = Vec::new();
    for message in
        [Frame::text(r#"{"type":"pong"}"#), Frame::Ping("".into()), Frame::Pong("".into())]
    {
        let mut responsive = ada.connect(&server).await;
        tasks.push(tokio::task::spawn(async move {
            for _ in 0..4 {
                assert_eq!(
                    responsive.receive_any().await.message,
                    Some(Event::Ping(Empty {}).into())
                );
                responsive.stream.send(message.clone()).await.unwrap();
            }
            responsive
        }));
    }
    assert_eq!(silent.closed().await.0, 1001);
    for task in tasks {
        task.await.unwrap().chat("general", "still connected").await;
    }
}

#[tokio::test]
async fn a_ping_frame_gets_a_pong_with_its_payload() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for payload in [vec![], b"are you there?".to_vec(), vec![0xff; 125]] {
        socket.stream.send(Frame::Ping(payload.clone().into())).await.unwrap();
        assert_eq!(socket.frame().await, Frame::Pong(payload.into()));
    }
    let mut anonymous = server.connect("/ws", &[]).await.unwrap();
    anonymous.stream.send(Frame::Ping("early".into())).await.unwrap();
    assert_eq!(
        anonymous.frame().await,
        Frame::Pong("early".into()),
        "before authentication as well"
    );
}

#[tokio::test]
async fn an_invalid_upgrade_is_refused() {
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

#[tokio::test]
async fn a_proxy_that_passes_no_upgrade_is_told_once_with_the_cure() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for _ in 0..3 {
        // What nginx makes of an upgrade without its two lines.
        let request = server.get(&format!("/ws?ticket={}", ada.ticket(&server).await));
        let request = request.header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        let request = request.header("sec-websocket-version", "13").header("connection", "close");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UPGRADE_REQUIRED);
    }
    let warnings = log_secrets::lines("passes no WebSockets");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("WARN"), "{warnings:?}");
    assert!(warnings[0].contains("proxy_set_header Upgrade $http_upgrade"), "{warnings:?}");
}
