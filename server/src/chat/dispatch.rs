//! Hands each request to its handler.

use std::time::Duration;

use protocol::{Empty, ErrorCode, ErrorPayload, Event, Request};

use super::{Caller, ChatService, Outcome};
use crate::{
    delivery::reply::ReplyTo,
    error::{Error, SESSION_ENDED, STORE_UNAVAILABLE},
};

/// How long a request waits for the revalidation after a stall.
const REVALIDATION_TIMEOUT: Duration = Duration::from_secs(5);

impl ChatService {
    /// Serves a request up to the point where the next one of the same connection may start.
    ///
    /// # Errors
    /// Fails if the request cannot be served. The error is the reply.
    pub async fn dispatch(
        &self,
        caller: &Caller,
        request: Request,
        reply: &ReplyTo,
    ) -> Result<Outcome, Error> {
        if self.cluster.needs_revalidation() {
            self.wait_revalidated(caller).await?;
        }
        match request {
            Request::Chat(chat) => self.send(caller, chat, reply).await,
            Request::ChatEdit(edit) => self.edit(caller, edit, reply).await,
            Request::ChatDelete(delete) => self.delete(caller, delete, reply).await,
            Request::ChatReact(react) => self.react(caller, react, reply).await,
            Request::Read(read) => self.read(caller, read, reply).await,
            Request::Typing(typing) => self.typing(caller, typing).await,
            Request::Subscribe(subscribe) => self.subscribe(caller, subscribe, reply).await,
            Request::Unsubscribe(unsubscribe) => self.unsubscribe(caller, unsubscribe).await,
            Request::Resume(resume) => self.resume(caller, resume, reply).await,
            Request::History(history) => self.history(caller, history).await,
            Request::Members(members) => self.members(caller, members).await,
            Request::Rooms(Empty {}) => self.rooms(caller).await,
            Request::Ping(Empty {}) => Ok(Outcome::Reply(Event::Pong(Empty {}).into())),
            // `pong` never gets here: the gateway takes it in. `auth` arrives here only a second
            // time, and a connection is authenticated once.
            Request::Auth(_) | Request::Pong(Empty {}) => {
                let detail = "This connection is authenticated already.";
                Ok(Outcome::Reply(ErrorPayload::new(ErrorCode::Conflict, detail).into()))
            }
        }
    }

    /// Waits after a stall until revoked access has ended, and checks that the caller's has not.
    async fn wait_revalidated(&self, caller: &Caller) -> Result<(), Error> {
        let revalidated =
            tokio::time::timeout(REVALIDATION_TIMEOUT, self.cluster.wait_revalidated()).await;
        revalidated.map_err(|_| STORE_UNAVAILABLE)?;
        if self.hub.is_connected(caller.client) {
            Ok(())
        } else {
            Err(Error::Unauthorized(SESSION_ENDED))
        }
    }
}
