//! Tickets, sessions and memberships across nodes.

use protocol::{CloseCode, Event, Request, ServerMessage, System, SystemEvent, Unsubscribe};
use reqwest::StatusCode;

use super::{add_secret_member, create_secret_room, next_presence_change, repetitions, two_nodes};

#[tokio::test]
async fn a_ticket_works_once_across_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    for _ in 0..repetitions() {
        let path = format!("/ws?ticket={}", ada.ticket(&one).await);
        let (first, second) = tokio::join!(one.connect(&path, &[]), other.connect(&path, &[]));
        let (first, second) = (first.unwrap().frame().await, second.unwrap().frame().await);
        assert_eq!(
            [first.is_close(), second.is_close()].iter().filter(|closed| **closed).count(),
            1
        );
    }
}

#[tokio::test]
async fn sessions_and_memberships_end_on_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    create_secret_room(&one, &ada, &[&bo]).await;
    let mut bo_socket = bo.subscriber(&other, "secret").await;
    one.request(reqwest::Method::DELETE, "/api/rooms/secret/members/bo")
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    assert_eq!(next_presence_change(&mut bo_socket).await, SystemEvent::Removed);

    let mut ada_socket = ada.connect(&other).await;
    let banned = one
        .post(&format!("/api/users/{}/ban", bo.user.id))
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    assert_eq!(banned.status(), StatusCode::NO_CONTENT);
    assert_eq!(bo_socket.closed().await.0, CloseCode::Policy as u16);
    one.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(ada_socket.closed().await.0, CloseCode::Policy as u16);
}

#[tokio::test]
async fn a_room_connection_ends_with_the_membership_even_if_unsubscribed() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    create_secret_room(&one, &ada, &[]).await;
    let mut sockets = Vec::new();
    for name in ["bo", "cy"] {
        let user = one.join(name, &ada).await;
        add_secret_member(&one, &ada, &user).await;
        let header = format!("Bearer {}", user.token);
        let mut socket = other.connect("/ws/secret", &[("authorization", &header)]).await.unwrap();
        socket.welcome().await;
        socket.request(&Request::Unsubscribe(Unsubscribe { room: "secret".into() })).await;
        sockets.push((name, socket));
    }
    for (name, mut socket) in sockets {
        let path = format!("/api/rooms/secret/members/{name}");
        one.request(reqwest::Method::DELETE, &path).bearer_auth(&ada.token).send().await.unwrap();
        assert_eq!(socket.closed().await.0, CloseCode::Policy as u16, "{name}");
        // The second removal is not announced to the other node, which must detect it.
        redis.kill();
    }
}

#[tokio::test]
async fn a_removed_user_receives_no_later_message_while_redis_is_down() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    create_secret_room(&one, &ada, &[&bo]).await;
    let (mut ada_socket, mut bo_socket) =
        (ada.connect(&one).await, bo.subscriber(&other, "secret").await);
    redis.kill();
    let path = "/api/rooms/secret/members/bo";
    one.request(reqwest::Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    ada_socket.chat("secret", "not for bo").await;
    loop {
        match bo_socket.receive().await.message.unwrap() {
            ServerMessage::Event(Event::System(System { event: SystemEvent::Removed, .. })) => {
                break;
            }
            message => assert_ne!(message.name(), "chat"),
        }
    }
}
