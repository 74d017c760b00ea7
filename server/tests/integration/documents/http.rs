//! The OpenAPI document.

mod caller;
mod emoji;
mod push;

use std::collections::BTreeSet;

use protocol::http::{
    ChangePassword, DescribeFile, Login, NewDirect, NewInvite, NewMember, NewRole, NewRoom,
    Register, SignedIn, UpdateProfile, UpdateRoom,
};
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};

use self::caller::Caller;
use super::{ROUTER, document, operations};
use crate::support::{PASSWORD, Server, TestUser, png};

/// Returns the routes in the source of the router, as `METHOD /path`.
fn routes() -> BTreeSet<String> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let mut routes = BTreeSet::new();
    for route in ROUTER.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let handlers = rest.split("\n").next().unwrap();
        let is_documented = ["/api/", "/ws", "/healthz", "/readyz", "/metrics"]
            .iter()
            .any(|part| path.starts_with(part));
        if !is_documented || handlers.contains("any(") || path == "/ws/echo" {
            continue; // pages, fallbacks and test tools
        }
        let of_path = METHODS.iter().filter(|method| handlers.contains(&format!("{method}(")));
        let before = routes.len();
        routes.extend(of_path.map(|method| format!("{} {path}", method.to_uppercase())));
        assert!(routes.len() > before, "no method was found for {path}");
    }
    routes
}

#[tokio::test]
async fn every_route_is_documented_and_every_documented_route_exists() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let documented: BTreeSet<_> = operations(&openapi).into_keys().collect();
    assert_eq!(documented, routes());
    assert!(documented.len() > 20, "{documented:?}");
    for call in documented {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.replace("{room}", "general").replace("{user}", "ada").replace("{id}", "7");
        // Without a credential, nothing changes, and unknown rooms and users are not revealed.
        let status = server.request(method.parse().unwrap(), &path).send().await.unwrap().status();
        assert!(
            ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&status),
            "{call}: {status}"
        );
    }
}

fn body(value: impl serde::Serialize) -> Option<Value> {
    Some(serde_json::to_value(value).unwrap())
}

#[tokio::test]
async fn responses_match_the_document() {
    let flags = [
        "--rate-limit=off",
        "--drain=2",
        "--max-file=2M",
        "--max-storage=1M",
        "--push-allow=127.0.0.1",
    ];
    let mut server = Server::start_with(&flags).await;
    // Idle connections are closed while the server drains.
    server.http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let openapi = document(&server, "/api/openapi.json").await;
    let mut caller = Caller { server: &server, openapi, succeeded: BTreeSet::new() };
    let register = |username: &str, invite: Option<String>| {
        body(Register {
            username: username.into(),
            password: PASSWORD.into(),
            display_name: None,
            invite,
        })
        .unwrap()
    };
    let (_, ada) = caller
        .call(Method::POST, "/api/auth/register", &[], |request| {
            request.json(&register("ada", None))
        })
        .await;
    let SignedIn { token, user, .. } = serde_json::from_value(ada).unwrap();
    let ada = TestUser { token, user };
    let bo = server.join("bo", &ada).await;

    for (username, status) in [("ada", 409), ("Not a name", 422), ("cy", 403)] {
        let invite = if status == 403 { None } else { Some(ada.invite(&server).await) };
        let (found, _) = caller
            .call(Method::POST, "/api/auth/register", &[], |request| {
                request.json(&register(username, invite))
            })
            .await;
        assert_eq!(found, status, "{username}");
    }
    let broken = |request: RequestBuilder| {
        request.header(header::CONTENT_TYPE, "application/json").body("{")
    };
    assert_eq!(caller.call(Method::POST, "/api/auth/login", &[], broken).await.0, 400);
    assert_eq!(
        caller.call(Method::POST, "/api/auth/login", &[], |request| request.body("{}")).await.0,
        415
    );
    for (password, status) in [(PASSWORD, 200), ("not that one", 401)] {
        let login = Login { username: "ada".into(), password: password.into() };
        let response =
            caller.call(Method::POST, "/api/auth/login", &[], |request| request.json(&login)).await;
        assert_eq!(response.0, status);
    }

    let change = |current: &str| {
        body(ChangePassword { current: current.into(), new: "a better password".into() })
    };
    let (_, sessions) = caller.by(&ada, Method::GET, "/api/sessions", &[], None).await;
    let other = sessions["sessions"][1]["id"].as_str().unwrap();
    let named = |name: &str| {
        body(UpdateProfile { display_name: Some(name.into()), ..UpdateProfile::default() })
    };
    let picture = |request: RequestBuilder| request.bearer_auth(ada.token.clone()).body("no image");
    let path = "/api/me/picture";
    assert_eq!(caller.call(Method::PUT, path, &[], picture).await.0, 415);
    let broken = |request: RequestBuilder| picture(request).body(b"GIF89a".to_vec());
    assert_eq!(caller.call(Method::PUT, path, &[], broken).await.0, 422);
    let too_large = |request: RequestBuilder| picture(request).body(vec![0; 5_000_001]);
    assert_eq!(caller.call(Method::PUT, path, &[], too_large).await.0, 413);
    let whole = |request: RequestBuilder| picture(request).body(png(9, 9));
    assert_eq!(caller.call(Method::PUT, path, &[], whole).await.0, 204);
    emoji::add(&mut caller, &ada, &bo).await;
    let files = "/api/files";
    let send = |request: RequestBuilder| request.bearer_auth(ada.token.clone()).body("some words");
    let (status, sent_file) = caller.call(Method::POST, files, &[], send).await;
    assert_eq!(status, 201);
    let sent_file = sent_file["file"]["id"].as_str().unwrap().to_owned();
    let form = |request: RequestBuilder| {
        send(request).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
    };
    assert_eq!(caller.call(Method::POST, files, &[], form).await.0, 415);
    let too_large = |request: RequestBuilder| send(request).body(vec![0; 2_000_001]);
    assert_eq!(caller.call(Method::POST, files, &[], too_large).await.0, 413);
    let huge = |request: RequestBuilder| send(request).body(vec![0; 2_000_000]);
    assert_eq!(caller.call(Method::POST, files, &[], huge).await.0, 507);
    let tus = |request: RequestBuilder| {
        let request = request.bearer_auth(ada.token.clone()).header("Tus-Resumable", "1.0.0");
        request.header("Content-Type", "application/offset+octet-stream")
    };
    let (uploads, one) = ("/api/uploads", "/api/uploads/{id}");
    for (length, status) in [("9", 201), ("3000000", 413), ("1000000", 507), ("x", 400)] {
        let begin = |request: RequestBuilder| tus(request).header("Upload-Length", length);
        assert_eq!(caller.call(Method::POST, uploads, &[], begin).await.0, status, "{length}");
    }
    let old = |request: RequestBuilder| {
        request.bearer_auth(ada.token.clone()).header("Tus-Resumable", "0.1")
    };
    assert_eq!(caller.call(Method::POST, uploads, &[], old).await.0, 412);
    let begin = tus(server.post(uploads)).header("Upload-Length", "9").send().await.unwrap();
    let upload = begin.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap();
    let upload = &[("id", upload)];
    for (method, offset, bytes, status) in [
        (Method::PATCH, "0", "abc", 204),
        (Method::PATCH, "0", "abc", 409),
        (Method::PATCH, "3", "abc and more", 413),
        (Method::POST, "3", "def", 204),
        (Method::DELETE, "", "", 204),
        (Method::DELETE, "", "", 404),
        (Method::PATCH, "6", "ghi", 404),
    ] {
        let ask = |request: RequestBuilder| {
            let request = tus(request).header("Upload-Offset", offset);
            request.header("X-HTTP-Method-Override", "PATCH").body(bytes)
        };
        let found = caller.call(method.clone(), one, upload, ask).await.0;
        assert_eq!(found, status, "{method} {offset}");
    }
    let described = |text: &str| body(DescribeFile { description: text.into() });
    let invisible = described("\u{200b}");
    push::add(&mut caller, &ada).await;
    let slug = Some("front-desk".to_owned());
    let room = NewRoom { name: "Front desk".into(), slug, private: true };
    let archive = |archived| body(UpdateRoom { archived: Some(archived), ..UpdateRoom::default() });
    let direct = |user: &str| body(NewDirect { users: vec![user.into()] });
    let desk = [("room", "front-desk")];
    let bo_at_desk = [("room", "front-desk"), ("user", "bo")];
    let member = |user: &str| body(NewMember { user: user.into() });
    ada.invite(&server).await;
    let (_, invites) = caller.by(&ada, Method::GET, "/api/invites", &[], None).await;
    let invite = invites["invites"][0]["id"].as_str().unwrap();
    let sent = bo.connect(&server).await.chat("general", "a message").await.id.0.to_string();
    for (by, method, path, names, body, status) in [
        (&ada, Method::GET, "/api/auth/me", &[][..], None, 200),
        (&ada, Method::GET, "/api/me", &[], None, 200),
        (&ada, Method::PATCH, "/api/me", &[], named("Ada"), 200),
        (&ada, Method::PATCH, "/api/me", &[], Some(json!({ "nothing": "that fits" })), 200),
        (&ada, Method::DELETE, "/api/me/picture", &[], None, 204),
        (&ada, Method::GET, "/api/health", &[], None, 200),
        (&bo, Method::GET, "/api/health", &[], None, 403),
        (&bo, Method::GET, "/api/emoji", &[], None, 200),
        (&bo, Method::DELETE, "/api/emoji/{name}", &[("name", "blobcat")], None, 403),
        (&ada, Method::DELETE, "/api/emoji/{name}", &[("name", "blobcat")], None, 204),
        (&ada, Method::GET, "/api/files/{id}", &[("id", sent_file.as_str())], None, 200),
        (&bo, Method::GET, "/api/files/{id}", &[("id", sent_file.as_str())], None, 404),
        (
            &ada,
            Method::PATCH,
            "/api/files/{id}",
            &[("id", sent_file.as_str())],
            described("x"),
            200,
        ),
        (&bo, Method::PATCH, "/api/files/{id}", &[("id", sent_file.as_str())], described("x"), 404),
        (&ada, Method::PATCH, "/api/files/{id}", &[("id", sent_file.as_str())], invisible, 422),
        (&ada, Method::DELETE, "/api/sessions/{id}", &[("id", other)], None, 204),
        (&ada, Method::DELETE, "/api/sessions/{id}", &[("id", other)], None, 404),
        (&ada, Method::DELETE, "/api/sessions", &[], None, 204),
        (&ada, Method::POST, "/api/users/{user}/reset", &[("user", "bo")], None, 201),
        (&ada, Method::POST, "/api/users/{user}/reset", &[("user", "nobody")], None, 404),
        (&bo, Method::POST, "/api/users/{user}/reset", &[("user", "ada")], None, 403),
        (&ada, Method::POST, "/api/invites", &[], body(NewInvite::default()), 201),
        (&ada, Method::POST, "/api/invites", &[], None, 201),
        (&bo, Method::POST, "/api/invites", &[], None, 403),
        (&ada, Method::GET, "/api/invites", &[], None, 200),
        (&bo, Method::GET, "/api/invites", &[], None, 403),
        (&ada, Method::DELETE, "/api/invites/{id}", &[("id", invite)], None, 204),
        (&ada, Method::DELETE, "/api/invites/{id}", &[("id", invite)], None, 404),
        (&ada, Method::POST, "/api/rooms", &[], body(&room), 201),
        (&ada, Method::POST, "/api/rooms", &[], body(&room), 409),
        (&ada, Method::POST, "/api/rooms", &[], Some(json!({ "nothing": "that fits" })), 422),
        (&ada, Method::GET, "/api/rooms", &[], None, 200),
        (&ada, Method::GET, "/api/rooms/{room}", &desk, None, 200),
        (&bo, Method::GET, "/api/rooms/{room}", &desk, None, 404),
        (&ada, Method::PATCH, "/api/rooms/{room}", &desk, archive(true), 200),
        (&ada, Method::PATCH, "/api/rooms/{room}", &desk, archive(false), 200),
        (&bo, Method::PATCH, "/api/rooms/{room}", &desk, archive(true), 404),
        (&bo, Method::PATCH, "/api/rooms/{room}", &[("room", "general")], archive(true), 403),
        (&ada, Method::PATCH, "/api/rooms/{room}", &[("room", "general")], archive(true), 409),
        (&ada, Method::POST, "/api/direct", &[], direct("bo"), 201),
        (&ada, Method::POST, "/api/direct", &[], direct("bo"), 200),
        (&ada, Method::POST, "/api/direct", &[], direct("nobody"), 404),
        (&ada, Method::GET, "/api/users", &[], None, 200),
        (&ada, Method::GET, "/api/users/{user}", &[("user", "bo")], None, 200),
        (&ada, Method::GET, "/api/users/{user}", &[("user", "nobody")], None, 404),
        (&bo, Method::GET, "/api/rooms/{room}/messages", &desk, None, 404),
        (&bo, Method::GET, "/api/messages/{id}", &[("id", "x")], None, 404),
        (&bo, Method::GET, "/api/messages/{id}", &[("id", sent.as_str())], None, 200),
        (&bo, Method::POST, "/api/preview", &[], Some(json!({ "text": "*a*" })), 200),
        (&ada, Method::POST, "/api/rooms/{room}/members", &desk, member("bo"), 204),
        (&ada, Method::POST, "/api/rooms/{room}/members", &desk, member("nobody"), 404),
        (
            &bo,
            Method::DELETE,
            "/api/rooms/{room}/members/{user}",
            &[("room", "front-desk"), ("user", "ada")],
            None,
            403,
        ),
        (&ada, Method::DELETE, "/api/rooms/{room}/members/{user}", &bo_at_desk, None, 204),
        (&ada, Method::DELETE, "/api/rooms/{room}/members/{user}", &bo_at_desk, None, 404),
        (
            &ada,
            Method::POST,
            "/api/users/{user}/role",
            &[("user", "bo")],
            body(NewRole { role: protocol::Role::Admin }),
            204,
        ),
        (
            &bo,
            Method::POST,
            "/api/users/{user}/role",
            &[("user", "bo")],
            body(NewRole { role: protocol::Role::Admin }),
            403,
        ),
        (&ada, Method::POST, "/api/users/{user}/ban", &[("user", "bo")], None, 204),
        (&bo, Method::GET, "/api/auth/me", &[], None, 401),
        (&ada, Method::DELETE, "/api/users/{user}/ban", &[("user", "bo")], None, 204),
        (&ada, Method::DELETE, "/api/users/{user}/ban", &[("user", "nobody")], None, 404),
        (&ada, Method::POST, "/ws/ticket", &[], None, 200),
        (&ada, Method::GET, "/ws", &[], None, 426),
        (&ada, Method::POST, "/api/auth/password", &[], change("not that one"), 403),
        (&ada, Method::POST, "/api/auth/password", &[], change(PASSWORD), 204),
        (&ada, Method::GET, "/healthz", &[], None, 200),
        (&ada, Method::GET, "/readyz", &[], None, 200),
        (&ada, Method::GET, "/metrics", &[], None, 200),
        (&ada, Method::GET, "/api/openapi.json", &[], None, 200),
        (&ada, Method::GET, "/api/asyncapi.json", &[], None, 200),
    ] {
        let response = caller.by(by, method.clone(), path, names, body).await;
        assert_eq!(response.0, status, "{method} {path} {names:?}: {}", response.1);
    }

    ada.connect(&server).await.chat("front-desk", "good morning").await;
    let page = "/api/rooms/{room}/messages";
    let (_, response) = caller.by(&ada, Method::GET, page, &desk, None).await;
    assert_eq!(response["messages"][0]["text"], "good morning");
    let token = ada.token.clone();
    let wrong = |request: RequestBuilder| request.bearer_auth(token).query(&[("limit", "many")]);
    assert_eq!(caller.call(Method::GET, page, &desk, wrong).await.0, 400);

    let token = ada.token.clone();
    let named = |request: RequestBuilder| request.bearer_auth(token).query(&[("name", "C++")]);
    assert_eq!(caller.call(Method::GET, "/api/room-address", &[], named).await.0, 200);
    assert_eq!(caller.by(&ada, Method::GET, "/api/room-address", &[], None).await.0, 400);

    let token = ada.token.clone();
    let sought = |request: RequestBuilder| request.bearer_auth(token).query(&[("query", "good")]);
    assert_eq!(caller.call(Method::GET, "/api/search", &[], sought).await.0, 200);
    assert_eq!(caller.by(&ada, Method::GET, "/api/search", &[], None).await.0, 400);

    let cy = server.join("cy", &ada).await;
    assert_eq!(caller.by(&ada, Method::POST, "/api/auth/logout", &[], None).await.0, 204);
    // The server drains until all connections have closed gradually.
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(cy.connect(&server).await);
    }
    server.app.shutdown.begin();
    assert_eq!(caller.by(&ada, Method::GET, "/readyz", &[], None).await.0, 503);

    // Other tests cover the upgrades.
    let all = operations(&caller.openapi).into_keys().filter(|call| !call.starts_with("GET /ws"));
    assert_eq!(caller.succeeded, all.collect(), "each call has succeeded once");
}
