//! WebSocket upgrades and tickets (guide sections 1 to 3).

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json,
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use protocol::{
    RoomName,
    http::Ticket,
    limits::{MAX_MESSAGE_BYTES, TICKET_LIFETIME},
};

use super::{
    extract::{ClientAddress, CurrentUser, Path, Query, bearer},
    lingering::LingeringStream,
    respond::http_error,
    state::App,
};
use crate::{
    auth::CredentialError,
    error::Error,
    gateway::{UpgradedRequest, echo},
    limits::SocketSlot,
    store::SessionUser,
    websocket::{
        handshake::{self, HandshakeError},
        socket::{Closed, Socket},
    },
};

/// `POST /ws/ticket`: issues a ticket, so that a browser connects without a token in the URL.
///
/// Issued only if an upgrade would succeed too, since a browser cannot read why one failed.
pub async fn issue_ticket(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    CurrentUser(session): CurrentUser,
) -> Result<Json<Ticket>, Error> {
    check_draining(&app)?;
    app.limits.check_socket(from, session.user.id).await?;
    app.limits.ticket(session.user.id).await?;
    let ticket = app.auth.issue_ticket(&session).await?;
    Ok(Json(Ticket { ticket, expires_in: TICKET_LIFETIME.as_secs() }))
}

/// The query of an upgrade's URL, which may contain a credential.
type UpgradeQuery = Vec<(String, String)>;

/// `GET /ws`
pub async fn upgrade(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Query(query): Query<UpgradeQuery>,
    request: Request,
) -> Result<Response, Error> {
    upgrade_to_chat(app, from, query, None, request).await
}

/// `GET /ws/{room}`
pub async fn upgrade_to_room(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Path(room): Path<String>,
    Query(query): Query<UpgradeQuery>,
    request: Request,
) -> Result<Response, Error> {
    upgrade_to_chat(app, from, query, Some(RoomName(room)), request).await
}

/// `GET /ws/echo`: echoes messages. Served only with `BANTER_ECHO=1`.
///
/// The upgrade and the socket are those of all other connections. Only the maximum length of a
/// message differs.
pub async fn upgrade_to_echo(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    mut request: Request,
) -> Result<Response, Error> {
    let response = check_upgrade(&app, &request)?;
    let slot = app.limits.open_socket(from).await?;
    let shutdown = app.shutdown.clone();
    spawn_upgraded(
        &app,
        &mut request,
        echo::MAX_MESSAGE_BYTES,
        slot,
        move |mut socket, slot| async move {
            let Closed = echo::serve(&mut socket, &shutdown).await;
            drop(slot);
        },
    )?;
    Ok(response)
}

async fn upgrade_to_chat(
    app: App,
    from: IpAddr,
    query: UpgradeQuery,
    room: Option<RoomName>,
    mut request: Request,
) -> Result<Response, Error> {
    let response = check_upgrade(&app, &request)?;
    let mut slot = app.limits.open_socket(from).await?;
    let credential = authenticate(&app, &query, request.headers()).await;
    if let Some(Ok(session)) = &credential {
        slot.assign_user(session.user.id).await?;
    }
    let gateway = Arc::clone(&app.gateway);
    spawn_upgraded(
        &app,
        &mut request,
        MAX_MESSAGE_BYTES,
        slot,
        move |mut socket, slot| async move {
            gateway.serve(&mut socket, UpgradedRequest { credential, room, slot }).await;
        },
    )?;
    Ok(response)
}

/// Makes the checks that are the same for every user. Returns the response to the upgrade.
fn check_upgrade(app: &App, request: &Request) -> Result<Response, Error> {
    let accept = handshake::accept(request.method(), request.headers());
    let accept = accept.map_err(|error| match error {
        HandshakeError::NoUpgrade => http_error(
            StatusCode::UPGRADE_REQUIRED,
            "This address requires an upgrade to WebSocket, version 13.",
        ),
        HandshakeError::InvalidKey => http_error(
            StatusCode::BAD_REQUEST,
            "There must be one Sec-WebSocket-Key, with 16 bytes in base64.",
        ),
        HandshakeError::ManyVersions => http_error(
            StatusCode::BAD_REQUEST,
            "There must be one Sec-WebSocket-Version, with one number.",
        ),
    })?;
    if !request.body().is_end_stream() {
        let detail = "A request that opens a WebSocket must not have a body.";
        return Err(http_error(StatusCode::BAD_REQUEST, detail));
    }
    app.origins.check_origin(request.headers())?;
    check_draining(app)?;
    Ok(switching_protocols(&accept))
}

fn check_draining(app: &App) -> Result<(), Error> {
    if app.shutdown.is_draining() {
        Err(Error::Unavailable("The server is restarting."))
    } else {
        Ok(())
    }
}

fn switching_protocols(accept: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = accept.parse() {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Serves the socket in a task of its own, after the response to its upgrade has been sent.
fn spawn_upgraded<F: Future<Output = ()> + Send>(
    app: &App,
    request: &mut Request,
    max_message: usize,
    slot: SocketSlot,
    serve: impl FnOnce(Socket, SocketSlot) -> F + Send + 'static,
) -> Result<(), Error> {
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
        http_error(StatusCode::BAD_REQUEST, "This connection cannot be upgraded.")
    })?;
    let metrics = app.metrics.clone();
    app.sockets.spawn(async move {
        // Fails if the client disconnected before the response.
        let Ok(upgraded) = on_upgrade.await else { return };
        let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<LingeringStream>>() else {
            tracing::error!("upgraded connection is not a TCP stream");
            return;
        };
        let socket = Socket::new(io.into_inner().into_inner(), &read_buf, max_message, metrics);
        // Frees the memory of the upgrade, which the open socket does not need.
        drop(read_buf);
        Box::pin(serve(socket, slot)).await;
    });
    Ok(())
}

/// Authenticates by the first of ticket, query token, bearer token and cookie that is present.
///
/// Returns `None` if there is no credential.
async fn authenticate(
    app: &App,
    query: &UpgradeQuery,
    headers: &HeaderMap,
) -> Option<Result<SessionUser, CredentialError>> {
    if let Some(ticket) = credential_in_query(query, "ticket") {
        return Some(app.auth.by_ticket(ticket).await);
    }
    match credential_in_query(query, "token") {
        Some(token) if app.config.auth_query_token => return Some(app.auth.by_token(token).await),
        Some(_) => {
            let reason = "tokens in the URL are disabled, use a ticket";
            return Some(Err(CredentialError::Invalid(reason)));
        }
        None => {}
    }
    if let Some(token) = bearer(headers) {
        return Some(app.auth.by_token(token).await);
    }
    // A program sends no origin: its cookie is ignored.
    if app.origins.is_own_page(headers) { app.cookie.session(headers).await } else { None }
}

/// Returns a credential in the query. A repeated one counts as an empty one, which is not valid.
fn credential_in_query<'a>(query: &'a UpgradeQuery, name: &str) -> Option<&'a str> {
    let mut values = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = values.next()?;
    Some(if values.next().is_none() { first } else { "" })
}
