//! One socket: reads requests, hands them to the chat in order, writes what its outbox holds. One task, no lock held
//! across an await, and nothing here waits for the store: answers come by the outbox like all else.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::AtomicU64},
};

use futures_util::FutureExt as _;
use protocol::{
    Auth as AuthRequest, Authenticated, ClientId, CloseCode, DefaultRoom, Empty, ErrorCode, ErrorPayload, Event,
    Rejected, Request, RequestId, Response, RoomName, ServerMessage, Subscribe, Welcome, decode_request,
    limits::{AUTH_TIMEOUT, PROTOCOL_VERSION},
};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    frame,
    outbox::Outbox,
    pipeline::{Begun, Pipeline, Progress},
    reader::Message,
    socket::{Ended, Socket},
};
use crate::{
    auth::Refused,
    chat::{Answer, Caller, ChatService},
    error::Error,
    shutdown::drain_delay,
    state::App,
    store::{SessionUser, now},
};

/// What the upgrade found out.
#[derive(Debug)]
pub struct Arrival {
    /// Who it is, why not, or `None` where there was no credential.
    pub credential: Option<Result<SessionUser, Refused>>,
    /// The room of `/ws/{room}`.
    pub room: Option<RoomName>,
}

/// Serves a socket until it has ended.
pub async fn serve(app: App, mut socket: Socket, arrival: Arrival) {
    let client = ClientId(Uuid::new_v4());
    let span = tracing::info_span!("socket", %client, user = tracing::field::Empty);
    let ended = async {
        match authenticate(&app, &mut socket, arrival.credential).await {
            Ok(session) => {
                tracing::Span::current().record("user", tracing::field::display(session.user.id));
                chat(app, &mut socket, client, session, arrival.room).await
            }
            Err(ended) => ended,
        }
    };
    let _: Ended = ended.instrument(span).await;
}

/// Takes the credential of the upgrade, else waits for `auth`.
async fn authenticate(
    app: &App,
    socket: &mut Socket,
    credential: Option<Result<SessionUser, Refused>>,
) -> Result<SessionUser, Ended> {
    let reason = match credential {
        Some(Ok(session)) => return Ok(session),
        Some(Err(Refused::Credential(reason))) => {
            return Err(socket.finish(CloseCode::Policy, reason).await);
        }
        Some(Err(Refused::Unavailable)) => {
            return Err(socket.finish(CloseCode::TryAgainLater, "the message store is away").await);
        }
        None => match tokio::time::timeout(AUTH_TIMEOUT, first_message(app, socket)).await {
            Ok(Ok(session)) => return Ok(session),
            Ok(Err(Some(reason))) => reason,
            Ok(Err(None)) => return Err(Ended),
            Err(_) => "authentication required",
        },
    };
    Err(socket.finish(CloseCode::Policy, reason).await)
}

/// Waits for `auth`. Fails with the reason to close, or with none where the socket has ended.
async fn first_message(app: &App, socket: &mut Socket) -> Result<SessionUser, Option<&'static str>> {
    let outbox = socket.outbox().clone();
    loop {
        socket.turn(true).await.map_err(|Ended| None)?;
        while let Some(message) = socket.received() {
            let Message::Text(text) = message else {
                control(message, &outbox);
                continue;
            };
            let (id, token) = match decode_request(&text) {
                Ok((Request::Auth(AuthRequest { token }), id)) => (id, token),
                Ok((_, id)) | Err(Rejected { request_id: id, .. }) => {
                    let detail = "Authenticate first: send {\"type\":\"auth\",\"payload\":{\"token\":…}}.";
                    let error = ErrorPayload::new(ErrorCode::Unauthorized, detail);
                    answer(&outbox, id.as_deref(), &error.into());
                    continue;
                }
            };
            match app.auth.by_token(&token).await {
                Ok(session) => {
                    let user = session.user.clone();
                    answer(&outbox, id.as_deref(), &Response::Auth(Authenticated { user }).into());
                    return Ok(session);
                }
                Err(Refused::Credential(reason)) => {
                    let error = ErrorPayload::new(ErrorCode::Unauthorized, reason);
                    answer(&outbox, id.as_deref(), &error.into());
                    return Err(Some(reason));
                }
                Err(Refused::Unavailable) => {
                    let error = Error::Unavailable("message store").into_payload();
                    answer(&outbox, id.as_deref(), &error.into());
                }
            }
        }
    }
}

/// The life of an authenticated connection.
async fn chat(app: App, socket: &mut Socket, client: ClientId, session: SessionUser, room: Option<RoomName>) -> Ended {
    let outbox = socket.outbox().clone();
    let heard: Arc<AtomicU64> = socket.heard();
    let _registration = app.hub.connect(client, session.user.clone(), session.id, outbox.clone(), heard);
    tracing::info!("connected");
    let mut caller = Caller { client, user: session.user, default_room: None };
    if let Err(error) = welcome(&app, &mut caller, &outbox, room).await {
        let code = match error.code() {
            ErrorCode::Unavailable => CloseCode::TryAgainLater,
            ErrorCode::Internal => CloseCode::Internal,
            _ => CloseCode::Policy,
        };
        return socket.finish(code, &error.to_string()).await;
    }
    let caller = Arc::new(caller);
    let mut pipeline = Pipeline::default();
    let begin = |request, id| begin(&app.chat, &caller, &outbox, request, id);
    let draining = app.shutdown.draining();
    let mut restart = std::pin::pin!(async {
        draining.cancelled().await;
        tokio::time::sleep(drain_delay(app.config.drain)).await;
    });
    let mut restarting = false;
    loop {
        let may_read = !pipeline.is_full() && !outbox.is_full_of_answers();
        tokio::select! {
            turn = socket.turn(may_read) => {
                if let Err(ended) = turn {
                    tracing::info!("disconnected");
                    return ended;
                }
                while let Some(message) = socket.received() {
                    match message {
                        Message::Text(text) => accept(&text, &mut pipeline, &outbox),
                        other => control(other, &outbox),
                    }
                }
            }
            () = pipeline.advance(begin) => {}
            () = &mut restart, if !restarting => {
                restarting = true;
                outbox.close(CloseCode::Restart, "restarting, come back in a moment");
            }
        }
    }
}

/// Says hello; on `/ws/{room}` follows that room first, so that its stream begins where `welcome` says.
async fn welcome(app: &App, caller: &mut Caller, outbox: &Outbox, room: Option<RoomName>) -> Result<(), Error> {
    let mut welcome = Welcome {
        client_id: caller.client,
        user: caller.user.clone(),
        heartbeat: app.config.heartbeat.0,
        node: app.node.to_string(),
        protocol: PROTOCOL_VERSION,
        build: app.assets.build().to_owned(),
        default_room: None,
    };
    let encode = |welcome| frame::text(&ServerMessage::from(Event::Welcome(Box::new(welcome))).encode(None, now()));
    let Some(name) = room else {
        outbox.push_answer(encode(welcome));
        return Ok(());
    };
    let subscribe = Request::Subscribe(Subscribe { room: name.clone(), since: None, epoch: None });
    match app.chat.serve(caller, subscribe).await {
        Ok(Answer::Subscribed(room, answer)) => {
            caller.default_room = Some(room);
            welcome.default_room = Some(DefaultRoom { room, seq: answer.seq, epoch: answer.epoch });
            app.hub.complete_subscribe(caller.client, room, answer.seq, encode(welcome));
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(Error::NotFound(_)) => Err(Error::Forbidden(format!("there is no room {name}, or not for you").into())),
        Err(error) => Err(error),
    }
}

/// Takes in a text message. What is answered without the chat is answered here.
fn accept(text: &str, pipeline: &mut Pipeline, outbox: &Outbox) {
    match decode_request(text) {
        Ok((Request::Pong(Empty {}), _)) => {}
        Ok((Request::Ping(Empty {}), id)) => answer(outbox, id.as_deref(), &Event::Pong(Empty {}).into()),
        Ok((request, id)) => pipeline.push(request, id),
        Err(rejected) => answer(outbox, rejected.request_id.as_deref(), &rejected.error.into()),
    }
}

/// Takes in what is not text.
fn control(message: Message, outbox: &Outbox) {
    match message {
        Message::Ping(payload) => outbox.push_answer(frame::encode(frame::Opcode::Pong, &payload)),
        Message::Close(code) => outbox.echo_close(code),
        Message::Binary(_) => outbox.close(CloseCode::Unsupported, "this server speaks text"),
        Message::Pong | Message::Text(_) => {}
    }
}

/// Serves one request. A panic in it is answered like any other fault of ours, and ends nothing else.
fn begin(chat: &ChatService, caller: &Arc<Caller>, outbox: &Outbox, request: Request, id: Option<RequestId>) -> Begun {
    let (chat, caller, outbox) = (chat.clone(), Arc::clone(caller), outbox.clone());
    let name = request.name();
    let serve = async move {
        match guarded(chat.serve(&caller, request)).await {
            Ok(Answer::Now(message)) => answer(&outbox, id.as_deref(), &message),
            Ok(Answer::Subscribed(room, subscribed)) => {
                let seq = subscribed.seq;
                let message = ServerMessage::from(Response::Subscribe(*subscribed));
                let frame = frame::text(&message.encode(id.as_deref(), now()));
                chat.hub().complete_subscribe(caller.client, room, seq, frame);
            }
            Ok(Answer::AfterCommit(committing)) => {
                return Progress::Committing(Box::pin(async move {
                    let message = match guarded(ChatService::sent(committing)).await {
                        Ok(sent) => Response::Chat(sent).into(),
                        Err(error) => error.into_payload().into(),
                    };
                    answer(&outbox, id.as_deref(), &message);
                }));
            }
            Err(error) => answer(&outbox, id.as_deref(), &error.into_payload().into()),
        }
        Progress::Answered
    };
    Box::pin(serve.instrument(tracing::debug_span!("request", name)))
}

async fn guarded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(Error::Internal("a request panicked".into())))
}

fn answer(outbox: &Outbox, request_id: Option<&str>, message: &ServerMessage) {
    outbox.push_answer(frame::text(&message.encode(request_id, now())));
}
