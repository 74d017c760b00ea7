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
use leptos::prelude::*;
use protocol::{Timestamp, http::Ticket};
use wasm_bindgen::JsCast as _;

use super::backoff::Backoff;
use crate::{
    clock,
    components::dynamic::{effect, on_window},
    session::Session,
    state::connection::ConnectionState,
    sync::SyncEngine,
};

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
    /// The session is another person's: only a page of that person's helps.
    Anothers,
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
    let (leave, leaves) = mpsc::channel(1);
    let wakes = watch(session, &leave);
    wasm_bindgen_futures::spawn_local(run(session, wakes, leaves));
}

/// Stays connected until the page is left, and again should it come back: the browser may keep it whole, and a way
/// out may be broken off.
async fn run(session: Session, mut wakes: Wakes, mut leaves: mpsc::Receiver<()>) {
    loop {
        select! {
            () = stay_connected(session, &mut wakes).fuse() => {}
            _ = leaves.next() => {}
        }
        while wakes.nudges.try_recv().is_ok() {} // those were to stay
        wakes.nudges.next().await;
        while leaves.try_recv().is_ok() {}
        session.model().update(|model| model.connection = ConnectionState::Connecting);
    }
}

/// Returns once another page is on its way.
async fn stay_connected(session: Session, wakes: &mut Wakes) {
    let mut backoff = Backoff::default();
    let mut lost_at = clock::now();
    loop {
        let started = clock::elapsed_ms();
        let code = match connect(session, wakes).await {
            End::SignedOut => return sign_in(),
            End::Anothers => {
                let _ = window().location().reload();
                return;
            }
            End::Closed(code) => code,
        };
        let connection = session.model().with_untracked(|model| model.connection);
        if matches!(connection, ConnectionState::CatchingUp { .. } | ConnectionState::Current) {
            lost_at = clock::now();
            if connection == ConnectionState::Current && clock::elapsed_ms() - started > STEADY_MS {
                backoff.reset();
            }
        }
        let pause = backoff.pause(code);
        show_lost(session, lost_at, pause, backoff.tries() > 1);
        select! {
            () = sleep(pause) => {}
            _ = wakes.nudges.next() => {}
        }
    }
}

/// The first try after a loss is quick and called connecting; whatever comes after is called offline, until it is over.
fn show_lost(session: Session, since: Timestamp, pause: Duration, tried: bool) {
    let online = window().navigator().on_line();
    let pause = i64::try_from(pause.as_millis()).unwrap_or_default();
    let next = Timestamp::from_millis(clock::now().as_millis() + pause);
    let connection = if tried || !online {
        ConnectionState::Offline { since, next }
    } else {
        ConnectionState::Connecting
    };
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
    let scheme =
        if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
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
    let build = document()
        .document_element()
        .and_then(|html| html.get_attribute("data-build"))
        .unwrap_or_default();
    let model = session.model();
    let mut engine = SyncEngine::new(build);
    let (mut writer, reader) = socket.split();
    let mut reader = reader.fuse();
    let now = clock::elapsed_ms;
    let mut heard_at = now();
    let mut proof_by = i64::MAX;
    let mut tick = sleep(TICK);
    loop {
        for frame in model.with_untracked(|model| engine.wants(model, now())) {
            if writer.send(Message::Text(frame)).await.is_err() {
                return End::Closed(None);
            }
        }
        let say = select! {
            message = reader.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    (heard_at, proof_by) = (now(), i64::MAX);
                    let say = model.try_update(|model| engine.receive(model, &text, now())).flatten();
                    if engine.is_other_user() {
                        return End::Anothers;
                    }
                    say
                }
                Some(Ok(Message::Bytes(_))) => None,
                Some(Err(WebSocketError::ConnectionClose(close))) => return End::Closed(Some(close.code)),
                Some(Err(_)) | None => return End::Closed(None),
            },
            _ = wakes.changes.next() => None,
            _ = wakes.nudges.next() => {
                engine.refresh_rooms(now());
                let ping = engine.ping(now());
                if ping.is_some() {
                    proof_by = proof_by.min(now() + PROOF_WITHIN_MS);
                }
                ping
            }
            () = tick => {
                if now() > proof_by.min(heard_at + engine.silence_ms()) || engine.is_overdue(now()) {
                    return End::Closed(None);
                }
                let short = engine.is_waiting(now()) || proof_by != i64::MAX;
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

/// Sees what happens to the page. `leave` hears that it is being left.
fn watch(session: Session, leave: &mpsc::Sender<()>) -> Wakes {
    let (changed, changes) = mpsc::channel(1);
    let changed = std::cell::RefCell::new(changed);
    let (nudge, nudges) = mpsc::channel(1);
    effect(move || {
        session.model().track();
        let _ = changed.borrow_mut().try_send(()); // full: it will look anyway
    });
    let nudge = move || {
        let _ = nudge.clone().try_send(());
    };
    let asked = nudge.clone();
    Effect::watch(move || session.nudges().get(), move |_, _, _| asked(), false);
    let leave = leave.clone();
    let names =
        &["online", "pageshow", "visibilitychange", "focus", "resume", "pagehide", "submit"];
    on_window(names, move |event| match event.type_().as_str() {
        "visibilitychange"
            if document().visibility_state() != web_sys::VisibilityState::Visible => {}
        // The server ends the session before it answers: trying to go on would go another way.
        "submit" if !is_sign_out(event) => {}
        "pagehide" | "submit" => {
            let _ = leave.clone().try_send(());
        }
        _ => nudge(),
    });
    Wakes { changes, nudges }
}

fn is_sign_out(submit: &web_sys::Event) -> bool {
    let form = submit.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    form.is_some_and(|form| form.get_attribute("action").as_deref() == Some("/sign-out"))
}

fn sign_in() {
    let location = window().location();
    let next = js_sys::encode_uri_component(&location.pathname().unwrap_or_default());
    let _ = location.assign(&format!("/sign-in?fault=session-ended&next={next}"));
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
