//! The exported metrics.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{ErrorCode, http::Problem};
use reqwest::{StatusCode, header};
use tokio_tungstenite::tungstenite::{Message as Frame, protocol::CloseFrame};

use crate::{
    ports::free_port,
    process::Process,
    support::{Server, wait_for},
};

#[tokio::test]
async fn metrics_can_be_scraped() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
    socket.chat("general", "hush hush").await;
    socket.refused("nonsense").await;
    let response = server.get("/metrics").send().await.unwrap();
    assert!(
        response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
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
}

#[tokio::test]
async fn bytes_and_close_codes_are_counted() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=3600/3600"]).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    let (received, sent) = ("banter_bytes_received_total", "banter_bytes_sent_total");
    let count = async |name| server.metric(name).await.unwrap();
    let before =
        (count(received).await, count(sent).await, count("banter_messages_sent_total").await);
    socket.send_text("nonsense").await;
    let Frame::Text(response) = socket.frame().await else { panic!("expected a response") };
    assert!((126..1 << 16).contains(&response.len()), "its frame begins with four bytes");
    // A frame of the client has two bytes of header and four of the mask.
    assert_eq!(count(received).await, before.0 + 6 + 8);
    assert_eq!(count(sent).await, before.1 + 4 + response.len() as u64);
    assert_eq!(count("banter_messages_sent_total").await, before.2 + 1);
    assert_eq!(
        (count("banter_outbox_bytes").await, count("banter_outbox_max_bytes").await),
        (0, 0)
    );

    let mut broken = ada.connect(&server).await;
    broken.stream.send(Frame::binary(vec![1])).await.unwrap();
    assert_eq!(broken.closed().await.0, 1003);
    let mut unknown = server.connect("/ws?ticket=wrong", &[]).await.unwrap();
    assert_eq!(unknown.closed().await.0, 1008);
    let leaving = CloseFrame { code: 1000.into(), reason: "".into() };
    socket.stream.close(Some(leaving)).await.unwrap();
    assert_eq!(socket.closed().await.0, 1000);
    for closed in [&mut socket, &mut broken, &mut unknown] {
        wait_for("the end of the connection", async {
            while closed.stream.next().await.is_some() {}
        })
        .await;
    }
    drop(ada.connect(&server).await);
    for code in [1000, 1003, 1006, 1008] {
        let name = format!("banter_closes_total{{code=\"{code}\"}}");
        server.metric_becomes(&name, 1).await;
    }
    assert_eq!(count("banter_sockets").await, 0);
}

#[tokio::test]
async fn metrics_are_for_programs_on_this_machine_unless_set_otherwise() {
    let server = Server::start().await;
    // What nginx makes of a request, without any setting but `proxy_pass`.
    let proxied = server.get("/metrics").version(reqwest::Version::HTTP_10).send().await.unwrap();
    assert_eq!(proxied.status(), StatusCode::FORBIDDEN);
    for (name, value, status) in [
        ("accept", "text/plain", StatusCode::OK),
        ("x-forwarded-for", "127.0.0.1", StatusCode::FORBIDDEN),
        ("forwarded", "for=127.0.0.1", StatusCode::FORBIDDEN),
        ("x-real-ip", "127.0.0.1", StatusCode::FORBIDDEN),
        ("host", "chat.example.org", StatusCode::FORBIDDEN),
    ] {
        let response = server.get("/metrics").header(name, value).send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        if status == StatusCode::FORBIDDEN {
            let problem: Problem = response.json().await.unwrap();
            assert_eq!(problem.code, ErrorCode::Forbidden, "{problem:?}");
            for setting in ["BANTER_METRICS_ADDR", "BANTER_METRICS_TOKEN"] {
                assert!(problem.detail.contains(setting), "{problem:?}");
            }
        }
    }
}

/// A proxy that names itself in `Host` and the client nowhere looks like a program on this machine.
#[tokio::test]
async fn behind_a_proxy_metrics_need_a_token_or_an_address() {
    let token = "a token of metrics for a test of proxies";
    let token_flag = format!("--metrics-token={token}");
    for (flag, status) in [
        ("--public-url=https://chat.example.org", StatusCode::FORBIDDEN),
        ("--public-url=http://chat.example.org", StatusCode::FORBIDDEN),
        ("--public-url=https://localhost", StatusCode::FORBIDDEN),
        ("--trusted-proxies=127.0.0.1", StatusCode::FORBIDDEN),
        ("--trusted-proxies=192.0.2.1", StatusCode::OK),
        ("--public-url=http://localhost:3000", StatusCode::OK),
    ] {
        let server = Server::start_with(&[flag]).await;
        for host in ["127.0.0.1", "localhost", "127.0.0.1:"] {
            let response = server.get("/metrics").header("host", host).send().await.unwrap();
            assert_eq!(response.status(), status, "{flag} {host}");
            let text = response.text().await.unwrap();
            let is_explained = ["BANTER_METRICS_ADDR", "BANTER_METRICS_TOKEN"]
                .iter()
                .all(|setting| text.contains(setting));
            assert_eq!(is_explained, status == StatusCode::FORBIDDEN, "{text}");
        }
        let server = Server::start_with(&[flag, &token_flag]).await;
        let with_token = server.get("/metrics").bearer_auth(token).send().await.unwrap();
        assert_eq!(with_token.status(), StatusCode::OK, "{flag}");
    }
}

#[tokio::test]
async fn a_proxy_that_hides_its_clients_is_logged_once() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("BANTER_TRUSTED_PROXIES", "127.0.0.1"), ("RUST_LOG", "info")];
    let process = Process::start_with(data.path(), free_port(), &settings).await;
    let warnings = || process.log().matches("without X-Forwarded-For").count();
    let get = async |path: &str, forwarded: bool| {
        let request = reqwest::Client::new().get(process.url(path));
        let headers = forwarded.then_some(("x-forwarded-for", "192.0.2.7"));
        let request = headers.into_iter().fold(request, |all, (name, ip)| all.header(name, ip));
        request.send().await.unwrap();
    };
    get("/healthz", false).await;
    get("/sign-in", true).await;
    assert_eq!(warnings(), 0, "health checks of a proxy are its own");
    for _ in 0..3 {
        get("/sign-in", false).await;
    }
    assert_eq!(warnings(), 1);
}

#[tokio::test]
async fn metrics_can_have_a_token_and_an_address_of_their_own() {
    let token = "a token of metrics for this test alone";
    let (token_flag, port) = (format!("--metrics-token={token}"), free_port());
    let address = format!("--metrics-addr=127.0.0.1:{port}");
    let with_token = Server::start_with(&[&token_flag]).await;
    let with_address = Server::start_with(&[&address]).await;
    let of_address = format!("http://127.0.0.1:{port}");
    assert_eq!(with_address.get("/metrics").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let own = reqwest::get(format!("{of_address}/metrics")).await.unwrap();
    assert!(own.text().await.unwrap().contains("banter_sockets 0"));
    let other = reqwest::get(format!("{of_address}/healthz")).await.unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND, "nothing but metrics");
    let from_elsewhere = || with_token.get("/metrics").header("x-forwarded-for", "192.0.2.1");
    for (request, status) in [
        (from_elsewhere().bearer_auth(token), StatusCode::OK),
        (from_elsewhere(), StatusCode::UNAUTHORIZED),
        (from_elsewhere().bearer_auth("another"), StatusCode::UNAUTHORIZED),
        (with_token.get("/metrics"), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}
