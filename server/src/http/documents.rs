//! What this server speaks, for people who write clients and for their tools: the HTTP calls as `OpenAPI`, the WebSocket
//! as `AsyncAPI`. Both are made of the types in `protocol`; `docs/protocol.md` tells the same to people.

pub mod asyncapi;
pub mod openapi;

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, header},
    response::IntoResponse,
};
use bytes::Bytes;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

static OPENAPI: LazyLock<Bytes> = LazyLock::new(|| openapi::document().to_string().into());
static ASYNCAPI: LazyLock<Bytes> = LazyLock::new(|| asyncapi::document().to_string().into());

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// `GET /api/openapi.json`
pub async fn openapi() -> impl IntoResponse {
    (JSON, OPENAPI.clone())
}

/// `GET /api/asyncapi.json`
pub async fn asyncapi() -> impl IntoResponse {
    (JSON, ASYNCAPI.clone())
}

/// Where documents keep their schemas.
const SCHEMAS: &str = "#/components/schemas";

/// Schemas of types. What one may leave out differs between what the server reads and what it writes.
struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    fn new(settings: &SchemaSettings) -> Self {
        let settings = settings.clone().with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.meta_schema = None;
        });
        let written = settings.clone().for_serialize().with(|settings| {
            settings.transforms.insert(0, Box::new(never_null));
        });
        Self {
            read: settings.for_deserialize().into_generator(),
            written: written.into_generator(),
        }
    }

    /// All that were asked for, by name.
    fn components(mut self) -> Map<String, Value> {
        let mut schemas = self.written.take_definitions(true);
        for (name, schema) in self.read.take_definitions(true) {
            let other = schemas.insert(name, schema.clone());
            debug_assert!(
                other.is_none_or(|other| other == schema),
                "a type differs by direction: {schema}"
            );
        }
        schemas
    }
}

/// What the server leaves out where there is nothing to say, it never writes as null.
fn never_null(schema: &mut Schema) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required =
        |name: &str| required.as_array().is_some_and(|all| all.iter().any(|field| field == name));
    let Some(Value::Object(fields)) = schema.get_mut("properties") else { return };
    for (_, field) in fields.iter_mut().filter(|(name, _)| !is_required(name)) {
        if let Some(Value::Array(kinds)) = field.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [kind] = kinds.as_slice() {
                field["type"] = kind.clone();
            }
        }
        let Some(Value::Array(choices)) = field.get_mut("anyOf") else { continue };
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            if let Value::Object(field) = field {
                field.remove("anyOf");
                field.extend(only);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Links of rustdoc lead nowhere outside.
    #[test]
    fn descriptions_are_for_people_outside() {
        fn look(value: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(text)) =
                        fields.get("description").or_else(|| fields.get("summary"))
                    {
                        assert!(
                            !text.is_empty() && !text.contains("[`") && !text.contains("::"),
                            "{text}"
                        );
                    }
                    fields.values().for_each(look);
                }
                Value::Array(values) => values.iter().for_each(look),
                _ => {}
            }
        }
        look(&openapi::document());
        look(&asyncapi::document());
    }

    #[test]
    fn references_lead_somewhere() {
        fn look(value: &Value, document: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    fields.values().for_each(|value| look(value, document));
                }
                Value::Array(values) => values.iter().for_each(|value| look(value, document)),
                _ => {}
            }
        }
        for document in [openapi::document(), asyncapi::document()] {
            look(&document, &document);
        }
    }
}
