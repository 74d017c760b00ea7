//! The error of every request. The HTTP status and the WebSocket error derive from its
//! [`ErrorCode`].

use std::{borrow::Cow, time::Duration};

use protocol::{ErrorCode, ErrorPayload, FieldError};

use crate::store::StoreError;

/// Time after which to retry if a part of the server is not available.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// The reason given to a client whose session has ended.
pub(crate) const SESSION_ENDED: &str = "the session has ended";
/// The error if the database cannot be reached.
pub(crate) const STORE_UNAVAILABLE: Error =
    Error::Unavailable("The message store is not available.");

/// The error if the database cannot be written for lack of space.
pub(crate) const STORE_FULL: Error = Error::Unavailable(
    "The server's disk is full, so nothing can be saved. Tell whoever runs this server.",
);

/// The status while another request works on the same thing (RFC 4918, section 11.3).
pub(crate) const LOCKED: u16 = 423;

/// Why a request failed. The text is for the user who made it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some values are invalid.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    /// The body is not JSON.
    #[error("Invalid JSON")]
    NotJson,
    /// The HTTP request is refused: the status of the response, and the detail.
    #[error("{1}")]
    Http(u16, String),
    /// The request is not authenticated.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The user may not do this.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// No such thing exists, or the user may not see it.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// A name or an id is taken.
    #[error("This {0} is taken.")]
    Conflict(&'static str),
    /// The change does not fit the present state.
    #[error("{0}")]
    Clash(&'static str),
    /// A name is the id of one and the name of another.
    #[error("This is the id of one {0} and the name of another. Write the id with hyphens.")]
    Ambiguous(&'static str),
    /// A file is larger than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// The body is not of a kind that the call takes.
    #[error("{0}")]
    Unsupported(String),
    /// There is no space for a file.
    #[error("There is no space for more files. Tell whoever runs this server.")]
    StorageFull,
    /// There is no space for a file of this user.
    #[error(
        "Your files have all the space that they may have. Delete messages with files that you no \
         longer need."
    )]
    UserStorageFull,
    /// A part of the server is not available or is overloaded.
    #[error("{0} Try again in a moment.")]
    Unavailable(&'static str),
    /// Too many requests in too short a time, or at the same time.
    #[error("{detail} Try again in {} s.", .retry_after.as_secs_f32().ceil())]
    Limited {
        /// The limit that was exceeded, as a sentence.
        detail: &'static str,
        /// Time after which to retry.
        retry_after: Duration,
    },
    /// A failure of the server. The source is logged and never sent.
    #[error("Internal server error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn list(invalid: &[FieldError]) -> String {
    let each = invalid
        .iter()
        .map(|FieldError { field, message, .. }| format!("{field} {message}").trim().to_owned());
    each.collect::<Vec<_>>().join("; ")
}

impl Error {
    /// Creates the error of one field with an invalid value.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// Creates the error of a limit that was exceeded.
    #[must_use]
    pub fn limited(detail: &'static str, retry_after: Duration) -> Self {
        Self::Limited { detail, retry_after }
    }

    /// Returns the code for programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotJson => ErrorCode::InvalidJson,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Unsupported(_) => ErrorCode::Unsupported,
            Self::StorageFull | Self::UserStorageFull => ErrorCode::StorageFull,
            Self::Invalid(_) | Self::Http(..) => ErrorCode::InvalidFormat,
            Self::Unauthorized(_) => ErrorCode::Unauthorized,
            Self::Forbidden(_) => ErrorCode::Forbidden,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::Conflict(_) | Self::Clash(_) | Self::Ambiguous(_) => ErrorCode::Conflict,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Limited { .. } => ErrorCode::RateLimited,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Http(status, _) => *status,
            Self::NotJson => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Conflict(_) | Self::Clash(_) | Self::Ambiguous(_) => 409,
            Self::TooLarge(_) => 413,
            Self::Unsupported(_) => 415,
            Self::Invalid(_) => 422,
            Self::Limited { .. } => 429,
            Self::Internal(_) => 500,
            Self::Unavailable(_) => 503,
            Self::StorageFull | Self::UserStorageFull => 507,
        }
    }

    /// Returns the time after which to retry, if a retry may help.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(_) | Self::Http(LOCKED, _) => Some(RETRY_AFTER),
            Self::Limited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Converts it into the error of a WebSocket request. Logs a failure of the server.
    #[must_use]
    pub fn into_payload(self) -> ErrorPayload {
        self.log();
        match self {
            Self::Invalid(errors) => ErrorPayload::invalid_format(errors),
            _ => ErrorPayload {
                retry_after_ms: self
                    .retry_after()
                    .map(|wait| wait.as_nanos().div_ceil(1_000_000) as u64),
                ..ErrorPayload::new(self.code(), self.to_string())
            },
        }
    }

    /// Logs the source of a failure of the server.
    pub fn log(&self) {
        if let Self::Internal(source) = self {
            tracing::error!(error = %source, "request failed");
        }
    }
}

impl From<FieldError> for Error {
    fn from(fault: FieldError) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(kind) => Self::NotFound(kind),
            StoreError::Taken(kind) => Self::Conflict(kind),
            StoreError::Clash(reason) => Self::Clash(reason),
            StoreError::Ambiguous(kind) => Self::Ambiguous(kind),
            StoreError::Invalid(faults) => Self::Invalid(faults),
            StoreError::Forbidden(reason) => Self::Forbidden(reason.into()),
            StoreError::SessionEnded => Self::Unauthorized(SESSION_ENDED),
            // The store has logged it, once for all requests.
            StoreError::Unavailable(_) => STORE_UNAVAILABLE,
            StoreError::Full(_) => STORE_FULL,
            StoreError::StorageFull => Self::StorageFull,
            StoreError::UserStorageFull => Self::UserStorageFull,
            failed @ StoreError::Failed(_) => Self::Internal(failed.into()),
        }
    }
}
