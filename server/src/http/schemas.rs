//! JSON schemas of the types in `protocol`, for the `OpenAPI` and `AsyncAPI` documents.

use std::fmt::Write as _;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
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
            settings.transforms.push(Box::new(RecursiveTransform(simplify)));
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

/// The largest whole number that all JSON parsers read exactly (RFC 7493). No count of the server
/// comes near it.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Writes a schema in the form that generators of clients understand best.
pub(super) fn simplify(schema: &mut Schema) {
    merge_constants(schema);
    unwrap_reference(schema);
    let is_integer = |kind: &Value| kind == "integer";
    let is_integer = schema.get("type").is_some_and(|kind| {
        is_integer(kind) || kind.as_array().is_some_and(|kinds| kinds.iter().any(is_integer))
    });
    if is_integer {
        // The formats of unsigned numbers are not known everywhere.
        let (format, max) = match schema.get("format").and_then(Value::as_str) {
            Some("uint8" | "uint16") => ("int32", u64::from(u16::MAX)),
            Some("uint32") => ("int64", u64::from(u32::MAX)),
            _ => ("int64", MAX_INTEGER),
        };
        schema.insert("format".to_owned(), format.into());
        if schema.get("maximum").is_none() {
            schema.insert("maximum".to_owned(), max.into());
        }
    }
}

/// Replaces an `allOf` of one reference by the reference. In draft 7 nothing can stand beside one,
/// so that a description makes this wrapper, for which generators make a class without a name.
fn unwrap_reference(schema: &mut Schema) {
    let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) else {
        return;
    };
    if only.get("$ref").is_some()
        && let Ok(reference) = Schema::try_from(only.clone())
    {
        *schema = reference;
    }
}

/// Merges alternatives that are one constant each to an `enum`. Their descriptions become a list.
fn merge_constants(schema: &mut Schema) {
    let Some(Value::Array(choices)) = schema.get("oneOf") else { return };
    let constants: Option<Vec<Value>> =
        choices.iter().map(|choice| choice.get("const").cloned()).collect();
    let Some(constants) = constants.filter(|constants| !constants.is_empty()) else { return };
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let mut description = format!("{about}\n");
    for choice in choices {
        let about = choice["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ =
            write!(description, "\n- `{}`: {about}", choice["const"].as_str().unwrap_or_default());
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), constants.into());
    schema.insert("description".to_owned(), description.trim().into());
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
