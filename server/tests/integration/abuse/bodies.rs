//! Bodies that are too large, too slow, or not read.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{rest, sent};
use crate::support::{Server, wait_for};

fn post(address: impl std::fmt::Display, len: usize) -> String {
    format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {len}\r\n\r\n"
    )
}

/// Closing a connection with unread bytes resets it. The client would lose the answer.
#[tokio::test]
async fn the_refusal_of_a_large_body_can_be_read() {
    let server = Server::start().await;
    for len in [65_537, 1 << 20, 8 << 20] {
        for _ in 0..10 {
            let head = post(server.address, len);
            let mut stream = sent(server.address, head).await;
            // The whole body is sent before the answer is read.
            wait_for("the body to be taken", stream.write_all(&vec![b' '; len])).await.unwrap();
            let answer = rest(stream).await;
            assert!(answer.starts_with("HTTP/1.1 413"), "{len}: {answer}");
        }
    }
}

#[tokio::test]
async fn other_early_refusals_can_be_read() {
    let server = Server::start().await;
    let body = vec![b' '; 1 << 20];
    for (start, expected) in [
        ("GET /ws", "426"),
        ("GET /ws/ticket", "405"),
        ("GET /api/nothing", "404"),
        ("GET /api/auth/me", "401"),
    ] {
        for _ in 0..10 {
            let address = server.address;
            let head =
                format!("{start} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1048576\r\n\r\n");
            let mut stream = sent(address, head).await;
            wait_for("the body to be taken", stream.write_all(&body)).await.unwrap();
            let answer = rest(stream).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{start}: {answer}");
        }
    }
}

/// The memory of unfinished bodies is bounded per address, and that of others is not affected.
#[tokio::test]
async fn unfinished_bodies_of_one_address_are_refused_beyond_a_bound() {
    let flags = ["--rate-limit=off", "--trusted-proxies=127.0.0.1"];
    let server = Server::start_with(&flags).await;
    let head = |from: &str, len| {
        let post = post(server.address, len);
        post.replacen("\r\n", &format!("\r\nX-Forwarded-For: {from}\r\n"), 1)
    };
    let mut unfinished = Vec::new();
    let most = server::limits::MAX_RECEIVING_PER_ADDRESS / (60 << 10);
    for _ in 0..most + 20 {
        let bytes = head("192.0.2.1", 65_536) + &" ".repeat(64_000);
        unfinished.push(sent(server.address, bytes).await);
    }
    let refused = async {
        loop {
            for stream in &unfinished {
                let mut status = [0; 12];
                if matches!(stream.try_read(&mut status), Ok(12)) {
                    return status;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    let status = wait_for("a refusal", refused).await;
    assert_eq!(&status, b"HTTP/1.1 429");
    let login = r#"{"username":"ada","password":"x"}"#;
    for from in ["192.0.2.1", "192.0.2.2"] {
        let mut stream = sent(server.address, head(from, login.len()) + login).await;
        let mut status = [0; 12];
        wait_for("the answer", stream.read_exact(&mut status)).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 401", "small bodies are always read");
    }
    drop(unfinished);
    wait_for("the memory to be given back", async {
        while server.app.limits.receiving_bytes() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let large = head("192.0.2.1", 65_536) + &" ".repeat(65_536);
    let mut stream: TcpStream = sent(server.address, large).await;
    let mut status = [0; 12];
    wait_for("the answer", stream.read_exact(&mut status)).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 400", "it is not JSON");
}

/// Heads that are not complete, and small bodies behind large heads, hold a bounded memory too.
#[tokio::test]
async fn unfinished_heads_of_one_address_are_closed_beyond_a_bound() {
    let server = Server::start_with(&["--rate-limit=off"]).await;
    let behind_proxy =
        Server::start_with(&["--rate-limit=off", "--trusted-proxies=127.0.0.1"]).await;
    let most = server::limits::MAX_RECEIVING_PER_ADDRESS;
    let large = format!("X: {}", "a".repeat(28 << 10));
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\n{large}", server.address);
    let post = post(server.address, 65_000).replacen("\r\n", &format!("\r\n{large}\r\n"), 1);
    for unfinished in [head, post + &" ".repeat(4000)] {
        let mut open = Vec::new();
        for _ in 0..most / (28 << 10) + 50 {
            open.push(sent(server.address, unfinished.as_str()).await);
        }
        let closed = async {
            loop {
                for stream in &open {
                    let mut status = [0; 12];
                    match stream.try_read(&mut status) {
                        Ok(12) => return assert_eq!(&status, b"HTTP/1.1 429"),
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                        _ => return,
                    }
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        wait_for("the end of a connection", closed).await;
        assert!(server.app.limits.receiving_bytes() <= 2 * most);
        assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200, "small heads");
        drop(open);
        wait_for("the memory to be given back", async {
            while server.app.limits.receiving_bytes() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
    // A trusted proxy sends the heads of many clients.
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\n{large}", behind_proxy.address);
    let mut open = Vec::new();
    for _ in 0..most / (28 << 10) + 50 {
        open.push(sent(behind_proxy.address, head.as_str()).await);
    }
    for mut stream in open {
        wait_for("the rest", stream.write_all(b"\r\n\r\n")).await.unwrap();
        let mut status = [0; 12];
        wait_for("the answer", stream.read_exact(&mut status)).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 303");
    }
}
