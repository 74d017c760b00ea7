//! Accounts, sessions and invitations.

use protocol::{
    ErrorCode, Role, Timestamp,
    http::{Invite, Login, Me, NewInvite, Problem, Register, SignedIn},
};
use reqwest::{StatusCode, header};
use server::store::NewStoredRoom;

use crate::support::{PASSWORD, Server, log_secrets};

fn register(username: &str, invite: Option<&str>) -> Register {
    Register {
        username: username.into(),
        password: PASSWORD.into(),
        display_name: None,
        invite: invite.map(str::to_owned),
    }
}

#[tokio::test]
async fn the_first_account_is_the_owner_and_others_need_an_invitation() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    assert_eq!(ada.user.role, Role::Owner);
    let refused =
        server.post("/api/auth/register").json(&register("bo", None)).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(refused.json::<Problem>().await.unwrap().code, ErrorCode::Forbidden);
    let bo = server.join("bo", &ada).await;
    assert_eq!(bo.user.role, Role::Member);
}

#[tokio::test]
async fn only_a_successful_registration_uses_an_invitation() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let invite = ada.invite(&server).await;
    for (username, status) in [
        ("ada", StatusCode::CONFLICT),
        ("Not a name", StatusCode::UNPROCESSABLE_ENTITY),
        ("bo", StatusCode::CREATED),
        ("cy", StatusCode::FORBIDDEN),
    ] {
        let response = server
            .post("/api/auth/register")
            .json(&register(username, Some(&invite)))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{username}");
    }
}

/// Makes all sessions and invitations older by a number of seconds.
fn age_sessions_and_invitations(server: &Server, seconds: u64) {
    for column in
        ["sessions SET last_used_at = last_used_at", "invites SET expires_at = expires_at"]
    {
        server.sql(&format!("UPDATE {column} - {}", seconds * 1000));
    }
}

/// A margin for the duration of the test itself, in seconds.
const SLACK_S: u64 = 60;
const DAY_S: u64 = 24 * 60 * 60;

#[tokio::test]
async fn an_invitation_expires_after_seven_days_or_the_requested_time() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (expires_in, lifetime_s) in [(None, 7 * DAY_S), (Some(3600), 3600)] {
        let mut invites = Vec::new();
        for _ in 0..2 {
            let new = NewInvite { expires_in, uses: None };
            let request = server.post("/api/invites").bearer_auth(&ada.token).json(&new);
            invites.push(request.send().await.unwrap().json::<Invite>().await.unwrap().invite);
        }
        let join = async |invite: &str, username: &str| {
            log_secrets::register(invite);
            let page =
                server.get(&format!("/join/{invite}")).send().await.unwrap().text().await.unwrap();
            let body = register(username, Some(invite));
            let joined =
                server.post("/api/auth/register").json(&body).send().await.unwrap().status();
            (page.contains("ada invites you"), joined)
        };
        age_sessions_and_invitations(&server, lifetime_s - SLACK_S);
        let joined = join(&invites[0], &format!("guest{lifetime_s}")).await;
        assert_eq!(joined, (true, StatusCode::CREATED), "just before {lifetime_s} seconds");
        age_sessions_and_invitations(&server, SLACK_S);
        let late = join(&invites[1], "late").await;
        assert_eq!(late, (false, StatusCode::FORBIDDEN), "after {lifetime_s} seconds");
    }
}

#[tokio::test]
async fn a_session_expires_thirty_days_after_its_last_use() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let me =
        async || server.get("/api/auth/me").bearer_auth(&ada.token).send().await.unwrap().status();
    for _ in 0..3 {
        age_sessions_and_invitations(&server, 30 * DAY_S - SLACK_S);
        assert_eq!(me().await, StatusCode::OK, "each use counts");
    }
    let socket = ada.connect(&server).await;
    for _ in 0..3 {
        age_sessions_and_invitations(&server, 30 * DAY_S - SLACK_S);
        server
            .app
            .store
            .touch_sessions(
                server.app.hub.sessions().into_iter().map(|(session, _)| session).collect(),
            )
            .await
            .unwrap();
    }
    drop(socket);
    assert_eq!(me().await, StatusCode::OK, "an open socket counts as well");
    let ticket = ada.ticket(&server).await;
    age_sessions_and_invitations(&server, 30 * DAY_S);
    assert_eq!(me().await, StatusCode::UNAUTHORIZED);
    let mut late = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
    assert_eq!(late.closed().await, (1008, "the session has ended".into()));
    let bearer = format!("Bearer {}", ada.token);
    let mut late = server.connect("/ws", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(late.closed().await, (1008, "the session has ended".into()));
}

#[tokio::test]
async fn concurrent_registrations_use_an_invitation_once() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let invite = ada.invite(&server).await;
    let tries = (0..8).map(|number| {
        let body = register(&format!("guest{number}"), Some(&invite));
        let request = server.post("/api/auth/register").json(&body);
        async move { request.send().await.unwrap().status() }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == StatusCode::CREATED).count(),
        1,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn only_the_owner_and_admins_may_invite() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let response = server
        .post("/api/invites")
        .bearer_auth(&bo.token)
        .json(&NewInvite::default())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let response = server.post("/api/invites").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED, "the body is optional");
}

#[tokio::test]
async fn signing_out_revokes_cookie_and_token() {
    let server = Server::start().await;
    server.register_owner("ada").await;
    let login = |password: &str| {
        log_secrets::register(password);
        Login { username: "ada".into(), password: password.into() }
    };
    let wrong =
        server.post("/api/auth/login").json(&login("wrong horse battery")).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);

    let response = server.post("/api/auth/login").json(&login(PASSWORD)).send().await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let token = response.json::<SignedIn>().await.unwrap().token;
    log_secrets::register(&token);
    let me = || server.get("/api/auth/me");
    assert_eq!(
        me().bearer_auth(&token).send().await.unwrap().json::<Me>().await.unwrap().user.username,
        "ada"
    );
    assert_eq!(me().header(header::COOKIE, &cookie).send().await.unwrap().status(), StatusCode::OK);

    let log_out = || server.post("/api/auth/logout").header(header::COOKIE, &cookie);
    assert_eq!(
        log_out().send().await.unwrap().status(),
        StatusCode::FORBIDDEN,
        "only a cookie requires an allowed Origin"
    );
    let elsewhere = log_out().header(header::ORIGIN, "https://evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    let ours = log_out().header(header::ORIGIN, server.origin()).send().await.unwrap();
    assert_eq!(ours.status(), StatusCode::NO_CONTENT);
    assert_eq!(me().bearer_auth(&token).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        me().header(header::COOKIE, &cookie).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let server = server.restart().await;
    let me = server.get("/api/auth/me").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_first_account_can_be_created_even_if_registration_is_closed() {
    for (setting, status) in [("open", StatusCode::CREATED), ("closed", StatusCode::FORBIDDEN)] {
        let server = Server::start_with(&["--registration", setting]).await;
        server.register_owner("ada").await;
        let response =
            server.post("/api/auth/register").json(&register("bo", None)).send().await.unwrap();
        assert_eq!(response.status(), status, "{setting}");
    }
}

#[tokio::test]
async fn invalid_bodies_are_explained() {
    let server = Server::start().await;
    let call = |body: &'static str, kind: &'static str| {
        server.post("/api/auth/register").header(header::CONTENT_TYPE, kind).body(body).send()
    };
    let json = "application/json";
    for (body, kind, status, code) in [
        ("{", json, StatusCode::BAD_REQUEST, ErrorCode::InvalidJson),
        ("[]", json, StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidFormat),
        (r#"{"username":"ada"}"#, json, StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidFormat),
        (
            r#"{"username":"ada","password":"short"}"#,
            json,
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::InvalidFormat,
        ),
        ("{}", "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidFormat),
    ] {
        let response = call(body, kind).await.unwrap();
        assert_eq!(response.status(), status, "{body}");
        let problem: Problem = response.json().await.unwrap();
        assert_eq!((problem.code, problem.status), (code, status.as_u16()), "{body}");
    }
    let long = format!(r#"{{"username":"{}"}}"#, "x".repeat(70_000));
    let response = server
        .post("/api/auth/register")
        .header(header::CONTENT_TYPE, json)
        .body(long)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// The right to a change is checked in the write itself: of two who act at once, the first wins.
#[tokio::test]
async fn of_two_admins_who_ban_each_other_at_once_one_is_banned() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (bo, cy) = (server.join("bo", &ada).await, server.join("cy", &ada).await);
    let dan = server.join("dan", &ada).await;
    let store = &server.app.store;
    for admin in [&bo, &cy] {
        store.set_role(ada.user.id, admin.user.id, Role::Admin).await.unwrap();
    }
    let room = store.room_access(ada.user.id, "general".into()).await.unwrap().room;
    let (bans_cy, bans_bo) = tokio::join!(
        store.set_banned(bo.user.id, cy.user.id, true),
        store.set_banned(cy.user.id, bo.user.id, true),
    );
    let (winner, banned) = if bans_cy.is_ok() { (&bo, &cy) } else { (&cy, &bo) };
    assert!(bans_cy.is_ok() != bans_bo.is_ok(), "{bans_cy:?} {bans_bo:?}");
    // The same for everything else that was under way.
    let in_a_week = Timestamp::from_millis(crate::support::now().as_millis() + 604_800_000);
    let new_room = |creator| NewStoredRoom {
        slug: format!("room-{}", uuid::Uuid::new_v4().simple()),
        name: "room".into(),
        private: false,
        creator,
    };
    let by = banned.user.id;
    assert!(store.set_banned(by, dan.user.id, true).await.is_err());
    assert!(store.set_role(by, dan.user.id, Role::Admin).await.is_err());
    assert!(store.invite("a code".into(), by, in_a_week, 1).await.is_err());
    assert!(store.create_room(new_room(by)).await.is_err());
    assert!(store.add_member(by, room, dan.user.id).await.is_err());
    assert!(store.remove_member(by, room, dan.user.id).await.is_err());
    // A demoted admin's changes that were under way fail too.
    store.set_role(ada.user.id, winner.user.id, Role::Member).await.unwrap();
    let by = winner.user.id;
    assert!(store.set_banned(by, dan.user.id, true).await.is_err());
    assert!(store.invite("a code".into(), by, in_a_week, 1).await.is_err());
    store.create_room(new_room(by)).await.expect("members create rooms");
}
