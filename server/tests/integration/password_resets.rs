//! Links that set a new password: who makes them, what ends them, and what they do.

use std::process::Command;

use protocol::{
    CloseCode, Role,
    http::{Login, NewRole, PasswordReset, SignedIn},
};
use reqwest::{Method, StatusCode, header};

use crate::{
    ports::free_port,
    process::Process,
    support::{PASSWORD, Server, TestUser, log_secrets},
};

const NEW: &str = "a much better passphrase";

/// Makes a link. Returns the status, and the path of the link.
async fn make(server: &Server, by: &TestUser, user: &str) -> (StatusCode, String) {
    let request = server.post(&format!("/api/users/{user}/reset")).bearer_auth(&by.token);
    let response = request.send().await.unwrap();
    let status = response.status();
    let Ok(PasswordReset { url, .. }) = response.json().await else {
        return (status, String::new());
    };
    let path = url.strip_prefix(&server.origin()).unwrap().to_owned();
    log_secrets::register(path.rsplit('/').next().unwrap());
    (status, path)
}

async fn link(server: &Server, by: &TestUser, user: &str) -> String {
    let (status, path) = make(server, by, user).await;
    assert_eq!(status, StatusCode::CREATED);
    path
}

/// Opens the page of a link. Returns the status and the HTML.
async fn page(server: &Server, path: &str) -> (StatusCode, String) {
    let response = server.get(path).send().await.unwrap();
    let policy = response.headers()[header::REFERRER_POLICY].to_str().unwrap();
    assert!(["same-origin", "no-referrer"].contains(&policy), "{policy}");
    (response.status(), response.text().await.unwrap())
}

/// Submits the form of a link. Returns the address that it leads to, and the cookie.
async fn submit(server: &Server, path: &str, password: &str) -> (String, Option<String>) {
    log_secrets::register(password);
    let request = server.post(path).form(&[("password", password)]);
    let response = request.header(header::ORIGIN, server.origin()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let to = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let cookie = response.headers().get(header::SET_COOKIE);
    (to, cookie.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned()))
}

async fn log_in(server: &Server, username: &str, password: &str) -> Option<SignedIn> {
    let login = Login { username: username.into(), password: password.into() };
    let response = server.post("/api/auth/login").json(&login).send().await.unwrap();
    let signed_in = response.json::<SignedIn>().await.ok()?;
    log_secrets::register(&signed_in.token);
    Some(signed_in)
}

async fn set_role(server: &Server, by: &TestUser, user: &str, role: Role) {
    let request = server.post(&format!("/api/users/{user}/role")).bearer_auth(&by.token);
    let response = request.json(&NewRole { role }).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

async fn set_banned(server: &Server, by: &TestUser, user: &str, banned: bool) {
    let method = if banned { Method::POST } else { Method::DELETE };
    let request = server.request(method, &format!("/api/users/{user}/ban"));
    let response = request.bearer_auth(&by.token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_signs_in() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let mut socket = bo.connect(&server).await;
    let path = link(&server, &ada, "bo").await;
    for _ in 0..2 {
        let (status, html) = page(&server, &path).await;
        assert_eq!(status, StatusCode::OK, "opening it does not use it");
        assert!(html.contains("Choose a new password") && html.contains("@bo"), "{html}");
    }
    for (password, fault) in [("short", "password"), ("bobobobobobo", "weak")] {
        let (to, cookie) = submit(&server, &path, password).await;
        assert_eq!((to.as_str(), cookie), (&*format!("{path}?fault={fault}"), None));
        assert!(page(&server, &to).await.1.contains("field__error"));
    }
    assert!(log_in(&server, "bo", PASSWORD).await.is_some(), "nothing has changed yet");

    let (to, cookie) = submit(&server, &path, NEW).await;
    assert_eq!(to, "/rooms/general");
    let opened = server.get(&to).header(header::COOKIE, cookie.unwrap()).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::OK, "signed in");
    assert_eq!(socket.closed().await.0, CloseCode::Policy as u16, "the other sessions have ended");
    let me = server.get("/api/auth/me").bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    assert!(log_in(&server, "bo", PASSWORD).await.is_none());

    let told = log_in(&server, "bo", NEW).await.unwrap().password_reset.unwrap();
    assert_eq!(told.by.unwrap().id, ada.user.id);
    assert_eq!(log_in(&server, "bo", NEW).await.unwrap().password_reset, None, "told once");

    let (status, html) = page(&server, &path).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("no longer valid"), "{html}");
    let (to, cookie) = submit(&server, &path, "yet another passphrase").await;
    assert_eq!((to, cookie), (path, None), "a used link");
    assert!(log_in(&server, "bo", NEW).await.is_some());
}

#[tokio::test]
async fn the_page_tells_of_the_link_after_the_next_sign_in() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    server.join("bo", &ada).await;
    submit(&server, &link(&server, &ada, "bo").await, NEW).await;
    let sign_in = async || {
        let form = [("username", "bo"), ("password", NEW), ("next", "/rooms")];
        let request = server.post("/sign-in").form(&form).header(header::ORIGIN, server.origin());
        request.send().await.unwrap()
    };
    let told = sign_in().await;
    assert_eq!(told.status(), StatusCode::OK);
    assert!(told.headers().contains_key(header::SET_COOKIE));
    let html = told.text().await.unwrap();
    assert!(html.contains("set by a link") && html.contains("@ada"), "{html}");
    assert!(html.contains("href=\"/rooms\""), "{html}");
    assert_eq!(sign_in().await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_owner_makes_links_for_all_and_admins_for_members() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let cy = server.join("cy", &ada).await;
    server.join("dan", &ada).await;
    for admin in ["bo", "dan"] {
        set_role(&server, &ada, admin, Role::Admin).await;
    }
    const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
    for (by, user, status) in [
        (&ada, "ada", StatusCode::CREATED),
        (&ada, "bo", StatusCode::CREATED),
        (&ada, "cy", StatusCode::CREATED),
        (&ada, "nobody", StatusCode::NOT_FOUND),
        (&bo, "cy", StatusCode::CREATED),
        (&bo, "ada", FORBIDDEN),
        (&bo, "dan", FORBIDDEN),
        (&bo, "bo", FORBIDDEN),
        (&cy, "dan", FORBIDDEN),
        (&cy, "cy", FORBIDDEN),
        (&cy, "nobody", FORBIDDEN),
    ] {
        let (found, _) = make(&server, by, user).await;
        assert_eq!(found, status, "{} for {user}", by.user.username);
    }
    set_banned(&server, &ada, "cy", true).await;
    assert_eq!(make(&server, &ada, "cy").await.0, FORBIDDEN, "somebody who is banned");
    let anonymous = server.post("/api/users/ada/reset").send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_link_ends_with_a_newer_one_a_ban_a_role_a_password_and_in_time() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let bo = server.join("bo", &ada).await;
    set_role(&server, &ada, "bo", Role::Admin).await;
    server.join("cy", &ada).await;
    let is_valid = async |path: &str| page(&server, path).await.0 == StatusCode::OK;

    let older = link(&server, &ada, "cy").await;
    let newer = link(&server, &bo, "cy").await;
    assert!(!is_valid(&older).await && is_valid(&newer).await);
    set_role(&server, &ada, "bo", Role::Member).await;
    assert!(!is_valid(&newer).await, "whoever made it was demoted");

    let of_member = link(&server, &ada, "cy").await;
    set_role(&server, &ada, "cy", Role::Admin).await;
    assert!(!is_valid(&of_member).await, "an admin's link must not be for another admin");
    set_role(&server, &ada, "cy", Role::Member).await;

    let of_banned = link(&server, &ada, "cy").await;
    set_banned(&server, &ada, "cy", true).await;
    set_banned(&server, &ada, "cy", false).await;
    assert!(!is_valid(&of_banned).await, "it does not return with the user");

    let known = log_in(&server, "cy", PASSWORD).await.unwrap();
    let needless = link(&server, &ada, "cy").await;
    let change = protocol::http::ChangePassword { current: PASSWORD.into(), new: NEW.into() };
    let request = server.post("/api/auth/password").bearer_auth(&known.token).json(&change);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(!is_valid(&needless).await, "the password was changed meanwhile");

    let expired = link(&server, &ada, "cy").await;
    server.sql("UPDATE password_resets SET expires_at = expires_at - 24 * 3600 * 1000");
    assert!(!is_valid(&expired).await);
    let (to, cookie) = submit(&server, &expired, NEW).await;
    assert_eq!((to, cookie), (expired, None));
    for odd in ["/reset/x", "/reset/%00", "/reset/%ff"] {
        let status = server.get(odd).send().await.unwrap().status();
        assert!(status.is_client_error(), "{odd}: {status}");
    }
}

#[tokio::test]
async fn guessing_links_is_limited() {
    let server = Server::start_with(&[]).await;
    server.register_owner("ada").await;
    let mut limited = false;
    for _ in 0..20 {
        let (to, _) = submit(&server, "/reset/unknown", NEW).await;
        limited = limited || to.contains("too-fast");
    }
    assert!(limited);
}

#[tokio::test]
async fn the_command_line_makes_a_link_beside_a_running_server() {
    log_secrets::register(PASSWORD);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), free_port()).await;
    process.register().await;
    let reset = |username: &str| {
        let mut banter = Command::new(env!("CARGO_BIN_EXE_banter"));
        banter.args(["reset", username, "--data-dir"]).arg(folder.path());
        banter.args(["--leptos-site-addr", &format!("127.0.0.1:{}", process.port)]);
        banter.env_remove("DATABASE_URL").output().unwrap()
    };
    let output = String::from_utf8(reset("ada").stdout).unwrap();
    let url = output.lines().next().unwrap();
    assert!(url.starts_with(&process.url("/reset/")), "{output}");
    log_secrets::register(url.rsplit('/').next().unwrap());
    log_secrets::register(NEW);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let set = client.post(url).form(&[("password", NEW)]).send().await.unwrap();
    assert_eq!(set.headers()[header::LOCATION], "/rooms/general");
    let login = Login { username: "ada".into(), password: NEW.into() };
    let request = client.post(process.url("/api/auth/login")).json(&login);
    let signed_in: SignedIn = request.send().await.unwrap().json().await.unwrap();
    log_secrets::register(&signed_in.token);
    assert_eq!(signed_in.password_reset.unwrap().by, None, "made on the server");

    let unknown = reset("nobody");
    assert!(!unknown.status.success());
    let error = String::from_utf8(unknown.stderr).unwrap();
    assert!(error.contains("nobody") && !error.contains("/reset/"), "{error}");
    log_secrets::check_log(process.log().as_bytes());
}
