//! Each limit: what just fits, and one more.

use protocol::{
    ErrorCode,
    http::{Login, Problem},
    limits::{LOG_IN_RATE, MESSAGE_RATE, REQUEST_RATE, TICKET_RATE},
};
use reqwest::{StatusCode, header};

use crate::support::{PASSWORD, Person, Server, Socket};

const LIMITED: &[&str] = &["--rate-limit=on"];

#[tokio::test]
async fn a_person_who_writes_too_fast_is_told_when_to_go_on() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut sockets = [ada.connect(&server).await, ada.connect(&server).await];
    let mut refused = None;
    // The bucket fills up while it is emptied: what is refused in the end came from both connections together.
    for number in 0..1000 {
        let socket = &mut sockets[number % 2];
        socket.send_text(r#"{"type":"chat","payload":{"room":"general","text":"hi"},"request_id":"1"}"#).await;
        match socket.answer("1").await {
            protocol::ServerMessage::Error(error) => {
                refused = Some((number, error));
                break;
            }
            sent => assert_eq!(sent.name(), "chat_response"),
        }
    }
    let (number, error) = refused.unwrap();
    assert!(number >= MESSAGE_RATE.burst as usize, "{number}");
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!((1..=100).contains(&error.retry_after_ms.unwrap()), "{error:?}");
    bo.connect(&server).await.chat("general", "somebody else is not limited").await;
}

#[tokio::test]
async fn a_connection_that_asks_too_much_is_told_so_whatever_it_asks() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let mut socket = ada.connect(&server).await;
    const COUNT: usize = 2000;
    for number in 0..COUNT {
        let text = if number % 2 == 0 { r#"{"type":"ping","request_id":"1"}"# } else { "nonsense" };
        socket.send_text(text).await;
    }
    let mut limited = 0;
    for number in 0..COUNT {
        match socket.receive().await.message.unwrap() {
            protocol::ServerMessage::Error(error) if error.code == ErrorCode::RateLimited => {
                assert!(number >= REQUEST_RATE.burst as usize, "{number}");
                assert!(error.retry_after_ms.is_some());
                limited += 1;
            }
            _ => {}
        }
    }
    assert!(limited > 0);
    ada.connect(&server).await.chat("general", "another connection is not limited").await;
}

#[tokio::test]
async fn tickets_are_limited_per_person() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let ticket = |person: &Person| server.post("/ws/ticket").bearer_auth(&person.token).send();
    let mut given = 0;
    let refused = loop {
        let response = ticket(&ada).await.unwrap();
        if response.status() != StatusCode::OK {
            break response;
        }
        given += 1;
    };
    assert!(given >= TICKET_RATE.burst, "{given}");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert_eq!(refused.json::<Problem>().await.unwrap().code, ErrorCode::RateLimited);
    assert_eq!(ticket(&bo).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn guessing_passwords_is_limited_per_name() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.owner("ada").await;
    server.join("bo", &ada).await;
    let log_in = |username: &str, password: &str| {
        let login = Login { username: username.into(), password: password.into() };
        let request = server.post("/api/auth/login").json(&login);
        async move { request.send().await.unwrap().status() }
    };
    let burst = LOG_IN_RATE.burst as usize;
    let guesses = futures_util::future::join_all((0..2 * burst).map(|_| log_in("ada", "a wrong guess"))).await;
    let count = |status| guesses.iter().filter(|other| **other == status).count();
    assert!(count(StatusCode::UNAUTHORIZED) >= burst, "{guesses:?}");
    assert!(count(StatusCode::TOO_MANY_REQUESTS) > 0, "{guesses:?}");
    assert_eq!(log_in("bo", PASSWORD).await, StatusCode::OK);
    let forms = (0..2 * burst).map(|_| server.post("/sign-in").form(&[("username", "ada"), ("password", "x")]).send());
    let too_fast = futures_util::future::join_all(forms).await.into_iter().any(|page| {
        let back = page.unwrap().headers()[header::LOCATION].to_str().unwrap().to_owned();
        back.starts_with("/sign-in?fault=too-fast") && back.contains("wait=")
    });
    assert!(too_fast, "the page says so, too");
}

/// Opens a socket by ticket; the status where that is refused.
async fn open(server: &Server, person: &Person, headers: &[(&'static str, &str)]) -> Result<Socket, StatusCode> {
    let mut request = server.post("/ws/ticket").bearer_auth(&person.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    let bearer = format!("Bearer {}", person.token);
    let headers = headers.iter().copied().chain([("authorization", bearer.as_str())]);
    let mut socket = server.connect("/ws", &headers.collect::<Vec<_>>()).await?;
    socket.welcome().await;
    Ok(socket)
}

#[tokio::test]
async fn a_person_has_so_many_sockets_and_no_more() {
    let server = Server::start_with(&["--max-sockets-per-user=2"]).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let before = server.holdings();
    let first = open(&server, &ada, &[]).await.unwrap();
    let second = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let bearer = format!("Bearer {}", ada.token);
    let refused = server.connect("/ws", &[("authorization", &bearer)]).await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS), "without a ticket");
    let mut late = server.connect("/ws", &[]).await.unwrap();
    let error = late.refused(&format!(r#"{{"type":"auth","payload":{{"token":"{}"}}}}"#, ada.token)).await;
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(late.closed().await.0, 1008, "by first message");
    open(&server, &bo, &[]).await.unwrap();
    drop((first, second, late));
    server.settles_to(&before).await;
    open(&server, &ada, &[]).await.unwrap();
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_a_trusted_proxy_tells_which_it_is() {
    let flags = ["--max-sockets-per-address=2", "--trusted-proxies=127.0.0.0/8"];
    let server = Server::start_with(&flags).await;
    let ada = server.owner("ada").await;
    let from = |address| [("x-forwarded-for", address)];
    let _first = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    let _second = open(&server, &ada, &from("192.0.2.1")).await.unwrap();
    assert_eq!(open(&server, &ada, &from("192.0.2.1")).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let refused = server.connect("/ws", &from("192.0.2.1")).await;
    assert_eq!(refused.err(), Some(StatusCode::TOO_MANY_REQUESTS), "before anybody is authenticated");
    let _third = open(&server, &ada, &from("192.0.2.2")).await.unwrap();
}

#[tokio::test]
async fn the_server_has_so_many_sockets_and_no_more() {
    let server = Server::start_with(&["--max-sockets=1"]).await;
    let ada = server.owner("ada").await;
    let _first = open(&server, &ada, &[]).await.unwrap();
    assert_eq!(open(&server, &ada, &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(server.connect("/ws", &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}

#[tokio::test]
async fn a_body_has_so_many_bytes_and_comes_in_time() {
    let server = Server::start().await;
    let body = r#"{"username":"ada","password":"x"}"#;
    let fits = format!("{body}{}", " ".repeat(65_536 - body.len()));
    for (body, status) in [(fits.clone(), StatusCode::UNAUTHORIZED), (fits + " ", StatusCode::PAYLOAD_TOO_LARGE)] {
        let request = server.post("/api/auth/login").header(header::CONTENT_TYPE, "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn what_is_counted_can_be_scraped() {
    let server = Server::start().await;
    let ada = server.owner("ada").await;
    let mut socket = ada.follow(&server, "general").await;
    socket.chat("general", "hush hush").await;
    socket.refused("nonsense").await;
    let response = server.get("/metrics").send().await.unwrap();
    assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.text().await.unwrap();
    for line in [
        "banter_connections 1",
        "banter_sockets 1",
        "banter_users_online 1",
        "banter_rooms 1",
        "banter_subscriptions 1",
        "banter_messages_received_total{type=\"chat\"} 1",
        "banter_messages_received_total{type=\"invalid\"} 1",
        "banter_errors_total{code=\"invalid_json\"} 1",
        "banter_request_duration_seconds_count{type=\"chat\"} 1",
        "banter_delivery_duration_seconds_count 1",
        "banter_http_request_duration_seconds_count{status=\"201\"} 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("hush") && !text.contains("general"), "{text}");
    let before = text.lines().find(|line| line.starts_with("banter_bytes_sent_total")).map(str::to_owned);
    assert!(before.is_some_and(|line| !line.ends_with(" 0")));
}
