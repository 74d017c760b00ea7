//! The pages without JavaScript: HTML and forms.

use reqwest::{StatusCode, header};

use crate::support::{PASSWORD, Server};

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
    let taken = submit("/new-room", "name", "front DESK").await.unwrap();
    assert_eq!(location(&taken), "/new-room?fault=taken&name=front%20DESK");
    assert!(
        location(&submit("/new-room", "name", "Ticket").await.unwrap())
            .starts_with("/new-room?fault=taken")
    );
    assert!(
        location(&submit("/new-room", "name", "!").await.unwrap())
            .starts_with("/new-room?fault=name")
    );
    assert_eq!(
        location(&submit("/invites", "back", "/rooms/front-desk").await.unwrap()),
        "/rooms/front-desk"
    );
}

#[tokio::test]
async fn registration_without_an_invitation_works_only_if_it_is_open() {
    for (setting, page, joined) in [
        ("open", StatusCode::OK, "/rooms/general"),
        ("invite", StatusCode::NOT_FOUND, "/join?fault=invite&username=bo"),
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
