//! Every form that is refused answers by a page in words that help, and keeps what was typed.

use reqwest::{RequestBuilder, StatusCode, header};

use crate::support::{PASSWORD, Server, TestUser};

/// A secret that no page may repeat.
const TYPED_PASSWORD: &str = "typed password";

/// Fields that a person has filled in.
type Fields = &'static [(&'static str, &'static str)];

/// The forms, with their fields, and what must come back.
const FORMS: [(&str, Fields, &str); 7] = [
    ("/first-start", &[("username", "cy"), ("display_name", "Cy <b>"), SECRET], "Cy &lt;b&gt;"),
    ("/sign-in", &[("username", "cyrano"), SECRET, ("next", "/rooms/x")], "cyrano"),
    ("/join", &[("username", "cyrano"), SECRET], "cyrano"),
    ("/join/invitation", &[("username", "cyrano"), SECRET], "cyrano"),
    ("/new-room", &[("name", "Front \"desk\"")], "Front &quot;desk&quot;"),
    ("/invites", &[("back", "/rooms/desk")], "/rooms/desk"),
    ("/sign-out", &[], "/rooms/general"),
];
const SECRET: (&str, &str) = ("password", TYPED_PASSWORD);

fn by(server: &Server, user: &TestUser, path: &str) -> RequestBuilder {
    let request = server.post(path).header(header::ORIGIN, server.origin());
    request.header(header::COOKIE, format!("banter_session={}", user.token))
}

/// Checks that the response is a page, and returns its text.
async fn page(request: RequestBuilder, status: StatusCode) -> String {
    let response = request.send().await.unwrap();
    let path = response.url().path().to_owned();
    assert_eq!(response.status(), status, "{path}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
    let html = response.text().await.unwrap();
    assert!(!html.contains(TYPED_PASSWORD), "{path}");
    assert!(html.contains("<h1"), "{path}: {html}");
    html
}

#[tokio::test]
async fn a_form_of_a_wrong_address_keeps_what_was_typed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for origin in ["null", "https://evil.example", "http://localhost:1"] {
        for (path, fields, kept) in FORMS {
            let cookie = format!("banter_session={}", ada.token);
            let form = server.post(path).header(header::ORIGIN, origin).form(fields);
            let html = page(form.header(header::COOKIE, cookie), StatusCode::FORBIDDEN).await;
            assert!(html.contains(kept), "{path}: {kept} is not in {html}");
            assert!(html.contains("BANTER_PUBLIC_URL") || html.contains("Referrer-Policy"));
        }
    }
    // A form without an origin and with the cookie alone is refused in words, too.
    let cookie = format!("banter_session={}", ada.token);
    let form = server.post("/new-room").header(header::COOKIE, cookie).form(&[("name", "Desk")]);
    assert!(page(form, StatusCode::FORBIDDEN).await.contains("value=\"Desk\""));
}

/// The form of a composer that was sent without the page's program.
#[tokio::test]
async fn a_message_that_is_refused_early_is_in_the_composer_again() {
    let server = Server::start_with(&[]).await;
    let ada = server.register_owner("ada").await;
    let path = "/rooms/general/messages";
    let form = [("text", "Hello <b>\r\nall"), ("nonce", "n")];
    let foreign = server.post(path).header(header::ORIGIN, "null").form(&form);
    let foreign = foreign.header(header::COOKIE, format!("banter_session={}", ada.token));
    let html = page(foreign, StatusCode::FORBIDDEN).await;
    assert!(html.contains(">Hello &lt;b>\nall</textarea>"), "{html}");
    assert!(html.contains("Not sent.") && html.contains("Referrer-Policy"), "{html}");
    let address = server.address.ip();
    let all: Vec<_> =
        (0..128).map(|_| server.app.limits.acquire_mutation(address).unwrap()).collect();
    let html = page(by(&server, &ada, path).form(&form), StatusCode::TOO_MANY_REQUESTS).await;
    assert!(html.contains(">Hello &lt;b>\nall</textarea>"), "{html}");
    drop(all);
    // Nobody is signed in: the page leads back to the room.
    let unknown = server.post(path).header(header::ORIGIN, "null").form(&form);
    let html = page(unknown, StatusCode::FORBIDDEN).await;
    assert!(html.contains("href=\"/rooms/general\"") && !html.contains("Hello"), "{html}");
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_answered_by_a_page() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (path, fields, _) in FORMS {
        let long = by(&server, &ada, path).body("x".repeat(70_000));
        assert!(page(long, StatusCode::PAYLOAD_TOO_LARGE).await.contains("Shorten"), "{path}");
        if path == "/sign-out" || path.starts_with("/join") || fields.len() < 2 {
            continue;
        }
        let json = by(&server, &ada, path).json(&[1]);
        page(json, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
        let part = by(&server, &ada, path).form(&[("username", "cyrano")]);
        let html = page(part, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(html.contains("value=\"cyrano\""), "{path}: {html}");
        assert!(!html.contains("deserialize"), "no words of a library: {html}");
    }
}

#[tokio::test]
async fn too_many_requests_are_answered_by_a_page() {
    let server = Server::start_with(&[]).await;
    let ada = server.register_owner("ada").await;
    let address = server.address.ip();
    let _all: Vec<_> =
        (0..128).map(|_| server.app.limits.acquire_mutation(address).unwrap()).collect();
    for (path, fields, kept) in FORMS {
        let form = by(&server, &ada, path).form(fields);
        let html = page(form, StatusCode::TOO_MANY_REQUESTS).await;
        assert!(html.contains("Try again in 1 s"), "{path}: {html}");
        assert!(html.contains(kept), "{path}: {html}");
    }
}

#[tokio::test]
async fn too_many_rooms_are_explained_in_the_form() {
    let server = Server::start_with(&[]).await;
    let ada = server.register_owner("ada").await;
    while server.app.limits.new_room(ada.user.id).await.is_ok() {}
    let form = by(&server, &ada, "/new-room").form(&[("name", "Front desk")]);
    let response = form.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let form = response.headers()[header::LOCATION].to_str().unwrap();
    let html = server.get(form).header(header::COOKIE, format!("banter_session={}", ada.token));
    let html = html.send().await.unwrap().text().await.unwrap();
    assert!(html.contains("Front desk") && html.contains("creating rooms too quickly"), "{html}");
}

#[tokio::test]
async fn who_may_not_invite_reads_why() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let form = by(&server, &bo, "/invites").form(&[("back", "/rooms/general")]);
    let html = page(form, StatusCode::FORBIDDEN).await;
    assert!(html.contains("Only the owner and admins"), "{html}");
    assert!(html.contains("href=\"/rooms/general\""), "{html}");
}

#[tokio::test]
async fn a_form_after_the_end_of_the_session_returns_with_what_was_typed() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    server.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    let form = by(&server, &ada, "/new-room").form(&[("name", "Front desk")]);
    let response = form.send().await.unwrap();
    let to = response.headers()[header::LOCATION].to_str().unwrap();
    assert!(to.ends_with("next=%2Fnew-room%3Fname%3DFront%2520desk"), "{to}");
}

#[tokio::test]
async fn an_address_that_only_takes_forms_says_so() {
    let server = Server::start().await;
    for path in ["/invites", "/sign-out"] {
        let html = page(server.get(path), StatusCode::METHOD_NOT_ALLOWED).await;
        assert!(html.contains("href=\"/\""), "{html}");
    }
    page(server.post("/nowhere"), StatusCode::METHOD_NOT_ALLOWED).await;
    page(server.get("/rooms/%ff"), StatusCode::BAD_REQUEST).await;
    let api = server.post("/api/nowhere").send().await.unwrap();
    assert_eq!(api.headers()[header::CONTENT_TYPE], "application/problem+json");
    let program = server.get("/invites").header(header::ACCEPT, "application/json");
    let program = program.send().await.unwrap();
    assert_eq!(program.headers()[header::CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn an_invitation_says_who_is_signed_in_and_stays_usable() {
    let server = Server::start_with(&["--registration=open", "--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let invite = ada.invite(&server).await;
    let cookie = format!("banter_session={}", ada.token);
    for path in [format!("/join/{invite}"), "/join".to_owned(), "/join/wrong".to_owned()] {
        let request = server.get(&path).header(header::COOKIE, &cookie);
        let html = page(request, StatusCode::OK).await;
        assert!(html.contains("You are signed in as"), "{html}");
        assert!(!html.contains("name=\"password\""), "there is no form: {html}");
        assert_eq!(html.contains("Sign out and create another account"), path != "/join/wrong");
        let form = [("username", "bo"), ("password", PASSWORD)];
        let posted = by(&server, &ada, &path).form(&form).send().await.unwrap();
        assert_eq!(posted.headers()[header::LOCATION], path, "nobody is signed out in silence");
    }
    let path = format!("/join/{invite}");
    let out = by(&server, &ada, "/sign-out").form(&[("next", &path)]).send().await.unwrap();
    assert_eq!(out.headers()[header::LOCATION], path);
    let elsewhere = by(&server, &ada, "/sign-out").form(&[("next", "//evil.example")]);
    let elsewhere = elsewhere.send().await.unwrap();
    assert_eq!(elsewhere.headers()[header::LOCATION], "/sign-in");
    let joined = server.post(&path).form(&[("username", "bo"), ("password", PASSWORD)]);
    let joined = joined.send().await.unwrap();
    assert_eq!(joined.headers()[header::LOCATION], "/rooms/general");
}
