//! Passwords, bans, roles and members of rooms.

use protocol::{
    ErrorCode, Event, Role, RoomId, SystemEvent,
    http::{ChangePassword, Login, Me, NewMember, NewRole, NewRoom},
};
use reqwest::{Method, StatusCode};

use crate::support::{PASSWORD, Server, TestUser, log_secrets};

const NEW_PASSWORD: &str = "a better password";

async fn log_in(server: &Server, username: &str, password: &str) -> StatusCode {
    log_secrets::register(password);
    let login = Login { username: username.into(), password: password.into() };
    server.post("/api/auth/login").json(&login).send().await.unwrap().status()
}

async fn call(server: &Server, by: &TestUser, method: Method, path: &str) -> StatusCode {
    server.request(method, path).bearer_auth(&by.token).send().await.unwrap().status()
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let login = Login { username: "ada".into(), password: PASSWORD.into() };
    let other: protocol::http::SignedIn =
        server.post("/api/auth/login").json(&login).send().await.unwrap().json().await.unwrap();
    log_secrets::register(&other.token);
    let other = TestUser { token: other.token, user: other.user };
    let (mut mine, mut others) = (ada.connect(&server).await, other.connect(&server).await);
    let change = async |current: &str, new: &str| {
        log_secrets::register(current);
        log_secrets::register(new);
        let body = ChangePassword { current: current.into(), new: new.into() };
        server
            .post("/api/auth/password")
            .bearer_auth(&ada.token)
            .json(&body)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(change("not that one", NEW_PASSWORD).await, StatusCode::FORBIDDEN);
    assert_eq!(change(PASSWORD, "short").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(PASSWORD, NEW_PASSWORD).await, StatusCode::NO_CONTENT);
    assert_eq!(others.closed().await, (1008, "the password was changed".into()));
    mine.chat("general", "still here").await;
    assert_eq!(call(&server, &other, Method::GET, "/api/auth/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&server, &ada, Method::GET, "/api/auth/me").await, StatusCode::OK);
    assert_eq!(log_in(&server, "ada", PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&server, "ada", NEW_PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn a_ban_ends_all_sessions_until_it_is_lifted() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let mut sockets = [bo.connect(&server).await, bo.connect(&server).await];
    assert_eq!(call(&server, &cy, Method::POST, "/api/users/bo/ban").await, StatusCode::FORBIDDEN);
    assert_eq!(
        call(&server, &ada, Method::POST, "/api/users/nobody/ban").await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        call(&server, &ada, Method::POST, "/api/users/ada/ban").await,
        StatusCode::FORBIDDEN,
        "the owner"
    );
    assert_eq!(
        call(&server, &ada, Method::POST, "/api/users/bo/ban").await,
        StatusCode::NO_CONTENT
    );
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, (1008, "This account was banned.".into()));
    }
    assert_eq!(call(&server, &bo, Method::GET, "/api/auth/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&server, "bo", PASSWORD).await, StatusCode::FORBIDDEN);
    assert_eq!(
        log_in(&server, "bo", "a wrong guess").await,
        StatusCode::UNAUTHORIZED,
        "only the right password reveals the ban"
    );
    let by_id = format!("/api/users/{}/ban", bo.user.id);
    assert_eq!(call(&server, &ada, Method::DELETE, &by_id).await, StatusCode::NO_CONTENT);
    assert_eq!(log_in(&server, "bo", PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn the_owner_assigns_roles_and_admins_invite_and_ban() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let give = async |by: &TestUser, whom: &str, role| {
        let path = format!("/api/users/{whom}/role");
        server
            .post(&path)
            .bearer_auth(&by.token)
            .json(&NewRole { role })
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(give(&bo, "bo", Role::Admin).await, StatusCode::FORBIDDEN);
    assert_eq!(give(&ada, "bo", Role::Owner).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&ada, "ada", Role::Member).await, StatusCode::FORBIDDEN);
    assert_eq!(give(&ada, "bo", Role::Admin).await, StatusCode::NO_CONTENT);
    let me: Me = server
        .get("/api/auth/me")
        .bearer_auth(&bo.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me.user.role, Role::Admin);
    let cy = server.join("cy", &bo).await;
    assert_eq!(call(&server, &bo, Method::POST, "/api/users/cy/ban").await, StatusCode::NO_CONTENT);
    assert_eq!(call(&server, &cy, Method::GET, "/api/auth/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&server, &bo, Method::POST, "/api/users/ada/ban").await, StatusCode::FORBIDDEN);
    assert_eq!(
        call(&server, &bo, Method::POST, "/api/users/bo/ban").await,
        StatusCode::FORBIDDEN,
        "the admin itself"
    );
}

async fn private_room(server: &Server, by: &TestUser) -> RoomId {
    let new = NewRoom { name: "Secret plans".into(), slug: Some("plans".into()), private: true };
    let response =
        server.post("/api/rooms").bearer_auth(&by.token).json(&new).send().await.unwrap();
    response.json::<protocol::Room>().await.unwrap().id
}

async fn add(server: &Server, by: &TestUser, whom: &str) -> StatusCode {
    let body = NewMember { user: whom.into() };
    server
        .post("/api/rooms/plans/members")
        .bearer_auth(&by.token)
        .json(&body)
        .send()
        .await
        .unwrap()
        .status()
}

#[tokio::test]
async fn a_private_room_is_hidden_from_others_even_from_the_owner() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    private_room(&server, &bo).await;
    let mut adas = ada.connect(&server).await;
    for request in ["subscribe", "history", "members"] {
        let text = format!(r#"{{"type":"{request}","payload":{{"room":"plans"}}}}"#);
        assert_eq!(adas.refused(&text).await.code, ErrorCode::NotFound, "{request}");
    }
    let text = r#"{"type":"chat","payload":{"room":"plans","text":"let me in"}}"#;
    assert_eq!(adas.refused(text).await.code, ErrorCode::NotFound);
    assert_eq!(
        call(&server, &ada, Method::GET, "/api/rooms/plans/messages").await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(add(&server, &ada, "ada").await, StatusCode::NOT_FOUND);
    let ticket = ada.ticket(&server).await;
    let (code, reason) =
        server.connect(&format!("/ws/plans?ticket={ticket}"), &[]).await.unwrap().closed().await;
    assert!(code == 1008 && reason.contains("plans"), "{code} {reason}");

    assert_eq!(add(&server, &bo, "cy").await, StatusCode::NO_CONTENT);
    assert_eq!(add(&server, &cy, "ada").await, StatusCode::NO_CONTENT, "any member can add users");
    assert_eq!(add(&server, &bo, "nobody").await, StatusCode::NOT_FOUND);
    adas.chat("plans", "now I am in").await;
}

#[tokio::test]
async fn a_private_room_without_its_creator_is_managed_by_its_oldest_member() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let users = [
        server.join("bo", &ada).await,
        server.join("cy", &ada).await,
        server.join("dan", &ada).await,
        server.join("eve", &ada).await,
    ];
    let [bo, cy, dan, eve] = &users;
    private_room(&server, bo).await;
    for user in ["eve", "dan", "cy"] {
        assert_eq!(add(&server, bo, user).await, StatusCode::NO_CONTENT);
    }
    // They came one after the other.
    for (username, joined_at) in [("eve", 1), ("dan", 2), ("cy", 3)] {
        server.sql(&format!(
            "UPDATE room_members SET joined_at = {joined_at}
             WHERE user_id = (SELECT id FROM users WHERE username = '{username}')
                 AND room_id = (SELECT id FROM rooms WHERE slug = 'plans')"
        ));
    }
    let remove = async |by: &TestUser, whom: &str| {
        call(&server, by, Method::DELETE, &format!("/api/rooms/plans/members/{whom}")).await
    };
    assert_eq!(remove(eve, "cy").await, StatusCode::FORBIDDEN, "the creator is there");
    assert_eq!(remove(bo, "bo").await, StatusCode::NO_CONTENT, "the creator leaves");
    assert_eq!(remove(dan, "cy").await, StatusCode::FORBIDDEN);
    assert_eq!(remove(eve, "cy").await, StatusCode::NO_CONTENT, "the longest-standing member");
    assert_eq!(add(&server, dan, "cy").await, StatusCode::NO_CONTENT);
    call(&server, &ada, Method::POST, "/api/users/eve/ban").await;
    assert_eq!(remove(cy, "eve").await, StatusCode::FORBIDDEN);
    assert_eq!(remove(dan, "eve").await, StatusCode::NO_CONTENT, "who is banned manages nothing");
    assert_eq!(add(&server, dan, "bo").await, StatusCode::NO_CONTENT);
    assert_eq!(remove(dan, "cy").await, StatusCode::FORBIDDEN, "the creator has come back");
    assert_eq!(remove(bo, "dan").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_public_room_without_a_creator_is_managed_by_the_owner_and_admins() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    bo.subscriber(&server, "general").await;
    ada.subscriber(&server, "general").await;
    let remove = async |by: &TestUser, whom: &str| {
        call(&server, by, Method::DELETE, &format!("/api/rooms/general/members/{whom}")).await
    };
    assert_eq!(remove(&bo, "ada").await, StatusCode::FORBIDDEN);
    assert_eq!(remove(&ada, "bo").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_removed_user_receives_nothing_more() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    let room = private_room(&server, &ada).await;
    add(&server, &ada, "bo").await;
    add(&server, &ada, "cy").await;
    let mut adas = ada.subscriber(&server, "plans").await;
    let mut bos = bo.subscriber(&server, "plans").await;
    let ticket = bo.ticket(&server).await;
    let mut at_home = server.connect(&format!("/ws/plans?ticket={ticket}"), &[]).await.unwrap();
    at_home.welcome().await;
    let path = "/api/rooms/plans/members/bo";
    assert_eq!(
        call(&server, &cy, Method::DELETE, path).await,
        StatusCode::FORBIDDEN,
        "only its creator"
    );
    assert_eq!(call(&server, &ada, Method::DELETE, path).await, StatusCode::NO_CONTENT);
    assert_eq!(call(&server, &ada, Method::DELETE, path).await, StatusCode::NOT_FOUND);
    let is_removal = |event: &Event| match event {
        Event::System(system) => {
            (system.event, system.room, system.user.id) == (SystemEvent::Removed, room, bo.user.id)
        }
        _ => false,
    };
    while !is_removal(&adas.event().await) {}
    adas.chat("plans", "now we are alone").await;
    assert!(is_removal(&bos.event().await));
    let pong = bos.request(&protocol::Request::Ping(protocol::Empty {})).await;
    assert_eq!(pong.name(), "pong", "nothing after it");
    assert_eq!(at_home.closed().await.0, 1008);
    assert_eq!(
        call(&server, &cy, Method::DELETE, "/api/rooms/plans/members/cy").await,
        StatusCode::NO_CONTENT,
        "leaving"
    );
    assert_eq!(
        call(&server, &cy, Method::GET, "/api/rooms/plans/messages").await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_removal_takes_effect_even_if_its_response_is_never_sent() {
    let server = Server::start().await;
    if !server.uses_postgres() {
        return; // SQLite loses no response
    }
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    private_room(&server, &ada).await;
    add(&server, &ada, "bo").await;
    let mut bos = bo.subscriber(&server, "plans").await;
    server.sql(
        "DELETE FROM room_members WHERE user_id = (SELECT id FROM users WHERE username = 'bo')",
    );
    assert!(
        matches!(bos.event().await, Event::System(system) if system.event == SystemEvent::Removed)
    );
    ada.connect(&server).await.chat("plans", "now I am alone").await;
    let pong = bos.request(&protocol::Request::Ping(protocol::Empty {})).await;
    assert_eq!(pong.name(), "pong", "nothing after it");
    server.sql("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'bo')");
    assert_eq!(bos.closed().await.0, 1008);
}

#[tokio::test]
async fn a_banned_user_is_added_to_no_room() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    server.join("bo", &ada).await;
    ada.create_room(&server, "public", false).await;
    ada.create_room(&server, "secret", true).await;
    ada.ban(&server, "bo").await;
    for room in ["public", "secret"] {
        assert_eq!(ada.add(&server, room, "bo").await, StatusCode::FORBIDDEN, "{room}");
    }
    let unban = call(&server, &ada, Method::DELETE, "/api/users/bo/ban").await;
    assert_eq!(unban, StatusCode::NO_CONTENT);
    assert_eq!(ada.add(&server, "secret", "bo").await, StatusCode::NO_CONTENT);
}
