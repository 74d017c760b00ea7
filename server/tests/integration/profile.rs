//! `GET` and `PATCH /api/me`: what users say about themselves, and what others see of it.

use protocol::{
    Event, History, Members, Message, Request, Response, ServerMessage, User,
    http::{Problem, Profile},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, Socket, TestUser};

const ROOM: &str = "general";

async fn patch(server: &Server, user: &TestUser, body: Value) -> reqwest::Response {
    let request = server.request(Method::PATCH, "/api/me").bearer_auth(&user.token);
    request.json(&body).send().await.unwrap()
}

async fn patched(server: &Server, user: &TestUser, body: Value) -> Profile {
    let response = patch(server, user, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn profile(server: &Server, user: &TestUser) -> Profile {
    let response = server.get("/api/me").bearer_auth(&user.token).send().await.unwrap();
    response.json().await.unwrap()
}

/// Returns a user as another one sees them, and the text of the response.
async fn seen(socket: &mut Socket, username: &str) -> (User, String) {
    let members = Members { room: ROOM.into(), after: None, limit: None };
    let response = socket.request(&Request::Members(members)).await;
    let ServerMessage::Response(Response::Members(page)) = &response else {
        panic!("expected members, got {response:?}")
    };
    let mut members = page.members.iter();
    let member = members.find(|member| member.user.username == username).unwrap();
    (member.user.clone(), serde_json::to_string(&member.user).unwrap())
}

async fn newest(socket: &mut Socket) -> Message {
    let history = History { room: Some(ROOM.into()), ..History::default() };
    match socket.request(&Request::History(history)).await {
        ServerMessage::Response(Response::History(page)) => page.messages.last().unwrap().clone(),
        other => panic!("expected a page, got {other:?}"),
    }
}

#[tokio::test]
async fn others_see_the_profile_but_never_the_quiet_hours() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let _ada_socket = ada.subscriber(&server, ROOM).await;
    let mut bo_socket = bo.subscriber(&server, ROOM).await;
    let before = profile(&server, &ada).await;
    assert_eq!((before.user.username.as_str(), before.quiet), ("ada", None));

    let all_day = json!({
        "from": "00:00", "to": "00:00", "time_zone": "europe/berlin", "days": [1, 2, 3, 4, 5, 6, 7]
    });
    let changed = patched(
        &server,
        &ada,
        json!({
            "display_name": "Ada Lovelace",
            "about": "Counts.\nAnd writes.",
            "status": { "emoji": "🌴", "text": "on leave", "until": "2999-01-01T00:00:00Z" },
            "quiet": all_day,
        }),
    )
    .await;
    assert_eq!(changed, profile(&server, &ada).await);
    let quiet = serde_json::to_value(changed.quiet).unwrap();
    assert_eq!(quiet["time_zone"], "Europe/Berlin");
    let (user, text) = seen(&mut bo_socket, "ada").await;
    assert_eq!(user, changed.user);
    assert_eq!((user.name.as_str(), user.quiet), ("Ada Lovelace", true));
    assert_eq!(user.about.as_deref(), Some("Counts.\nAnd writes."));
    let status = user.status.unwrap();
    assert_eq!((status.emoji.as_deref(), status.text.as_deref()), (Some("🌴"), Some("on leave")));
    assert!(!text.contains("Berlin") && !text.contains("00:00\""), "{text}");

    let changed =
        patched(&server, &ada, json!({ "status": null, "quiet": null, "about": "" })).await;
    assert_eq!(changed.quiet, None);
    assert_eq!(changed.user.name, "Ada Lovelace", "what is left out stays");
    let (user, _) = seen(&mut bo_socket, "ada").await;
    assert_eq!((user.about, user.status, user.quiet), (None, None, false));
}

#[tokio::test]
async fn a_status_and_a_quiet_time_end_by_themselves() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let past = "2020-01-01T00:00:00Z";
    let body = json!({ "status": { "text": "away", "until": past }, "quiet": { "until": past } });
    let changed = patched(&server, &ada, body).await;
    assert_eq!((changed.user.status, changed.user.quiet), (None, false));
    let body =
        json!({ "status": { "text": "away" }, "quiet": { "until": "2999-01-01T00:00:00Z" } });
    let changed = patched(&server, &ada, body).await;
    assert_eq!(changed.user.status.unwrap().until, None);
    assert!(changed.user.quiet);
}

#[tokio::test]
async fn a_change_with_a_wrong_value_changes_nothing() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let before = profile(&server, &ada).await;
    for (body, fields) in [
        (json!({ "display_name": "Ada L", "about": "x".repeat(501) }), vec!["about"]),
        (json!({ "about": "hi", "display_name": " " }), vec!["display_name"]),
        (json!({ "about": "hi", "status": {} }), vec!["status"]),
        (json!({ "about": "hi", "status": { "emoji": "ab" } }), vec!["status.emoji"]),
        (json!({ "about": "hi", "status": { "text": "x".repeat(101) } }), vec!["status.text"]),
        (
            json!({ "about": "hi", "quiet": {
                "from": "25:00", "to": "1:00", "time_zone": "Nowhere", "days": [8]
            } }),
            vec!["quiet.from", "quiet.to", "quiet.time_zone", "quiet.days"],
        ),
        (json!({ "about": "hi", "quiet": { "from": "22:00" } }), vec!["quiet"]),
        (json!({ "about": 7 }), vec!["about"]),
    ] {
        let response = patch(&server, &ada, body.clone()).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem: Problem = response.json().await.unwrap();
        let named: Vec<_> = problem.errors.iter().map(|error| error.field.to_string()).collect();
        assert_eq!(named, fields, "{body}");
    }
    assert_eq!(profile(&server, &ada).await, before);
    let anonymous = server.get("/api/me").send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn messages_show_the_present_name_of_their_sender() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut ada_socket = ada.subscriber(&server, ROOM).await;
    let mut bo_socket = bo.subscriber(&server, ROOM).await;
    ada_socket.chat(ROOM, "from ada").await;
    patched(&server, &ada, json!({ "display_name": "Countess" })).await;
    assert_eq!(newest(&mut bo_socket).await.sender.name, "Countess");
    // The connection is older than the name.
    ada_socket.chat(ROOM, "from the countess").await;
    loop {
        if let Event::Chat(message) = bo_socket.event().await
            && message.text.as_deref() == Some("from the countess")
        {
            assert_eq!(message.sender.name, "Countess");
            break;
        }
    }
    // A name that reads like another marks both, and lifts the marks when it goes.
    let changed = patched(&server, &bo, json!({ "display_name": "Countess" })).await;
    assert!(changed.user.alike);
    let sender = newest(&mut bo_socket).await.sender;
    assert_eq!(sender.username.as_deref(), Some("ada"));
    assert!(!patched(&server, &bo, json!({ "display_name": "Bo" })).await.user.alike);
    assert_eq!(newest(&mut bo_socket).await.sender.username, None);
}

#[tokio::test]
async fn texts_of_an_earlier_version_are_read_as_before() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    server.sql("UPDATE users SET about = 'old \u{202e} text', status_text = 'an \u{2028} old one'");
    let changed = patched(&server, &ada, json!({ "display_name": "Ada L" })).await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    let (user, _) = seen(&mut socket, "ada").await;
    assert_eq!(user, changed.user);
    assert_eq!(user.about.as_deref(), Some("old \u{202e} text"));
    assert_eq!(user.status.and_then(|status| status.text).as_deref(), Some("an \u{2028} old one"));
    let refused = patch(&server, &ada, json!({ "about": "new \u{202e} text" })).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
