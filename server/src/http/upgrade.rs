//! The WebSocket: from the upgrade on (guide sections 1 to 3).

use std::net::IpAddr;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use protocol::{
    RoomName,
    http::Ticket,
    limits::{MAX_MESSAGE_BYTES, TICKET_LIFETIME},
};
use sha1::{Digest as _, Sha1};
use tokio::net::TcpStream;

use crate::{
    auth::{ClientAddress, CurrentUser, Refused, bearer, session_cookie},
    error::Error,
    gateway::UpgradedRequest,
    http::{
        api::{Path, Query},
        origin,
        state::App,
    },
    limits::SocketSlot,
    store::SessionUser,
    websocket::socket::Socket,
};

/// `POST /ws/ticket`: what lets a browser connect without a token in the address. It is given only where the upgrade
/// would succeed too, since a browser cannot read why one failed.
pub async fn issue_ticket(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Ticket>, Error> {
    check_open(&app)?;
    app.limits.check_socket(from, session.user.id).await?;
    app.limits.ticket(session.user.id).await?;
    let ticket = app.auth.issue_ticket(&session).await?;
    Ok(Json(Ticket { ticket, expires_in: TICKET_LIFETIME.as_secs() }))
}

/// The query of an upgrade's address, which may carry a credential.
type Credentials = Vec<(String, String)>;

/// A credential in the address. One that is there twice is as good as none that holds.
fn in_address<'a>(credentials: &'a Credentials, name: &str) -> Option<&'a str> {
    let mut named =
        credentials.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = named.next()?;
    Some(if named.next().is_none() { first } else { "" })
}

/// `GET /ws`
pub async fn upgrade(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Query(query): Query<Credentials>,
    request: Request,
) -> Result<Response, Error> {
    accept(app, from, query, None, request).await
}

/// `GET /ws/{room}`
pub async fn upgrade_to_room(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(room): Path<String>,
    Query(query): Query<Credentials>,
    request: Request,
) -> Result<Response, Error> {
    accept(app, from, query, Some(RoomName(room)), request).await
}

async fn accept(
    app: App,
    from: IpAddr,
    query: Credentials,
    room: Option<RoomName>,
    mut request: Request,
) -> Result<Response, Error> {
    let answer = admit(&app, &request)?;
    let mut slot = app.limits.open_socket(from).await?;
    let credential = identify(&app, &query, request.headers()).await;
    if let Some(Ok(session)) = &credential {
        slot.assign_user(session.user.id).await?;
    }
    let gateway = app.gateway.clone();
    upgrade_with(
        &app,
        &mut request,
        MAX_MESSAGE_BYTES,
        slot,
        move |mut socket, slot| async move {
            gateway.serve(&mut socket, UpgradedRequest { credential, room, slot }).await;
        },
    )?;
    Ok(answer)
}

/// Checks all that an upgrade must fulfil whoever comes.
pub(super) fn admit(app: &App, request: &Request) -> Result<Response, Error> {
    let answer = handshake(request)?;
    if !app.auth.origins.is_not_from_elsewhere(request.headers()) {
        return Err(Error::Forbidden(origin::REFUSED.into()));
    }
    check_open(app)?;
    Ok(answer)
}

fn check_open(app: &App) -> Result<(), Error> {
    if app.shutdown.is_draining() {
        Err(Error::Unavailable("The server is restarting."))
    } else {
        Ok(())
    }
}

/// Serves the socket once the answer to its upgrade has gone out.
pub(super) fn upgrade_with<F: Future<Output = ()> + Send>(
    app: &App,
    request: &mut Request,
    max_message: usize,
    slot: SocketSlot,
    serve: impl FnOnce(Socket, SocketSlot) -> F + Send + 'static,
) -> Result<(), Error> {
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
        Error::Unreadable(StatusCode::BAD_REQUEST, "This connection cannot be upgraded.".into())
    })?;
    let metrics = app.metrics.clone();
    app.sockets.spawn(async move {
        let Ok(upgraded) = on_upgrade.await else { return }; // the client left before its answer
        let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            tracing::error!("an upgraded connection is not a TCP stream");
            return;
        };
        let socket = Socket::new(io.into_inner(), &read_buf, max_message, metrics);
        // What the upgrade needed is let go; only what serves the socket stays as long as it does.
        drop(read_buf);
        Box::pin(serve(socket, slot)).await;
    });
    Ok(())
}

/// The first credential of ticket, query token, bearer, cookie decides alone.
async fn identify(
    app: &App,
    query: &Credentials,
    headers: &HeaderMap,
) -> Option<Result<SessionUser, Refused>> {
    if let Some(ticket) = in_address(query, "ticket") {
        return Some(app.auth.by_ticket(ticket).await);
    }
    match in_address(query, "token") {
        Some(token) if app.config.auth_query_token => return Some(app.auth.by_token(token).await),
        Some(_) => {
            return Some(Err(Refused::Credential(
                "tokens in the address are switched off, use a ticket",
            )));
        }
        None => {}
    }
    if let Some(token) = bearer(headers) {
        return Some(app.auth.by_token(token).await);
    }
    // A program names no origin: its cookie is ignored.
    let cookie = session_cookie(headers).filter(|_| app.auth.origins.is_from_our_page(headers))?;
    Some(app.auth.by_token(cookie).await)
}

/// The answer to a proper upgrade request (RFC 6455, section 4.2).
fn handshake(request: &Request) -> Result<Response, Error> {
    let headers = request.headers();
    let refuse = |status, detail: &str| Error::Unreadable(status, detail.to_owned());
    let has = |name, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    let asks = request.method() == Method::GET
        && has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket");
    if !asks || !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(refuse(
            StatusCode::UPGRADE_REQUIRED,
            "This address speaks WebSocket, version 13.",
        ));
    }
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| BASE64_STANDARD.decode(key).is_ok_and(|key| key.len() == 16))
        .ok_or_else(|| {
            refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must hold 16 bytes in base64.")
        })?;
    let accept = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = BASE64_STANDARD.encode(accept).parse() {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    Ok(response.into_response())
}
