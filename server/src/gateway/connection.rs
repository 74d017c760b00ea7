//! One socket: reads requests, hands them to the chat in order, writes what its outbox holds. One task, no lock held
//! across an await. Once it is welcomed its loop never waits for the store: answers come by the outbox like all else.

use std::{
    borrow::Cow,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::AtomicU64},
    time::Instant,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use protocol::{
    Auth as AuthRequest, Authenticated, ClientId, CloseCode, DefaultRoom, Empty, ErrorCode, Event,
    Refused, Rejected, Request, RequestId, Response, Resumed, RoomName, ServerMessage, Subscribed,
    Welcome, decode_request,
    limits::{AUTH_TIMEOUT, PROTOCOL_VERSION, Rate},
};
use tracing::Instrument as _;
use uuid::Uuid;

use super::pipeline::{Arrived, Begun, Committing, Pipeline};
use crate::{
    auth,
    base::token_bucket::TokenBucket,
    chat::{Answer, Caller},
    delivery::bus::{self, Reply},
    error::{Error, SESSION_ENDED},
    http::state::App,
    hub::Hub,
    limits::Place,
    metrics::Metrics,
    shutdown::drain_delay,
    store::SessionUser,
    websocket::{
        assembler::Message,
        encode, frame,
        outbox::Outbox,
        socket::{Ended, GOODBYE, Received, Socket},
    },
};

/// What is answered to whatever comes before `auth`.
const AUTHENTICATE_FIRST: &str =
    "Authenticate first: send {\"type\":\"auth\",\"payload\":{\"token\":…}}.";

/// What is told on the way out.
const RESTARTING: &str = "restarting, come back in a moment";

/// What the upgrade found out.
#[derive(Debug)]
pub struct Arrival {
    /// Who it is, why not, or `None` where there was no credential.
    pub credential: Option<Result<SessionUser, auth::Refused>>,
    /// The room of `/ws/{room}`.
    pub room: Option<RoomName>,
    /// Its place among all sockets.
    pub place: Place,
}

/// Serves a socket until it has ended.
pub async fn serve(app: &App, socket: &mut Socket, arrival: Arrival) {
    let client = ClientId(Uuid::new_v4());
    let span = tracing::info_span!("socket", %client, user = tracing::field::Empty);
    let serve = async {
        let Ended =
            match AssertUnwindSafe(converse(app, socket, client, arrival)).catch_unwind().await {
                Ok(ended) => ended,
                Err(_) => {
                    tracing::error!("serving a socket panicked");
                    socket.finish(CloseCode::Internal, "the server failed").await
                }
            };
    };
    serve.instrument(span).await;
}

async fn converse(app: &App, socket: &mut Socket, client: ClientId, arrival: Arrival) -> Ended {
    let Arrival { credential, room, mut place } = arrival;
    match Box::pin(authenticate(app, socket, credential, &mut place)).await {
        Ok(session) => {
            tracing::Span::current().record("user", tracing::field::display(session.user.id));
            chat(app, socket, client, session, room).await
        }
        Err(ended) => ended,
    }
}

/// Takes the credential of the upgrade, else waits for `auth`.
async fn authenticate(
    app: &App,
    socket: &mut Socket,
    credential: Option<Result<SessionUser, auth::Refused>>,
    place: &mut Place,
) -> Result<SessionUser, Ended> {
    let reason: Cow<'_, str> = match credential {
        Some(Ok(session)) => return Ok(session),
        Some(Err(auth::Refused::Credential(reason))) => reason.into(),
        Some(Err(auth::Refused::Unavailable)) => {
            return Err(socket
                .finish(CloseCode::TryAgainLater, "a part of the server is away")
                .await);
        }
        None => {
            let first_message =
                tokio::time::timeout(AUTH_TIMEOUT, first_message(app, socket, place));
            let arrived = tokio::select! {
                arrived = first_message => Some(arrived),
                () = app.shutdown.begun() => None,
            };
            match arrived {
                Some(Ok(Ok(session))) => return Ok(session),
                Some(Ok(Err(Some(reason)))) => reason,
                Some(Ok(Err(None))) => return Err(Ended),
                Some(Err(_)) => "authentication required".into(),
                None => return Err(socket.finish(CloseCode::Restart, RESTARTING).await),
            }
        }
    };
    Err(socket.finish(CloseCode::Policy, &reason).await)
}

/// Waits for `auth`. Fails with the reason to close, or with none where the socket has ended.
async fn first_message(
    app: &App,
    socket: &mut Socket,
    place: &mut Place,
) -> Result<SessionUser, Option<Cow<'static, str>>> {
    let outbox = socket.outbox().clone();
    let answers = Answers { outbox: &outbox, metrics: &app.metrics };
    loop {
        let flushed = socket.flush();
        socket.turn(flushed, !outbox.is_full_of_answers()).await.map_err(|Ended| None)?;
        while let Some(received) = socket.received() {
            let text = match control(received, &outbox) {
                Some(Control::Text(text)) => text,
                Some(Control::End(farewell)) => {
                    farewell.say(&outbox);
                    socket.discard();
                    continue;
                }
                None => continue,
            };
            let (id, token) = match decode_request(&text) {
                Ok((Request::Auth(AuthRequest { token }), id)) => (id, token),
                Ok((_, id)) | Err(Rejected { request_id: id, .. }) => {
                    answers.error(id.as_deref(), Error::Unauthorized(AUTHENTICATE_FIRST));
                    continue;
                }
            };
            let refused = match app.auth.by_token(&token).await {
                Ok(session) => match place.belongs_to(session.user.id).await {
                    Ok(()) => {
                        let user = session.user.clone();
                        answers.send(id.as_deref(), &Response::Auth(Authenticated { user }).into());
                        return Ok(session);
                    }
                    Err(too_many) => too_many,
                },
                Err(refused) => refused.into(),
            };
            let reason = refused.to_string();
            let may_try_again = matches!(refused, Error::Unavailable(_));
            answers.error(id.as_deref(), refused);
            if !may_try_again {
                return Err(Some(reason.into()));
            }
        }
    }
}

/// The life of an authenticated connection.
async fn chat(
    app: &App,
    socket: &mut Socket,
    client: ClientId,
    session: SessionUser,
    room: Option<RoomName>,
) -> Ended {
    let outbox = socket.outbox().clone();
    let heard: Arc<AtomicU64> = socket.heard();
    let _registration =
        app.hub.connect(client, session.user.clone(), session.id, outbox.clone(), heard);
    // The session may have ended between its check and its place in the hub, where its end would have found it.
    match Box::pin(app.store.session(session.id)).await {
        Ok(Some(_)) => {}
        Ok(None) => return socket.finish(CloseCode::Policy, SESSION_ENDED).await,
        Err(_) => {
            return socket.finish(CloseCode::TryAgainLater, "the message store is away").await;
        }
    }
    tracing::info!("connected");
    let mut caller = Caller { client, user: session.user, session: session.id, default_room: None };
    if let Err(error) = Box::pin(welcome(app, &mut caller, &outbox, room)).await {
        let code = match error.code() {
            ErrorCode::Unavailable => CloseCode::TryAgainLater,
            ErrorCode::Internal => CloseCode::Internal,
            _ => CloseCode::Policy,
        };
        return socket.finish(code, &error.to_string()).await;
    }
    app.hub.mark_welcomed(client);
    let caller = Arc::new(caller);
    let committing = Committing::new(outbox.clone());
    let mut pipeline = Pipeline::new(committing.clone());
    let mut intake = Intake::new(app, &outbox);
    let begin = |arrived| begin(app, &caller, &outbox, &committing, arrived);
    let draining = app.shutdown.draining();
    let mut restart = std::pin::pin!(async {
        draining.cancelled().await;
        tokio::time::sleep(drain_delay(app.config.drain)).await;
    });
    // Once somebody wants to end the connection, what was read before is still served, for a while.
    let mut farewell: Option<(Farewell, Instant)> = None;
    loop {
        let flushed = socket.flush();
        let full = outbox.is_full_of_answers();
        socket.pause_hearing(pipeline.is_full() && !full);
        let may_read = farewell.is_none() && !pipeline.is_full() && !full;
        let may_begin = !full && !outbox.is_closing();
        if let Some((farewell, by)) = &farewell
            && (pipeline.is_idle() || Instant::now() >= *by)
        {
            farewell.say(&outbox);
        }
        let patience = farewell
            .as_ref()
            .map_or(GOODBYE, |(_, by)| by.saturating_duration_since(Instant::now()));
        let wish = tokio::select! {
            turn = socket.turn(flushed, may_read) => {
                if let Err(ended) = turn {
                    tracing::info!("disconnected");
                    return ended;
                }
                receive(socket, &mut intake, &mut pipeline)
            }
            // What was begun goes on in any case: it may hold a turn for which others wait.
            () = pipeline.advance(may_begin, begin) => None,
            () = &mut restart, if farewell.is_none() => {
                Some(Farewell::Close(CloseCode::Restart, RESTARTING))
            }
            () = tokio::time::sleep(patience), if farewell.is_some() && !outbox.is_closing() => None,
        };
        if farewell.is_none() {
            farewell = wish.map(|wish| (wish, Instant::now() + GOODBYE));
        }
    }
}

/// How a connection is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Farewell {
    /// As the client wished.
    Echo(Option<u16>),
    /// For this reason.
    Close(CloseCode, &'static str),
}

impl Farewell {
    fn say(&self, outbox: &Outbox) {
        match self {
            Self::Echo(code) => outbox.echo_close(*code),
            Self::Close(code, reason) => outbox.close(*code, *reason),
        }
    }
}

/// Takes in all that was received; says whether that is the end of it.
fn receive(
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    pipeline: &mut Pipeline,
) -> Option<Farewell> {
    while let Some(received) = socket.received() {
        match control(received, intake.answers.outbox) {
            Some(Control::Text(text)) => intake.accept(&text, pipeline),
            Some(Control::End(farewell)) => {
                socket.discard();
                return Some(farewell);
            }
            None => {}
        }
    }
    None
}

/// Says hello; on `/ws/{room}` follows that room first, so that its stream begins where `welcome` says.
async fn welcome(
    app: &App,
    caller: &mut Caller,
    outbox: &Outbox,
    room: Option<RoomName>,
) -> Result<(), Error> {
    let mut welcome = Welcome {
        client_id: caller.client,
        user: caller.user.clone(),
        heartbeat: app.config.heartbeat.0,
        node: app.node.to_string(),
        protocol: PROTOCOL_VERSION,
        build: app.assets.build().to_owned(),
        default_room: None,
    };
    let encode = |welcome| encode::frame(&Event::Welcome(Box::new(welcome)).into(), None);
    let Some(name) = room else {
        outbox.push_answer(encode(welcome));
        return Ok(());
    };
    let entered = app.chat.enter(caller, &name).await;
    let (room, seq) = entered.map_err(|error| match error {
        Error::NotFound(_) => no_room(&name),
        other => other,
    })?;
    caller.default_room = Some(room);
    welcome.default_room = Some(DefaultRoom { room, seq, epoch: app.store.epoch().to_owned() });
    app.hub.bind_to_room(caller.client, room);
    let welcomed = app.hub.complete_subscribe(caller.client, room, seq, encode(welcome));
    if welcomed { Ok(()) } else { Err(no_room(&name)) }
}

fn no_room(name: &RoomName) -> Error {
    Error::Forbidden(format!("there is no room {name}, or not for you").into())
}

/// Takes in text messages, as many as one connection may send.
struct Intake<'a> {
    answers: Answers<'a>,
    request_rate: Option<Rate>,
    bucket: TokenBucket,
}

impl<'a> Intake<'a> {
    fn new(app: &'a App, outbox: &'a Outbox) -> Self {
        let answers = Answers { outbox, metrics: &app.metrics };
        Self {
            answers,
            request_rate: app.admission.request_rate(),
            bucket: TokenBucket::full(Instant::now()),
        }
    }

    /// What can be answered without the chat is answered here.
    fn accept(&mut self, text: &str, pipeline: &mut Pipeline) {
        let decoded = decode_request(text);
        self.answers.metrics.received(decoded.as_ref().ok().map(|(request, _)| request));
        let id = match &decoded {
            Ok((_, id)) | Err(Rejected { request_id: id, .. }) => id.as_deref(),
        };
        if let Some(rate) = self.request_rate
            && let Err(wait) = self.bucket.take(rate, Instant::now())
        {
            return self.answers.error(id, Error::limited("This connection asks too much.", wait));
        }
        match decoded {
            Ok((Request::Pong(Empty {}), _)) => {}
            Ok((Request::Ping(Empty {}), id)) => {
                self.answers.send(id.as_deref(), &Event::Pong(Empty {}).into())
            }
            Ok((request, id)) => {
                pipeline.push(Arrived { request, id, bytes: text.len(), at: Instant::now() })
            }
            Err(rejected) => {
                self.answers.send(rejected.request_id.as_deref(), &rejected.error.into())
            }
        }
    }
}

/// Where the answers of one connection go.
#[derive(Clone, Copy)]
struct Answers<'a> {
    outbox: &'a Outbox,
    metrics: &'a Metrics,
}

impl Answers<'_> {
    fn send(self, request_id: Option<&str>, message: &ServerMessage) {
        self.outbox.push_answer(self.encode(request_id, message));
    }

    fn encode(self, request_id: Option<&str>, message: &ServerMessage) -> Bytes {
        if let ServerMessage::Error(error) = message {
            self.metrics.error(error.code);
        }
        encode::frame(message, request_id)
    }

    fn error(self, request_id: Option<&str>, error: Error) {
        self.send(request_id, &error.into_payload().into());
    }
}

/// What is left to do about something received.
enum Control {
    Text(String),
    End(Farewell),
}

/// Does what the frame layer asks for.
fn control(received: Received, outbox: &Outbox) -> Option<Control> {
    let message = match received {
        Received::Message(message) => message,
        Received::Breach(code, reason) => return Some(Control::End(Farewell::Close(code, reason))),
    };
    match message {
        Message::Text(text) => return Some(Control::Text(text)),
        Message::Close(code) => return Some(Control::End(Farewell::Echo(code))),
        Message::Binary(_) => {
            return Some(Control::End(Farewell::Close(
                CloseCode::Unsupported,
                "this server speaks text",
            )));
        }
        Message::Ping(payload) => outbox.push_answer(frame::encode(frame::Opcode::Pong, &payload)),
        Message::Pong => {}
    }
    None
}

/// Serves one request. A panic in it is answered like any other fault of ours, and ends nothing else.
fn begin(
    app: &App,
    caller: &Arc<Caller>,
    outbox: &Outbox,
    committing: &Committing,
    Arrived { request, id, at, .. }: Arrived,
) -> Begun {
    let (chat, metrics, admission) = (app.chat.clone(), app.metrics.clone(), app.admission.clone());
    let (caller, outbox) = (Arc::clone(caller), outbox.clone());
    let name = request.name();
    let committing = committing.clone();
    let serve = async move {
        let reply = || reply(&outbox, &metrics, &committing, (name, at), id.clone());
        let served = async {
            admission.request(caller.user.id, &request).await?;
            chat.serve(&caller, request, reply).await
        };
        let answer = match guarded(served).await {
            Ok(Answer::Now(message)) => Ok(message),
            Ok(Answer::Subscribed(room, subscribed)) => {
                let seq = subscribed.seq;
                let message = ServerMessage::from(Response::Subscribe(*subscribed));
                let frame = encode::frame(&message, id.as_deref());
                if chat.hub().complete_subscribe(caller.client, room, seq, frame) {
                    return metrics.answered(name, at);
                }
                Err(Error::NotFound("room"))
            }
            Ok(Answer::Resumed(resumed)) => {
                resume(chat.hub(), caller.client, *resumed, id.as_deref());
                return metrics.answered(name, at);
            }
            Ok(Answer::AfterCommit | Answer::Nothing) => return,
            Err(error) => Err(error),
        };
        let answers = Answers { outbox: &outbox, metrics: &metrics };
        answers.send(id.as_deref(), &answer.unwrap_or_else(|error| error.into_payload().into()));
        metrics.answered(name, at);
    };
    Box::pin(serve.instrument(tracing::debug_span!("request", name)))
}

/// Sends the answer to a `resume`. Rooms from which the person was removed since it was made are refused in it.
fn resume(hub: &Hub, client: ClientId, mut resumed: Resumed, id: Option<&str>) {
    loop {
        let seqs: Vec<_> = resumed.rooms.iter().map(|room| (room.room, room.seq)).collect();
        let message = ServerMessage::from(Response::Resume(resumed.clone()));
        let frame = encode::frame(&message, id);
        let Err(gone) = hub.complete_resume(client, &seqs, frame) else { return };
        let (gone, rooms) = resumed.rooms.into_iter().partition(|room| gone.contains(&room.room));
        resumed.rooms = rooms;
        let error = Error::NotFound("room").into_payload();
        resumed.refused.extend(
            Vec::into_iter(gone)
                .map(|Subscribed { subscribed: room, .. }| Refused { room, error: error.clone() }),
        );
    }
}

/// How a request that writes will be answered after its commit, wherever that is noticed. Counts as on its way until then.
fn reply(
    outbox: &Outbox,
    metrics: &Metrics,
    committing: &Committing,
    (name, arrived_at): (&'static str, Instant),
    id: Option<RequestId>,
) -> Reply {
    let (outbox, metrics, in_flight) = (outbox.clone(), metrics.clone(), committing.begin());
    Reply(Box::new(move |answer| {
        let message: ServerMessage = match answer {
            Ok(response) => response.into(),
            Err(error) => error.into_payload().into(),
        };
        let frame = Answers { outbox: &outbox, metrics: &metrics }.encode(id.as_deref(), &message);
        metrics.answered(name, arrived_at);
        bus::Answer { outbox, frame, in_flight }
    }))
}

async fn guarded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(Error::Internal("a request panicked".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_request_is_a_fault_of_ours_and_no_more() {
        let work = async { if true { panic!("on purpose") } else { Ok(()) } };
        assert!(matches!(guarded(work).await, Err(Error::Internal(_))));
        assert!(matches!(guarded(async { Ok(7) }).await, Ok(7)));
    }
}
