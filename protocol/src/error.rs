//! Error codes in responses, and close codes at the end of a connection.

use serde::{Deserialize, Serialize};

/// The reason why a request failed. HTTP statuses and WebSocket errors both derive from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The message is not JSON.
    InvalidJson,
    /// The message is not an envelope, or its payload does not match its type.
    InvalidFormat,
    /// The server does not know this message type.
    UnknownType,
    /// The user is not signed in.
    Unauthorized,
    /// The user may not do this.
    Forbidden,
    /// The room, message or user does not exist, or the requesting user cannot see it.
    NotFound,
    /// The name or id is already in use.
    Conflict,
    /// The file is larger than allowed.
    TooLarge,
    /// The body is not of a kind that the call takes.
    Unsupported,
    /// There is no space for the file.
    StorageFull,
    /// Too many requests. Try again after `retry_after_ms`.
    RateLimited,
    /// A part of the server is temporarily unavailable. Try again later.
    Unavailable,
    /// The server failed. Details are in the server's log only.
    Internal,
    /// A code that this build does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Other,
}

impl ErrorCode {
    /// Returns the value on the wire.
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
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::StorageFull => "storage_full",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Other => "other",
        }
    }
}

/// The longest part of an unknown `type` that is repeated in the error, in characters.
const MAX_ECHOED_CHARS: usize = 200;

/// An invalid field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The path of the field, with dots between nested names; empty for the whole payload.
    pub field: String,
    /// A readable explanation.
    pub message: String,
}

impl FieldError {
    /// Creates an error of `field`.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// Payload of `error`: the reply to a request that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorPayload {
    /// A readable explanation.
    pub detail: String,
    /// The reason for programs.
    pub code: ErrorCode,
    /// The invalid fields; only with `invalid_format`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The time to wait before the next attempt, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorPayload {
    /// Creates an error that consists of a code and an explanation.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), code, errors: Vec::new(), retry_after_ms: None }
    }

    /// Creates the error for a message that is not JSON.
    #[must_use]
    pub fn invalid_json() -> Self {
        Self::new(ErrorCode::InvalidJson, "Invalid JSON")
    }

    /// Creates the error for a message with invalid fields.
    #[must_use]
    pub fn invalid_format(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ErrorCode::InvalidFormat, "Invalid message format") }
    }

    /// Creates the error for an unknown message type.
    #[must_use]
    pub fn unknown_type(name: &str) -> Self {
        // No message type is that long.
        let known: String = name.chars().take(MAX_ECHOED_CHARS).collect();
        let cut = if known.len() < name.len() { "…" } else { "" };
        Self::new(ErrorCode::UnknownType, format!("Unknown message type: {known}{cut}"))
    }
}

/// Defines [`CloseCode`], with its list and the documentation of each code.
macro_rules! close_codes {
    (
        $(#[doc = $about:literal])*
        pub enum CloseCode { $($(#[doc = $doc:literal])* $name:ident = $number:literal,)* }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum CloseCode { $($(#[doc = $doc])* $name = $number,)* }

        impl CloseCode {
            /// Every close code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the documentation of the code.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

close_codes! {
/// The reason why a connection ends (RFC 6455, section 7.4; guide section 8).
pub enum CloseCode {
    /// The client closed the connection.
    Normal = 1000,
    /// The heartbeat timed out, or the page was closed.
    GoingAway = 1001,
    /// A violation of RFC 6455.
    Protocol = 1002,
    /// A binary message; only text is supported.
    Unsupported = 1003,
    /// A text message that is not UTF-8.
    InvalidUtf8 = 1007,
    /// Authentication failed, or the session or membership has ended.
    Policy = 1008,
    /// A message longer than 65,536 bytes.
    TooBig = 1009,
    /// The server failed.
    Internal = 1011,
    /// The server restarts. Reconnect after a random delay; nothing is lost.
    Restart = 1012,
    /// The client reads too slowly, or the server is overloaded. Reconnect and resume; nothing is
    /// lost.
    TryAgainLater = 1013,
}
}

impl CloseCode {
    /// Returns the number on the wire.
    #[must_use]
    pub fn as_u16(self) -> u16 {
        self as u16
    }
}
