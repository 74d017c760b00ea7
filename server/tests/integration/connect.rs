//! Who gets a connection, and how one that is refused learns why.

use protocol::{ErrorCode, Event, ServerMessage};
use reqwest::StatusCode;

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
    for path in ["/ws?ticket=", "/ws?ticket=wrong", "/ws?token=x", &format!("/ws?token={}", ada.token)] {
        let (code, reason) = server.connect(path, &[]).await.unwrap().closed().await;
        assert_eq!(code, 1008, "{path}");
        assert!(!reason.is_empty(), "{path}");
    }
    let mut socket = server.connect("/ws", &[("authorization", "Bearer x.y.z")]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "the token is not valid".into()));
}

#[tokio::test]
async fn the_cookie_counts_only_with_our_origin() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let cookie = format!("banter_session={}", ada.token);
    let origin = server.origin();
    let mut socket = server.connect("/ws", &[("cookie", &cookie), ("origin", &origin)]).await.unwrap();
    socket.welcome().await;
    let refused = server.connect("/ws", &[("cookie", &cookie), ("origin", "https://evil.example")]).await;
    assert_eq!(refused.err(), Some(StatusCode::FORBIDDEN));
    let mut program = server.connect("/ws", &[("cookie", &cookie)]).await.unwrap();
    program.send_text(r#"{"type":"rooms","request_id":"1"}"#).await;
    match program.answer("1").await {
        ServerMessage::Error(error) => assert_eq!(error.code, ErrorCode::Unauthorized, "its cookie is ignored"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_message_may_authenticate() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    socket.send_text(r#"{"type":"chat","payload":{"text":"too early"},"request_id":"0"}"#).await;
    assert!(matches!(socket.answer("0").await, ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized));
    socket.send_text(format!(r#"{{"type":"auth","token":"{}","request_id":"1"}}"#, ada.token)).await;
    let answer = socket.receive().await;
    assert_eq!((answer.request_id.as_deref(), answer.message.unwrap().name()), (Some("1"), "auth_response"));
    assert!(matches!(socket.event().await, Event::Welcome(_)));

    let mut wrong = server.connect("/ws", &[]).await.unwrap();
    wrong.send_text(r#"{"type":"auth","payload":{"token":"x"},"request_id":"1"}"#).await;
    assert!(matches!(wrong.answer("1").await, ServerMessage::Error(error) if error.code == ErrorCode::Unauthorized));
    assert_eq!(wrong.closed().await.0, 1008);
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let server = Server::start().await;
    let mut socket = server.connect("/ws", &[]).await.unwrap();
    assert_eq!(socket.closed().await, (1008, "authentication required".into()));
}

#[tokio::test]
async fn a_room_that_is_not_there_is_named() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let ticket = ada.ticket(&server).await;
    let (code, reason) = server.connect(&format!("/ws/nowhere?ticket={ticket}"), &[]).await.unwrap().closed().await;
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
    let mut lively = ada.connect(&server).await;
    let mut silent = ada.connect(&server).await;
    let answering = tokio::task::spawn(async move {
        for _ in 0..4 {
            assert!(matches!(lively.event().await, Event::Ping(_)));
            lively.send_text(r#"{"type":"pong"}"#).await;
        }
        lively
    });
    assert_eq!(silent.closed().await.0, 1001);
    let mut lively = answering.await.unwrap();
    lively.chat("general", "alive").await;
}

#[tokio::test]
async fn what_is_no_proper_upgrade_is_refused() {
    let server = Server::start().await;
    let plain = server.get("/ws").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UPGRADE_REQUIRED);
    let upgrade = server.get("/ws").header("connection", "upgrade").header("upgrade", "websocket");
    let old = upgrade.try_clone().unwrap().header("sec-websocket-version", "8").send().await.unwrap();
    assert_eq!(old.status(), StatusCode::UPGRADE_REQUIRED);
    let keyless = upgrade.header("sec-websocket-version", "13").send().await.unwrap();
    assert_eq!(keyless.status(), StatusCode::BAD_REQUEST);
}
