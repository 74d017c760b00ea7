//! JSON schemas of the types in `protocol`, for the `OpenAPI` and `AsyncAPI` documents.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

/// The JSON pointer to the schemas of a document.
pub(super) const SCHEMAS_POINTER: &str = "#/components/schemas";

/// The schemas of a document.
///
/// The optional fields of a type differ between reading and writing.
pub(super) struct Schemas {
    /// Types that the server reads.
    pub(super) read: SchemaGenerator,
    /// Types that the server writes.
    pub(super) written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new(settings: &SchemaSettings) -> Self {
        let settings = settings.clone().with(|settings| {
            settings.definitions_path = SCHEMAS_POINTER.into();
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

    /// Returns all schemas that were generated, by name.
    pub(super) fn components(mut self) -> Map<String, Value> {
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

/// Removes null from optional fields: the server leaves them out if they are empty.
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
    use crate::http::{asyncapi, openapi};

    /// Links of rustdoc have no target in the documents.
    #[test]
    fn descriptions_contain_no_rustdoc_links() {
        fn check(value: &Value) {
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
                    fields.values().for_each(check);
                }
                Value::Array(values) => values.iter().for_each(check),
                _ => {}
            }
        }
        check(&openapi::document());
        check(&asyncapi::document());
    }

    #[test]
    fn every_reference_has_a_target() {
        fn check(value: &Value, document: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    fields.values().for_each(|value| check(value, document));
                }
                Value::Array(values) => values.iter().for_each(|value| check(value, document)),
                _ => {}
            }
        }
        for document in [openapi::document(), asyncapi::document()] {
            check(&document, &document);
        }
    }
}
