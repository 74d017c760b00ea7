//! One error for every request. HTTP status and WebSocket answer both derive from its [`ErrorCode`].

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    extract::rejection::FormRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{ErrorCode, ErrorPayload, FieldError, http::Problem};

use crate::store::StoreError;

/// When to try again while a part of the server is away.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// To somebody who was signed in.
pub(crate) const SESSION_ENDED: &str = "the session has ended";
/// That the database cannot be reached.
pub(crate) const STORE_AWAY: Error = Error::Unavailable("The message store is away.");

/// Why a request failed. Its text is for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value does not fit.
    #[error("{}", .0.iter().map(|fault| format!("{} {}", fault.field, fault.message).trim().to_owned()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// The body is not JSON.
    #[error("Invalid JSON")]
    NotJson,
    /// The request cannot be read.
    #[error("{1}")]
    Unreadable(StatusCode, String),
    /// Not signed in.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Signed in, but not allowed.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// No such thing, or not for the one who asks.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// A name or an id is taken.
    #[error("This {0} is taken.")]
    Conflict(&'static str),
    /// A part of the server is away, or has more to do than it can.
    #[error("{0} Try again in a moment.")]
    Unavailable(&'static str),
    /// Too fast, or too much at a time.
    #[error("{detail} Try again in {} s.", .retry_after.as_secs_f32().ceil())]
    Limited {
        /// What there was too much of, as a sentence.
        detail: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
    /// A fault of ours; its source is for the log.
    #[error("Internal server error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// That one field has a fault.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// That there was too much of something.
    #[must_use]
    pub fn limited(detail: &'static str, retry_after: Duration) -> Self {
        Self::Limited { detail, retry_after }
    }

    /// For programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotJson => ErrorCode::InvalidJson,
            Self::Invalid(_) | Self::Unreadable(..) => ErrorCode::InvalidFormat,
            Self::Unauthorized(_) => ErrorCode::Unauthorized,
            Self::Forbidden(_) => ErrorCode::Forbidden,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Limited { .. } => ErrorCode::RateLimited,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(status, _) => *status,
            Self::NotJson => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When to try again, where that helps.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(_) => Some(RETRY_AFTER),
            Self::Limited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// The answer to a WebSocket request. What is a fault of ours goes to the log here.
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

    fn log(&self) {
        if let Self::Internal(source) = self {
            tracing::error!(error = %source, "a request failed");
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        let retry_after = self.retry_after();
        let problem = Problem {
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            code: self.code(),
            errors: if let Self::Invalid(errors) = self { errors } else { Vec::new() },
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = retry_after {
            headers.insert(
                header::RETRY_AFTER,
                wait.as_nanos().div_ceil(1_000_000_000).try_into().unwrap_or(u64::MAX).into(),
            );
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            // RFC 9110, section 15.5.22; RFC 6455, section 4.2.2.
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::NotFound(what),
            StoreError::Taken(what) => Self::Conflict(what),
            StoreError::Forbidden(why) => Self::Forbidden(why.into()),
            StoreError::SessionEnded => Self::Unauthorized(SESSION_ENDED),
            StoreError::Unavailable(cause) => {
                tracing::error!(cause, "the store is away");
                STORE_AWAY
            }
            failed @ StoreError::Failed(_) => Self::Internal(failed.into()),
        }
    }
}

impl From<FormRejection> for Error {
    fn from(rejection: FormRejection) -> Self {
        Self::Unreadable(rejection.status(), rejection.body_text())
    }
}
