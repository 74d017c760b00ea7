//! JSON Schemas of all messages and bodies, for the documents that the server publishes (feature
//! `schema`). Most are derived from the types. Types with manual serde implementations have theirs
//! here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::{
    ErrorPayload, Event, LoggedEvent, RoomName, Timestamp,
    limits::{MAX_SLUG_CHARS, MAX_USERNAME_CHARS},
};

/// The rule of [`is_username`](crate::text::is_username) as a regular expression.
pub const USERNAME: &str = "^[a-z0-9][a-z0-9._-]{0,31}$";
/// The rule of [`is_slug`](crate::text::is_slug) as a regular expression.
pub const SLUG: &str = "^[a-z0-9][a-z0-9-]{0,63}$";

/// The rule of [`is_emoji_name`](crate::text::is_emoji_name) as a regular expression.
pub const EMOJI_NAME: &str = "^[a-z0-9][a-z0-9_-]{1,31}$";

/// A UUID as the server writes it. The server also reads other spellings.
const UUID: &str = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

/// A slug or a UUID in any spelling with hyphens.
const ROOM_NAME: &str =
    "^([a-z0-9][a-z0-9-]{0,63}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$";
/// At least one character that is not white space, as names need.
pub(crate) const NOT_BLANK: &str = r"\S";
/// A text without white space, as an emoji.
pub(crate) const NO_SPACE: &str = r"^\S+$";
/// A text without U+0000.
pub(crate) const NO_NUL: &str = r"^[^\u0000]*$";
/// 32 bytes as URL-safe Base64.
pub(crate) const TOKEN: &str = "^[A-Za-z0-9_-]{43}$";

const _: () = assert!(
    MAX_USERNAME_CHARS == 32 && MAX_SLUG_CHARS == 64,
    "the regular expressions contain these numbers"
);

/// A role that the owner can give.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes some of the values of `Role`")]
pub(crate) enum GivenRole {
    /// May invite and ban users and delete their messages.
    Admin,
    /// Every other user.
    Member,
}

/// The side that sends a message type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentBy {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// The description of a message type.
#[derive(Clone, Debug)]
pub struct MessageSchema {
    /// The `type` on the wire.
    pub name: &'static str,
    /// The documentation of the message type.
    pub about: String,
    /// The schema of the whole message: the envelope with a payload of this type.
    pub schema: Schema,
}

impl MessageSchema {
    pub(crate) fn new<P: JsonSchema>(
        name: &'static str,
        about: &str,
        sent_by: SentBy,
        generator: &mut SchemaGenerator,
    ) -> Self {
        Self { name, about: paragraph(about), schema: envelope::<P>(name, sent_by, generator) }
    }
}

/// Returns the description of the message `error`.
pub fn error(generator: &mut SchemaGenerator) -> MessageSchema {
    let about = "The reply to a request that failed, or to a message that cannot be read.";
    MessageSchema::new::<ErrorPayload>("error", about, SentBy::Server, generator)
}

fn envelope<P: JsonSchema>(name: &str, sent_by: SentBy, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = crate::envelope::Envelope::<'_, P>::json_schema(generator);
    let payload_is_needed =
        generator.definitions().get(P::schema_name().as_ref()).is_some_and(has_required);
    let required = match sent_by {
        SentBy::Client if payload_is_needed => json!(["type", "payload"]),
        SentBy::Client => json!(["type"]),
        SentBy::Server => json!(["type", "payload", "request_id", "timestamp"]),
    };
    schema.insert("required".to_owned(), required);
    schema.remove("description");
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        if let Some(Value::Object(field)) = fields.get_mut("type") {
            field.insert("const".to_owned(), name.into());
        }
        match (sent_by, fields.get_mut("timestamp")) {
            (SentBy::Client, _) => drop(fields.remove("timestamp")),
            (SentBy::Server, Some(field)) => {
                *field = generator.subschema_for::<Timestamp>().to_value()
            }
            (SentBy::Server, None) => {}
        }
    }
    schema
}

fn has_required(schema: &Value) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty())
}

/// Joins the lines of a doc comment to a paragraph.
fn paragraph(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Converts `chat_edited` to `ChatEdited`.
fn camel_case(name: &str) -> String {
    let words = name.split('_').flat_map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        [first.to_ascii_uppercase(), rest.to_owned()]
    });
    words.collect()
}

/// Returns the schema of an identifier with this doc comment.
pub(crate) fn id(doc: &str) -> Schema {
    json_schema!({
        "type": "string",
        "format": "uuid",
        "pattern": UUID,
        "description": paragraph(doc),
    })
}

impl JsonSchema for RoomName {
    fn schema_name() -> Cow<'static, str> {
        "RoomName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A reference to a room: its slug (`general`) or its id.",
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_SLUG_CHARS,
            "pattern": ROOM_NAME,
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A point in time: RFC 3339, UTC, milliseconds.",
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
            "examples": [Timestamp::from_millis(1_764_000_000_123)],
        })
    }
}

/// One alternative for each event that is stored in the room log.
impl JsonSchema for LoggedEvent {
    fn schema_name() -> Cow<'static, str> {
        "LoggedEvent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let events = Event::schemas(generator).into_iter();
        let logged = events.filter(|event| Event::LOGGED_NAMES.contains(&event.name));
        let alternatives: Vec<_> = logged
            .map(|MessageSchema { name, schema, about }| {
                let fields = schema.get("properties");
                let payload = fields.map_or(Value::Null, |fields| fields["payload"].clone());
                let logged = json!({
                    "description": about,
                    "type": "object",
                    "properties": {
                        "type": { "type": "string", "const": name },
                        "payload": payload,
                    },
                    "required": ["type", "payload"],
                });
                // A name of its own, from which generators take that of a class.
                let name = format!("Logged{}", camel_case(name));
                let path = generator.settings().definitions_path.trim_start_matches('#').to_owned();
                generator.definitions_mut().insert(name.clone(), logged);
                json!({ "$ref": format!("#{path}/{name}") })
            })
            .collect();
        json_schema!({
            "description": "An event of the room log, without its envelope.",
            "oneOf": alternatives,
        })
    }
}
