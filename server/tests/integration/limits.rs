//! Each limit: the largest accepted value, and the next one.

use std::{sync::Arc, time::Instant};

use protocol::{
    ClientId, ErrorCode, History, HistoryPage, Members, Request, Response, Room, ServerMessage,
    Subscribe, Unsubscribe,
    http::{Login, Problem, Register},
    limits::{
        FAILED_LOG_IN_RATE, LOG_IN_RATE, MAX_SUBSCRIPTIONS, MESSAGE_RATE, REQUEST_RATE, TICKET_RATE,
    },
};
use reqwest::{StatusCode, header};
use server::{
    chat::Caller,
    delivery::{in_flight::InFlightWrites, reply::ReplyTo},
    store::NewStoredRoom,
    websocket::outbox::Outbox,
};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::support::{PASSWORD, Server, TestUser, chat};

mod connections;

const LIMITED: &[&str] = &["--rate-limit=on"];

#[tokio::test]
async fn messages_are_rate_limited_per_user() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut sockets = [ada.connect(&server).await, ada.connect(&server).await];
    let mut refused = None;
    // The bucket is refilled while it is emptied. The refused requests came from both connections
    // together.
    for number in 0..1000 {
        let socket = &mut sockets[number % 2];
        socket
            .send_text(
                r#"{"type":"chat","payload":{"room":"general","text":"hi"},"request_id":"1"}"#,
            )
            .await;
        match socket.reply("1").await {
            ServerMessage::Error(error) => {
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
    bo.connect(&server).await.chat("general", "another user is not limited").await;
}

#[tokio::test]
async fn requests_of_all_types_are_rate_limited_per_connection() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    const COUNT: usize = 2000;
    for number in 0..COUNT {
        let text = if number % 2 == 0 { r#"{"type":"ping","request_id":"1"}"# } else { "nonsense" };
        socket.send_text(text).await;
    }
    let mut limited = 0;
    for number in 0..COUNT {
        match socket.receive().await.message.unwrap() {
            ServerMessage::Error(error) if error.code == ErrorCode::RateLimited => {
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
async fn tickets_are_rate_limited_per_user() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let ticket = |user: &TestUser| server.post("/ws/ticket").bearer_auth(&user.token).send();
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
async fn login_attempts_are_rate_limited_per_username() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    server.join("bo", &ada).await;
    let log_in = |username: &str, password: &str| {
        let login = Login { username: username.into(), password: password.into() };
        let request = server.post("/api/auth/login").json(&login);
        async move { request.send().await.unwrap().status() }
    };
    let burst = LOG_IN_RATE.burst as usize;
    let guesses =
        futures_util::future::join_all((0..2 * burst).map(|_| log_in("ada", "a wrong guess")))
            .await;
    let count = |status| guesses.iter().filter(|other| **other == status).count();
    assert!(count(StatusCode::UNAUTHORIZED) >= burst, "{guesses:?}");
    assert!(count(StatusCode::TOO_MANY_REQUESTS) > 0, "{guesses:?}");
    assert_eq!(log_in("bo", PASSWORD).await, StatusCode::OK);
    let forms = (0..2 * burst)
        .map(|_| server.post("/sign-in").form(&[("username", "ada"), ("password", "x")]).send());
    let too_fast = futures_util::future::join_all(forms).await.into_iter().any(|page| {
        let back = page.unwrap().headers()[header::LOCATION].to_str().unwrap().to_owned();
        back.starts_with("/sign-in?fault=too-fast") && back.contains("wait=")
    });
    assert!(too_fast, "the sign-in page is limited as well");
}

#[tokio::test]
async fn body_size_is_limited() {
    let server = Server::start().await;
    let body = r#"{"username":"ada","password":"x"}"#;
    let fits = format!("{body}{}", " ".repeat(65_536 - body.len()));
    for (body, status) in
        [(fits.clone(), StatusCode::UNAUTHORIZED), (fits + " ", StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let request =
            server.post("/api/auth/login").header(header::CONTENT_TYPE, "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn subscriptions_are_limited_per_connection() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let store = &server.app.store;
    let rooms = (0..=MAX_SUBSCRIPTIONS).map(|number| {
        let slug = format!("room-{number}");
        store.create_room(NewStoredRoom {
            name: slug.clone(),
            slug: slug.into(),
            private: false,
            creator: ada.user.id,
        })
    });
    let rooms = futures_util::future::try_join_all(rooms).await.unwrap();
    // A session that does not exist would be ended by the reconciliation with the store.
    let password = store.credentials("bo".into()).await.unwrap().unwrap().password;
    let session = store.begin_session(bo.user.id, password, Default::default()).await.unwrap().0;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let outbox = Outbox::new(stream, server.app.metrics.clone());
    let caller = Caller {
        client: ClientId(Uuid::new_v4()),
        user: bo.user.clone(),
        session,
        default_room: None,
    };
    let reply = ReplyTo {
        outbox: outbox.clone(),
        in_flight: InFlightWrites::new(outbox.clone()),
        request_id: None,
        request: "subscribe",
        received_at: Instant::now(),
        metrics: server.app.metrics.clone(),
    };
    let _connection =
        server.app.hub.connect(caller.client, bo.user.clone(), session, outbox, Arc::default());
    let serve = |request| server.app.chat.dispatch(&caller, request, &reply);
    let subscribe = |room: &Room| {
        Request::Subscribe(Subscribe { room: room.id.into(), since: None, epoch: None, join: None })
    };
    let all_but_one = rooms[1..].iter().map(|room| serve(subscribe(room)));
    futures_util::future::try_join_all(all_but_one).await.unwrap();
    assert_eq!(server.app.hub.counts().subscriptions, 1000);

    let one_more = serve(subscribe(&rooms[0])).await;
    assert!(
        matches!(&one_more, Err(error) if error.code() == ErrorCode::Forbidden),
        "{one_more:?}"
    );
    assert!(
        !store.room_access(bo.user.id, rooms[0].id.into()).await.unwrap().member,
        "the update stays refused"
    );
    assert!(store.room_access(bo.user.id, rooms[1].id.into()).await.unwrap().member);
    serve(subscribe(&rooms[1])).await.unwrap();
    serve(Request::Unsubscribe(Unsubscribe { room: rooms[1].id.into() })).await.unwrap();
    serve(subscribe(&rooms[0])).await.unwrap();
    assert_eq!(server.app.hub.counts().subscriptions, 1000);
}

#[tokio::test]
async fn messages_per_page_are_limited() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.connect(&server).await;
    for number in 1..=101 {
        socket.send(&chat("general", "x", None), &number.to_string()).await;
    }
    socket.reply("101").await;
    for (limit, found) in
        [(None, 50), (Some(99), 99), (Some(100), 100), (Some(101), 100), (Some(u64::MAX), 100)]
    {
        let history = History { room: Some("general".into()), limit, ..History::default() };
        match socket.request(&Request::History(history)).await {
            ServerMessage::Response(Response::History(page)) => {
                assert_eq!((page.messages.len(), page.has_more), (found, true), "{limit:?}");
                assert_eq!(page.messages.last().map(|message| message.seq), Some(101), "{limit:?}");
            }
            other => panic!("{limit:?}: {other:?}"),
        }
        let query = limit.map(|limit| format!("?limit={limit}")).unwrap_or_default();
        let call =
            server.get(&format!("/api/rooms/general/messages{query}")).bearer_auth(&ada.token);
        let page: HistoryPage = call.send().await.unwrap().json().await.unwrap();
        assert_eq!((page.messages.len(), page.has_more), (found, true), "{limit:?}");
    }
}

#[tokio::test]
async fn members_per_page_are_limited() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
    insert_guests(&server, 500);
    for (after, limit, found, has_more) in [
        (None, None, 500, true),
        (None, Some(501), 500, true),
        (None, Some(2), 2, true),
        (None, Some(0), 1, true),
        (Some("ada"), Some(u64::MAX), 500, false),
        (Some("guest499"), None, 1, false),
        (Some("guest500"), None, 0, false),
    ] {
        let members = Members { room: "general".into(), after: after.map(str::to_owned), limit };
        match socket.request(&Request::Members(members)).await {
            ServerMessage::Response(Response::Members(page)) => {
                let page = (page.members.len(), page.has_more, page.total, page.total_online);
                assert_eq!(page, (found, has_more, 501, 1), "{after:?} {limit:?}");
            }
            other => panic!("{after:?} {limit:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn registrations_without_an_invitation_are_limited_per_address() {
    let server = Server::start_with(&["--rate-limit=on", "--registration=open"]).await;
    let ada = server.register_owner("ada").await;
    let from = "127.0.0.1".parse().unwrap();
    while server.app.limits.open_registration(from).await.is_ok() {}
    let register = |username: &str, invite| {
        let body = Register {
            username: username.into(),
            password: PASSWORD.into(),
            display_name: None,
            invite,
        };
        server.post("/api/auth/register").json(&body).send()
    };
    let refused = register("bo", None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    let refused = register("bo", Some("made up".into())).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let form = [("username", "bo"), ("password", PASSWORD)];
    let page = server.post("/join").form(&form).send().await.unwrap();
    let back = page.headers()[header::LOCATION].to_str().unwrap();
    assert!(back.starts_with("/join?fault=too-fast"), "{back}");
    let invite = ada.invite(&server).await;
    assert_eq!(register("bo", Some(invite)).await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn one_password_is_not_sprayed_over_all_usernames() {
    let server = Server::start_with(LIMITED).await;
    let ada = server.register_owner("ada").await;
    server.join("bo", &ada).await;
    let log_in = async |username: &str, password: &str| {
        let login = Login { username: username.into(), password: password.into() };
        server.post("/api/auth/login").json(&login).send().await.unwrap().status()
    };
    assert_eq!(log_in("ada", PASSWORD).await, StatusCode::OK);
    let from = "127.0.0.1".parse().unwrap();
    for number in 0..2 * FAILED_LOG_IN_RATE.burst {
        let (limits, username) = (&server.app.limits, format!("user{number}"));
        // Only those who are known there can owe tokens.
        limits.log_in_succeeded(from, &username);
        limits.log_in(from, &username).await.unwrap().end(true).await;
    }
    assert_eq!(log_in("bo", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(log_in("ada", PASSWORD).await, StatusCode::OK, "has signed in from there before");
}

/// Inserts members of `general` by two statements. Each registration would be a write of its own.
fn insert_guests(server: &Server, count: u128) {
    let id = |number| server.id_literal(Uuid::from_u128(number + 1));
    let users = (0..count)
        .map(|number| format!("({}, 'guest{:03}', 'member', 'none', 0)", id(number), number + 1));
    let members = (0..count).map(|number| {
        format!("((SELECT id FROM rooms WHERE slug = 'general'), {}, 0)", id(number))
    });
    let list = |rows: Vec<String>| rows.join(", ");
    server.sql(&format!(
        "INSERT INTO users (id, username, role, password, created_at) VALUES {};
         INSERT INTO room_members (room_id, user_id, joined_at) VALUES {};",
        list(users.collect()),
        list(members.collect())
    ));
}
