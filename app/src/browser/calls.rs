//! Calls of the HTTP API.

use serde::{Serialize, de::DeserializeOwned};

/// Why a call was refused, or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status; 0 without a response.
    pub(crate) status: u16,
    /// What happened, for the user.
    pub(crate) text: String,
}

/// Calls `GET`.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Refusal> {
    read(&request("GET", path, None).await?)
}

/// Calls with a body and reads the response.
pub(crate) async fn call<T: DeserializeOwned>(
    method: &'static str,
    path: &str,
    body: &impl Serialize,
) -> Result<T, Refusal> {
    read(&request(method, path, serde_json::to_string(body).ok()).await?)
}

/// Calls with a body, if there is one, and ignores the content of the response.
pub(crate) async fn send(
    method: &'static str,
    path: &str,
    body: Option<String>,
) -> Result<(), Refusal> {
    request(method, path, body).await.map(|_| ())
}

/// Calls `GET` and returns the response as it is.
pub(crate) async fn text(path: &str) -> Result<String, Refusal> {
    request("GET", path, None).await
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|_| failed())
}

fn failed() -> Refusal {
    Refusal { status: 0, text: "The server did not answer. Try again in a moment.".to_owned() }
}

/// Sends a request. Returns the body of a successful response.
#[cfg(feature = "hydrate")]
async fn request(
    method: &'static str,
    path: &str,
    body: Option<String>,
) -> Result<String, Refusal> {
    use gloo_net::http::{Method, RequestBuilder};

    let method = match method {
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => Method::GET,
    };
    let builder = RequestBuilder::new(path).method(method);
    let request = match body {
        Some(body) => builder.header("content-type", "application/json").body(body),
        None => builder.build(),
    };
    respond(request).await
}

/// Sends a request, and reads why it was refused.
#[cfg(feature = "hydrate")]
async fn respond(
    request: Result<gloo_net::http::Request, gloo_net::Error>,
) -> Result<String, Refusal> {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }

    let response = request.map_err(|_| failed())?.send().await.map_err(|_| failed())?;
    let (status, is_ok) = (response.status(), response.ok());
    let text = response.text().await.map_err(|_| failed())?;
    if is_ok {
        return Ok(text);
    }
    let detail = serde_json::from_str::<Problem>(&text).map(|problem| problem.detail);
    Err(Refusal { status, text: detail.unwrap_or_else(|_| failed().text) })
}

/// Calls `PUT` with a file of the user as the body.
#[cfg(feature = "hydrate")]
pub(crate) async fn put_file(path: &str, file: web_sys::File) -> Result<(), Refusal> {
    let request = gloo_net::http::RequestBuilder::new(path).method(gloo_net::http::Method::PUT);
    respond(request.body(file)).await.map(|_| ())
}

/// Fails: the server does not call itself.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's version is asynchronous")]
pub(crate) async fn put_file(_path: &str, _file: web_sys::File) -> Result<(), Refusal> {
    Err(failed())
}

/// Fails: the server does not call itself.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's version is asynchronous")]
async fn request(
    _method: &'static str,
    _path: &str,
    _body: Option<String>,
) -> Result<String, Refusal> {
    Err(failed())
}

/// Returns the address that a public room of this name would get; `None` if it is not known.
pub(crate) async fn room_address(name: &str) -> Option<String> {
    let path = format!("/api/room-address?name={}", escape(name));
    get::<protocol::http::RoomAddress>(&path).await.ok()?.slug
}

/// Asks whether the server is ready. If it is not, it says so with an error status.
pub(crate) async fn readiness() -> Result<protocol::http::Readiness, Refusal> {
    match get("/readyz").await {
        Err(Refusal { status: 503, text }) => Ok(protocol::http::Readiness {
            status: protocol::http::ReadyStatus::Unavailable,
            detail: Some(text),
            code: None,
        }),
        other => other,
    }
}

/// Escapes a text for a part of an address.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_for_addresses() {
        assert_eq!(escape("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
    }
}
