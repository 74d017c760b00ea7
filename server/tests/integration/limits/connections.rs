//! Limits of open connections.

use protocol::ErrorCode;
use reqwest::StatusCode;

use crate::support::{Server, Socket, TestUser};

/// Opens a socket with a ticket. Returns the status if that is refused.
pub(crate) async fn open(
    server: &Server,
    user: &TestUser,
    headers: &[(&'static str, &str)],
) -> Result<Socket, StatusCode> {
    let mut request = server.post("/ws/ticket").bearer_auth(&user.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    let bearer = format!("Bearer {}", user.token);
    let headers = headers.iter().copied().chain([("authorization", bearer.as_str())]);
    let mut socket = server.connect("/ws", &headers.collect::<Vec<_>>()).await?;
    socket.welcome().await;
    Ok(socket)
}

#[tokio::test]
async fn connections_are_limited_per_user() {
    let server = Server::start_with(&["--max-sockets-per-user=2"]).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let before = server.resources();
    let first = open(&server, &ada, &[]).await.unwrap();
    let second = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let bearer = format!("Bearer {}", ada.token);
    let refused = server.connect("/ws", &[("authorization", &bearer)]).await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS), "without a ticket");
    let mut late = server.connect("/ws", &[]).await.unwrap();
    let error =
        late.refused(&format!(r#"{{"type":"auth","payload":{{"token":"{}"}}}}"#, ada.token)).await;
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(late.closed().await.0, 1008, "by first message");
    open(&server, &bo, &[]).await.unwrap();
    drop((first, second, late));
    server.returns_to(&before).await;
    open(&server, &ada, &[]).await.unwrap();
}

#[tokio::test]
async fn connections_are_limited_per_address_named_by_a_trusted_proxy() {
    let flags = ["--max-sockets-per-address=2", "--trusted-proxies=127.0.0.0/8"];
    let server = Server::start_with(&flags).await;
    let ada = server.register_owner("ada").await;
    let from = |address| [("x-forwarded-for", address)];
    let _first = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    let _second = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    assert_eq!(
        open(&server, &ada, &from("192.0.2.1")).await.err(),
        Some(StatusCode::TOO_MANY_REQUESTS)
    );
    let refused = server.connect("/ws", &from("192.0.2.1")).await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS), "before authentication");
    let _third = open(&server, &ada, &from("192.0.2.2")).await.unwrap();
}

#[tokio::test]
async fn connections_are_limited_per_server() {
    let server = Server::start_with(&["--max-sockets=1"]).await;
    let ada = server.register_owner("ada").await;
    let _first = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(server.connect("/ws", &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}
