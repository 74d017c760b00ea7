//! The `AsyncAPI` 3.0 document of the WebSocket.
//!
//! It describes the server, which receives requests and sends responses and events. A new message
//! type in `protocol` appears here by itself. `AsyncAPI` requires schemas of draft 7.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{extract::State, http::header, response::IntoResponse};

use protocol::{
    CloseCode, Event, Request, Response, RoomName,
    limits::{
        AUTH_TIMEOUT, MAX_MESSAGE_BYTES, MAX_OUTBOX_BYTES, MAX_REPLY_BYTES, MAX_SUBSCRIPTIONS,
        MAX_TEXT_CHARS, MESSAGE_RATE, PROTOCOL_VERSION, REQUEST_RATE, TICKET_LIFETIME,
    },
    schema::MessageSchema,
};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{cookies::SHARED_NAME as SESSION_COOKIE, schemas::Schemas, state::App};

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// `GET /api/asyncapi.json`: the document, with the name that the cookie has on this server.
pub async fn serve(State(app): State<App>) -> impl IntoResponse {
    let document = DOCUMENT.replace(SESSION_COOKIE, app.cookie.name());
    ([(header::CONTENT_TYPE, "application/json")], document)
}

/// The channels to connect to: id, address and description.
const CHANNELS: [(&str, &str, &str); 2] = [
    ("connection", "/ws", "All rooms over one connection. Subscribe to rooms with `subscribe`."),
    (
        "room",
        "/ws/{room}",
        "All rooms over one connection. This room is subscribed from the start and is the default \
         of requests that name none.",
    ),
];

/// All messages, with their keys in the document.
struct Messages {
    requests: Vec<(String, MessageSchema)>,
    responses: Vec<(String, MessageSchema)>,
    events: Vec<(String, MessageSchema)>,
    error: MessageSchema,
}

impl Messages {
    fn all(schemas: &mut Schemas) -> Self {
        // `chat`, `ping` and `pong` go both ways, so the key contains the kind.
        let keyed = |kind: &str, messages: Vec<MessageSchema>| -> Vec<_> {
            messages
                .into_iter()
                .map(|message| (format!("{kind}.{}", message.name), message))
                .collect()
        };
        Self {
            requests: keyed("request", Request::schemas(&mut schemas.read)),
            responses: keyed("response", Response::schemas(&mut schemas.written)),
            events: keyed("event", Event::schemas(&mut schemas.written)),
            error: protocol::schema::error(&mut schemas.written),
        }
    }

    /// Returns the key of the response to a request, or `None` if it has none.
    fn reply(&self, request: &str) -> Option<&str> {
        let (name, among) = match request {
            "ping" => ("pong".to_owned(), &self.events),
            _ => (format!("{request}_response"), &self.responses),
        };
        among.iter().find(|(_, message)| message.name == name).map(|(key, _)| key.as_str())
    }

    /// Returns whether an event is the response to a request.
    fn is_reply(&self, event: &str) -> bool {
        self.requests.iter().any(|(_, request)| self.reply(request.name) == Some(event))
    }

    fn with_keys(&self) -> impl Iterator<Item = (&str, &MessageSchema)> {
        let sent = self.requests.iter().chain(&self.responses).chain(&self.events);
        sent.map(|(key, message)| (key.as_str(), message)).chain([("error", &self.error)])
    }
}

/// Builds the document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new(&SchemaSettings::draft07());
    let messages = Messages::all(&mut schemas);
    schemas.read.subschema_for::<RoomName>();
    let channels: Map<_, _> = CHANNELS
        .iter()
        .map(|(id, address, about)| ((*id).to_owned(), channel(address, about, &messages)))
        .collect();
    let operations: Map<_, _> =
        CHANNELS.iter().flat_map(|(channel, ..)| operations(channel, &messages)).collect();
    let described: Map<_, _> = messages
        .with_keys()
        .map(|(key, message)| (key.to_owned(), describe(key, message, &messages)))
        .collect();
    let security = ["ticket", "bearer", "cookie"]
        .map(|scheme| json!({ "$ref": format!("#/components/securitySchemes/{scheme}") }));
    let server = |protocol: &str, description: &str| {
        let host = json!({
            "default": "localhost:3000",
            "description": "Host and port of the installation.",
        });
        json!({
            "host": "{host}",
            "protocol": protocol,
            "description": description,
            "variables": { "host": host },
            "security": security,
        })
    };
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Banter",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT" },
            "description": about(),
        },
        "defaultContentType": "application/json",
        "servers": {
            "secure": server("wss", "Over TLS, from other machines."),
            "plain": server("ws", "Without TLS, on the same machine or network."),
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": described,
            "schemas": schemas.components(),
            "securitySchemes": {
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket of `POST /ws/ticket`, valid once. For browsers.",
                },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The token of a sign-in, sent with the upgrade. For programs.",
                },
                "cookie": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "The session cookie, only with an allowed `Origin`. \
                        For pages of the server.",
                },
            },
        },
    })
}

fn channel(address: &str, about: &str, messages: &Messages) -> Value {
    let credentials = "The first credential that is present decides: ticket, \
        `Authorization: Bearer`, cookie. Without a credential, the first message must be `auth`.";
    let references: Map<_, _> = messages
        .with_keys()
        .map(|(key, _)| (key.to_owned(), json!({ "$ref": format!("#/components/messages/{key}") })))
        .collect();
    let mut channel = json!({
        "address": address,
        "title": address,
        "description": format!("{about} {credentials}"),
        "messages": references,
        "bindings": { "ws": {
            "method": "GET",
            "bindingVersion": "0.1.0",
            "query": { "type": "object", "properties": {
                "ticket": { "type": "string", "description": "A ticket of `POST /ws/ticket`." },
            } },
        } },
    });
    if address.contains("{room}") {
        channel["parameters"] =
            json!({ "room": { "description": "The slug (`general`) or id of a room." } });
    }
    channel
}

fn operations(channel: &str, messages: &Messages) -> Vec<(String, Value)> {
    let on = json!({ "$ref": format!("#/channels/{channel}") });
    let message = |key: &str| json!({ "$ref": format!("#/channels/{channel}/messages/{key}") });
    let requests = messages.requests.iter().map(|(key, request)| {
        let replies = messages.reply(request.name).into_iter().chain(["error"]).map(message);
        let operation = json!({
            "action": "receive",
            "channel": on,
            "summary": request.about,
            "messages": [message(key)],
            "reply": { "channel": on, "messages": replies.collect::<Vec<_>>() },
        });
        (format!("{channel}.{key}"), operation)
    });
    let events = messages.events.iter().filter(|(key, _)| !messages.is_reply(key));
    let events = events.map(|(key, event)| {
        let operation = json!({
            "action": "send",
            "channel": on,
            "summary": event.about,
            "messages": [message(key)],
        });
        (format!("{channel}.{key}"), operation)
    });
    requests.chain(events).collect()
}

fn describe(key: &str, message: &MessageSchema, messages: &Messages) -> Value {
    let mut payload = message.schema.clone().to_value();
    let is_event = key.starts_with("event.") && !messages.is_reply(key);
    let mut described =
        json!({ "name": message.name, "title": message.name, "summary": message.about });
    if is_event {
        payload["properties"]["request_id"] =
            json!({ "type": "null", "description": "Always null: an event answers no request." });
    } else {
        described["correlationId"] = json!({ "location": "$message.payload#/request_id" });
    }
    described["payload"] = payload;
    described
}

/// Returns the description: everything that the schemas cannot express.
fn about() -> String {
    let mut text = format!(
        "Self-hosted team chat: the WebSocket, protocol version {PROTOCOL_VERSION}. Every text \
         message is one JSON object, the envelope. A request is answered once, with its \
         `request_id`, by the message of its name with `_response` or by `error`. A `ping` is \
         answered by `pong`, and `pong` is not answered. Requests of one connection take effect in \
         the order sent; their responses may arrive in another order. Ignore unknown fields and \
         message types. The HTTP API is described in `/api/openapi.json`.\n\n\
         Limits: {MAX_MESSAGE_BYTES} bytes in a message; {MAX_TEXT_CHARS} characters in a text; \
         {} requests a second on a connection and {} messages a second of a user; \
         {MAX_SUBSCRIPTIONS} subscriptions of a connection; {MAX_OUTBOX_BYTES} bytes that wait for \
         a reader; {MAX_REPLY_BYTES} bytes in a response, which ends early there. A ticket is \
         valid for {} s. A connection without a credential must send `auth` within {} s.\n\n\
         Close codes:\n\n| code | meaning |\n|---|---|\n",
        REQUEST_RATE.count,
        MESSAGE_RATE.count,
        TICKET_LIFETIME.as_secs(),
        AUTH_TIMEOUT.as_secs(),
    );
    for code in CloseCode::ALL {
        let _ = writeln!(text, "| {} | {} |", code.as_u16(), code.about());
    }
    let _ = write!(
        text,
        "\nWith a credential that is not valid the upgrade succeeds, and 1008 names the cause."
    );
    text
}
