//! The documents as generators of clients see them.

use serde_json::Value;

use super::{document, operations};
use crate::support::Server;

/// Calls `visit` for each schema below `value`, with the path to it.
fn each_object(value: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            visit(path, value);
            for (name, field) in fields {
                each_object(field, &format!("{path}/{name}"), visit);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                each_object(value, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// Generators name an object without a name `AnonymousSchema_7`.
#[tokio::test]
async fn every_object_of_the_documents_is_a_named_component() {
    let server = Server::start().await;
    for path in ["/api/openapi.json", "/api/asyncapi.json"] {
        let document = document(&server, path).await;
        let mut unnamed = Vec::new();
        each_object(&document, "", &mut |path, schema| {
            let is_named = path.matches('/').count() == 3 && path.starts_with("/components/");
            let is_query = path.ends_with("/bindings/ws/query");
            if schema["type"] == "object" && !is_named && !is_query {
                unnamed.push(path.to_owned());
            }
        });
        // The documents themselves, as answers.
        unnamed.retain(|path| !path.starts_with("/paths/"));
        assert!(unnamed.is_empty(), "{path}: {unnamed:?}");
        for message in document["components"]["messages"].as_object().into_iter().flatten() {
            assert!(message.1["payload"]["$ref"].is_string(), "{path}: {}", message.0);
        }
    }
}

#[tokio::test]
async fn choices_are_enums_and_whole_numbers_have_bounds() {
    let server = Server::start().await;
    for path in ["/api/openapi.json", "/api/asyncapi.json"] {
        let document = document(&server, path).await;
        each_object(&document, "", &mut |at, schema| {
            let choices = schema["oneOf"].as_array().into_iter().flatten();
            let constants = choices.filter(|choice| choice["const"].is_string()).count();
            assert_eq!(constants, 0, "{path} {at}: constants in oneOf");
            assert!(schema["allOf"].is_null(), "{path} {at}: a wrapper without a name");
            let is_integer = schema["type"] == "integer"
                || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&"integer".into()));
            if is_integer {
                let bounds = [&schema["minimum"], &schema["maximum"]];
                assert!(bounds.iter().all(|bound| bound.is_u64()), "{path} {at}: {schema}");
                let format = schema["format"].as_str().unwrap_or_default();
                assert!(["int32", "int64"].contains(&format), "{path} {at}: {schema}");
            }
        });
        let role = &document["components"]["schemas"]["Role"]["enum"];
        assert_eq!(role, &serde_json::json!(["owner", "admin", "member"]), "{path}");
    }
}

#[tokio::test]
async fn every_call_and_operation_has_a_description() {
    let server = Server::start().await;
    let openapi = document(&server, "/api/openapi.json").await;
    let asyncapi = document(&server, "/api/asyncapi.json").await;
    let calls = operations(&openapi);
    let of_calls = calls.iter().map(|(call, operation)| (call.clone(), *operation));
    let others = asyncapi["operations"].as_object().unwrap();
    let all: Vec<_> =
        of_calls.chain(others.iter().map(|(name, operation)| (name.clone(), operation))).collect();
    assert!(all.len() > 60, "{}", all.len());
    for (name, operation) in all {
        let [summary, description] =
            ["summary", "description"].map(|field| operation[field].as_str().unwrap_or_default());
        assert!(description.len() > summary.len() && !summary.is_empty(), "{name}: {operation}");
    }
}
