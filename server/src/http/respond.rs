//! The HTTP response of an error: `application/problem+json` (RFC 9457).

use axum::{
    Json,
    extract::rejection::FormRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::http::Problem;

use super::extract::wrong_field;
use crate::error::Error;

/// Travels with the response of an error, so that it can become a page.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// What happened, for the user.
    pub(super) detail: String,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let status =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after();
        let refused = Refused { detail: self.to_string() };
        let problem = Problem {
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: refused.detail.clone(),
            code: self.code(),
            errors: if let Self::Invalid(errors) = self { errors } else { Vec::new() },
        };
        let mut response = (status, Json(problem)).into_response();
        response.extensions_mut().insert(refused);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = retry_after {
            let seconds: u64 =
                wait.as_nanos().div_ceil(1_000_000_000).try_into().unwrap_or(u64::MAX);
            headers.insert(header::RETRY_AFTER, seconds.into());
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

impl From<FormRejection> for Error {
    fn from(rejection: FormRejection) -> Self {
        let detail = match (wrong_field(&rejection.body_text()), rejection.status()) {
            (Some(field), _) => {
                format!("The field {field} of the form is missing or does not fit.")
            }
            (None, StatusCode::UNSUPPORTED_MEDIA_TYPE) => {
                "A form must have Content-Type: application/x-www-form-urlencoded.".to_owned()
            }
            (None, _) => "The form cannot be read.".to_owned(),
        };
        http_error(rejection.status(), detail)
    }
}

/// Creates the error of an HTTP request that is refused with this status.
pub(super) fn http_error(status: StatusCode, detail: impl Into<String>) -> Error {
    Error::Http(status.as_u16(), detail.into())
}
