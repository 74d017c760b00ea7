//! The `OpenAPI` 3.1 document of the HTTP API, from the table of calls and the types in `protocol`.

mod call;
mod calls;

use std::sync::LazyLock;

use axum::{extract::State, http::header, response::IntoResponse};
use protocol::{FileId, InviteId, RoomName, SessionId, http::Problem, schema::EMOJI_NAME};
use schemars::{JsonSchema as _, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    cookies::SHARED_NAME as SESSION_COOKIE,
    schemas::{SCHEMAS_POINTER, Schemas, simplify},
    state::App,
};
use call::{Access, Call, ResponseBody, SchemaOf};
use calls::calls;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// `GET /api/openapi.json`: the document, with the name that the cookie has on this server.
pub async fn serve(State(app): State<App>) -> impl IntoResponse {
    let document = DOCUMENT.replace(SESSION_COOKIE, app.cookie.name());
    ([(header::CONTENT_TYPE, "application/json")], document)
}

/// Builds the document.
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
            "summary": "Self-hosted team chat: the HTTP API.",
            "description": "JSON in and out. A call that fails returns `application/problem+json` \
                (RFC 9457), with a `code` for programs. The server ignores unknown fields; clients \
                should do so too. Messages are sent and received over the WebSocket; see \
                `/api/asyncapi.json`.",
        },
        "servers": [{ "url": "/", "description": "The server of this document." }],
        "tags": [
            { "name": "People", "description": "Accounts, sessions, invitations, roles." },
            { "name": "Rooms", "description": "Rooms, their members and their messages." },
            { "name": "Files", "description": "Files of messages." },
            { "name": "WebSocket", "description": "Connecting to the live chat." },
            { "name": "Operation", "description": "For operators and their tools." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": { "Problem": problem_response("Any other error.", &problem, false) },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `token` in the response to signing in. For programs.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "The session cookie that signing in sets. Its name differs \
                        per installation. For pages of this server: all methods but GET need an \
                        allowed `Origin`, else 403.",
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

/// Describes the parameters in a path.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| match name {
        "room" => (
            "The slug or id of a room.",
            json!({ "$ref": format!("{SCHEMAS_POINTER}/{}", RoomName::schema_name()) }),
        ),
        "id" => {
            let (description, name, _) = id_of(path);
            (description, json!({ "$ref": format!("{SCHEMAS_POINTER}/{name}") }))
        }
        "name" => {
            ("The name of a custom emoji.", json!({ "type": "string", "pattern": EMOJI_NAME }))
        }
        _ => ("The id or username of a user.", json!({ "type": "string", "minLength": 1 })),
    };
    let parameters = names.map(|name| {
        let (description, schema) = parameter(name);
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": schema,
        })
    });
    parameters.collect()
}

/// Returns what `{id}` is in a path: its description, the name of its schema, and the schema.
fn id_of(path: &str) -> (&'static str, std::borrow::Cow<'static, str>, SchemaOf) {
    if path.starts_with("/api/sessions/") {
        let schema = SchemaGenerator::subschema_for::<SessionId>;
        return ("The id of a session.", SessionId::schema_name(), schema);
    }
    if path.starts_with("/api/files/") {
        let schema = SchemaGenerator::subschema_for::<FileId>;
        return ("The id of a file.", FileId::schema_name(), schema);
    }
    if path.starts_with("/api/uploads/") {
        let schema = SchemaGenerator::subschema_for::<FileId>;
        return ("The id of an upload, not yet that of its file.", FileId::schema_name(), schema);
    }
    let schema = SchemaGenerator::subschema_for::<InviteId>;
    ("The id of an invitation.", InviteId::schema_name(), schema)
}

fn operation(call: &Call, schemas: &mut Schemas) -> Value {
    let security = match call.access {
        Access::Public => json!([]),
        Access::SignedIn => json!([{ "bearer": [] }, { "cookie": [] }]),
        Access::Socket => json!([{ "ticket": [] }, { "bearer": [] }, { "cookie": [] }, {}]),
    };
    let mut operation = json!({
        "operationId": call.id,
        "summary": call.summary,
        "description": format!("{} {}", call.summary, credentials(call.access)),
        "tags": [call.tag],
        "security": security,
        "responses": responses(call, schemas),
    });
    if call.path.contains("{room}") {
        schemas.read.subschema_for::<RoomName>();
    }
    if call.path.contains("{id}") {
        let (_, _, schema) = id_of(call.path);
        schema(&mut schemas.read);
    }
    if let Some(body) = call.request_body {
        let schema = body(&mut schemas.read);
        let name =
            schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let definition = name.and_then(|name| schemas.read.definitions().get(name));
        operation["requestBody"] = json!({
            "required": definition.is_some_and(|schema| schema.get("required").is_some()),
            "content": { "application/json": { "schema": schema } },
        });
    }
    if !call.request_files.is_empty() {
        // A schema that allows everything stands for bytes.
        let file = |media_type: &&str| ((*media_type).to_owned(), json!({ "schema": {} }));
        let content: Map<_, _> = call.request_files.iter().map(file).collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    if let Some(query) = call.query {
        operation["parameters"] = query_parameters(&query(&mut schemas.read));
    }
    operation
}

/// Returns the sentence about the credentials of a call.
fn credentials(access: Access) -> &'static str {
    match access {
        Access::Public => "Needs no session.",
        Access::SignedIn => "Needs a session: its token as a bearer, or its cookie.",
        Access::Socket => {
            "Authenticated by a ticket, a bearer token, the cookie, or the first message."
        }
    }
}

fn query_parameters(query: &Schema) -> Value {
    let Some(Value::Object(fields)) = query.get("properties") else { return json!([]) };
    let required = query.get("required").and_then(Value::as_array);
    let parameters = fields.iter().map(|(name, schema)| {
        let mut schema = Schema::try_from(schema.clone()).unwrap_or_default();
        let description = schema.remove("description");
        // A query has no null.
        if let Some(Value::Array(kinds)) = schema.get("type")
            && let Some(kind) = kinds.iter().find(|kind| *kind != "null").cloned()
        {
            schema.insert("type".to_owned(), kind);
        }
        simplify(&mut schema);
        json!({
            "name": name,
            "in": "query",
            "required": required.is_some_and(|required| required.iter().any(|field| field == name)),
            "description": description,
            "schema": schema,
        })
    });
    parameters.collect()
}

fn responses(call: &Call, schemas: &mut Schemas) -> Value {
    let problem = schemas.written.subschema_for::<Problem>();
    let description = if call.status == 101 { "Switching to WebSocket." } else { "Done." };
    let mut success = json!({ "description": description });
    match call.response_body {
        ResponseBody::Empty => {}
        ResponseBody::Json(schema) => {
            success["content"] =
                json!({ "application/json": { "schema": schema(&mut schemas.written) } });
        }
        ResponseBody::Text(media_type) => {
            success["content"] = json!({ media_type: { "schema": { "type": "string" } } });
        }
    }
    if call.sets_cookie {
        let description = format!(
            "The cookie `{SESSION_COOKIE}`: HttpOnly, SameSite=Lax. Empty if the session has ended."
        );
        success["headers"] =
            json!({ "Set-Cookie": { "description": description, "schema": { "type": "string" } } });
    }
    let statuses = [Some(call.status), call.other_status].into_iter().flatten();
    let mut responses: Map<String, Value> =
        statuses.map(|status| (status.to_string(), success.clone())).collect();
    let mut add_error = |status: u16, cause: &str| {
        let described = responses
            .get(&status.to_string())
            .and_then(|response| response["description"].as_str());
        let description =
            described.map_or_else(|| cause.to_owned(), |before| format!("{before} {cause}"));
        let may_retry = matches!(status, 423 | 429 | 503);
        responses.insert(status.to_string(), problem_response(&description, &problem, may_retry));
    };
    for (status, cause) in &call.errors {
        add_error(*status, cause);
    }
    if call.request_body.is_some() {
        add_error(400, "The body is not JSON.");
        add_error(413, "The body has more than 64 KiB.");
        add_error(415, "The body is not sent as `application/json`.");
        add_error(422, "Some values are invalid; `errors` names them and the reasons.");
    }
    if call.access == Access::SignedIn {
        add_error(401, "Not signed in, or the session has ended.");
    }
    if call.method != "get" {
        let own_page = if call.access == Access::SignedIn {
            "An `Origin` that is not allowed, or none where the cookie alone authenticates."
        } else {
            "An `Origin` that is not allowed."
        };
        add_error(403, own_page);
        add_error(429, "Too many requests of this address are in progress.");
    }
    if call.tag != "Operation" || call.path.starts_with("/api/") {
        add_error(421, "The `Host` is not the public address of this server.");
    }
    if call.path == "/readyz" {
        let mut unready = responses["200"].clone();
        unready["description"] =
            "The server is shutting down, or the message store is not available.".into();
        unready["headers"] = retry_after();
        responses.insert("503".to_owned(), unready);
    } else if call.access != Access::Public || call.request_body.is_some() {
        add_error(503, "A part of the server is not available, or it is shutting down. Try again.");
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    responses.into()
}

fn problem_response(description: &str, problem: &Schema, may_retry: bool) -> Value {
    let mut response = json!({
        "description": description,
        "content": { "application/problem+json": { "schema": problem } },
    });
    if may_retry {
        response["headers"] = retry_after();
    }
    response
}

fn retry_after() -> Value {
    json!({
        "Retry-After": {
            "description": "Time after which to retry, in seconds.",
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 3600 },
        },
    })
}
