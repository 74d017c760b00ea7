//! The WebSocket as `AsyncAPI` 3.0, told from the server's side: it receives requests and sends answers and events. A new
//! message type in `protocol` appears here by itself. Schemas are of draft 7, which `AsyncAPI` builds on.

use std::fmt::Write as _;

use protocol::{
    CloseCode, Event, Request, Response, RoomName,
    limits::{
        AUTH_TIMEOUT, MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES, MAX_OUTBOX_BYTES, MAX_SUBSCRIPTIONS,
        MAX_TEXT_CHARS, MESSAGE_RATE, PROTOCOL_VERSION, REQUEST_RATE, TICKET_LIFETIME,
    },
    schema::MessageSchema,
};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Schemas;
use crate::auth::COOKIE;

/// The two ways to connect: id, address, and what sets it apart.
const CHANNELS: [(&str, &str, &str); 2] = [
    ("connection", "/ws", "All rooms over one connection: `subscribe` to those to follow."),
    (
        "room",
        "/ws/{room}",
        "The same, with a room that is followed from the start and meant where none is named.",
    ),
];

/// What is said in one direction, by the key under which the document keeps it.
struct Messages {
    requests: Vec<(String, MessageSchema)>,
    responses: Vec<(String, MessageSchema)>,
    events: Vec<(String, MessageSchema)>,
    error: MessageSchema,
}

impl Messages {
    fn all(schemas: &mut Schemas) -> Self {
        // `chat`, `ping` and `pong` go both ways, so a key says which.
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

    /// The key of what answers that request; `None` for what is never answered.
    fn reply(&self, request: &str) -> Option<&str> {
        let (name, among) = match request {
            "ping" => ("pong".to_owned(), &self.events),
            _ => (format!("{request}_response"), &self.responses),
        };
        among.iter().find(|(_, message)| message.name == name).map(|(key, _)| key.as_str())
    }

    /// Whether that event is an answer, and no event of its own.
    fn is_reply(&self, event: &str) -> bool {
        self.requests.iter().any(|(_, request)| self.reply(request.name) == Some(event))
    }

    fn keyed(&self) -> impl Iterator<Item = (&str, &MessageSchema)> {
        let sent = self.requests.iter().chain(&self.responses).chain(&self.events);
        sent.map(|(key, message)| (key.as_str(), message)).chain([("error", &self.error)])
    }
}

/// The document.
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
        .keyed()
        .map(|(key, message)| (key.to_owned(), describe(key, message, &messages)))
        .collect();
    let security = ["ticket", "bearer", "cookie"]
        .map(|way| json!({ "$ref": format!("#/components/securitySchemes/{way}") }));
    let server = |protocol: &str, description: &str| {
        let host = json!({ "default": "localhost:3000", "description": "Host and port of the installation." });
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
            "secure": server("wss", "Behind TLS, as people reach it from elsewhere."),
            "plain": server("ws", "On the machine or the network itself."),
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
                    "description": "A ticket of `POST /ws/ticket`: works once. For browsers.",
                },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The token of a log-in, with the upgrade. For programs.",
                },
                "cookie": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "The session cookie, with an allowed `Origin` only. For pages of the server.",
                },
            },
        },
    })
}

fn channel(address: &str, about: &str, messages: &Messages) -> Value {
    let credentials = "The first credential that is there decides alone: ticket, `Authorization: Bearer`, cookie. \
        Without any, the first message must be `auth`.";
    let references: Map<_, _> = messages
        .keyed()
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
            json!({ "room": { "description": "A room, by slug (`general`) or by id." } });
    }
    channel
}

fn operations(channel: &str, messages: &Messages) -> Vec<(String, Value)> {
    let on = json!({ "$ref": format!("#/channels/{channel}") });
    let message = |key: &str| json!({ "$ref": format!("#/channels/{channel}/messages/{key}") });
    let requests = messages.requests.iter().map(|(key, request)| {
        let mut operation =
            json!({ "action": "receive", "channel": on, "summary": request.about, "messages": [message(key)] });
        let replies: Vec<_> = messages.reply(request.name).into_iter().chain(["error"]).map(message).collect();
        operation["reply"] = json!({ "channel": on, "messages": replies });
        (format!("{channel}.{key}"), operation)
    });
    let events = messages.events.iter().filter(|(key, _)| !messages.is_reply(key)).map(|(key, event)| {
        let operation = json!({ "action": "send", "channel": on, "summary": event.about, "messages": [message(key)] });
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
            json!({ "type": "null", "description": "It answers nothing." });
    } else {
        described["correlationId"] = json!({ "location": "$message.payload#/request_id" });
    }
    described["payload"] = payload;
    described
}

/// What no schema tells.
fn about() -> String {
    let mut text = format!(
        "Self-hosted team chat: the WebSocket, version {PROTOCOL_VERSION} of its contract. Every text message is one \
         JSON object, the envelope. A request is answered once, under its `request_id`, by the message of its name \
         with `_response`, or by `error`; `ping` is answered by `pong`, and `pong` by nothing. Requests of one \
         connection take effect in the order sent; answers may come in another. Fields and message types that are \
         not known are to be ignored. The HTTP calls are in `/api/openapi.json`.\n\n\
         Limits: a message of {MAX_MESSAGE_BYTES} bytes; a text of {MAX_TEXT_CHARS} characters; {} requests a second \
         on a connection and {} messages a second of a person; {MAX_SUBSCRIPTIONS} rooms followed by a connection; \
         {MAX_OUTBOX_BYTES} bytes that wait for a reader; {MAX_ANSWER_BYTES} bytes in an answer, which ends early \
         there. A ticket works for {} s. A connection without a credential has {} s for `auth`.\n\n\
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
        "\nA credential that does not hold: the upgrade succeeds, and 1008 names the cause."
    );
    text
}
