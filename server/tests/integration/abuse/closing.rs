//! A peer knows whether its connection ends after an answer. A proxy keeps each one that is not
//! announced to end, and may only send such requests twice that change nothing.

use std::fmt::Write as _;

use tokio::io::AsyncBufReadExt as _;
use tokio::io::BufReader;

use super::*;
use crate::support::Server;

const NEXT: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Reads one answer. Returns its head in lower case.
async fn answer(stream: &mut BufReader<TcpStream>) -> String {
    let read = async {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0 {}
        let head = head.to_ascii_lowercase();
        if let Some((_, length)) = head.split_once("content-length: ") {
            let length = length.split_once("\r\n").unwrap().0.parse().unwrap();
            stream.read_exact(&mut vec![0; length]).await.unwrap();
        } else if head.contains("transfer-encoding: chunked") {
            let mut line = String::new();
            while line.trim_end() != "0" {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
            }
            stream.read_line(&mut line).await.unwrap();
        }
        head
    };
    wait_for("an answer", read).await
}

/// Sends a request, and tells whether its answer announced the end of the connection. Fails if the
/// connection then ends and was not to, or the other way round.
async fn is_announced(server: &Server, request: &str, name: &str) -> bool {
    let mut stream = BufReader::new(sent(server.address, request).await);
    let head = answer(&mut stream).await;
    assert!(head.starts_with("http/1."), "{name}: {head}");
    if head.contains("\r\nconnection: close\r\n") {
        let mut rest = Vec::new();
        wait_for("the end", stream.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.is_empty(), "{name}: {}", String::from_utf8_lossy(&rest));
        return true;
    }
    for _ in 0..3 {
        stream.write_all(NEXT.as_bytes()).await.unwrap();
        let next = answer(&mut stream).await;
        assert!(next.starts_with("http/1.1 200"), "{name}: {head} then {next:?}");
    }
    false
}

fn post(path: &str, headers: &str, length: usize, sent: usize) -> String {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}");
    write!(request, "Content-Length: {length}\r\n\r\n{}", "x".repeat(sent)).unwrap();
    request
}

#[tokio::test]
async fn the_end_of_a_connection_is_announced() {
    let server = Server::start().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let expect = "Content-Type: application/json\r\nExpect: 100-continue\r\n";
    for (name, request) in [
        ("too large, not sent", post("/sign-in", form, 70_000, 0)),
        ("too large, sent in part", post("/api/auth/login", "", 70_000, 30_000)),
        ("too large, sent", post("/api/auth/login", "", 70_000, 70_000)),
        ("much too large", post("/api/auth/login", "", 1 << 30, 300_000)),
        ("too large, and asks first", post("/api/auth/login", expect, 70_000, 0)),
        ("no host", "GET /healthz HTTP/1.1\r\n\r\n".into()),
        ("no HTTP", "nonsense\r\n\r\n".into()),
        ("another version", "GET / HTTP/3.7\r\nHost: localhost\r\n\r\n".into()),
        (
            "a long head",
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(200_000)),
        ),
        (
            "two lengths",
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                .into(),
        ),
        (
            "asked for",
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".into(),
        ),
        (
            "a body that nobody reads",
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n1".into(),
        ),
        (
            "a page with a body that does not come",
            "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n".into(),
        ),
        (
            "a file with a body that does not come",
            "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n".into(),
        ),
        (
            "an upgrade with a body",
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Content-Length: 20\r\n\r\n"
                .into(),
        ),
    ] {
        assert!(is_announced(&server, &request, name).await, "{name}");
    }
}

/// A page is rendered while the body still arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refused_form_is_answered_by_a_page() {
    let server = Server::start().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let foreign = format!("{form}Origin: https://elsewhere.example\r\n");
    let refused = async |status: &str, headers: &str, length: usize| {
        for number in 0..100 {
            let mut stream =
                BufReader::new(sent(server.address, post("/sign-in", headers, length, 0)).await);
            for part in "x".repeat(length).as_bytes().chunks(8 << 10) {
                stream.write_all(part).await.unwrap();
            }
            let head = answer(&mut stream).await;
            assert!(head.starts_with(&format!("http/1.1 {status}")), "{number}: {head:?}");
        }
    };
    let large = async || refused("413", form, 70_000).await;
    let small = async || refused("403", &foreign, 300).await;
    tokio::join!(large(), small(), large(), small());
}

#[tokio::test]
async fn a_connection_whose_end_is_not_announced_stays() {
    let server = Server::start().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let foreign = format!("{form}Origin: https://elsewhere.example\r\n");
    let json = "Content-Type: application/json\r\n";
    for (name, request) in [
        ("a foreign form", post("/sign-in", &foreign, 30_000, 30_000)),
        ("a form that misses something", post("/sign-in", form, 20, 20)),
        ("no form", post("/sign-in", "", 20, 20)),
        ("no JSON", post("/api/auth/login", json, 60_000, 60_000)),
        ("nobody's ticket", post("/ws/ticket", json, 0, 0)),
        ("an unknown call", post("/api/unknown", json, 20, 20)),
        ("an unknown page", post("/unknown", form, 20, 20)),
        ("a method that is not there", post("/healthz", form, 20, 20)),
        ("a page", "GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n".into()),
        ("a head alone", "HEAD /api/unknown HTTP/1.1\r\nHost: localhost\r\n\r\n".into()),
        ("a connection that is not upgraded", "GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n".into()),
        (
            "an upgrade without a key",
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n"
                .into(),
        ),
    ] {
        // A body of HEAD is not sent.
        if name == "a head alone" {
            let mut stream = sent(server.address, format!("{request}{NEXT}")).await;
            let mut answers = String::new();
            while answers.matches("HTTP/1.1 ").count() < 2 || !answers.ends_with("ok") {
                let mut bytes = [0; 1024];
                let count = wait_for("both answers", stream.read(&mut bytes)).await.unwrap();
                assert_ne!(count, 0, "{answers}");
                answers.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
            continue;
        }
        assert!(!is_announced(&server, &request, name).await, "{name}");
    }
    // The second request is on its way while the first one is answered.
    let body = post("/api/auth/login", json, 10_000, 10_000);
    let mut stream = BufReader::new(sent(server.address, format!("{body}{body}{NEXT}")).await);
    for expected in ["http/1.1 400", "http/1.1 400", "http/1.1 200"] {
        let head = answer(&mut stream).await;
        assert!(head.starts_with(expected) && !head.contains("close"), "{head}");
    }
}
