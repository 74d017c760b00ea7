//! Hostile texts as names, messages and queries: no page contains what is not ours, and nothing
//! fails. `BANTER_SEED` replays a run.

mod html;
mod strings;

use std::{collections::BTreeMap, net::SocketAddr};

use app::page::Page;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use futures_util::{StreamExt as _, stream};
use protocol::{
    Chat, HistoryPage, MessageId, RoomName, limits::MAX_ROOM_NAME_CHARS, text::is_name,
};
use tower::ServiceExt as _;
use uuid::Uuid;

use self::{
    html::{Structure, page_data, structure},
    strings::Hostile,
};
use crate::support::{Server, TestUser, log_secrets};

/// The strings that each test takes.
const STRINGS: usize = 10_000;
/// The rooms, people and messages on one page.
const ROWS: usize = 50;
/// Requests at once.
const AT_ONCE: usize = 64;

fn seed() -> u64 {
    let given = std::env::var("BANTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(15);
    eprintln!("BANTER_SEED={seed}");
    seed
}

fn router_of(server: &Server) -> Router {
    server::http::router::router(server.app.clone())
}

/// Returns the response of a route, without a connection.
async fn call(router: &Router, request: Request<Body>) -> (StatusCode, Option<String>, String) {
    let mut request = request;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let location = parts.headers.get(header::LOCATION);
    let location = location.map(|value| value.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, location, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str, token: Option<&str>) -> Request<Body> {
    let request = Request::get(path).header(header::HOST, "localhost");
    let request = match token {
        Some(token) => request.header(header::COOKIE, format!("banter_session={token}")),
        None => request,
    };
    request.body(Body::empty()).unwrap()
}

/// Encodes a value of a query or a form.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn html(router: &Router, path: &str, token: Option<&str>) -> String {
    let (status, _, html) = call(router, get(path, token)).await;
    assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{status} {path}");
    html
}

#[tokio::test]
async fn entry_pages_hold_nothing_that_is_not_ours() {
    let server = Server::start_with(&["--registration=open", "--rate-limit=off"]).await;
    let faults = ["taken&free=bo", "username", "display-name", "password", "mismatch", "x"];
    let paths = |names: &[String], turn: usize| {
        let name = |number: usize| encoded(&names[number % names.len()]);
        let fault = faults[turn % faults.len()];
        let state = format!("username={}&display_name={}&fault={fault}", name(0), name(1));
        // A path holds escapes only.
        let next = encoded(&format!("/rooms/{}", name(2)));
        [
            format!("/join?{state}"),
            format!("/sign-in?{state}&next={next}"),
            format!("/join/{}?{state}", name(3)),
            format!("/{}?{}", name(0), name(1)),
        ]
    };
    let first_start = |name: &str| format!("/first-start?username={0}&fault={0}", encoded(name));
    let (origin, router) = (server.origin(), router_of(&server));
    let of = async |path: &str| structure(&html(&router, path, None).await, &origin);
    let mut hostile = Hostile::new(seed());
    let plain = of(&first_start("x")).await;
    for name in hostile.many(100) {
        assert_eq!(of(&first_start(&name)).await, plain, "{name:?}");
    }
    server.register_owner("ada").await;
    let mut expected = Vec::new();
    for turn in 0..faults.len() {
        let mut pages = Vec::new();
        for path in paths(&["x".to_owned()], turn) {
            pages.push(of(&path).await);
        }
        expected.push(pages);
    }
    let strings = hostile.many(STRINGS - 100);
    for (turn, names) in strings.chunks(4).enumerate() {
        let page = turn % 4;
        let path = &paths(names, turn)[page];
        assert_eq!(of(path).await, expected[turn % faults.len()][page], "{path}");
    }
}

#[tokio::test]
async fn rooms_hold_nothing_that_is_not_ours() {
    let server = Server::start().await;
    let (ada, router) = (crowded(&server).await, router_of(&server));
    let mut hostile = Hostile::new(seed());
    let mut expected: Option<[Structure; 3]> = None;
    let mut left = STRINGS + 3 * ROWS;
    while left > 0 {
        let names = match expected {
            None => vec!["x".to_owned(); 3 * ROWS],
            Some(_) => hostile.many(3 * ROWS),
        };
        left = left.saturating_sub(names.len());
        write_names(&server, &names);
        let mut pages = Vec::new();
        for path in ["/rooms/general", "/rooms", "/new-room?fault=name"] {
            let path = if path.contains('?') {
                format!("{path}&name={}", encoded(&names[0]))
            } else {
                path.into()
            };
            let html = html(&router, &path, Some(&ada.token)).await;
            assert!(html.contains("<html data-shape=\""), "the page has a fingerprint: {html}");
            check_data(&html, &names);
            pages.push(structure(&html, &server.origin()));
        }
        let pages = <[Structure; 3]>::try_from(pages).unwrap();
        match &expected {
            None => expected = Some(pages),
            Some(expected) => assert_eq!(pages, *expected, "{names:?}"),
        }
    }
}

/// Creates rooms, people and messages, and returns the owner.
async fn crowded(server: &Server) -> TestUser {
    let ada = server.register_owner("ada").await;
    let general = "(SELECT id FROM rooms WHERE slug = 'general')";
    let rows = |row: &dyn Fn(usize, String) -> String| {
        let rows = (1..=ROWS).map(|number| row(number, server.id_literal(Uuid::new_v4())));
        rows.collect::<Vec<_>>().join(", ")
    };
    let users = rows(&|number, id| format!("({id}, 'user{number}', 'x', 'member', '', 0)"));
    let rooms = rows(&|number, id| format!("({id}, 'room{number}', 'x', 0)"));
    let messages = rows(&|number, id| {
        let sender = format!("(SELECT id FROM users WHERE username = 'user{number}')");
        format!("({general}, {number}, {id}, {sender}, 'x', {number}000000)")
    });
    server.sql(&format!(
        "INSERT INTO users (id, username, display_name, role, password, created_at) VALUES {users};
         INSERT INTO rooms (id, slug, name, created_at) VALUES {rooms};
         INSERT INTO room_members (room_id, user_id, joined_at)
             SELECT {general}, id, 0 FROM users;
         INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at) VALUES {messages};
         UPDATE rooms SET seq = {ROWS} WHERE slug = 'general';"
    ));
    ada
}

/// Gives rooms, people and messages the names.
fn write_names(server: &Server, names: &[String]) {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let general = literal(&names[0]);
    let updates = names.chunks(3).zip(1..).map(|(names, number)| {
        let [room, user, text] = [0, 1, 2].map(|which| literal(&names[which]));
        format!(
            "UPDATE rooms SET name = {room} WHERE slug = 'room{number}';
             UPDATE users SET display_name = {user} WHERE username = 'user{number}';
             UPDATE messages SET text = {text} WHERE seq = {number};"
        )
    });
    server.sql(&format!(
        "BEGIN; {} UPDATE rooms SET name = {general} WHERE slug = 'general'; COMMIT;",
        updates.collect::<String>()
    ));
}

/// Checks that the data of the page arrives as it was written.
fn check_data(html: &str, names: &[String]) {
    let page: Page = serde_json::from_str(page_data(html)).unwrap();
    let (Page::Workspace(workspace) | Page::NewRoom(workspace, _)) = page else { panic!() };
    for (number, room) in names.chunks(3).map(|names| &names[0]).enumerate() {
        // The address stands for a name that cannot be shown.
        let slug = format!("room{}", number + 1);
        let name = if is_name(room, MAX_ROOM_NAME_CHARS) { room } else { &slug };
        assert!(workspace.rooms.iter().any(|known| known.name == *name), "{room:?}");
    }
    let Some(open) = workspace.open else { return };
    let texts = open.messages.iter().map(|message| message.text.as_deref());
    assert!(texts.eq(names.chunks(3).map(|names| Some(names[2].as_str()))));
}

#[tokio::test]
async fn messages_arrive_as_they_were_written() {
    let server = Server::start().await;
    let ada = server.register_owner("ada").await;
    let session = server.app.auth.by_token(&ada.token).await.unwrap();
    let texts = Hostile::new(seed()).many(STRINGS);
    // Sent at once, so that the writer takes many into one transaction, in whatever order.
    let post = |(number, text): (usize, &String)| {
        let id = Some(MessageId(Uuid::from_u128(number as u128)));
        let room = Some(RoomName::from("general"));
        let chat = Chat { room, text: text.clone(), id, ..Chat::default() };
        let (app, session) = (server.app.clone(), session.clone());
        async move { app.chat.post(&session.user, session.id, chat).await }
    };
    let posted: Vec<_> =
        stream::iter(texts.iter().enumerate()).map(post).buffer_unordered(AT_ONCE).collect().await;
    assert!(posted.iter().all(Result::is_ok));
    let (mut found, mut before) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/api/rooms/general/messages?limit=100{before}");
        let page = server.get(&path).bearer_auth(&ada.token).send().await.unwrap();
        let page: HistoryPage = page.json().await.unwrap();
        let first = page.messages.first().map(|first| format!("&before={}", first.seq));
        before = first.unwrap_or_default();
        for message in page.messages {
            let known = found.insert(message.id.0.as_u128(), message.text.unwrap_or_default());
            assert_eq!(known, None, "a message is on one page only");
        }
        if !page.has_more {
            break;
        }
    }
    assert!(found.into_values().eq(texts), "every text is there once, as it was written");
}

#[tokio::test]
async fn no_call_and_no_form_fails() {
    let server = Server::start_with(&["--registration=open", "--rate-limit=off"]).await;
    let (ada, router) = (server.register_owner("ada").await, router_of(&server));
    let strings = Hostile::new(seed()).many(STRINGS);
    let requests = strings.iter().enumerate().map(|(turn, text)| {
        let (text_in_path, json) = (encoded(text), serde_json::to_string(text).unwrap());
        // Lone surrogates are valid in JSON, and no text.
        let json = if turn % 7 == 0 { format!("\"\\ud800{}", &json[1..]) } else { json };
        let call = |method, path: &str, body: String| {
            let request = Request::builder().method(method).uri(path);
            let request = request.header(header::HOST, "localhost");
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let request = request.header(header::AUTHORIZATION, format!("Bearer {}", ada.token));
            request.body(Body::from(body)).unwrap()
        };
        let form = |path: &str, body: String| {
            let kind = "application/x-www-form-urlencoded";
            let request = Request::post(path)
                .header(header::HOST, "localhost")
                .header(header::CONTENT_TYPE, kind);
            let request = request.header(header::ORIGIN, server.origin());
            let request = request.header(header::COOKIE, format!("banter_session={}", ada.token));
            request.body(Body::from(body)).unwrap()
        };
        match turn % 12 {
            0 => call("POST", "/api/rooms", format!("{{\"name\":{json}}}")),
            1 => call("POST", "/api/rooms", format!("{{\"name\":\"x\",\"slug\":{json}}}")),
            2 => call(
                "POST",
                "/api/auth/register",
                format!("{{\"username\":{json},\"password\":\"short\",\"display_name\":{json}}}"),
            ),
            3 => call(
                "POST",
                "/api/auth/register",
                format!("{{\"username\":\"bo\",\"password\":\"short\",\"invite\":{json}}}"),
            ),
            4 => call("POST", "/api/invites", json),
            5 => call("POST", "/api/rooms/general/members", format!("{{\"user\":{json}}}")),
            6 => {
                call("GET", &format!("/api/rooms/{text_in_path}/messages?before=x"), String::new())
            }
            7 => call("DELETE", &format!("/api/users/{text_in_path}/ban"), String::new()),
            8 => form("/new-room", format!("name={text_in_path}")),
            9 => {
                form("/rooms/general/messages", format!("text={text_in_path}&nonce={text_in_path}"))
            }
            10 => form(&format!("/rooms/{text_in_path}/messages"), format!("text={text_in_path}")),
            _ => form("/invites", format!("back={text_in_path}")),
        }
    });
    let answer = |request: Request<Body>| {
        let what = format!("{} {}", request.method(), request.uri());
        let router = router.clone();
        async move { (what, call(&router, request).await) }
    };
    let mut answers = stream::iter(requests).map(answer).buffered(AT_ONCE);
    while let Some((what, (status, location, body))) = answers.next().await {
        assert!(!status.is_server_error(), "{what}: {status} {body}");
        if let Some(location) = location {
            assert!(location.starts_with('/') && !location.starts_with("//"), "{what}: {location}");
        }
    }
    log_secrets::check_lines();
}
