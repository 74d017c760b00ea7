//! The JSON Schemas of blocks and spans: objects with one field, which names their kind. Generators
//! make better types of them than of as many alternatives.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{
    Block, CodeBlock, CodeKind, CodeToken, Emoji, Heading, Link, List, Mention, Span, Table,
};
use crate::Empty;

impl JsonSchema for Block {
    fn schema_name() -> Cow<'static, str> {
        "Block".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        one_of(
            "A part of a text that stands by itself. It has one of these fields.",
            &json!({
                "paragraph": generator.subschema_for::<Vec<Span>>(),
                "heading": generator.subschema_for::<Heading>(),
                "code": generator.subschema_for::<CodeBlock>(),
                "quote": generator.subschema_for::<Vec<Block>>(),
                "list": generator.subschema_for::<List>(),
                "table": generator.subschema_for::<Table>(),
                "rule": generator.subschema_for::<Empty>(),
            }),
        )
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A part of running text: text, a line break as the string \"\\n\", or \
                an object.",
            "anyOf": [{ "type": "string" }, generator.subschema_for::<SpanObject>()],
        })
    }
}

impl JsonSchema for CodeToken {
    fn schema_name() -> Cow<'static, str> {
        "CodeToken".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A part of code: what it is, and its length in Unicode scalar values.",
            "type": "array",
            "items": {
                "anyOf": [
                    generator.subschema_for::<CodeKind>(),
                    { "type": "integer", "minimum": 1 },
                ],
            },
            "minItems": 2,
            "maxItems": 2,
        })
    }
}

/// A span that is no string.
struct SpanObject;

impl JsonSchema for SpanObject {
    fn schema_name() -> Cow<'static, str> {
        "SpanObject".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let spans = generator.subschema_for::<Vec<Span>>();
        one_of(
            "A part of running text that is more than text. It has one of these fields.",
            &json!({
                "strong": spans,
                "emphasis": spans,
                "strikethrough": spans,
                "code": { "type": "string" },
                "link": generator.subschema_for::<Link>(),
                "mention": generator.subschema_for::<Mention>(),
                "room_mention": { "type": "string" },
                "room_link": { "type": "string", "pattern": crate::schema::SLUG },
                "emoji": generator.subschema_for::<Emoji>(),
                "custom_emoji": { "type": "string", "pattern": crate::schema::EMOJI_NAME },
            }),
        )
    }
}

fn one_of(description: &str, properties: &Value) -> Schema {
    json_schema!({
        "description": description,
        "type": "object",
        "properties": properties,
        "minProperties": 1,
        "maxProperties": 1,
    })
}
