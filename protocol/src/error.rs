//! How things fail: error codes in answers, close codes at the end of a connection.

use serde::{Deserialize, Serialize};

/// Why a request failed, for programs. HTTP statuses and WebSocket errors both derive from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The message is not JSON.
    InvalidJson,
    /// JSON, but not an envelope, or the payload does not fit its type.
    InvalidFormat,
    /// The server knows no message of this type.
    UnknownType,
    /// Not signed in.
    Unauthorized,
    /// Signed in, but not allowed.
    Forbidden,
    /// No such room, message or person, or not for the one who asks.
    NotFound,
    /// A name or an id is taken.
    Conflict,
    /// Too fast; `retry_after_ms` says when to try again.
    RateLimited,
    /// A part of the server is away; try again later.
    Unavailable,
    /// The server failed; details are in its log only.
    Internal,
    /// A code that this build does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Other,
}

impl ErrorCode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidFormat => "invalid_format",
            Self::UnknownType => "unknown_type",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Other => "other",
        }
    }
}

/// How much of an unknown `type` is said back, in characters.
const MAX_ECHOED_CHARS: usize = 200;

/// What one field of a request lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field's name, with dots where it is nested; empty for the whole payload.
    pub field: String,
    /// For a person.
    pub message: String,
}

impl FieldError {
    /// That `field` has the fault that `message` tells.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// Payload of `error`: the answer to a request that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorPayload {
    /// For a person.
    pub detail: String,
    /// For a program.
    pub code: ErrorCode,
    /// Field by field, for `invalid_format`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When to try again, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorPayload {
    /// An error with nothing but a code and a sentence.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), code, errors: Vec::new(), retry_after_ms: None }
    }

    /// The message is not JSON.
    #[must_use]
    pub fn invalid_json() -> Self {
        Self::new(ErrorCode::InvalidJson, "Invalid JSON")
    }

    /// The message or its payload does not fit; `errors` says where.
    #[must_use]
    pub fn invalid_format(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ErrorCode::InvalidFormat, "Invalid message format") }
    }

    /// No message has this type.
    #[must_use]
    pub fn unknown_type(name: &str) -> Self {
        // No type is that long; whoever sent it knows the rest.
        let known: String = name.chars().take(MAX_ECHOED_CHARS).collect();
        let cut = if known.len() < name.len() { "…" } else { "" };
        Self::new(ErrorCode::UnknownType, format!("Unknown message type: {known}{cut}"))
    }
}

/// Defines [`CloseCode`], `ALL` of them, and what each is for.
macro_rules! close_codes {
    ($(#[doc = $about:literal])* pub enum CloseCode { $($(#[doc = $doc:literal])* $name:ident = $number:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum CloseCode { $($(#[doc = $doc])* $name = $number,)* }

        impl CloseCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// When it is used.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

close_codes! {
/// Why a connection ends (RFC 6455, section 7.4; guide section 8).
pub enum CloseCode {
    /// The client said goodbye.
    Normal = 1000,
    /// The heartbeat ran out, or the page left.
    GoingAway = 1001,
    /// A breach of RFC 6455.
    Protocol = 1002,
    /// A binary message where text is spoken.
    Unsupported = 1003,
    /// Text that is not UTF-8.
    InvalidUtf8 = 1007,
    /// Authentication or policy.
    Policy = 1008,
    /// A message longer than 65,536 bytes.
    TooBig = 1009,
    /// The server failed.
    Internal = 1011,
    /// The server restarts: come back, with jitter. Nothing is lost.
    Restart = 1012,
    /// Too slow a reader, or overload: come back and resume. Nothing is lost.
    TryAgainLater = 1013,
}
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn as_u16(self) -> u16 {
        self as u16
    }
}
