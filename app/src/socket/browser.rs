//! The loop around the socket: connect, converse, pause, again.

use std::time::Duration;

use futures::{
    FutureExt as _, SinkExt as _, StreamExt as _,
    channel::{mpsc, oneshot},
    future::FusedFuture,
    select,
};
use gloo_net::{
    http::Request,
    websocket::{Message, WebSocketError, futures::WebSocket},
};
use leptos::{ev, prelude::*};
use protocol::{Timestamp, http::Ticket};

use super::{backoff::Backoff, link::Link};
use crate::{clock, model::Connection, session::Session};

/// How long a ticket may take before the connection is tried without.
const TICKET_WITHIN: Duration = Duration::from_secs(8);
/// How often the silence is measured, and what waits for its time is looked at.
const TICK: Duration = Duration::from_secs(4);
/// The same while something waits for its time.
const SHORT_TICK: Duration = Duration::from_millis(250);
/// How soon a connection must show a sign of life after the page woke up or the network changed, in milliseconds.
const PROOF_WITHIN_MS: i64 = 4_000;
/// A connection that was up to date for so long, in milliseconds, makes the next pause a short one again.
const STEADY_MS: i64 = 2_000;

/// How a connection ended.
enum End {
    /// The session is over: only signing in helps.
    SignedOut,
    /// It broke, or was closed with this code.
    Closed(Option<u16>),
}

/// What wakes the loop from outside.
struct Wakes {
    /// The page's state changed.
    changes: mpsc::Receiver<()>,
    /// Trying now is worth it: somebody asked, the network is back, the page is looked at again.
    nudges: mpsc::Receiver<()>,
}

/// Keeps the page connected from now on.
pub(super) fn start(session: Session) {
    wasm_bindgen_futures::spawn_local(run(session, watch(session)));
}

async fn run(session: Session, mut wakes: Wakes) {
    let mut backoff = Backoff::default();
    let mut lost_at = clock::now();
    loop {
        let started = clock::now();
        let code = match connect(session, &mut wakes).await {
            End::SignedOut => return sign_in(),
            End::Closed(code) => code,
        };
        let connection = session.model().with_untracked(|model| model.connection);
        if matches!(connection, Connection::CatchingUp { .. } | Connection::Current) {
            lost_at = clock::now();
            if connection == Connection::Current && lost_at.as_millis() - started.as_millis() > STEADY_MS {
                backoff.reset();
            }
        }
        let pause = backoff.pause(code);
        show_lost(session, lost_at, backoff.tries() > 1);
        select! {
            () = sleep(pause) => {}
            _ = wakes.nudges.next() => {}
        }
    }
}

/// The first try after a loss is quick and called connecting; whatever comes after is called offline, until it is over.
fn show_lost(session: Session, since: Timestamp, tried: bool) {
    let online = window().navigator().on_line();
    let connection = if tried || !online { Connection::Offline { since } } else { Connection::Connecting };
    session.model().update(|model| model.connection = connection);
}

async fn connect(session: Session, wakes: &mut Wakes) -> End {
    let ticket = select! {
        ticket = fetch_ticket().fuse() => ticket,
        () = sleep(TICKET_WITHIN) => Ok(None),
    };
    let Ok(ticket) = ticket else { return End::SignedOut };
    let location = window().location();
    let host = location.host().unwrap_or_default();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    let query = ticket.map(|ticket| format!("?ticket={ticket}")).unwrap_or_default();
    match WebSocket::open(&format!("{scheme}://{host}/ws{query}")) {
        Ok(socket) => converse(session, socket, wakes).await,
        Err(_) => End::Closed(None),
    }
}

/// The session is over.
struct SignedOut;

/// A ticket for one connection; none where the server gives none, which leaves the cookie.
async fn fetch_ticket() -> Result<Option<String>, SignedOut> {
    let Ok(response) = Request::post("/ws/ticket").send().await else { return Ok(None) };
    match response.status() {
        401 => Err(SignedOut),
        200 => Ok(response.json::<Ticket>().await.ok().map(|ticket| ticket.ticket)),
        _ => Ok(None),
    }
}

async fn converse(session: Session, socket: WebSocket, wakes: &mut Wakes) -> End {
    let build = document().document_element().and_then(|html| html.get_attribute("data-build")).unwrap_or_default();
    let model = session.model();
    let mut link = Link::new(build);
    let (mut writer, reader) = socket.split();
    let mut reader = reader.fuse();
    let mut heard_at = now_ms();
    let mut proof_by = i64::MAX;
    let mut tick = sleep(TICK);
    loop {
        for frame in model.with_untracked(|model| link.wants(model, now_ms())) {
            if writer.send(Message::Text(frame)).await.is_err() {
                return End::Closed(None);
            }
        }
        let say = select! {
            message = reader.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    (heard_at, proof_by) = (now_ms(), i64::MAX);
                    model.try_update(|model| link.receive(model, &text, now_ms())).flatten()
                }
                Some(Ok(Message::Bytes(_))) => None,
                Some(Err(WebSocketError::ConnectionClose(close))) => return End::Closed(Some(close.code)),
                Some(Err(_)) | None => return End::Closed(None),
            },
            _ = wakes.changes.next() => None,
            _ = wakes.nudges.next() => {
                proof_by = proof_by.min(now_ms() + PROOF_WITHIN_MS);
                Some(link.ping(now_ms()))
            }
            () = tick => {
                if now_ms() > proof_by.min(heard_at + link.silence_ms()) || link.is_overdue(now_ms()) {
                    return End::Closed(None);
                }
                let short = link.is_holding(now_ms()) || proof_by != i64::MAX;
                tick = sleep(if short { SHORT_TICK } else { TICK });
                None
            }
        };
        if let Some(frame) = say
            && writer.send(Message::Text(frame)).await.is_err()
        {
            return End::Closed(None);
        }
    }
}

fn watch(session: Session) -> Wakes {
    let (mut changed, changes) = mpsc::channel(1);
    let (nudge, nudges) = mpsc::channel(1);
    Effect::new(move |_| {
        session.model().track();
        let _ = changed.try_send(()); // full: it will look anyway
    });
    let nudge = move || {
        let _ = nudge.clone().try_send(());
    };
    let asked = nudge.clone();
    Effect::watch(move || session.nudges().get(), move |_, _, _| asked(), false);
    let online = nudge.clone();
    let _ = window_event_listener(ev::online, move |_| online());
    let _ = window_event_listener(ev::Custom::<web_sys::Event>::new("visibilitychange"), move |_| {
        if document().visibility_state() == web_sys::VisibilityState::Visible {
            nudge();
        }
    });
    Wakes { changes, nudges }
}

fn sign_in() {
    let location = window().location();
    let next = js_sys::encode_uri_component(&location.pathname().unwrap_or_default());
    let _ = location.assign(&format!("/sign-in?fault=session-ended&next={next}"));
}

fn now_ms() -> i64 {
    clock::now().as_millis()
}

fn sleep(duration: Duration) -> impl FusedFuture<Output = ()> + Unpin {
    let (done, slept) = oneshot::channel();
    set_timeout(
        move || {
            let _ = done.send(());
        },
        duration,
    );
    slept.map(|_| ())
}
