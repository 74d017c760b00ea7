//! Who may read `/metrics`: by default, programs on this machine only, and behind a proxy nobody.
//!
//! A proxy on this machine can look like a program on it: nginx names itself in `Host` and the
//! client nowhere, unless told otherwise.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Version, header, uri::Authority},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::get,
};
use sha2::{Digest as _, Sha256};

use super::{
    api::{self, operations},
    extract::bearer,
    middleware::limit_time,
    request_head::check_head,
    security_headers::add_security_headers,
    state::App,
};
use crate::{config::Config, error::Error};

const NOT_LOCAL: &str = "Metrics are for programs on this machine. To read them from elsewhere, \
                         set BANTER_METRICS_TOKEN or BANTER_METRICS_ADDR.";
const BEHIND_PROXY: &str = "Behind a proxy, metrics need a token or an address of their own: set \
                            BANTER_METRICS_TOKEN or BANTER_METRICS_ADDR.";

/// Creates the router of `BANTER_METRICS_ADDR`.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(operations::metrics))
        .fallback(api::not_found)
        .layer(from_fn_with_state(app.clone(), check_own_address))
        .layer(from_fn(limit_time))
        .layer(from_fn(check_head))
        .layer(from_fn_with_state(app.clone(), add_security_headers))
        .with_state(app)
}

/// Checks a request to `BANTER_METRICS_ADDR`, which needs the token only if there is one.
async fn check_own_address(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    check_token(&app, request.headers())?;
    Ok(next.run(request).await)
}

/// Checks a request to the address that users open too.
///
/// A proxy that is told nothing names its own target as the host and sends no header of its own, as
/// nginx does. Such a proxy speaks HTTP/1.0, which no collector of metrics does.
///
/// # Errors
/// Returns [`Error::NotFound`] if metrics have an address of their own, [`Error::Unauthorized`]
/// without the token, and [`Error::Forbidden`] if there is none and the request may come through a
/// proxy or from another machine.
pub async fn check_public_address(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if app.config.metrics_addr.is_some() {
        return Err(Error::NotFound("page"));
    }
    if app.config.metrics_token.is_some() {
        check_token(&app, request.headers())?;
    } else if may_be_behind_proxy(&app.config, peer.ip()) {
        return Err(Error::Forbidden(BEHIND_PROXY.into()));
    } else if request.version() < Version::HTTP_11 || !is_local(peer.ip(), request.headers()) {
        return Err(Error::Forbidden(NOT_LOCAL.into()));
    }
    Ok(next.run(request).await)
}

fn check_token(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    let Some(token) = &app.config.metrics_token else { return Ok(()) };
    // The time to compare two digests tells nothing of the token.
    let digest = |bytes: &[u8]| Sha256::digest(bytes);
    let given = bearer(headers).unwrap_or_default();
    if digest(given.as_bytes()) == digest(token.reveal()) {
        Ok(())
    } else {
        Err(Error::Unauthorized("Send the token of BANTER_METRICS_TOKEN as bearer token."))
    }
}

/// Returns whether the settings say that the peer is a proxy, or that there is one: users open
/// another address than that of this machine's own programs.
fn may_be_behind_proxy(config: &Config, peer: IpAddr) -> bool {
    let is_public = config.public_url.as_ref().is_some_and(|url| {
        let (scheme, host) = url.origin().split_once("://").unwrap_or_default();
        scheme == "https" || !is_loopback_name(host)
    });
    is_public || config.trusted_proxies.contains(peer)
}

/// Returns whether a program on this machine asks for itself, and not a proxy for somebody else.
///
/// A proxy names the client in a header, or at least the host that the client asked for.
fn is_local(peer: IpAddr, headers: &HeaderMap) -> bool {
    let is_forwarded = headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("x-forwarded") || FORWARDING.contains(&name)
    });
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    peer.to_canonical().is_loopback() && !is_forwarded && host.is_none_or(is_loopback_name)
}

/// Headers by which proxies name the client or themselves, beside `X-Forwarded-…`.
const FORWARDING: [&str; 8] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "cf-connecting-ip",
    "true-client-ip",
];

fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_programs_on_this_machine_are_local() {
        let is_local = |peer: &str, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            is_local(peer.parse().unwrap(), &headers.collect())
        };
        for (peer, host) in [
            ("127.0.0.1", "127.0.0.1:3000"),
            ("127.0.0.9", "localhost"),
            ("::1", "[::1]:3000"),
            ("::ffff:127.0.0.1", "LOCALHOST:3000"),
        ] {
            assert!(is_local(peer, &[("host", host)]), "{peer} {host}");
            assert!(is_local(peer, &[]), "{peer}");
            for name in FORWARDING.into_iter().chain(["x-forwarded-for", "x-forwarded-proto"]) {
                assert!(!is_local(peer, &[("host", host), (name, "192.0.2.1")]), "{name}");
            }
        }
        for (peer, host) in [
            ("192.0.2.1", "127.0.0.1:3000"),
            ("127.0.0.1", "chat.example.org"),
            ("127.0.0.1", "127.0.0.1.example.org"),
            ("127.0.0.1", "192.0.2.1:3000"),
        ] {
            assert!(!is_local(peer, &[("host", host)]), "{peer} {host}");
        }
    }
}
