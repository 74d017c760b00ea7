//! The published documents match the server: routes, responses, messages, limits and the guide.

use std::collections::BTreeMap;

use jsonschema::{Draft, Validator};
use protocol::{
    CloseCode, Event, Request, Response,
    limits::{MAX_DIRECT_NAME_CHARS, MAX_DISPLAY_NAME_CHARS, MAX_ROOM_NAME_CHARS},
    schema::{SLUG, USERNAME},
    text::{is_slug, is_username},
};
use reqwest::header;
use serde_json::{Value, json};
use websocket::validator_of;

use crate::support::{PASSWORD, Server};

mod http;
mod names;
mod websocket;

const ROUTER: &str = include_str!("../../src/http/router.rs");

const READABLE: &str = include_str!("../../../docs/protocol.md");

async fn document(server: &Server, path: &str) -> Value {
    let response = server.get(path).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    response.json().await.unwrap()
}

/// Creates a validator of a schema that refers to the components of its document.
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

/// Returns the operations of the document by `METHOD /path`.
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
    // With files, a text may be empty.
    for (length, fits) in [(0, true), (1, true), (10_000, true), (10_001, false)] {
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

/// Every name, slug and role is as strict in the schemas as in code, wherever it stands.
#[tokio::test]
async fn names_slugs_and_roles_are_strict_in_the_schemas() {
    let server = Server::start().await;
    let chars = |count: usize| "é".repeat(count);
    let ascii = |count: usize| "x".repeat(count);
    let name = |max: usize| {
        let wrong = ["", " ", "\u{3000}\t"].map(str::to_owned).into_iter().chain([chars(max + 1)]);
        (vec!["é".to_owned(), "Ada L.".to_owned(), chars(max)], wrong.collect())
    };
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let slug = || {
        let right = [strings(&["0", "front-desk"]), vec![ascii(64)]].concat();
        (right, [strings(&["", "-x", "Front", "a_b", "ä", "a b"]), vec![ascii(65)]].concat())
    };
    let username = || {
        let right = [strings(&["0", "ada.l-m_n"]), vec![ascii(32)]].concat();
        (right, [strings(&["", ".ada", "Ada", "ä", "a b"]), vec![ascii(33)]].concat())
    };
    let role = (strings(&["owner", "admin", "member"]), strings(&["", "Admin", "guest"]));
    let given = (strings(&["admin", "member"]), strings(&["", "Admin", "guest", "owner"]));
    let (of_user, of_room) = (name(MAX_DISPLAY_NAME_CHARS), name(MAX_ROOM_NAME_CHARS));
    // A room may be a direct one, which shows the names of its people.
    let shown = name(MAX_DIRECT_NAME_CHARS);
    let http = (document(&server, "/api/openapi.json").await, Draft::Draft202012);
    let websocket = (document(&server, "/api/asyncapi.json").await, Draft::Draft7);
    let mut faults = Vec::new();
    for ((document, draft), type_name, field, (right, wrong)) in [
        (&http, "Register", "username", &username()),
        (&http, "Register", "display_name", &of_user),
        (&http, "NewRoom", "name", &of_room),
        (&http, "NewRoom", "slug", &slug()),
        (&http, "UpdateRoom", "name", &of_room),
        (&http, "UpdateRoom", "slug", &slug()),
        (&http, "RoomAddress", "slug", &slug()),
        (&http, "NewRole", "role", &given),
        (&http, "User", "username", &username()),
        (&http, "User", "name", &of_user),
        (&http, "User", "role", &role),
        (&http, "Room", "slug", &slug()),
        (&http, "Room", "name", &shown),
        (&websocket, "User", "username", &username()),
        (&websocket, "User", "name", &of_user),
        (&websocket, "User", "role", &role),
        (&websocket, "Sender", "username", &username()),
        (&websocket, "Sender", "name", &of_user),
        (&websocket, "Room", "slug", &slug()),
        (&websocket, "Room", "name", &shown),
    ] {
        let at = format!("#/components/schemas/{type_name}/properties/{field}");
        let schema = validator(&json!({ "$ref": at }), document, *draft);
        let all =
            right.iter().map(|text| (text, true)).chain(wrong.iter().map(|text| (text, false)));
        let different = all.filter(|(text, fits)| schema.is_valid(&json!(text)) != *fits);
        faults.extend(different.map(|(text, fits)| format!("{at}: {text:?} must fit: {fits}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The regular expressions in the schemas must match the checks in code.
#[test]
fn documented_name_patterns_match_the_checks() {
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

/// Fails if docs/protocol.md does not mention a message, field, code or route.
#[tokio::test]
async fn the_protocol_guide_is_complete() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let mut missing = Vec::new();
    for name in Request::NAMES.iter().chain(Response::NAMES).chain(Event::NAMES) {
        if !READABLE.contains(&format!("`{name}`")) {
            missing.push((*name).to_owned());
        }
    }
    for code in asyncapi["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap() {
        let code = code.as_str().unwrap();
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
    assert!(missing.is_empty(), "docs/protocol.md does not mention {missing:?}");
    for schema in asyncapi["components"]["schemas"].as_object().unwrap().values() {
        for field in schema["properties"].as_object().iter().flat_map(|fields| fields.keys()) {
            assert!(
                READABLE.contains(field.as_str()),
                "docs/protocol.md does not mention the field {field}"
            );
        }
    }
}
