//! The loop of an authenticated connection.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{ClientId, CloseCode, ErrorCode, RoomName};

use super::{
    Gateway,
    closing::{CloseIntent, RESTARTING},
    intake::Intake,
    pipeline::{Pipeline, QueuedRequest},
    request::Replies,
};
use crate::{
    chat::Caller,
    delivery::in_flight::InFlightWrites,
    error::{Error, SESSION_ENDED},
    store::SessionUser,
    websocket::{
        outbox::Outbox,
        socket::{CLOSE_TIMEOUT, Closed, Socket},
    },
};

/// A close that waits for the requests that were received before it.
struct Closing {
    intent: CloseIntent,
    /// When the connection is closed in any case.
    deadline: Instant,
}

impl Closing {
    fn new(intent: CloseIntent) -> Self {
        Self { intent, deadline: Instant::now() + CLOSE_TIMEOUT }
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Gateway {
    /// Serves a connection from its authentication to its close.
    pub(super) async fn serve_authenticated(
        &self,
        socket: &mut Socket,
        client: ClientId,
        session: SessionUser,
        room: Option<RoomName>,
    ) -> Closed {
        let outbox = socket.outbox().clone();
        let (user, last_seen) = (session.user.clone(), socket.last_seen_ms());
        let mut guard = self.hub.connect(client, user, session.id, outbox.clone(), last_seen);
        let mut caller =
            Caller { client, user: session.user, session: session.id, default_room: None };
        // Boxed: what is needed only at the start does not make every connection larger.
        if let Err((code, reason)) = Box::pin(self.admit(&mut caller, &outbox, room)).await {
            return socket.close(code, &reason).await;
        }
        let ended = self.run(socket, &outbox, Arc::new(caller)).await;
        tracing::info!("disconnected");
        if socket.has_said_goodbye() {
            guard.say_goodbye();
        }
        drop(guard);
        ended
    }

    /// Checks the session once more and sends `welcome`. Fails with a close code and reason.
    async fn admit(
        &self,
        caller: &mut Caller,
        outbox: &Outbox,
        room: Option<RoomName>,
    ) -> Result<(), (CloseCode, String)> {
        // A session that ended between its check and the registration found no connection to close.
        match self.store.session(caller.session).await {
            Ok(Some(_)) => {}
            Ok(None) => return Err((CloseCode::Policy, SESSION_ENDED.into())),
            Err(_) => {
                let reason = "the message store is unavailable";
                return Err((CloseCode::TryAgainLater, reason.into()));
            }
        }
        tracing::info!("connected");
        self.welcome(caller, outbox, room)
            .await
            .map_err(|error| (close_code(&error), error.to_string()))?;
        self.hub.mark_welcomed(caller.client);
        Ok(())
    }

    /// Reads requests, starts them in order, and writes what the outbox holds.
    async fn run(&self, socket: &mut Socket, outbox: &Outbox, caller: Arc<Caller>) -> Closed {
        let in_flight = InFlightWrites::new(outbox.clone());
        let mut pipeline = Pipeline::new(in_flight.clone());
        let replies = Replies { outbox, metrics: &self.metrics };
        let mut intake = Intake::new(replies, self.limits.request_rate());
        let start = |queued: QueuedRequest| self.start(&caller, outbox, &in_flight, queued);
        let draining = self.shutdown.draining();
        let mut restart = pin!(async {
            draining.cancelled().await;
            tokio::time::sleep(self.shutdown.delay(self.drain)).await;
        });
        let mut closing: Option<Closing> = None;
        loop {
            let flushed = socket.flush();
            let full = outbox.is_full_of_replies();
            socket.pause_idle_clock(pipeline.is_full() && !full);
            let may_read = closing.is_none() && !pipeline.is_full() && !full;
            let may_start = !full && !outbox.is_closing();
            if let Some(closing) = &closing
                && (pipeline.is_idle() || closing.time_left().is_zero())
            {
                closing.intent.apply(outbox);
            }
            let time_left = closing.as_ref().map_or(CLOSE_TIMEOUT, Closing::time_left);
            let is_waiting_to_close = closing.is_some() && !outbox.is_closing();
            let intent = tokio::select! {
                io = socket.wait_io(flushed, may_read) => match io {
                    Ok(()) => intake.receive(socket, &mut pipeline),
                    Err(ended) => return ended,
                },
                // A started request goes on in any case: it may hold a permit that others wait for.
                () = pipeline.advance(may_start, start) => None,
                () = &mut restart, if closing.is_none() => {
                    Some(CloseIntent::Close(CloseCode::Restart, RESTARTING))
                }
                () = tokio::time::sleep(time_left), if is_waiting_to_close => None,
            };
            if closing.is_none() {
                closing = intent.map(Closing::new);
            }
        }
    }
}

/// Returns the close code of a connection that cannot be welcomed.
fn close_code(error: &Error) -> CloseCode {
    match error.code() {
        ErrorCode::Unavailable => CloseCode::TryAgainLater,
        ErrorCode::Internal => CloseCode::Internal,
        _ => CloseCode::Policy,
    }
}
