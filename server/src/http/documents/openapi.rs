//! The HTTP calls as `OpenAPI` 3.1. One table tells them all; schemas come from the types.

use protocol::{
    HistoryPage, Room, RoomName,
    http::{
        ChangePassword, Invite, Login, Me, NewInvite, NewMember, NewRole, NewRoom, Problem,
        Readiness, Register, Rooms, SignedIn, Ticket,
    },
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{SCHEMAS, Schemas};
use crate::{auth::COOKIE, http::api::rooms::Cursor};

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Whoever reaches the server.
    Anybody,
    /// Who has signed in.
    SignedIn,
    /// Who has signed in, or will say so in the first message.
    Socket,
}

/// What a call answers where it succeeds.
enum Answer {
    Nothing,
    Json(SchemaOf),
    /// With this media type.
    Text(&'static str),
}

/// Gives the schema of one type.
type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One call.
struct Call {
    method: &'static str,
    path: &'static str,
    /// Unique; what generated clients call it.
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    by: By,
    query: Option<SchemaOf>,
    body: Option<SchemaOf>,
    status: u16,
    answer: Answer,
    /// Whether the answer sets the session cookie.
    sets_cookie: bool,
    /// Failures that not every call has.
    failures: Vec<(u16, &'static str)>,
}

impl Call {
    fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let tag = match path.split('/').nth(if path.starts_with("/api/") { 2 } else { 1 }) {
            Some("auth" | "invites" | "users") => "People",
            Some("rooms") => "Rooms",
            Some("ws") => "WebSocket",
            _ => "Operation",
        };
        let (answer, failures) = (Answer::Nothing, Vec::new());
        Self {
            method,
            path,
            id,
            tag,
            summary,
            by: By::SignedIn,
            query: None,
            body: None,
            status: 204,
            answer,
            sets_cookie: false,
            failures,
        }
    }

    fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("get", path, id, summary)
    }

    fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("post", path, id, summary)
    }

    fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("delete", path, id, summary)
    }

    fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    fn asks<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        (self.status, self.answer) = (status, Answer::Json(SchemaGenerator::subschema_for::<T>));
        self
    }

    fn gives_text(mut self, media_type: &'static str) -> Self {
        (self.status, self.answer) = (200, Answer::Text(media_type));
        self
    }

    fn sets_cookie(mut self) -> Self {
        self.sets_cookie = true;
        self
    }

    fn fails(mut self, status: u16, when: &'static str) -> Self {
        self.failures.push((status, when));
        self
    }
}

/// Every call there is.
fn calls() -> Vec<Call> {
    const NO_ROOM: &str = "There is no such room, or not for you.";
    const NO_ROOM_OR_PERSON: &str = "There is no such room, or not for you, or no such person.";
    vec![
        Call::post(
            "/api/auth/register",
            "register",
            "Make an account and sign in. The first one is the owner's.",
        )
        .by(By::Anybody)
        .takes::<Register>()
        .gives::<SignedIn>(201)
        .sets_cookie()
        .fails(403, "The invitation does not hold, or this server takes no new people.")
        .fails(409, "The username is taken."),
        Call::post(
            "/api/auth/login",
            "log_in",
            "Sign in: begin a session, with a token and a cookie.",
        )
        .by(By::Anybody)
        .takes::<Login>()
        .gives::<SignedIn>(200)
        .sets_cookie()
        .fails(401, "Name and password do not match.")
        .fails(403, "This account was banned.")
        .fails(429, "Too many tries from this address under this name."),
        Call::post(
            "/api/auth/logout",
            "log_out",
            "Sign out: end the session, its token, cookie and sockets.",
        )
        .sets_cookie(),
        Call::post(
            "/api/auth/password",
            "change_password",
            "Set a new password. All other sessions end.",
        )
        .takes::<ChangePassword>()
        .fails(403, "The present password is another.")
        .fails(429, "Too many tries."),
        Call::get("/api/auth/me", "me", "Who is signed in.").gives::<Me>(200),
        Call::post("/api/invites", "invite", "Make an invitation. For the owner and admins.")
            .takes::<NewInvite>()
            .gives::<Invite>(201)
            .fails(403, "You may not invite."),
        Call::post(
            "/api/users/{user}/ban",
            "ban",
            "Ban a person: all sessions and sockets end. For the owner and admins.",
        )
        .fails(403, "You may not ban, or not that person.")
        .fails(404, "There is no such person."),
        Call::delete(
            "/api/users/{user}/ban",
            "unban",
            "Let a banned person in again. For the owner and admins.",
        )
        .fails(403, "You may not lift bans.")
        .fails(404, "There is no such person."),
        Call::post("/api/users/{user}/role", "set_role", "Give a person a role. For the owner.")
            .takes::<NewRole>()
            .fails(403, "You are not the owner, or the other person is.")
            .fails(404, "There is no such person."),
        Call::get("/api/rooms", "rooms", "All rooms that one may see.").gives::<Rooms>(200),
        Call::post("/api/rooms", "create_room", "Make a room; its creator is its first member.")
            .takes::<NewRoom>()
            .gives::<Room>(201)
            .fails(409, "The slug is taken."),
        Call::get(
            "/api/rooms/{room}/messages",
            "messages",
            "A page of a room's messages, oldest first.",
        )
        .asks::<Cursor>()
        .gives::<HistoryPage>(200)
        .fails(400, "The query does not fit.")
        .fails(404, NO_ROOM),
        Call::post("/api/rooms/{room}/members", "add_member", "Make a person a member of a room.")
            .takes::<NewMember>()
            .fails(404, NO_ROOM_OR_PERSON),
        Call::delete(
            "/api/rooms/{room}/members/{user}",
            "remove_member",
            "Leave a room, or take a person out of a room that one created.",
        )
        .fails(403, "Only the creator removes others.")
        .fails(404, NO_ROOM_OR_PERSON),
        Call::post(
            "/ws/ticket",
            "ticket",
            "A ticket for the WebSocket: works once, for a short time.",
        )
        .gives::<Ticket>(200)
        .fails(429, "Too many tickets, or too many sockets of this person or address."),
        socket(
            "/ws",
            "connect",
            "Upgrade to WebSocket; what is said there is in `/api/asyncapi.json`.",
        ),
        socket(
            "/ws/{room}",
            "connect_to_room",
            "Upgrade to WebSocket, in a room that is followed from the start.",
        ),
        Call::get("/healthz", "healthz", "Whether the process lives.")
            .by(By::Anybody)
            .gives_text("text/plain"),
        Call::get("/readyz", "readyz", "Whether the server serves.")
            .by(By::Anybody)
            .gives::<Readiness>(200),
        Call::get("/metrics", "metrics", "What this server counts, as Prometheus reads it.")
            .by(By::Anybody)
            .gives_text("text/plain"),
        Call::get("/api/openapi.json", "openapi", "This document.")
            .by(By::Anybody)
            .gives::<Map<String, Value>>(200),
        Call::get(
            "/api/asyncapi.json",
            "asyncapi",
            "What is said over the WebSocket, as AsyncAPI 3.0.",
        )
        .by(By::Anybody)
        .gives::<Map<String, Value>>(200),
    ]
}

fn socket(path: &'static str, id: &'static str, summary: &'static str) -> Call {
    let mut call = Call::get(path, id, summary).by(By::Socket);
    call.status = 101;
    call.fails(400, "The upgrade is not a proper one.")
        .fails(403, "The `Origin` is not allowed.")
        .fails(426, "This is no upgrade to WebSocket, version 13.")
        .fails(429, "Too many sockets of this person or address.")
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new(&SchemaSettings::draft2020_12());
    let problem = schemas.written.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for call in calls() {
        let operation = operation(&call, &mut schemas);
        let path = paths
            .entry(call.path)
            .or_insert_with(|| json!({ "parameters": parameters(call.path) }));
        path[call.method] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Banter",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
            "summary": "Self-hosted team chat: the HTTP calls.",
            "description": "JSON in and out. A call that fails answers `application/problem+json` (RFC 9457), whose \
                `code` is for programs. Fields that are not known are ignored: be as tolerant of new ones. Messages are \
                sent and received over the WebSocket; see `/api/asyncapi.json`.",
        },
        "servers": [{ "url": "/", "description": "The server that gave this document." }],
        "tags": [
            { "name": "People", "description": "Accounts, sessions, invitations, roles." },
            { "name": "Rooms", "description": "Rooms, their members and their messages." },
            { "name": "WebSocket", "description": "The way in to the live chat." },
            { "name": "Operation", "description": "For those who run the server, and for tools." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": { "Problem": problem_response("Whatever else may fail.", &problem, false) },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `token` that signing in gives. For programs.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "The session cookie that signing in sets. For pages of this server: any method but \
                        GET needs an allowed `Origin`, else 403.",
                },
                "ticket": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket of `POST /ws/ticket`.",
                },
            },
        },
    })
}

/// What stands in the path, as the type of each name tells.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| match name {
        "room" => (
            "A room, by slug or by id.",
            json!({ "$ref": format!("{SCHEMAS}/{}", RoomName::schema_name()) }),
        ),
        _ => ("A person, by id or by username.", json!({ "type": "string", "minLength": 1 })),
    };
    names
        .map(|name| {
            let (description, schema) = parameter(name);
            json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
        })
        .collect()
}

fn operation(call: &Call, schemas: &mut Schemas) -> Value {
    let security = match call.by {
        By::Anybody => json!([]),
        By::SignedIn => json!([{ "bearer": [] }, { "cookie": [] }]),
        By::Socket => json!([{ "ticket": [] }, { "bearer": [] }, { "cookie": [] }, {}]),
    };
    let mut operation = json!({
        "operationId": call.id,
        "summary": call.summary,
        "tags": [call.tag],
        "security": security,
        "responses": responses(call, schemas),
    });
    if call.path.contains("{room}") {
        schemas.read.subschema_for::<RoomName>();
    }
    if let Some(body) = call.body {
        let schema = body(&mut schemas.read);
        let name =
            schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let definition = name.and_then(|name| schemas.read.definitions().get(name));
        operation["requestBody"] = json!({
            "required": definition.is_some_and(|schema| schema.get("required").is_some()),
            "content": { "application/json": { "schema": schema } },
        });
    }
    if let Some(query) = call.query {
        operation["parameters"] = query_parameters(&query(&mut schemas.read));
    }
    operation
}

fn query_parameters(query: &Schema) -> Value {
    let Some(Value::Object(fields)) = query.get("properties") else { return json!([]) };
    let parameters = fields.iter().map(|(name, schema)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        if let Some(Value::Array(kinds)) = schema.get_mut("type") {
            kinds.retain(|kind| kind != "null"); // an address has no null
        }
        json!({ "name": name, "in": "query", "description": description, "schema": schema })
    });
    parameters.collect()
}

fn responses(call: &Call, schemas: &mut Schemas) -> Value {
    let problem = schemas.written.subschema_for::<Problem>();
    let mut success = json!({ "description": if call.status == 101 { "Switching to WebSocket." } else { "Done." } });
    match call.answer {
        Answer::Nothing => {}
        Answer::Json(schema) => {
            success["content"] =
                json!({ "application/json": { "schema": schema(&mut schemas.written) } });
        }
        Answer::Text(media_type) => {
            success["content"] = json!({ media_type: { "schema": { "type": "string" } } })
        }
    }
    if call.sets_cookie {
        let description = format!(
            "The cookie `{COOKIE}`: HttpOnly, SameSite=Lax. Empty where the session has ended."
        );
        success["headers"] =
            json!({ "Set-Cookie": { "description": description, "schema": { "type": "string" } } });
    }
    let mut responses = Map::from_iter([(call.status.to_string(), success)]);
    let mut fail = |status: u16, when: &str| {
        let described = responses
            .get(&status.to_string())
            .and_then(|response| response["description"].as_str());
        let description =
            described.map_or_else(|| when.to_owned(), |before| format!("{before} {when}"));
        let may_retry = matches!(status, 429 | 503);
        responses.insert(status.to_string(), problem_response(&description, &problem, may_retry));
    };
    for (status, when) in &call.failures {
        fail(*status, when);
    }
    if call.body.is_some() {
        fail(400, "The body is not JSON.");
        fail(413, "The body has more than 64 KiB.");
        fail(415, "The body is not sent as `application/json`.");
        fail(422, "A value does not fit; `errors` says which and why.");
    }
    if call.by == By::SignedIn {
        fail(401, "Not signed in, or the session has ended.");
        if call.method != "get" {
            fail(403, "The cookie alone, without an allowed `Origin`.");
        }
    }
    if call.path == "/readyz" {
        let mut unready = responses["200"].clone();
        unready["description"] = "It is about to end, or a part that it needs is away.".into();
        unready["headers"] = retry_after();
        responses.insert("503".to_owned(), unready);
    } else if call.by != By::Anybody || call.body.is_some() {
        fail(503, "A part of the server is away, or it is about to end. Try again later.");
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    responses.into()
}

fn problem_response(description: &str, problem: &Schema, may_retry: bool) -> Value {
    let mut response = json!({ "description": description, "content": { "application/problem+json": { "schema": problem } } });
    if may_retry {
        response["headers"] = retry_after();
    }
    response
}

fn retry_after() -> Value {
    json!({ "Retry-After": { "description": "When to try again, in seconds.", "schema": { "type": "integer", "minimum": 0 } } })
}
