//! Profiles, sessions and links for new passwords across nodes.

use protocol::CloseCode;
use reqwest::{Method, StatusCode};

use super::two_nodes;
use crate::{support::Socket, user_changes::rename};

#[tokio::test]
async fn changed_users_are_told_on_all_nodes_and_while_redis_is_away() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let mut socket = ada.connect(&other).await;
    rename(&one, &ada, "Ada L").await;
    assert_eq!(socket.changed_user().await.name, "Ada L");
    redis.kill();
    rename(&one, &ada, "Countess").await;
    assert_eq!(socket.changed_user().await.name, "Countess", "the store tells");
}

#[tokio::test]
async fn signing_out_elsewhere_closes_sockets_on_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let login =
        protocol::http::Login { username: "ada".into(), password: crate::support::PASSWORD.into() };
    let signed_in = one.post("/api/auth/login").json(&login).send().await.unwrap();
    let signed_in: protocol::http::SignedIn = signed_in.json().await.unwrap();
    crate::support::log_secrets::register(&signed_in.token);
    let mut socket = Socket::open(other.address, &signed_in.token).await;
    let request = one.request(Method::DELETE, "/api/sessions").bearer_auth(&ada.token);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(socket.closed().await.0, CloseCode::Policy as u16);
}
