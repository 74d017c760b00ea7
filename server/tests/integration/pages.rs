//! The pages without JavaScript: HTML and forms.

use protocol::{Room, RoomKind, http::NewRoom};
use reqwest::{StatusCode, header};

use crate::support::{PASSWORD, Server, TestUser, seq_and_text};

fn location(response: &reqwest::Response) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

fn cookie(response: &reqwest::Response) -> String {
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_installation_guides_its_owner_through_setup() {
    let server = Server::start().await;
    assert_eq!(location(&server.get("/").send().await.unwrap()), "/first-start");
    let page = server.get("/first-start").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let nonce =
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
    let html = page.text().await.unwrap();
    assert!(
        html.contains(&format!("nonce=\"{nonce}\"")),
        "the policy allows the scripts of the page"
    );

    let form = [("username", "Ada"), ("password", PASSWORD), ("display_name", "Ada L")];
    let made = server.post("/first-start").form(&form).send().await.unwrap();
    assert_eq!((made.status(), location(&made)), (StatusCode::SEE_OTHER, "/rooms/general"));
    let room =
        server.get("/rooms/general").header(header::COOKIE, cookie(&made)).send().await.unwrap();
    assert!(room.text().await.unwrap().contains(&server.url("/join/")));
    let second = server
        .post("/first-start")
        .form(&[("username", "bo"), ("password", PASSWORD)])
        .send()
        .await
        .unwrap();
    assert!(location(&second).starts_with("/first-start?fault=not-first"), "{}", location(&second));
}

#[tokio::test]
async fn messages_are_in_the_html() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    ada.connect(&server).await.chat("general", "<b>bold</b> & plain").await;
    let cookie = format!("banter_session={}", ada.token);
    let html = server
        .get("/rooms/general")
        .header(header::COOKIE, &cookie)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(html.contains("&lt;b&gt;bold&lt;/b&gt; &amp; plain"));
    let missing =
        server.get("/rooms/nowhere").header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_that_is_not_found_names_what_was_asked_for() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let new = NewRoom { name: "Secret".into(), slug: Some("secret".into()), private: true };
    let made = server.post("/api/rooms").bearer_auth(&ada.token).json(&new).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let bo = server.join("bo", &ada).await;
    let cookie = format!("banter_session={}", bo.token);
    for (path, title) in [
        ("/rooms/nowhere", "Room not found"),
        ("/rooms/secret", "Room not found"),
        ("/rooms/a/b", "Room not found"),
        ("/m/7f", "Message not found"),
        ("/nowhere", "Page not found"),
        ("/roomsx", "Page not found"),
    ] {
        let response = server.get(path).header(header::COOKIE, &cookie).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let html = response.text().await.unwrap();
        assert!(html.contains(&format!(">{title}<")), "{path}: {html}");
        assert!(html.contains(r#"href="/""#), "{path}: a way on");
        assert_eq!(html.contains("private"), title != "Page not found", "{path}: {html}");
    }
}

#[tokio::test]
async fn a_room_name_stays_inside_the_title() {
    const NAME: &str = "</title><meta http-equiv=refresh content=0;url=//x>";
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let new = server.post("/api/rooms").bearer_auth(&ada.token);
    let made = new.json(&serde_json::json!({ "name": NAME, "slug": "odd" })).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let cookie = format!("banter_session={}", ada.token);
    let room = server.get("/rooms/odd").header(header::COOKIE, &cookie).send().await.unwrap();
    let html = room.text().await.unwrap();
    let (head, _) = html.split_once("</head>").unwrap();
    let title = "<title>&lt;/title>&lt;meta http-equiv=refresh content=0;url=//x> · Banter</title>";
    assert!(head.contains(title), "{head}");
    assert!(!html.contains("<meta http-equiv=refresh"), "it is escaped everywhere else");
}

#[tokio::test]
async fn sign_in_returns_to_the_requested_page() {
    let server = Server::start().await;
    server.register_owner("ada").await;
    let page = server.get("/rooms/general").send().await.unwrap();
    assert_eq!(location(&page), "/sign-in?next=%2Frooms%2Fgeneral");
    let form = |password, next| [("username", "ada"), ("password", password), ("next", next)];
    let wrong = server
        .post("/sign-in")
        .form(&form("wrong horse battery", "/rooms/x"))
        .send()
        .await
        .unwrap();
    assert_eq!(location(&wrong), "/sign-in?fault=mismatch&username=ada&next=%2Frooms%2Fx");
    let right = server.post("/sign-in").form(&form(PASSWORD, "/rooms/x")).send().await.unwrap();
    assert_eq!(location(&right), "/rooms/x");
    let elsewhere =
        server.post("/sign-in").form(&form(PASSWORD, "//evil.example")).send().await.unwrap();
    assert_eq!(location(&elsewhere), "/rooms/general");
    let forged = server
        .post("/sign-in")
        .header(header::ORIGIN, "https://evil.example")
        .form(&form(PASSWORD, ""));
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_out_removes_the_cookie() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let request =
        server.post("/sign-out").header(header::COOKIE, format!("banter_session={}", ada.token));
    let out = request.header(header::ORIGIN, server.origin()).send().await.unwrap();
    assert_eq!(out.headers()["clear-site-data"], "\"storage\"");
    let removed = out.headers().get_all(header::SET_COOKIE).iter();
    let removed: Vec<_> = removed.map(|cookie| cookie.to_str().unwrap()).collect();
    assert_eq!((location(&out), removed.len()), ("/sign-in", 2), "under both names: {removed:?}");
    for cookie in removed {
        let (value, attributes) = cookie.split_once(';').unwrap();
        assert!(value.ends_with('=') && attributes.contains("Max-Age=0"), "{cookie}");
    }
    let me = server.get("/api/auth/me").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn rooms_and_invitations_are_created_by_forms() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let cookie = format!("banter_session={}", ada.token);
    let submit = |path: &'static str, field: &'static str, value: &'static str| {
        let request = server
            .post(path)
            .header(header::COOKIE, &cookie)
            .header(header::ORIGIN, server.origin());
        request.form(&[(field, value)]).send()
    };
    assert_eq!(
        location(&submit("/new-room", "name", "Front desk").await.unwrap()),
        "/rooms/front-desk"
    );
    let again = submit("/new-room", "name", "front DESK").await.unwrap();
    assert_eq!(location(&again), "/rooms/front-desk-2");
    let invisible = submit("/new-room", "name", "\u{200b}").await.unwrap();
    assert!(location(&invisible).starts_with("/new-room?fault=name"));
    assert_eq!(
        location(&submit("/invites", "back", "/rooms/front-desk").await.unwrap()),
        "/rooms/front-desk"
    );
}

#[tokio::test]
async fn a_room_is_made_with_topic_and_people_and_joined_by_forms() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let (bo, chen) = (server.join("bo", &ada).await, server.join("chen", &ada).await);
    let submit = async |user: &TestUser, path: &str, fields: &[(&str, &str)]| {
        let cookie = format!("banter_session={}", user.token);
        let request = server.post(path).header(header::COOKIE, cookie);
        let request = request.header(header::ORIGIN, server.origin());
        location(&request.form(fields).send().await.unwrap()).to_owned()
    };
    let room = async |user: &TestUser, name: &str| {
        let path = format!("/api/rooms/{name}");
        server.get(&path).bearer_auth(&user.token).send().await.unwrap()
    };
    let people = format!("{} nobody", bo.user.id);
    let fields =
        [("name", "Plans"), ("private", "true"), ("topic", " Spring "), ("people", &people)];
    let at = submit(&ada, "/new-room", &fields).await;
    let slug = at.strip_prefix("/rooms/").unwrap();
    let plans = room(&bo, slug).await.json::<Room>().await.unwrap();
    assert_eq!((plans.kind, plans.topic.as_str()), (RoomKind::Private, "Spring"));
    assert!(plans.member);
    assert_eq!(room(&chen, slug).await.status(), StatusCode::NOT_FOUND);

    let long = "x".repeat(251);
    let fields = [("name", "Desk"), ("private", "true"), ("topic", long.as_str())];
    let form = submit(&ada, "/new-room", &fields).await;
    assert!(form.starts_with("/new-room?fault=topic&name=Desk&private=true&topic=x"), "{form}");

    assert_eq!(submit(&ada, "/new-room", &[("name", "Garden")]).await, "/rooms/garden");
    assert!(!room(&bo, "garden").await.json::<Room>().await.unwrap().member);
    assert_eq!(submit(&bo, "/rooms/garden/join", &[]).await, "/rooms/garden");
    assert!(room(&bo, "garden").await.json::<Room>().await.unwrap().member);
    let cookie = format!("banter_session={}", chen.token);
    let join = server.post(&format!("/rooms/{slug}/join")).header(header::COOKIE, cookie);
    let refused = join.header(header::ORIGIN, server.origin()).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn registration_without_an_invitation_works_only_if_it_is_open() {
    for (setting, page, joined) in [
        ("open", StatusCode::OK, "/rooms/general"),
        ("invite", StatusCode::NOT_FOUND, "/join?fault=no-invite&username=bo"),
    ] {
        let server = Server::start_with(&["--registration", setting]).await;
        server.register_owner("ada").await;
        let sign_in = server.get("/sign-in").send().await.unwrap().text().await.unwrap();
        assert_eq!(sign_in.contains(r#"href="/join""#), setting == "open", "{setting}");
        assert_eq!(server.get("/join").send().await.unwrap().status(), page, "{setting}");
        let form = server.post("/join").header(header::ORIGIN, server.origin());
        let response =
            form.form(&[("username", "bo"), ("password", PASSWORD)]).send().await.unwrap();
        assert_eq!(location(&response), joined, "{setting}");
    }
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz", "/first-start", "/nowhere", "/api/nowhere", "/ws"] {
        let response = server.get(path).send().await.unwrap();
        let header = |name| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn the_form_of_the_composer_sends_without_the_program() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let mut socket = ada.subscriber(&server, "general").await;
    let cookie = format!("banter_session={}", ada.token);
    let send = |text: &str, origin: String| {
        let request = server.post("/rooms/general/messages").header(header::COOKIE, &cookie);
        request.header(header::ORIGIN, origin).form(&[("text", text), ("nonce", "n")]).send()
    };
    for _ in 0..2 {
        let sent = send("\r\nfrom a\r\nform ", server.origin()).await.unwrap();
        assert_eq!((sent.status(), location(&sent)), (StatusCode::SEE_OTHER, "/rooms/general"));
    }
    assert_eq!(seq_and_text(socket.event().await), (1, "from a\nform".to_owned()));
    let sent = send("another", server.origin()).await.unwrap();
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let another = (2, "another".to_owned());
    assert_eq!(seq_and_text(socket.event().await), another, "a form sent twice sends once");

    for seq in [3, 4] {
        let request = server.post("/rooms/general/messages").header(header::COOKIE, &cookie);
        let request = request.header(header::ORIGIN, server.origin()).form(&[("text", "again")]);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::SEE_OTHER);
        let again = (seq, "again".to_owned());
        assert_eq!(seq_and_text(socket.event().await), again, "a form that names no page");
    }

    let blank = send(" \r\n ", server.origin()).await.unwrap();
    assert_eq!(location(&blank), "/rooms/general");
    let forged = send("forged", "https://evil.example".to_owned()).await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let request = server.post("/rooms/general/messages").form(&[("text", "nobody's")]);
    let signed_out = request.send().await.unwrap();
    assert!(location(&signed_out).starts_with("/sign-in"), "{}", location(&signed_out));
    let request = server.post("/rooms/nowhere/messages").header(header::COOKIE, &cookie);
    let request = request.header(header::ORIGIN, server.origin()).form(&[("text", "lost")]);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_text_that_is_refused_is_shown_again_with_the_reason() {
    let server = Server::start_with(&["--rate-limit=on"]).await;
    let ada = server.register_owner("ada").await;
    let send = |text: String| {
        let request = server.post("/rooms/general/messages");
        let request = request.header(header::COOKIE, format!("banter_session={}", ada.token));
        request.header(header::ORIGIN, server.origin()).form(&[("text", text)]).send()
    };
    let too_long = send(format!("<b>{}", "x".repeat(10_000))).await.unwrap();
    assert_eq!(too_long.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = too_long.text().await.unwrap();
    assert!(html.contains("Not sent. A message must have at most 10000 characters."), "{html}");
    assert!(html.contains(">&lt;b>xxx"), "the text is in the composer: {html}");
    let mut number = 0;
    let limited = loop {
        number += 1;
        let response = send(format!("message {number}")).await.unwrap();
        if response.status() != StatusCode::SEE_OTHER {
            break response;
        }
    };
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.headers().contains_key(header::RETRY_AFTER));
    let html = limited.text().await.unwrap();
    assert!(html.contains(&format!(">message {number}</textarea>")), "{html}");
}

#[tokio::test]
async fn only_pages_that_need_the_program_load_it() {
    let server = Server::start_with(&["--registration=open", "--rate-limit=off"]).await;
    let page = async |path: &str, token: Option<&str>| {
        let request = server.get(path);
        let request = match token {
            Some(token) => request.header(header::COOKIE, format!("banter_session={token}")),
            None => request,
        };
        request.send().await.unwrap().text().await.unwrap()
    };
    let mut entry = vec![("first start", page("/first-start", None).await)];
    let ada = server.register_owner("ada").await;
    entry.push(("sign in", page("/sign-in", None).await));
    entry.push(("join", page("/join", None).await));
    entry.push(("no such page", page("/nowhere", None).await));
    for (name, html) in entry {
        assert!(html.contains("src=\"/boot.js?"), "{name}: {html}");
        for part in [".wasm", "banter.js", "id=\"page\"", "data-shape"] {
            assert!(!html.contains(part), "{name} has {part}: {html}");
        }
    }
    let room = page("/rooms/general", Some(&ada.token)).await;
    for part in [".wasm", "banter.js", "id=\"page\"", "data-shape", "src=\"/boot.js?"] {
        assert!(room.contains(part), "a room needs {part}: {room}");
    }
}
