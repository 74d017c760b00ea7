//! JSON Schemas of all that crosses the wire, for the documents that describe it (feature `schema`). They come from the
//! types themselves; what serde does by hand is told here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::{
    ErrorPayload, Event, LoggedEvent, RoomName, Timestamp,
    limits::{MAX_SLUG_CHARS, MAX_USERNAME_CHARS},
};

/// What [`is_username`](crate::limits::is_username) tells, as a regular expression.
pub const USERNAME: &str = "^[a-z0-9][a-z0-9._-]{0,31}$";
/// What [`is_slug`](crate::limits::is_slug) tells, as a regular expression.
pub const SLUG: &str = "^[a-z0-9][a-z0-9-]{0,63}$";

/// A UUID as the server writes it; it reads other spellings, too.
const UUID: &str = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

const _: () = assert!(
    MAX_USERNAME_CHARS == 32 && MAX_SLUG_CHARS == 64,
    "the expressions above name these numbers"
);

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A client.
    Client,
    /// The server.
    Server,
}

/// A message, as a document tells it.
#[derive(Clone, Debug)]
pub struct MessageSchema {
    /// The `type` on the wire.
    pub name: &'static str,
    /// What it is for.
    pub about: String,
    /// The whole message: the envelope, and in it the payload of this type.
    pub schema: Schema,
}

impl MessageSchema {
    pub(crate) fn new<P: JsonSchema>(
        name: &'static str,
        about: &str,
        sender: Sender,
        generator: &mut SchemaGenerator,
    ) -> Self {
        Self { name, about: paragraph(about), schema: envelope::<P>(name, sender, generator) }
    }
}

/// The message `error`.
pub fn error(generator: &mut SchemaGenerator) -> MessageSchema {
    let about = "The answer to a request that failed, or to a message that cannot be read.";
    MessageSchema::new::<ErrorPayload>("error", about, Sender::Server, generator)
}

fn envelope<P: JsonSchema>(name: &str, sender: Sender, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = crate::envelope::Envelope::<'_, P>::json_schema(generator);
    let payload_is_needed =
        generator.definitions().get(P::schema_name().as_ref()).is_some_and(has_required);
    let required = match sender {
        Sender::Client if payload_is_needed => json!(["type", "payload"]),
        Sender::Client => json!(["type"]),
        Sender::Server => json!(["type", "payload", "request_id", "timestamp"]),
    };
    schema.insert("required".to_owned(), required);
    schema.remove("description");
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        if let Some(Value::Object(field)) = fields.get_mut("type") {
            field.insert("const".to_owned(), name.into());
        }
        match (sender, fields.get_mut("timestamp")) {
            (Sender::Client, _) => drop(fields.remove("timestamp")),
            (Sender::Server, Some(field)) => {
                *field = generator.subschema_for::<Timestamp>().to_value()
            }
            (Sender::Server, None) => {}
        }
    }
    schema
}

fn has_required(schema: &Value) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty())
}

/// The lines of a doc comment as one paragraph.
fn paragraph(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The schema of an identifier with that doc comment.
pub(crate) fn id(doc: &str) -> Schema {
    json_schema!({ "type": "string", "format": "uuid", "pattern": UUID, "description": paragraph(doc) })
}

impl JsonSchema for RoomName {
    fn schema_name() -> Cow<'static, str> {
        "RoomName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A room, by slug (`general`) or by id.",
            "type": "string",
            "anyOf": [{ "pattern": SLUG }, { "format": "uuid", "pattern": UUID }],
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A moment: RFC 3339, UTC, milliseconds.",
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
            "examples": [Timestamp::from_millis(1_764_000_000_123)],
        })
    }
}

/// Events of a room's log are those with a place in it, a `seq`.
impl JsonSchema for LoggedEvent {
    fn schema_name() -> Cow<'static, str> {
        "LoggedEvent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let has_place = |payload: &Value| {
            payload["required"].as_array().is_some_and(|all| all.contains(&"seq".into()))
        };
        let mut logged = Vec::new();
        for MessageSchema { name, schema, .. } in Event::schemas(generator) {
            let reference =
                schema.get("properties").map_or(Value::Null, |fields| fields["payload"].clone());
            let payload = reference["$ref"].as_str().and_then(|path| path.rsplit('/').next());
            if payload
                .and_then(|payload| generator.definitions().get(payload))
                .is_some_and(has_place)
            {
                logged.push(json!({
                    "type": "object",
                    "properties": { "type": { "const": name }, "payload": reference },
                    "required": ["type", "payload"],
                }));
            }
        }
        json_schema!({ "description": "An event of a room's log, without its envelope.", "oneOf": logged })
    }
}
