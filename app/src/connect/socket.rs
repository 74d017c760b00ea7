//! One connection, from its ticket to its end.

use std::time::Duration;

use futures::{FutureExt as _, SinkExt as _, StreamExt as _, select};
use gloo_net::{
    http::Request,
    websocket::{Message, WebSocketError, futures::WebSocket},
};
use leptos::prelude::*;
use protocol::http::Ticket;

use super::{sleep, wakes::Wakes};
use crate::{
    browser::{clock, storage::set_left},
    session::Session,
    sync::SyncEngine,
};

/// The time to wait for a ticket before connecting without one.
const TICKET_TIMEOUT: Duration = Duration::from_secs(8);
/// The interval at which the connection checks its time-outs and sends requests that are due.
const TICK: Duration = Duration::from_secs(4);
/// The shorter interval while something is due soon.
const SHORT_TICK: Duration = Duration::from_millis(250);
/// The time within which the server must respond after the page woke up or the network changed,
/// in milliseconds.
const PROBE_TIMEOUT_MS: i64 = 4_000;

/// The end of a connection.
pub(super) enum ConnectionEnd {
    /// The session has ended: the user must sign in again.
    SignedOut,
    /// The session belongs to another user: the page must be reloaded.
    OtherUser,
    /// The connection was lost, or closed with this code.
    Lost(Option<u16>),
    /// The server was reached by HTTP, and the WebSocket did not open.
    NoUpgrade,
}

/// The close code of a connection that ended without one.
const ABNORMAL: u16 = 1006;

/// Connects and runs the connection until it ends.
pub(super) async fn connect(session: Session, wakes: &mut Wakes) -> ConnectionEnd {
    let ticket = select! {
        ticket = fetch_ticket().fuse() => ticket,
        () = sleep(TICKET_TIMEOUT) => Ok(None),
    };
    let Ok(ticket) = ticket else { return ConnectionEnd::SignedOut };
    let location = window().location();
    let host = location.host().unwrap_or_default();
    let scheme =
        if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    let is_reached = ticket.is_some();
    let query = ticket.map(|ticket| format!("?ticket={ticket}")).unwrap_or_default();
    let Ok(socket) = WebSocket::open(&format!("{scheme}://{host}/ws{query}")) else {
        return ConnectionEnd::Lost(None);
    };
    let mut has_opened = false;
    match run(session, socket, wakes, &mut has_opened).await {
        ConnectionEnd::Lost(None | Some(ABNORMAL)) if is_reached && !has_opened => {
            ConnectionEnd::NoUpgrade
        }
        end => end,
    }
}

/// The session has ended.
struct SignedOut;

/// Requests a ticket for one connection. Returns `None` if the server issues none; the cookie
/// then authenticates the connection.
async fn fetch_ticket() -> Result<Option<String>, SignedOut> {
    let Ok(response) = Request::post("/ws/ticket").send().await else { return Ok(None) };
    match response.status() {
        401 => Err(SignedOut),
        200 => Ok(response.json::<Ticket>().await.ok().map(|ticket| ticket.ticket)),
        _ => Ok(None),
    }
}

/// Passes frames between the socket and the page's state until the connection ends. Sets
/// `has_opened` at the first frame.
async fn run(
    session: Session,
    socket: WebSocket,
    wakes: &mut Wakes,
    has_opened: &mut bool,
) -> ConnectionEnd {
    let build = document()
        .document_element()
        .and_then(|html| html.get_attribute("data-build"))
        .unwrap_or_default();
    let model = session.model();
    let mut engine = SyncEngine::new(build);
    let (mut writer, reader) = socket.split();
    let mut reader = reader.fuse();
    let now = clock::elapsed_ms;
    let mut last_seen = now();
    let mut probe_deadline = i64::MAX;
    let mut tick = sleep(TICK);
    loop {
        for frame in model.with_untracked(|model| engine.due_requests(model, now())) {
            if writer.send(Message::Text(frame)).await.is_err() {
                return ConnectionEnd::Lost(None);
            }
        }
        let reply = select! {
            message = reader.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    (last_seen, probe_deadline) = (now(), i64::MAX);
                    let receive = |model: &mut _| engine.receive(model, &text, now());
                    let reply = model.try_update(receive).flatten();
                    if engine.is_other_user() {
                        return ConnectionEnd::OtherUser;
                    }
                    if !std::mem::replace(has_opened, true) {
                        set_left(false); // the user has signed in again, in another tab
                    }
                    wakes.session_lives();
                    reply
                }
                Some(Ok(Message::Bytes(_))) => None,
                Some(Err(WebSocketError::ConnectionClose(close))) => {
                    return ConnectionEnd::Lost(Some(close.code));
                }
                Some(Err(_)) | None => return ConnectionEnd::Lost(None),
            },
            _ = wakes.changes.next() => None,
            _ = wakes.reconnects.next() => {
                engine.refresh_rooms(now());
                let ping = engine.ping(now());
                if ping.is_some() {
                    probe_deadline = probe_deadline.min(now() + PROBE_TIMEOUT_MS);
                }
                ping
            }
            () = tick => {
                let deadline = probe_deadline.min(last_seen + engine.silence_ms());
                if now() > deadline || engine.is_overdue(now()) {
                    return ConnectionEnd::Lost(None);
                }
                let short = engine.is_waiting(now()) || probe_deadline != i64::MAX;
                tick = sleep(if short { SHORT_TICK } else { TICK });
                None
            }
        };
        if let Some(frame) = reply
            && writer.send(Message::Text(frame)).await.is_err()
        {
            return ConnectionEnd::Lost(None);
        }
    }
}
