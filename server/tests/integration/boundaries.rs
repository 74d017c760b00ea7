//! What separates this server from other sites in a browser: `Origin`, `Host`, cookies, headers.

use protocol::http::Login;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::json;

use crate::support::{PASSWORD, Server, TestUser};

const EVIL: &str = "https://evil.example";
const PUBLIC: &str = "--public-url=https://chat.example.org";

const ROUTER: &str = include_str!("../../src/http/router.rs");

/// Every unsafe call.
const UNSAFE_CALLS: [(&str, &str); 44] = [
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/password"),
    ("POST", "/api/invites"),
    ("DELETE", "/api/invites/x"),
    ("PATCH", "/api/me"),
    ("PUT", "/api/me/picture"),
    ("DELETE", "/api/me/picture"),
    ("PUT", "/api/emoji/x"),
    ("DELETE", "/api/emoji/x"),
    ("POST", "/api/push"),
    ("POST", "/api/push/test"),
    ("DELETE", "/api/push/x"),
    ("DELETE", "/api/sessions"),
    ("DELETE", "/api/sessions/x"),
    ("POST", "/api/direct"),
    ("POST", "/api/preview"),
    ("PATCH", "/api/rooms/general"),
    ("POST", "/api/users/ada/reset"),
    ("POST", "/reset/x"),
    ("POST", "/api/rooms"),
    ("POST", "/api/rooms/general/members"),
    ("DELETE", "/api/rooms/general/members/ada"),
    ("POST", "/api/users/ada/ban"),
    ("DELETE", "/api/users/ada/ban"),
    ("POST", "/api/users/ada/role"),
    ("POST", "/ws/ticket"),
    ("POST", "/first-start"),
    ("POST", "/sign-in"),
    ("POST", "/api/files"),
    ("PATCH", "/api/files/x"),
    ("POST", "/api/uploads"),
    ("PATCH", "/api/uploads/x"),
    ("DELETE", "/api/uploads/x"),
    ("POST", "/api/uploads/x"),
    ("POST", "/join"),
    ("POST", "/join/x"),
    ("POST", "/rooms/general/messages"),
    ("POST", "/rooms/general/join"),
    ("POST", "/invitations/x/revoke"),
    ("POST", "/new-room"),
    ("POST", "/invites"),
    ("POST", "/sign-out"),
];

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn cookies(response: &reqwest::Response) -> Vec<String> {
    let all = response.headers().get_all(header::SET_COOKIE).iter();
    all.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

async fn log_in(server: &Server) -> reqwest::Response {
    let login = Login { username: "ada".into(), password: PASSWORD.into() };
    server.post("/api/auth/login").json(&login).send().await.unwrap()
}

/// Returns the name of the session cookie of a server.
async fn cookie_name(server: &Server) -> String {
    let response = log_in(server).await;
    cookies(&response)[0].split('=').next().unwrap().to_owned()
}

async fn is_signed_in(server: &Server, cookie: &str) -> bool {
    let me = status(server.get("/api/auth/me").header(header::COOKIE, cookie)).await;
    assert!([StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&me), "{me}");
    me == StatusCode::OK
}

#[tokio::test]
async fn a_page_elsewhere_creates_no_owner() {
    let server = Server::start().await;
    let new = json!({ "username": "eve", "password": PASSWORD });
    // A site whose name leads here: its pages are of the origin that `Host` names.
    let rebound = format!("evil.example:{}", server.address.port());
    for (host, origin) in [
        (None, EVIL.to_owned()),
        (None, "null".to_owned()),
        (Some(&rebound), format!("http://{rebound}")),
    ] {
        let request = server.post("/api/auth/register").header(header::ORIGIN, origin).json(&new);
        let request = host.into_iter().fold(request, |all, host| all.header(header::HOST, host));
        assert!(status(request).await.is_client_error());
    }
    server.register_owner("ada").await;
}

#[tokio::test]
async fn an_unsafe_call_with_a_foreign_origin_is_refused() {
    let routes = ["post(", "put(", "patch(", "delete("].map(|method| {
        let routes = ROUTER.lines().filter(|line| line.contains(".route("));
        routes.map(|line| line.matches(method).count()).sum::<usize>()
    });
    let shares = 1; // nothing happens there, see the next test
    let unsafe_calls = UNSAFE_CALLS.len() + shares;
    assert_eq!(routes.iter().sum::<usize>(), unsafe_calls, "the list has every route");
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for (method, path) in UNSAFE_CALLS {
        for origin in [EVIL, "null", "", "http://localhost"] {
            let method: Method = method.parse().unwrap();
            let call = server.request(method, path).header(header::ORIGIN, origin);
            let body = json!({ "username": "bo", "password": PASSWORD });
            let call = call.bearer_auth(&ada.token).json(&body);
            assert_eq!(status(call).await, StatusCode::FORBIDDEN, "{path} {origin:?}");
        }
    }
    let me = server.get("/api/auth/me").bearer_auth(&ada.token);
    assert_eq!(status(me).await, StatusCode::OK, "nothing has happened");
    for origin in [None, Some(server.origin())] {
        let call = server.post("/api/invites").bearer_auth(&ada.token);
        let call = origin.into_iter().fold(call, |call, own| call.header(header::ORIGIN, own));
        assert_eq!(status(call).await, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn what_is_shared_without_a_service_worker_is_not_read() {
    let server = Server::start().await;
    server.register_owner("ada").await;
    let head = "--x\r\ncontent-disposition: form-data; name=files; filename=x.png\r\n\r\n";
    let form = format!("{head}{}\r\n--x--\r\n", "x".repeat(3_000_000));
    let own = server.origin();
    for origin in [None, Some(EVIL), Some("null"), Some(""), Some(&*own)] {
        let share = server.post("/share").body(form.clone());
        let share = share.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let share = origin.into_iter().fold(share, |all, it| all.header(header::ORIGIN, it));
        let response = share.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{origin:?}");
        assert_eq!(response.headers()[header::LOCATION], "/share");
        assert_eq!(cookies(&response), [""; 0]);
    }
    assert_eq!(status(server.post("/share").body("no form")).await, StatusCode::SEE_OTHER);
    let elsewhere = server.post("/share").header(header::HOST, "evil.example");
    assert_eq!(status(elsewhere).await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(status(server.request(Method::PUT, "/share")).await, StatusCode::METHOD_NOT_ALLOWED);
    let page = server.get("/share").send().await.unwrap();
    assert_eq!(page.headers()[header::LOCATION], "/sign-in?next=%2Fshare");
}

#[tokio::test]
async fn a_form_of_our_own_page_is_accepted_even_without_a_referrer() {
    let server = Server::start().await;
    server.register_owner("ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    for (site, expected) in [
        (Some("same-origin"), StatusCode::SEE_OTHER),
        (Some("cross-site"), StatusCode::FORBIDDEN),
        (Some("same-site"), StatusCode::FORBIDDEN),
        (Some("none"), StatusCode::FORBIDDEN),
        (None, StatusCode::FORBIDDEN),
    ] {
        let request = server.post("/sign-in").header(header::ORIGIN, "null").form(&form);
        let request =
            site.into_iter().fold(request, |all, site| all.header("sec-fetch-site", site));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{site:?}");
        let page = response.text().await.unwrap();
        assert_eq!(page.contains("Referrer-Policy"), site.is_none(), "the cure: {site:?} {page}");
    }
    // With the cookie alone, too.
    let cookie = cookies(&log_in(&server).await)[0].split(';').next().unwrap().to_owned();
    let room = server.post("/new-room").header(header::COOKIE, cookie).form(&[("name", "Desk")]);
    let room = room.header(header::ORIGIN, "null").header("sec-fetch-site", "same-origin");
    let response = room.send().await.unwrap();
    assert_eq!(response.headers()[header::LOCATION], "/rooms/desk");
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_misdirected() {
    let public = Server::start_with(&[PUBLIC, "--rate-limit=off"]).await;
    let local = Server::start().await;
    let at = |server: &Server, host: &str, path: &str| {
        let request = server.get(path).header(header::HOST, host);
        async move { request.send().await.unwrap() }
    };
    for path in ["/", "/sign-in", "/api/rooms", "/api/openapi.json", "/robots.txt", "/ws", "/x"] {
        for server in [&public, &local] {
            let refused = at(server, "evil.example", path).await;
            assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST, "{path}");
        }
        let ours = at(&public, "chat.example.org", path).await;
        assert_ne!(ours.status(), StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let checked = at(&public, "10.0.0.7", path).await;
        assert_ne!(checked.status(), StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    let page = at(&public, "other.example.org", "/sign-in").await.text().await.unwrap();
    assert!(page.contains("<html") && page.contains("https://chat.example.org"), "{page}");
    let register = public.post("/api/auth/register").header(header::HOST, "evil.example");
    let body = json!({ "username": "eve", "password": PASSWORD });
    assert_eq!(status(register.json(&body)).await, StatusCode::MISDIRECTED_REQUEST);
    let own_origin = ("origin", "https://chat.example.org");
    let refused = public.connect("/ws", &[("host", "evil.example"), own_origin]).await;
    assert_eq!(refused.err(), Some(StatusCode::MISDIRECTED_REQUEST));
}

#[tokio::test]
async fn in_a_local_network_the_address_of_the_page_is_enough() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    for host in ["192.168.1.5:3000", "box.local", "localhost:8080"] {
        let form = server.post("/sign-in").header(header::HOST, host);
        let form = form.header(header::ORIGIN, format!("http://{host}"));
        let form = form.form(&[("username", "ada"), ("password", PASSWORD)]);
        assert_eq!(status(form).await, StatusCode::SEE_OTHER, "{host}");
        let invite = server.post("/api/invites").header(header::HOST, host);
        let invite = invite.bearer_auth(&ada.token).send().await.unwrap();
        let url = invite.json::<protocol::http::Invite>().await.unwrap().url;
        assert!(url.starts_with(&format!("http://{host}/join/")), "{url}");
    }
}

#[tokio::test]
async fn of_several_session_cookies_the_valid_one_counts() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let name = cookie_name(&server).await;
    let token = &ada.token;
    for (cookie, ok) in [
        (format!("{name}={token}"), true),
        (format!("{name}=forged; {name}={token}"), true),
        (format!("{name}=; {name}=x.y.z; a=b; {name}={token}; {name}="), true),
        (format!("banter_session={token}"), true), // of an earlier version
        (format!("banter_session=forged; {name}={token}"), true),
        (format!("{name}=forged; {name}=x.y.z"), false),
        (format!("x{name}={token}; {name}x={token}"), false),
    ] {
        assert_eq!(is_signed_in(&server, &cookie).await, ok, "{cookie}");
        let cookie = cookie.replace(token, "(token)");
        let ours = [("origin", server.origin()), ("cookie", cookie.replace("(token)", token))];
        let ours: Vec<_> = ours.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut socket = server.connect("/ws", &ours).await.unwrap();
        if ok {
            socket.welcome().await;
        } else {
            assert_eq!(socket.closed().await.0, 1008, "{cookie}");
        }
    }
}

#[tokio::test]
async fn two_installations_on_one_host_do_not_sign_each_other_out() {
    let (one, two) = (Server::start().await, Server::start().await);
    let (ada, bo) = (one.register_owner("ada").await, two.register_owner("ada").await);
    let (name_one, name_two) = (cookie_name(&one).await, cookie_name(&two).await);
    assert_ne!(name_one, name_two);
    let both = format!("{name_one}={}; {name_two}={}", ada.token, bo.token);
    assert!(is_signed_in(&one, &both).await && is_signed_in(&two, &both).await);
    // The name is the same after a restart.
    let one = one.restart().await;
    assert_eq!(cookie_name(&one).await, name_one);
    // Signing out of one leaves the cookie of the other.
    let shared = format!("{name_one}={}; banter_session={}", ada.token, bo.token);
    let out = one.post("/sign-out").header(header::COOKIE, shared);
    let out = out.header(header::ORIGIN, one.origin()).send().await.unwrap();
    let removed: Vec<_> = cookies(&out);
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert!(removed[0].starts_with(&format!("{name_one}=;")), "{removed:?}");
}

#[tokio::test]
async fn nodes_share_the_name_of_the_cookie() {
    let server = Server::start_with(&["--secret=one key for all the nodes of a test"]).await;
    server.register_owner("ada").await;
    let other = server.start_another_node(&[]).await;
    assert_eq!(cookie_name(&server).await, cookie_name(&other).await);
}

#[tokio::test]
async fn a_page_replaces_the_cookie_of_an_earlier_version() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let old = format!("banter_session={}", ada.token);
    let page = server.get("/rooms/general").header(header::COOKIE, &old).send().await.unwrap();
    let set = cookies(&page);
    let name = cookie_name(&server).await;
    assert!(set.iter().any(|cookie| cookie.starts_with(&format!("{name}=ey"))), "{set:?}");
    assert!(
        set.iter().any(|cookie| {
            cookie.starts_with("banter_session=;") && cookie.contains("Max-Age=0")
        }),
        "{set:?}"
    );
}

#[tokio::test]
async fn under_https_the_cookie_belongs_to_this_host_alone() {
    let server = Server::start_with(&[PUBLIC, "--rate-limit=off"]).await;
    let ada = server.register_owner("ada").await;
    let cookie = &cookies(&log_in(&server).await)[0];
    assert!(cookie.starts_with("__Host-banter_"), "{cookie}");
    for attribute in ["; Secure", "; Path=/;", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    // A cookie that a sibling of our domain has set comes first, and does not count.
    let (name, mallory) = (cookie.split('=').next().unwrap(), "banter_session=forged");
    let both = format!("{mallory}; {}=forged; {name}={}", &name[7..], ada.token);
    assert!(is_signed_in(&server, &both).await);
    let bo = server.join("bo", &ada).await;
    let both = format!("banter_session={}; {name}={}", bo.token, ada.token);
    let me = server.get("/api/auth/me").header(header::COOKIE, both).send().await.unwrap();
    assert!(me.text().await.unwrap().contains("\"ada\""), "not the sibling's account");
    // No other name counts, even if the session is valid and no other cookie is there.
    for other in ["banter_session", &name[7..], "__Secure-banter_session"] {
        let tossed = format!("{other}={}", bo.token);
        assert!(!is_signed_in(&server, &tossed).await, "{other}");
        let page = server.get("/rooms/general").header(header::COOKIE, &tossed);
        let set = cookies(&page.send().await.unwrap());
        assert!(!set.iter().any(|cookie| cookie.contains("=ey")), "{other}: not renewed");
        let ticket = server.post("/ws/ticket").header(header::COOKIE, &tossed);
        let ticket = ticket.header(header::ORIGIN, "https://chat.example.org");
        assert_eq!(status(ticket).await, StatusCode::UNAUTHORIZED, "{other}");
    }
}

fn names(response: &reqwest::Response, name: &str) -> String {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

async fn responses_of_all_kinds(server: &Server, ada: &TestUser) -> Vec<reqwest::Response> {
    let mut responses = Vec::new();
    for path in [
        "/",
        "/sign-in",
        "/nowhere",
        "/healthz",
        "/readyz",
        "/metrics",
        "/ws",
        "/api/nowhere",
        "/api/rooms",
        "/api/auth/me",
        "/api/openapi.json",
        "/api/asyncapi.json",
        "/robots.txt",
        "/rooms/general",
    ] {
        responses.push(server.get(path).bearer_auth(&ada.token).send().await.unwrap());
    }
    responses.push(log_in(server).await);
    responses.push(server.post("/sign-in").body("x".repeat(70_000)).send().await.unwrap());
    let forged = server.post("/sign-in").header(header::ORIGIN, EVIL);
    responses.push(forged.send().await.unwrap());
    responses.push(server.get("/").header(header::HOST, "evil.example").send().await.unwrap());
    responses
}

#[tokio::test]
async fn every_response_has_the_headers_that_isolate_it() {
    for https in [true, false] {
        let setting = if https { PUBLIC } else { "--registration=invite" };
        let server = Server::start_with(&[setting, "--rate-limit=off"]).await;
        let ada = server.register_owner("ada").await;
        for response in responses_of_all_kinds(&server, &ada).await {
            let url = response.url().path().to_owned();
            assert_eq!(names(&response, "cross-origin-opener-policy"), "same-origin", "{url}");
            assert_eq!(names(&response, "cross-origin-resource-policy"), "same-origin", "{url}");
            let policy = names(&response, "permissions-policy");
            assert!(policy.contains("camera=()") && !policy.contains("bluetooth"), "{url}");
            assert!(names(&response, "content-security-policy").contains("frame-anc"), "{url}");
            assert_eq!(names(&response, "x-content-type-options"), "nosniff", "{url}");
            let hsts = names(&response, "strict-transport-security");
            assert_eq!(hsts, if https { "max-age=31536000" } else { "" }, "{url}");
            if url != "/robots.txt" {
                assert_eq!(names(&response, "cache-control"), "no-store", "{url}");
            }
        }
    }
}

#[tokio::test]
async fn remembering_https_is_a_setting() {
    for (setting, sent) in [("--hsts=off", ""), ("--hsts=0", "max-age=0")] {
        let server = Server::start_with(&[PUBLIC, setting]).await;
        let response = server.get("/healthz").send().await.unwrap();
        assert_eq!(names(&response, "strict-transport-security"), sent);
    }
}
