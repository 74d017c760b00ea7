//! SIGTERM: connections are closed over the drain time, and the process ends by itself.

use protocol::{Empty, Event, Request, ServerMessage, decode_server_message};
use reqwest::StatusCode;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{ports::free_port, process::Process, support::Server};

#[cfg(unix)]
#[tokio::test]
async fn sigterm_exits_with_status_0() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path(), free_port()).await;
    process.terminate();
    assert_eq!(process.ended().await, Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn on_sigterm_connections_are_closed_gradually() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start_with(data.path(), free_port(), &[("BANTER_DRAIN", "4")]).await;
    let token = process.register().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(process.connect(&token).await);
    }
    sockets[0].chat("general", "before the end").await;
    process.terminate();
    let closes = sockets.iter_mut().map(|socket| Box::pin(socket.closed()));
    let ((code, _), first, others) = futures_util::future::select_all(closes).await;
    assert_eq!(code, 1012);
    drop(others);
    drop(sockets.swap_remove(first));
    for socket in &mut sockets {
        socket.send(&Request::Ping(Empty {}), "1").await;
    }
    let mut served = 0;
    for socket in &mut sockets {
        let code = loop {
            match socket.frame().await {
                Frame::Text(text) => {
                    let pong: ServerMessage = Event::Pong(Empty {}).into();
                    served +=
                        usize::from(decode_server_message(&text).unwrap().message == Some(pong));
                }
                Frame::Close(close) => break u16::from(close.unwrap().code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1012);
    }
    drop(sockets);
    assert!(
        served >= 5,
        "most connections were still open after the first close: {served} of 19 were served"
    );
    assert_eq!(process.ended().await, Some(0));
}

#[tokio::test]
async fn on_sigterm_connections_are_closed_with_1012() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    server.app.shutdown.begin();
    let (code, _) = socket.closed().await;
    assert_eq!(code, 1012);
    server.stop().await;
}

#[tokio::test]
async fn a_draining_server_reports_it_and_accepts_no_connections() {
    let server = Server::start_with(&["--drain=2"]).await;
    let ada = server.register_owner("ada").await;
    let mut waiting = server.connect("/ws", &[]).await.unwrap();
    let mut socket = ada.connect(&server).await;
    server.app.shutdown.begin();
    // An idle connection was closed, so these requests open new ones.
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let ready = http.get(server.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().await.unwrap().contains("draining"));
    assert_eq!(server.connect("/ws", &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    let ticket = http.post(server.url("/ws/ticket")).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(ticket.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(waiting.closed().await.0, 1012, "unauthenticated connections are closed at once");
    assert_eq!(socket.closed().await.0, 1012);
    server.stop().await;
}
