//! Heads of requests that RFC 9112 and RFC 6455 forbid.

use super::{rest, sent, status};
use crate::support::Server;

#[tokio::test]
async fn a_request_names_one_host() {
    let server = Server::start().await;
    for (head, expected) in [
        ("GET /healthz HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.0\r\nHost: localhost\r\nHost: b\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: me@localhost\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost/x\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost:x\r\n\r\n", "400 Bad Request"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost:3000\r\n\r\n", "200 OK"),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n", "200 OK"),
        ("GET /healthz HTTP/1.0\r\n\r\n", "200 OK"),
    ] {
        let answer = status(server.address, head).await;
        assert!(answer.ends_with(expected), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn a_body_has_one_framing() {
    let server = Server::start().await;
    let post = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\n";
    for (framing, expected) in [
        ("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400"),
        ("Transfer-Encoding: gzip\r\n\r\n", "400"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "400"),
        ("Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "422"),
    ] {
        let answer = status(server.address, format!("{post}{framing}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{framing:?}: {answer}");
    }
}

#[tokio::test]
async fn a_request_that_breaks_the_rules_ends_its_connection() {
    let server = Server::start().await;
    // What follows may be meant for another reader of the same bytes.
    let two = "GET /healthz HTTP/1.1\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = rest(sent(server.address, two).await).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    for framing in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ] {
        let two = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n0\r\n\r\n\
             GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let answer = rest(sent(server.address, two).await).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    assert!(answer.to_lowercase().contains("x-content-type-options: nosniff"), "{answer}");
}

#[tokio::test]
async fn a_websocket_is_opened_by_one_key_and_one_version() {
    let server = Server::start().await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    for (rest, expected) in [
        (format!("{key}{version}"), "101"),
        (format!("{key}{version}Content-Length: 0\r\n"), "101"),
        (format!("{key}{key}{version}"), "400"),
        (format!("{key}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{version}"), "400"),
        (format!("{key}{version}{version}"), "400"),
        (format!("{key}Sec-WebSocket-Version: 12, 13\r\n"), "400"),
        (format!("{key}Sec-WebSocket-Version: 13, 12\r\n"), "400"),
        (format!("{key}Sec-WebSocket-Version: 8\r\n{version}"), "400"),
        (format!("{key}Sec-WebSocket-Version: 8\r\n"), "426"),
        (key.to_owned(), "426"),
        (version.to_owned(), "400"),
        (format!("{key}{version}Content-Length: 3\r\n"), "400"),
        (format!("{key}{version}Transfer-Encoding: chunked\r\n"), "400"),
    ] {
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             {rest}\r\n",
            server.address
        );
        let answer = status(server.address, head + "abc").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{rest:?}: {answer}");
    }
}

/// Errors name the thing that does not fit, in words for people.
#[tokio::test]
async fn what_does_not_fit_is_named_without_the_words_of_a_library() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let get = |path: &str| server.get(path).bearer_auth(&ada.token);
    let json = |path: &str, body: &'static str| {
        let request = server.post(path).bearer_auth(&ada.token);
        request.header("content-type", "application/json").body(body)
    };
    for (request, words) in [
        (get("/api/rooms/general/messages?before=x"), "before"),
        (get("/api/rooms/general/messages?limit=-1"), "limit"),
        (get("/api/rooms/%ff/messages"), "path"),
        (json("/api/rooms", r#"{"name":1}"#), "name must be a string"),
        (json("/api/rooms", "{}"), "name is required"),
        (json("/api/invites", r#"{"uses":-1}"#), "uses must be a whole number"),
        (json("/api/users/ada/role", r#"{"role":"king"}"#), "role must be one of"),
        (server.post("/sign-in").form(&[("username", "ada")]), "form"),
        (server.post("/sign-in").body("x"), "form"),
    ] {
        let text = request.send().await.unwrap().text().await.unwrap();
        assert!(text.contains(words), "{words}: {text}");
        for library in ["deserialize", "invalid digit", "expected", "variant", "u32", "missing fi"]
        {
            assert!(!text.contains(library), "{words}: {text}");
        }
    }
}
