//! `GET` and `DELETE /api/sessions`: where a user is signed in, and signing out elsewhere.

use protocol::{
    CloseCode,
    http::{Login, OpenSession, Sessions, SignedIn},
};
use reqwest::{Method, StatusCode, header};

use crate::support::{PASSWORD, Server, Socket, TestUser, log_secrets};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Signs in with this browser. Returns the token.
async fn sign_in(server: &Server, username: &str, browser: &str) -> String {
    let login = Login { username: username.into(), password: PASSWORD.into() };
    let request = server.post("/api/auth/login").header(header::USER_AGENT, browser).json(&login);
    let SignedIn { token, .. } = request.send().await.unwrap().json().await.unwrap();
    log_secrets::register(&token);
    token
}

async fn list(server: &Server, token: &str) -> Vec<OpenSession> {
    let response = server.get("/api/sessions").bearer_auth(token).send().await.unwrap();
    response.json::<Sessions>().await.unwrap().sessions
}

async fn delete(server: &Server, by: &TestUser, path: &str) -> StatusCode {
    let request = server.request(Method::DELETE, path).bearer_auth(&by.token);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn sessions_are_listed_with_what_their_user_recognizes() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    sign_in(&server, "ada", FIREFOX).await;
    let sessions = list(&server, &ada.token).await;
    assert_eq!(sessions.len(), 2, "none of another user: {sessions:?}");
    assert_eq!(sessions.iter().map(|session| session.current).collect::<Vec<_>>(), [true, false]);
    assert_eq!(sessions[1].browser.as_deref(), Some("Firefox on Linux"));
    assert_eq!(sessions[1].address.as_deref(), Some("127.0.0.1"));
    assert!(sessions[1].created_at >= sessions[0].created_at);

    let path = format!("/api/sessions/{}", sessions[0].id.0);
    assert_eq!(delete(&server, &bo, &path).await, StatusCode::NOT_FOUND, "of another user");
    assert_eq!(delete(&server, &ada, "/api/sessions/none").await, StatusCode::NOT_FOUND);
    assert_eq!(list(&server, &ada.token).await.len(), 2);
}

#[tokio::test]
async fn an_ended_session_loses_its_sockets_and_its_token() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut here = ada.connect(&server).await;
    let elsewhere = sign_in(&server, "ada", FIREFOX).await;
    let mut socket = Socket::open(server.address, &elsewhere).await;
    let other = list(&server, &ada.token).await.into_iter().find(|session| !session.current);
    let path = format!("/api/sessions/{}", other.unwrap().id.0);
    assert_eq!(delete(&server, &ada, &path).await, StatusCode::NO_CONTENT);
    assert_eq!(socket.closed().await.0, CloseCode::Policy as u16);
    let me = server.get("/api/auth/me").bearer_auth(&elsewhere).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(delete(&server, &ada, &path).await, StatusCode::NOT_FOUND);

    let mut sockets = Vec::new();
    for browser in [FIREFOX, "curl/8.5.0"] {
        let token = sign_in(&server, "ada", browser).await;
        sockets.push(Socket::open(server.address, &token).await);
    }
    assert_eq!(delete(&server, &ada, "/api/sessions").await, StatusCode::NO_CONTENT);
    for mut socket in sockets {
        assert_eq!(socket.closed().await.0, CloseCode::Policy as u16);
    }
    assert_eq!(list(&server, &ada.token).await.len(), 1);
    here.chat("general", "still here").await;
}
