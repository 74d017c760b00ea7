//! Calls that are compared with the OpenAPI document.

use std::collections::BTreeSet;

use jsonschema::Draft;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};

use super::super::{assert_fits, validator};
use crate::support::{Server, TestUser};

/// Calls the server and compares its responses with the document.
pub(super) struct Caller<'a> {
    pub(super) server: &'a Server,
    pub(super) openapi: Value,
    /// The operations that have succeeded.
    pub(super) succeeded: BTreeSet<String>,
}

impl Caller<'_> {
    /// Calls an operation of the document. `names` replaces `{room}` and `{user}` in the path.
    pub(super) async fn call(
        &mut self,
        method: Method,
        path: &str,
        names: &[(&str, &str)],
        ask: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> (StatusCode, Value) {
        let address = names.iter().fold(path.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
        let response = ask(self.server.request(method.clone(), &address)).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let call = format!("{method} {path}");
        let operation = &self.openapi["paths"][path][method.as_str().to_lowercase()];
        let documented = &operation["responses"][status.as_str()];
        assert!(documented.is_object(), "{call} returns {status}, which is not documented: {text}");
        for name in documented["headers"].as_object().iter().flat_map(|headers| headers.keys()) {
            assert!(headers.contains_key(name), "{call} {status} has no {name}");
        }
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match headers
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap().split(';').next().unwrap())
        {
            Some(kind) if status != StatusCode::SWITCHING_PROTOCOLS => {
                let schema = &documented["content"][kind]["schema"];
                assert!(
                    schema.is_object(),
                    "{call} {status} returns {kind}, which is not documented"
                );
                if kind.ends_with("json") {
                    assert_fits(
                        &value,
                        &validator(schema, &self.openapi, Draft::Draft202012),
                        &format!("{call} {status}"),
                    );
                }
            }
            _ => assert!(
                text.is_empty() && documented["content"].is_null(),
                "{call} {status}: {text}"
            ),
        }
        if status.is_success() {
            self.succeeded.insert(call);
        }
        (status, value)
    }

    pub(super) async fn by(
        &mut self,
        user: &TestUser,
        method: Method,
        path: &str,
        names: &[(&str, &str)],
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        if let Some(body) = &body {
            let schema = &self.openapi["paths"][path][method.as_str().to_lowercase()]["requestBody"]
                ["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{method} {path} takes no body");
            if body != &json!({ "nothing": "that fits" }) {
                assert_fits(body, &validator(schema, &self.openapi, Draft::Draft202012), path);
            }
        }
        let token = user.token.clone();
        self.call(method, path, names, |request| {
            let request = request.bearer_auth(token);
            if let Some(body) = body { request.json(&body) } else { request }
        })
        .await
    }
}
