//! The envelope of a message: `type`, `payload`, `request_id` and, from the server, `timestamp`
//! (guide section 4).

mod words;

use std::borrow::Cow;

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::{
    ErrorPayload, Event, FieldError, Request, Response, Timestamp, limits::MAX_REQUEST_ID_CHARS,
    text::has_chars,
};

/// The id by which a client matches a reply to its request; at most 64 characters.
pub type RequestId = String;

/// A message from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerMessage {
    /// The response to a request.
    Response(Response),
    /// The reply to a request that failed, or to a message that cannot be read.
    Error(ErrorPayload),
    /// A message that the server sends on its own.
    Event(Event),
}

impl ServerMessage {
    /// Returns the `type` on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Response(response) => response.name(),
            Self::Error(_) => "error",
            Self::Event(event) => event.name(),
        }
    }

    /// Returns the envelope as JSON text.
    ///
    /// ```
    /// use protocol::{Empty, Event, ServerMessage, Timestamp};
    /// let pong = ServerMessage::Event(Event::Pong(Empty {}));
    /// let envelope = r#"{"type":"pong","payload":{},"request_id":"7""#;
    /// let timestamp = r#","timestamp":"1970-01-01T00:00:00.000Z"}"#;
    /// let json = pong.encode(Some("7"), Timestamp::from_millis(0));
    /// assert_eq!(json, format!("{envelope}{timestamp}"));
    /// ```
    #[must_use]
    pub fn encode(&self, request_id: Option<&str>, timestamp: Timestamp) -> String {
        let mut json = Vec::new();
        self.encode_to(&mut json, request_id, timestamp);
        String::from_utf8(json).unwrap_or_default() // JSON is UTF-8
    }

    /// Appends the envelope as JSON text to `json`.
    pub fn encode_to(&self, json: &mut Vec<u8>, request_id: Option<&str>, timestamp: Timestamp) {
        let name = self.name();
        match self {
            Self::Response(payload) => encode(json, name, payload, request_id, Some(timestamp)),
            Self::Error(payload) => encode(json, name, payload, request_id, Some(timestamp)),
            Self::Event(payload) => encode(json, name, payload, request_id, Some(timestamp)),
        }
    }
}

impl From<Response> for ServerMessage {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl From<Event> for ServerMessage {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl From<ErrorPayload> for ServerMessage {
    fn from(error: ErrorPayload) -> Self {
        Self::Error(error)
    }
}

/// Returns the envelope of a request as JSON text.
#[must_use]
pub fn encode_request(request: &Request, request_id: Option<&str>) -> String {
    let mut json = Vec::new();
    encode(&mut json, request.name(), request, request_id, None);
    String::from_utf8(json).unwrap_or_default() // JSON is UTF-8
}

fn encode<P: Serialize>(
    json: &mut Vec<u8>,
    name: &str,
    payload: &P,
    request_id: Option<&str>,
    timestamp: Option<Timestamp>,
) {
    // Only maps with keys other than strings and failing `Serialize` implementations return errors;
    // the payloads contain neither.
    let _ = serde_json::to_writer(json, &Envelope { r#type: name, payload, request_id, timestamp });
}

/// A message on the wire.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct Envelope<'a, P> {
    /// The message type.
    r#type: &'a str,
    payload: &'a P,
    /// Chosen by the client and returned with exactly one reply; null in all other messages.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_REQUEST_ID_CHARS)))]
    request_id: Option<&'a str>,
    /// The time at which the server created the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
}

/// The envelope of a request, whose fields are not parsed yet: each may be any JSON value.
#[derive(Deserialize)]
struct RawRequest<'a> {
    #[serde(borrow, default)]
    r#type: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    token: Option<&'a RawValue>,
}

/// The reply to a message that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The id of the request, if the message contains a valid one.
    pub request_id: Option<RequestId>,
    /// The error to send.
    pub error: ErrorPayload,
}

/// Reads a message from a client.
///
/// The values of a request that may repeat an earlier one ([`Request::has_retry_id`]) are not
/// checked: a repeated request gets the first response, whatever else it says. All others have no
/// [`faults`](Request::faults).
///
/// # Errors
/// Returns the reply to send if the message is not JSON, is not an envelope, has an unknown type,
/// or has a payload that does not match its type.
///
/// ```
/// let json = r#"{"type":"chat","payload":{"text":"hi"},"request_id":"1"}"#;
/// let (request, id) = protocol::decode_request(json)?;
/// assert_eq!(request.name(), "chat");
/// assert_eq!(id.as_deref(), Some("1"));
/// # Ok::<(), protocol::Rejected>(())
/// ```
pub fn decode_request(text: &str) -> Result<(Request, Option<RequestId>), Rejected> {
    let raw = read_envelope(text)
        .map_err(|error| Rejected { request_id: find_request_id(text), error })?;
    let request_id = match raw.request_id.map(read_request_id).transpose() {
        Ok(id) => id,
        Err(fault) => {
            return Err(Rejected {
                request_id: None,
                error: ErrorPayload::invalid_format(vec![fault]),
            });
        }
    };
    match read_request(&raw) {
        Ok(request) => Ok((request, request_id)),
        Err(error) => Err(Rejected { request_id, error }),
    }
}

fn read_envelope(text: &str) -> Result<RawRequest<'_>, ErrorPayload> {
    let not_an_object =
        || ErrorPayload::invalid_format(vec![FieldError::new("", "must be a JSON object")]);
    let is_object = is_object(text);
    if is_object && let Ok(raw) = serde_json::from_str(text) {
        return Ok(raw);
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(_) => Err(ErrorPayload::invalid_json()),
        Ok(_) if is_object => Err(ErrorPayload::invalid_format(vec![FieldError::new(
            "",
            "must have each field once, in valid Unicode",
        )])),
        Ok(_) => Err(not_an_object()),
    }
}

/// Returns the id of an object that is not a valid envelope.
fn find_request_id(text: &str) -> Option<RequestId> {
    if !is_object(text) {
        return None;
    }
    #[derive(Deserialize)]
    struct RequestIdOnly<'a> {
        #[serde(borrow)]
        request_id: &'a RawValue,
    }
    let only: RequestIdOnly<'_> = serde_json::from_str(text).ok()?;
    read_request_id(only.request_id).ok()
}

/// Returns whether JSON is an object. Derived structs also accept an array of their fields in
/// order.
fn is_object(json: &str) -> bool {
    json.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

fn is_empty_object(json: &str) -> bool {
    json.trim_start_matches('{').trim_end_matches('}').trim().is_empty()
}

fn read_request_id(raw: &RawValue) -> Result<RequestId, FieldError> {
    match serde_json::from_str::<RequestId>(raw.get()) {
        Ok(id) if has_chars(&id, 0, MAX_REQUEST_ID_CHARS) => Ok(id),
        _ => Err(FieldError::new(
            "request_id",
            format!("must be a string of at most {MAX_REQUEST_ID_CHARS} characters, or null"),
        )),
    }
}

fn read_request(raw: &RawRequest<'_>) -> Result<Request, ErrorPayload> {
    let fault =
        |field, message: &str| ErrorPayload::invalid_format(vec![FieldError::new(field, message)]);
    let name = raw.r#type.ok_or_else(|| fault("type", "is required"))?;
    let name: Cow<'_, str> =
        serde_json::from_str(name.get()).map_err(|_| fault("type", "must be a string"))?;
    let mut payload = Cow::Borrowed(raw.payload.map_or("{}", RawValue::get));
    if !payload.starts_with('{') {
        return Err(fault("payload", "must be an object"));
    }
    if let (Some(token), "auth") = (raw.token, name.as_ref())
        && is_empty_object(&payload)
    {
        // The guide puts the token beside `type`.
        payload = Cow::Owned(format!(r#"{{"token":{}}}"#, token.get()));
    }
    match Request::decode(&name, &payload) {
        None => Err(ErrorPayload::unknown_type(&name)),
        Some(Err(_)) => {
            Err(ErrorPayload::invalid_format(Request::fault(&name, &payload).into_iter().collect()))
        }
        // The server looks for the earlier request first.
        Some(Ok(request)) if request.has_retry_id() => Ok(request),
        Some(Ok(request)) => match request.faults() {
            faults if faults.is_empty() => Ok(request),
            faults => Err(ErrorPayload::invalid_format(faults)),
        },
    }
}

/// Reads the body of an HTTP request.
///
/// # Errors
/// Fails if the body is not a JSON object, or if a field does not match its type.
pub fn read_body<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, ErrorPayload> {
    let is_json = || serde_json::from_slice::<&RawValue>(json).is_ok();
    // Derived structs also accept an array of their fields in order.
    if !json.trim_ascii_start().starts_with(b"{") {
        let fault =
            || ErrorPayload::invalid_format(vec![FieldError::new("", "must be a JSON object")]);
        return Err(if is_json() { fault() } else { ErrorPayload::invalid_json() });
    }
    serde_json::from_slice(json).map_err(|_| {
        // Serde reports `null` in the position of an enum as a syntax error.
        if is_json() {
            ErrorPayload::invalid_format(fault_in::<T>(json).into_iter().collect())
        } else {
            ErrorPayload::invalid_json()
        }
    })
}

/// Returns the first field of a body or payload that does not match its type, and the reason.
#[must_use]
pub fn fault_in<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<FieldError> {
    let error =
        serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(json))
            .err()?;
    let path = error.path().to_string();
    let message = error.inner().to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    // For a missing or duplicate field, serde puts the name in backticks, and the path is that of
    // the object around it.
    let field = match message.split('`').nth(1) {
        Some(field) if message.contains(" field ") && path == "." => field,
        _ => path.trim_start_matches('.'),
    };
    Some(FieldError::new(field, words::in_words(message)))
}

/// A message of the server, decoded by a client.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceivedMessage {
    /// The message; `None` if this build does not know its `type`. Clients ignore such messages.
    pub message: Option<ServerMessage>,
    /// The id of the request that the message replies to.
    pub request_id: Option<RequestId>,
    /// The time at which the server created the message.
    pub timestamp: Timestamp,
}

/// Reads a message of a server.
///
/// # Errors
/// Fails if the text is not an envelope, or if the payload does not match its type.
pub fn decode_server_message(text: &str) -> Result<ReceivedMessage, serde_json::Error> {
    #[derive(Deserialize)]
    struct RawServerMessage<'a> {
        #[serde(borrow)]
        r#type: Cow<'a, str>,
        #[serde(borrow)]
        payload: &'a RawValue,
        request_id: Option<RequestId>,
        timestamp: Timestamp,
    }
    let raw: RawServerMessage<'_> = serde_json::from_str(text)?;
    let payload = raw.payload.get();
    let message = if raw.r#type == "error" {
        Some(ServerMessage::Error(serde_json::from_str(payload)?))
    } else if let Some(response) = Response::decode(&raw.r#type, payload) {
        Some(ServerMessage::Response(response?))
    } else {
        Event::decode(&raw.r#type, payload).transpose()?.map(ServerMessage::Event)
    };
    Ok(ReceivedMessage { message, request_id: raw.request_id, timestamp: raw.timestamp })
}
