//! Extractors: the parts of a request that handlers take as arguments.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use protocol::{ErrorCode, envelope::read_body};
use serde::de::DeserializeOwned;

use super::{respond::http_error, state::App};
use crate::{
    base::user_agent::browser, error::Error, limits::address::client_address, store::SessionUser,
};

/// The address that an HTTP request comes from, as trusted proxies report it.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ConnectInfo(peer) =
            peer.ok_or_else(|| Error::Internal("the peer of a request is unknown".into()))?;
        let forwarded_for =
            parts.headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
        Ok(Self(client_address(peer.ip(), &app.config.trusted_proxies, forwarded_for)))
    }
}

/// Where an HTTP request comes from: the address, and the browser in words.
#[derive(Clone, Debug)]
pub struct ClientDevice(pub (IpAddr, Option<String>));

impl FromRequestParts<App> for ClientDevice {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let ClientAddress(from) = ClientAddress::from_request_parts(parts, app).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self((from, agent.and_then(browser))))
    }
}

/// The user who makes an HTTP request, authenticated by a bearer token or the session cookie.
///
/// With the cookie alone, unsafe methods are accepted only from our own pages. Otherwise a link or
/// form on another site could make a browser send them.
#[derive(Debug)]
pub struct CurrentUser(pub SessionUser);

impl FromRequestParts<App> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if let Some(token) = bearer(&parts.headers) {
            return Ok(Self(app.auth.by_token(token).await?));
        }
        if !app.cookie.is_present(&parts.headers) {
            return Err(Error::Unauthorized("Sign in first."));
        }
        if !parts.method.is_safe() {
            app.origins.check_own_page(&parts.headers)?;
        }
        let session = app.cookie.session(&parts.headers).await;
        Ok(Self(session.ok_or(Error::Unauthorized("Sign in first."))??))
    }
}

/// Returns the token of `Authorization: Bearer`.
///
/// A header that cannot be read counts as an empty token, which is present and not valid.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let Ok(value) = headers.get(header::AUTHORIZATION)?.to_str() else { return Some("") };
    let (scheme, token) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The query of a URL. A query that does not fit is answered by a problem document.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(query) => Ok(Self(query.0)),
            Err(rejection) => Err(http_error(
                rejection.status(),
                match wrong_field(&rejection.body_text()) {
                    Some(field) => format!("The value of {field} in the query does not fit."),
                    None => "The query of the address does not fit.".to_owned(),
                },
            )),
        }
    }
}

/// Returns the field that an error of a query or a form is about, if it names one.
pub(super) fn wrong_field(error: &str) -> Option<&str> {
    let (_, reason) = error.split_once("deserialize ")?.1.split_once(": ")?;
    let field = match reason.split('`').nth(1) {
        Some(missing) => missing,
        None => reason.split_once(": ")?.0,
    };
    let is_name = field.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (is_name && !field.is_empty()).then_some(field)
}

/// The query of a page's URL, or the default if it does not fit.
#[derive(Debug)]
pub struct OptionalQuery<T>(pub T);

impl<T: Default + DeserializeOwned> FromRequestParts<App> for OptionalQuery<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let query = Query::from_request_parts(parts, app).await;
        Ok(Self(query.map(|Query(query)| query).unwrap_or_default()))
    }
}

/// The parameters of a path. A path that is not UTF-8 is answered by a problem document.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            Err(rejection) => {
                Err(http_error(rejection.status(), "The path of the address is not valid."))
            }
        }
    }
}

/// A JSON body. An empty body counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| http_error(rejection.status(), "The body cannot be read."))?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        let media_type =
            content_type.as_ref().and_then(|kind| kind.to_str().ok()?.split(';').next());
        let is_json =
            media_type.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            let detail = "The body must be JSON, with Content-Type: application/json.";
            return Err(http_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    read_body(bytes).map_err(|error| match error.code {
        ErrorCode::InvalidJson => Error::NotJson,
        _ => Error::Invalid(error.errors),
    })
}
