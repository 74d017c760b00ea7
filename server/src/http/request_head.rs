//! Rules of HTTP/1.1 for the head of a request that hyper does not enforce (RFC 9112).
//!
//! A proxy in front may read such a request in another way than this server: as one for another
//! host, or as several.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Version, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::respond::http_error;
use crate::error::Error;

/// Refuses a request that breaks a rule, and closes its connection, as it does after each request
/// whose length another reader could find elsewhere.
pub(super) async fn check_head(request: Request, next: Next) -> Response {
    // Hyper drops a Content-Length beside it, after which nothing may follow (section 6.3).
    let may_be_ambiguous = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = match check(request.version(), request.headers()) {
        Ok(()) if may_be_ambiguous => next.run(request).await,
        Ok(()) => return next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn check(version: Version, headers: &HeaderMap) -> Result<(), Error> {
    check_host(version, headers)?;
    check_framing(headers)
}

/// Section 3.2.
fn check_host(version: Version, headers: &HeaderMap) -> Result<(), Error> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let is_valid = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_host),
        (None, _) => version < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    let detail = "The request must have one Host header, with the host and port of this server.";
    if is_valid { Ok(()) } else { Err(http_error(StatusCode::BAD_REQUEST, detail)) }
}

fn is_host(host: &str) -> bool {
    let authority: Result<Authority, _> = host.trim().parse();
    authority.is_ok_and(|authority| {
        let has_port = authority.as_str().len() > authority.host().len();
        let port = &authority.as_str()[authority.host().len()..];
        !host.contains('@') && (!has_port || port == ":" || authority.port_u16().is_some())
    })
}

/// Sections 6.1 and 6.3.
fn check_framing(headers: &HeaderMap) -> Result<(), Error> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::TRANSFER_ENCODING) {
        let value = value.to_str().unwrap_or("?");
        codings.extend(value.split(',').map(|coding| coding.trim().to_ascii_lowercase()));
    }
    let refuse = |status, detail: &str| Err(http_error(status, detail));
    match codings.as_slice() {
        [] => Ok(()),
        _ if headers.contains_key(header::CONTENT_LENGTH) => refuse(
            StatusCode::BAD_REQUEST,
            "The request has both a Transfer-Encoding and a Content-Length.",
        ),
        [chunked] if chunked == "chunked" => Ok(()),
        all if all.iter().all(|coding| coding == "chunked") => {
            refuse(StatusCode::BAD_REQUEST, "The body is chunked more than once.")
        }
        _ => refuse(
            StatusCode::NOT_IMPLEMENTED,
            "The only Transfer-Encoding that this server reads is chunked.",
        ),
    }
}
