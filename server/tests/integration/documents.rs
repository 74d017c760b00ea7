//! The documents tell what the server does: every route is in them and the other way round, real answers and messages
//! fit their schemas, and the readable form names all that there is.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use jsonschema::{Draft, Validator};
use protocol::{
    CloseCode, Event, Request, Response,
    http::{ChangePassword, Login, NewInvite, NewMember, NewRole, NewRoom, Register, SignedIn},
    limits::{is_slug, is_username},
    schema::{SLUG, USERNAME},
};
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{PASSWORD, Person, Server, Socket, soon};

const ROUTER: &str = include_str!("../../src/http/router.rs");
const READABLE: &str = include_str!("../../../docs/protocol.md");

async fn document(server: &Server, path: &str) -> Value {
    let response = server.get(path).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    response.json().await.unwrap()
}

/// Checks values against a schema that refers to the components of its document.
fn validator(schema: &Value, document: &Value, draft: Draft) -> Validator {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::options().with_draft(draft).should_validate_formats(true).build(&schema).unwrap()
}

fn assert_fits(value: &Value, validator: &Validator, what: &str) {
    let faults: Vec<_> = validator
        .iter_errors(value)
        .map(|fault| format!("{} {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{what}: {faults:?} in {value}");
}

/// The calls of the router, as `GET /path`, read off its page.
fn routes() -> BTreeSet<String> {
    const METHODS: [&str; 3] = ["get", "post", "delete"];
    let mut routes = BTreeSet::new();
    for route in ROUTER.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let handlers = rest.split("\n").next().unwrap();
        let is_documented = ["/api/", "/ws", "/healthz", "/readyz", "/metrics"]
            .iter()
            .any(|part| path.starts_with(part));
        if !is_documented || handlers.contains("any(") || path == "/ws/echo" {
            continue; // pages, what is not found, and what is there for tools that test WebSockets
        }
        let of_path = METHODS.iter().filter(|method| handlers.contains(&format!("{method}(")));
        let before = routes.len();
        routes.extend(of_path.map(|method| format!("{} {path}", method.to_uppercase())));
        assert!(routes.len() > before, "no method is found for {path}");
    }
    routes
}

/// The calls of the document, and where each is told.
fn operations(openapi: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in
            methods.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters")
        {
            operations.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    operations
}

#[tokio::test]
async fn every_route_is_documented_and_every_documented_call_is_served() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let documented: BTreeSet<_> = operations(&openapi).into_keys().collect();
    assert_eq!(documented, routes());
    assert!(documented.len() > 20, "{documented:?}");
    for call in documented {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.replace("{room}", "general").replace("{user}", "ada");
        // Without a credential: nothing is changed, and nobody is told that a room or person is not there.
        let status = server.request(method.parse().unwrap(), &path).send().await.unwrap().status();
        assert!(
            ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&status),
            "{call}: {status}"
        );
    }
}

/// Calls the server and compares what it answers with the document.
struct Caller<'a> {
    server: &'a Server,
    openapi: Value,
    /// The calls that have succeeded.
    succeeded: BTreeSet<String>,
}

impl Caller<'_> {
    /// `path` is that of the document; `names` take the places of `{room}` and `{user}` in it.
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        names: &[(&str, &str)],
        ask: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> (StatusCode, Value) {
        let address = names.iter().fold(path.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
        let response = ask(self.server.request(method.clone(), &address)).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let call = format!("{method} {path}");
        let operation = &self.openapi["paths"][path][method.as_str().to_lowercase()];
        let told = &operation["responses"][status.as_str()];
        assert!(told.is_object(), "{call} answers {status}, which is not documented: {text}");
        for name in told["headers"].as_object().iter().flat_map(|headers| headers.keys()) {
            assert!(headers.contains_key(name), "{call} {status} has no {name}");
        }
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match headers
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap().split(';').next().unwrap())
        {
            Some(kind) if status != StatusCode::SWITCHING_PROTOCOLS => {
                let schema = &told["content"][kind]["schema"];
                assert!(
                    schema.is_object(),
                    "{call} {status} answers {kind}, which is not documented"
                );
                if kind.ends_with("json") {
                    assert_fits(
                        &value,
                        &validator(schema, &self.openapi, Draft::Draft202012),
                        &format!("{call} {status}"),
                    );
                }
            }
            _ => assert!(text.is_empty() && told["content"].is_null(), "{call} {status}: {text}"),
        }
        if status.is_success() {
            self.succeeded.insert(call);
        }
        (status, value)
    }

    async fn by(
        &mut self,
        person: &Person,
        method: Method,
        path: &str,
        names: &[(&str, &str)],
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        if let Some(body) = &body {
            let schema = &self.openapi["paths"][path][method.as_str().to_lowercase()]["requestBody"]
                ["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{method} {path} takes no body");
            if body != &json!({ "nothing": "that fits" }) {
                assert_fits(body, &validator(schema, &self.openapi, Draft::Draft202012), path);
            }
        }
        let token = person.token.clone();
        self.call(method, path, names, |request| {
            let request = request.bearer_auth(token);
            if let Some(body) = body { request.json(&body) } else { request }
        })
        .await
    }
}

fn body(value: impl serde::Serialize) -> Option<Value> {
    Some(serde_json::to_value(value).unwrap())
}

#[tokio::test]
async fn answers_are_as_documented() {
    let mut server = Server::start_with(&["--rate-limit=off", "--drain=2"]).await;
    // While it drains, idle lines are closed.
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
    let SignedIn { token, user } = serde_json::from_value(ada).unwrap();
    let ada = Person { token, user };
    let bo = server.join("bo", &ada).await;

    for (username, status) in [("ada", 409), ("Not a name", 422), ("cy", 403)] {
        let invite = if status == 403 { None } else { Some(ada.invite(&server).await) };
        let (answer, _) = caller
            .call(Method::POST, "/api/auth/register", &[], |request| {
                request.json(&register(username, invite))
            })
            .await;
        assert_eq!(answer, status, "{username}");
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
        let answer =
            caller.call(Method::POST, "/api/auth/login", &[], |request| request.json(&login)).await;
        assert_eq!(answer.0, status);
    }

    let change = |current: &str| {
        body(ChangePassword { current: current.into(), new: "a better password".into() })
    };
    let room = NewRoom { name: "Front desk".into(), slug: None, private: true };
    let desk = [("room", "front-desk")];
    let bo_at_desk = [("room", "front-desk"), ("user", "bo")];
    let member = |user: &str| body(NewMember { user: user.into() });
    for (by, method, path, names, body, status) in [
        (&ada, Method::GET, "/api/auth/me", &[][..], None, 200),
        (&ada, Method::POST, "/api/invites", &[], body(NewInvite::default()), 201),
        (&ada, Method::POST, "/api/invites", &[], None, 201),
        (&bo, Method::POST, "/api/invites", &[], None, 403),
        (&ada, Method::POST, "/api/rooms", &[], body(&room), 201),
        (&ada, Method::POST, "/api/rooms", &[], body(&room), 409),
        (&ada, Method::POST, "/api/rooms", &[], Some(json!({ "nothing": "that fits" })), 422),
        (&ada, Method::GET, "/api/rooms", &[], None, 200),
        (&bo, Method::GET, "/api/rooms/{room}/messages", &desk, None, 404),
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
        let answer = caller.by(by, method.clone(), path, names, body).await;
        assert_eq!(answer.0, status, "{method} {path} {names:?}: {}", answer.1);
    }

    ada.connect(&server).await.chat("front-desk", "good morning").await;
    let page = "/api/rooms/{room}/messages";
    let (_, answer) = caller.by(&ada, Method::GET, page, &desk, None).await;
    assert_eq!(answer["messages"][0]["text"], "good morning");
    let token = ada.token.clone();
    let wrong = |request: RequestBuilder| request.bearer_auth(token).query(&[("limit", "many")]);
    assert_eq!(caller.call(Method::GET, page, &desk, wrong).await.0, 400);

    let cy = server.join("cy", &ada).await;
    assert_eq!(caller.by(&ada, Method::POST, "/api/auth/logout", &[], None).await.0, 204);
    // It drains until the last of them is gone, each at its own time.
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(cy.connect(&server).await);
    }
    server.app.shutdown.begin();
    assert_eq!(caller.by(&ada, Method::GET, "/readyz", &[], None).await.0, 503);

    // The upgrades are the part of other tests.
    let all = operations(&caller.openapi).into_keys().filter(|call| !call.starts_with("GET /ws"));
    assert_eq!(caller.succeeded, all.collect(), "each call has succeeded once");
}

/// Compares what goes over a socket with the document.
struct Talk {
    asyncapi: Value,
    validators: BTreeMap<String, Validator>,
    /// The messages that were seen.
    seen: BTreeSet<String>,
}

impl Talk {
    fn fits(&mut self, key: String, message: &Value) {
        let schema = &self.asyncapi["components"]["messages"][&key]["payload"];
        assert!(schema.is_object(), "{key} is not documented: {message}");
        let validator = self.validators.entry(key.clone());
        let validator = validator.or_insert_with(|| validator_of(&self.asyncapi, schema));
        assert_fits(message, validator, &key);
        self.seen.insert(key);
    }

    /// Sends a request and gives its answer; all that comes before it is looked at, too.
    async fn ask(&mut self, socket: &mut Socket, request: Value) -> Value {
        let mut message = request;
        message["request_id"] = "7".into();
        self.fits(format!("request.{}", message["type"].as_str().unwrap()), &message);
        socket.send_text(message.to_string()).await;
        loop {
            let received = self.receive(socket).await;
            if received["request_id"] == "7" {
                return received;
            }
        }
    }

    async fn receive(&mut self, socket: &mut Socket) -> Value {
        let text = loop {
            match soon("a message", socket.stream.next()).await {
                Some(Ok(Frame::Text(text))) => break text,
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("a message was to come, not {other:?}"),
            }
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        let name = message["type"].as_str().unwrap();
        let key = match name {
            "error" => "error".to_owned(),
            name if name.ends_with("_response") => format!("response.{name}"),
            name => format!("event.{name}"),
        };
        self.fits(key, &message);
        message
    }
}

fn validator_of(asyncapi: &Value, schema: &Value) -> Validator {
    validator(schema, asyncapi, Draft::Draft7)
}

#[tokio::test]
async fn messages_are_as_documented() {
    let server = Server::start_with(&["--rate-limit=off", "--heartbeat=1/5"]).await;
    let ada = server.owner("ada").await;
    let bo = server.join("bo", &ada).await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let mut talk = Talk { asyncapi, validators: BTreeMap::new(), seen: BTreeSet::new() };

    let mut socket = server.connect("/ws", &[]).await.unwrap();
    let early = talk.ask(&mut socket, json!({ "type": "rooms", "payload": {} })).await;
    assert_eq!(early["payload"]["code"], "unauthorized");
    talk.ask(&mut socket, json!({ "type": "auth", "payload": { "token": ada.token } })).await;
    assert_eq!(talk.receive(&mut socket).await["type"], "welcome");

    let mut requests = vec![
        (json!({ "type": "subscribe", "payload": { "room": "general" } }), "subscribe_response"),
        (
            json!({ "type": "chat", "payload": { "room": "general", "text": "good morning" } }),
            "chat_response",
        ),
        (
            json!({ "type": "subscribe", "payload": { "room": "general", "since": 0 } }),
            "subscribe_response",
        ),
        (
            json!({ "type": "history", "payload": { "room": "general", "limit": 1 } }),
            "history_response",
        ),
        (json!({ "type": "members", "payload": { "room": "general" } }), "members_response"),
        (json!({ "type": "rooms" }), "rooms_response"),
        (json!({ "type": "ping" }), "pong"),
        (json!({ "type": "members", "payload": { "room": "nowhere" } }), "error"),
        (json!({ "type": "auth", "payload": { "token": "again" } }), "error"),
        (json!({ "type": "chat", "payload": { "text": "where?" } }), "error"),
    ];
    for (request, answer) in requests.drain(..) {
        let answered = talk.ask(&mut socket, request.clone()).await;
        assert_eq!(answered["type"], answer, "{request}: {answered}");
    }
    for text in ["no JSON", "[]", r#"{"type":"dance"}"#] {
        socket.send_text(text).await;
        while talk.receive(&mut socket).await["type"] != "error" {}
    }
    let history =
        talk.ask(&mut socket, json!({ "type": "history", "payload": { "room": "general" } })).await;
    let id = &history["payload"]["messages"][0]["id"];
    let react = json!({ "room": "general", "id": id, "op": uuid::Uuid::new_v4(), "emoji": "🎉", "on": true });
    for (name, payload) in [
        ("chat_edit", json!({ "room": "general", "id": id, "text": "good day" })),
        ("chat_react", react),
        ("subscribe", json!({ "room": "general", "since": 0 })),
        ("read", json!({ "room": "general", "seq": 1 })),
        ("chat_delete", json!({ "room": "general", "id": id })),
        ("resume", json!({ "rooms": [{ "room": "general", "since": 0 }, { "room": "nowhere" }] })),
    ] {
        let answered = talk.ask(&mut socket, json!({ "type": name, "payload": payload })).await;
        assert_eq!(answered["type"], format!("{name}_response"), "{answered}");
    }
    let ticket = bo.ticket(&server).await;
    let mut bos = server.connect(&format!("/ws/general?ticket={ticket}"), &[]).await.unwrap();
    let welcome = talk.receive(&mut bos).await;
    assert!(welcome["payload"]["default_room"].is_object(), "{welcome}");
    let joined = loop {
        let message = talk.receive(&mut socket).await;
        if message["type"] == "system" {
            break message;
        }
    };
    assert_eq!(joined["payload"]["event"], "joined");
    let typing = json!({ "type": "typing", "payload": {} });
    talk.fits("request.typing".into(), &typing);
    bos.send_text(typing.to_string()).await;
    while talk.receive(&mut socket).await["type"] != "typing" {}
    let mut adas = ada.connect(&server).await;
    talk.ask(&mut adas, json!({ "type": "read", "payload": { "room": "general", "seq": 2 } }))
        .await;
    while talk.receive(&mut socket).await["type"] != "read" {}
    while talk.receive(&mut socket).await["type"] != "ping" {}
    let pong = json!({ "type": "pong" });
    talk.fits("request.pong".into(), &pong);
    socket.send_text(pong.to_string()).await;
    talk.ask(&mut socket, json!({ "type": "unsubscribe", "payload": { "room": "general" } })).await;

    let all = talk.asyncapi["components"]["messages"].as_object().unwrap().keys().cloned();
    assert_eq!(talk.seen, all.collect(), "each message was seen once");
}

#[tokio::test]
async fn every_message_type_is_in_the_document_with_its_reply() {
    let server = Server::start().await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    for (kind, names) in
        [("request", Request::NAMES), ("response", Response::NAMES), ("event", Event::NAMES)]
    {
        for name in names {
            let message = &asyncapi["components"]["messages"][format!("{kind}.{name}")];
            assert_eq!(message["name"], *name, "{kind}");
            assert_eq!(message["payload"]["properties"]["type"]["const"], *name);
        }
    }
    // Notices are answered by nothing but errors.
    for name in Request::NAMES.iter().filter(|name| !["pong", "typing"].contains(name)) {
        for channel in ["connection", "room"] {
            let replies =
                &asyncapi["operations"][format!("{channel}.request.{name}")]["reply"]["messages"];
            assert_eq!(
                replies.as_array().map(Vec::len),
                Some(2),
                "{name}: its answer, and an error"
            );
        }
    }
}

#[tokio::test]
async fn limits_are_in_the_schemas() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let schema = |document: &Value, name: &str, draft| {
        validator(&json!({ "$ref": format!("#/components/schemas/{name}") }), document, draft)
    };
    let register = schema(&openapi, "Register", Draft::Draft202012);
    for (username, password, fits) in
        [("ada", PASSWORD, true), ("Ada", PASSWORD, false), ("ada", "short", false)]
    {
        let value = json!({ "username": username, "password": password });
        assert_eq!(register.is_valid(&value), fits, "{value}");
    }
    let chat = schema(&asyncapi, "Chat", Draft::Draft7);
    for (length, fits) in [(0, false), (1, true), (10_000, true), (10_001, false)] {
        assert_eq!(
            chat.is_valid(&json!({ "text": "ä".repeat(length) })),
            fits,
            "{length} characters"
        );
    }
    assert!(!chat.is_valid(&json!({ "text": "hi", "id": "not a UUID" })));
    let envelope =
        validator_of(&asyncapi, &asyncapi["components"]["messages"]["request.ping"]["payload"]);
    for (length, fits) in [(64, true), (65, false)] {
        assert_eq!(
            envelope.is_valid(&json!({ "type": "ping", "request_id": "x".repeat(length) })),
            fits
        );
    }
}

/// The expressions in the schemas say the same as the checks of both ends.
#[test]
fn names_are_checked_as_documented() {
    let matches = |pattern: &str, text: &str| {
        jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap().is_valid(&json!(text))
    };
    let (long, too_long) = ("x".repeat(64), "x".repeat(65));
    for name in [
        "",
        "a",
        "0",
        "ada",
        "Ada",
        "a.b",
        "a-b",
        "a_b",
        ".a",
        "-a",
        "a b",
        "ä",
        "a\n",
        &long[..32],
        &long[..33],
        &long,
        &too_long,
    ] {
        assert_eq!(matches(USERNAME, name), is_username(name), "{name:?}");
        assert_eq!(matches(SLUG, name), is_slug(name), "{name:?}");
    }
}

/// The page for people who write clients goes stale where nobody watches.
#[tokio::test]
async fn the_readable_form_names_all_there_is() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let mut missing = Vec::new();
    for name in Request::NAMES.iter().chain(Response::NAMES).chain(Event::NAMES) {
        if !READABLE.contains(&format!("`{name}`")) {
            missing.push((*name).to_owned());
        }
    }
    for code in asyncapi["components"]["schemas"]["ErrorCode"]["oneOf"].as_array().unwrap() {
        let code = code["const"].as_str().unwrap();
        if !READABLE.contains(&format!("| `{code}` |")) {
            missing.push(code.to_owned());
        }
    }
    for code in CloseCode::ALL {
        if !READABLE.contains(&format!("| {} |", code.as_u16())) {
            missing.push(code.as_u16().to_string());
        }
    }
    for call in operations(&openapi).into_keys() {
        if !READABLE.contains(&format!("`{call}`")) {
            missing.push(call);
        }
    }
    assert!(missing.is_empty(), "docs/protocol.md does not tell of {missing:?}");
    for schema in asyncapi["components"]["schemas"].as_object().unwrap().values() {
        for field in schema["properties"].as_object().iter().flat_map(|fields| fields.keys()) {
            assert!(
                READABLE.contains(field.as_str()),
                "docs/protocol.md does not tell of the field {field}"
            );
        }
    }
}
