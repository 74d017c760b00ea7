//! Names of users and rooms: what they may hold, and how users are told apart.

use protocol::{
    Event, History, Members, Message, Request, Response, Sender, ServerMessage, SystemEvent,
    Typing,
    http::{Me, NewMember, NewRoom, Problem, Register, SignedIn},
};
use reqwest::{Response as HttpResponse, StatusCode};
use uuid::Uuid;

use crate::support::{PASSWORD, Server, Socket, TestUser, log_secrets};

const ROOM: &str = "general";

async fn register(
    server: &Server,
    by: &TestUser,
    username: &str,
    password: &str,
    name: Option<&str>,
) -> HttpResponse {
    let body = Register {
        username: username.into(),
        password: password.into(),
        display_name: name.map(str::to_owned),
        invite: Some(by.invite(server).await),
    };
    server.post("/api/auth/register").json(&body).send().await.unwrap()
}

async fn join(server: &Server, by: &TestUser, username: &str, name: &str) -> TestUser {
    let response = register(server, by, username, PASSWORD, Some(name)).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let SignedIn { token, user, .. } = response.json().await.unwrap();
    log_secrets::register(&token);
    TestUser { token, user }
}

/// Returns the status, and the first field that is named with its message.
async fn refusal(response: HttpResponse) -> (StatusCode, String) {
    let status = response.status();
    let problem: Problem = response.json().await.unwrap();
    let errors =
        problem.errors.into_iter().map(|error| format!("{} {}", error.field, error.message));
    (status, errors.collect::<Vec<_>>().join("; "))
}

#[tokio::test]
async fn names_that_cannot_be_seen_are_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let rule = "must have 1 to 64 characters, none of them invisible";
    for name in ["\u{2800}", "A\u{34f}", "\u{301}", "\u{e0041}", "a\u{202e}", "\u{3164}", "  "] {
        let refused = register(&server, &ada, "bo", PASSWORD, Some(name)).await;
        let expected = (StatusCode::UNPROCESSABLE_ENTITY, format!("display_name {rule}"));
        assert_eq!(refusal(refused).await, expected, "{}", name.escape_unicode());
        let room = NewRoom { name: name.into(), slug: Some("seen".into()), private: false };
        let refused = server.post("/api/rooms").bearer_auth(&ada.token).json(&room);
        let status = refused.send().await.unwrap().status();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", name.escape_unicode());
    }
    let bo = join(&server, &ada, "bo", " Zoe\u{308} ").await;
    assert_eq!(bo.user.name, "Zo\u{eb}", "trimmed, and in normal form");
}

#[tokio::test]
async fn names_of_earlier_versions_give_way_to_what_can_be_seen() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, ROOM).await;
    socket.chat(ROOM, "from a nobody").await;
    let hidden = if server.uses_postgres() { "chr(10240)" } else { "char(10240)" };
    server.sql(&format!("UPDATE users SET display_name = {hidden}"));
    server.sql(&format!("UPDATE rooms SET name = {hidden}"));
    let me = server.get("/api/auth/me").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(me.json::<Me>().await.unwrap().user.name, "ada");
    assert_eq!(newest(&mut socket).await.sender.name, "ada");
    let list = protocol::ListRooms::default();
    let rooms = server.app.store.rooms(ada.user.id, list).await.unwrap().rooms;
    assert_eq!(rooms[0].name, ROOM);
}

#[tokio::test]
async fn reserved_usernames_are_refused() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for name in ["system", "admin", "here", "room", "everyone", "channel", "all", "banter"] {
        let refused = register(&server, &ada, name, PASSWORD, None).await;
        let expected = (StatusCode::UNPROCESSABLE_ENTITY, "username is reserved".to_owned());
        assert_eq!(refusal(refused).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_username_cannot_read_as_an_id() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for id in [ada.user.id.0, Uuid::new_v4()] {
        let refused = register(&server, &ada, &id.simple().to_string(), PASSWORD, None).await;
        let expected = (StatusCode::UNPROCESSABLE_ENTITY, "username is reserved".to_owned());
        assert_eq!(refusal(refused).await, expected);
        for slug in [id.simple().to_string(), id.to_string()] {
            let room = NewRoom { name: "a room".into(), slug: Some(slug), private: false };
            let refused = server.post("/api/rooms").bearer_auth(&ada.token).json(&room);
            let status = refused.send().await.unwrap().status();
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
}

#[tokio::test]
async fn a_call_never_takes_a_username_for_the_id_of_another() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (bo, eve) = (server.join("bo", &ada).await, server.join("eve", &ada).await);
    // An earlier version has let Eve take the id of Bo for a username.
    let id = bo.user.id.0.simple().to_string();
    server.sql(&format!("UPDATE users SET username = '{id}' WHERE username = 'eve'"));
    let ban = async |user: &str| {
        let path = format!("/api/users/{user}/ban");
        server.post(&path).bearer_auth(&ada.token).send().await.unwrap().status()
    };
    let is_there = async |user: &TestUser| {
        let me = server.get("/api/auth/me").bearer_auth(&user.token).send().await.unwrap();
        me.status() == StatusCode::OK
    };
    assert_eq!(ban(&id).await, StatusCode::CONFLICT);
    let add = server
        .post("/api/rooms/general/members")
        .bearer_auth(&ada.token)
        .json(&NewMember { user: id.clone() });
    assert_eq!(add.send().await.unwrap().status(), StatusCode::CONFLICT);
    assert!(is_there(&bo).await && is_there(&eve).await);
    // Each has an id that no username can be.
    assert_eq!(ban(&eve.user.id.to_string()).await, StatusCode::NO_CONTENT);
    assert!(is_there(&bo).await && !is_there(&eve).await);
    assert_eq!(ban(&bo.user.id.to_string()).await, StatusCode::NO_CONTENT);
    assert!(!is_there(&bo).await);
    // A username that is nobody's id is a name like any other.
    let nobody = Uuid::new_v4().simple().to_string();
    server.sql(&format!("UPDATE users SET username = '{nobody}' WHERE username = '{id}'"));
    assert_eq!(ban(&nobody).await, StatusCode::NO_CONTENT);
}

async fn newest(socket: &mut Socket) -> Message {
    let history = Request::History(History { room: Some(ROOM.into()), ..History::default() });
    match socket.request(&history).await {
        ServerMessage::Response(Response::History(mut page)) => page.messages.pop().unwrap(),
        other => panic!("expected a page, got {other:?}"),
    }
}

#[tokio::test]
async fn users_whose_names_read_alike_come_with_their_usernames() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = join(&server, &ada, "bo", "Bo Diddley").await;
    let mut reader = ada.subscriber(&server, ROOM).await;
    let mut socket = bo.connect(&server).await;
    socket.subscribe(ROOM, None).await;
    let Event::System(_) = reader.event().await else { panic!("Bo did not join") };
    let sent = async |socket: &mut Socket, reader: &mut Socket| {
        socket.chat(ROOM, "who writes this?").await;
        let Event::Chat(message) = reader.event().await else { panic!("no message") };
        assert_eq!(message.sender, newest(socket).await.sender, "live and read again");
        message.sender
    };
    let plain =
        Sender { id: bo.user.id, name: "Bo Diddley".into(), username: None, ..Default::default() };
    assert_eq!(sent(&mut socket, &mut reader).await, plain);

    // Cyrillic letters of the same shape.
    let eve = join(&server, &ada, "eve", "B\u{43e} Diddley").await;
    assert!(eve.user.alike);
    // Connections that are open already know it as well.
    let marked = Sender { username: Some("bo".into()), ..plain };
    assert_eq!(sent(&mut socket, &mut reader).await, marked);
    let typing = Request::Typing(Typing { room: Some(ROOM.into()), ..Default::default() });
    socket.send(&typing, "typing").await;
    let Event::Typing(typing) = reader.event().await else { panic!("nobody types") };
    assert_eq!(typing.user, marked);

    let mut other = eve.connect(&server).await;
    other.subscribe(ROOM, None).await;
    let Event::System(joined) = reader.event().await else { panic!("Eve did not join") };
    assert_eq!(joined.event, SystemEvent::Joined);
    assert_eq!(joined.text, "B\u{43e} Diddley @eve joined");
    let members = Request::Members(Members { room: ROOM.into(), after: None, limit: None });
    let ServerMessage::Response(Response::Members(page)) = reader.request(&members).await else {
        panic!("no members")
    };
    let alike = page.members.iter().filter(|member| member.user.alike);
    let alike: Vec<_> = alike.map(|member| member.user.username.as_str()).collect();
    assert_eq!(alike, ["bo", "eve"]);
    let page = server.get("/rooms/general");
    let page = page.header("cookie", format!("banter_session={}", ada.token)).send().await;
    let page = page.unwrap().text().await.unwrap();
    assert!(page.contains("message__author") && page.contains("@bo<"), "{page}");
}

#[tokio::test]
async fn weak_passwords_are_refused() {
    const WEAK: &str = "is too easy to guess; use two or more words, not a common one or a row of \
                        keys with digits";
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for password in
        ["1234567890", "password123", "charles-1791", "babbage1791", "banter2026", "P@ssw0rd12"]
    {
        let refused = register(&server, &ada, "charles", password, Some("Charles Babbage")).await;
        let expected = (StatusCode::UNPROCESSABLE_ENTITY, format!("password {WEAK}"));
        assert_eq!(refusal(refused).await, expected, "{password}");
    }
    let change =
        protocol::http::ChangePassword { current: PASSWORD.into(), new: "ada1815ada".into() };
    let refused = server.post("/api/auth/password").bearer_auth(&ada.token).json(&change);
    let refused = refusal(refused.send().await.unwrap()).await;
    assert_eq!(refused, (StatusCode::UNPROCESSABLE_ENTITY, format!("new {WEAK}")));
    for password in ["password-of-charles", "a long password"] {
        let username = password.replace(' ', "-");
        let made = register(&server, &ada, &username[..6], password, None).await;
        assert_eq!(made.status(), StatusCode::CREATED, "{password}");
    }
}

#[tokio::test]
async fn a_password_is_the_same_however_it_is_typed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let composed = "Zo\u{eb} mag Pferde";
    let spellings = [composed, "Zoe\u{308} mag Pferde", "Zo\u{eb}\u{a0}mag\u{3000}Pferde"];
    let made = register(&server, &ada, "zoe", spellings[1], None).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let log_in = async |password: &str| {
        let body = protocol::http::Login { username: "zoe".into(), password: password.into() };
        server.post("/api/auth/login").json(&body).send().await.unwrap().status()
    };
    for spelling in spellings {
        assert_eq!(log_in(spelling).await, StatusCode::OK, "{}", spelling.escape_unicode());
    }
    // An earlier version hashed what was typed. The first log-in makes the new hash.
    let old = old_hash(spellings[1]);
    server.sql(&format!("UPDATE users SET password = '{old}' WHERE username = 'zoe'"));
    assert_eq!(log_in(composed).await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(spellings[1]).await, StatusCode::OK);
    assert_eq!(log_in(composed).await, StatusCode::OK);
    // The length counts in normal form.
    let short = "e\u{308}".repeat(8);
    let refused = register(&server, &ada, "short", &short, None).await;
    assert_eq!(
        refusal(refused).await,
        (StatusCode::UNPROCESSABLE_ENTITY, "password must have 10 to 128 characters".to_owned())
    );
    let refused = register(&server, &ada, "control", "correct horse\u{7}", None).await;
    assert_eq!(refusal(refused).await.1, "password must not contain control characters");
}

/// Returns the hash that earlier versions made of a password.
fn old_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher as _;
    argon2::Argon2::default().hash_password(password.as_bytes()).unwrap().to_string()
}
