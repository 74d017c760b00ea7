//! Authenticates a connection by the credential of its upgrade, or else by an `auth` request.

use std::borrow::Cow;

use protocol::{
    Auth, Authenticated, CloseCode, Rejected, Request, Response, decode_request,
    limits::AUTH_TIMEOUT,
};

use super::{
    Gateway,
    closing::{Control, RESTARTING, control},
    request::Replies,
};
use crate::{
    auth::CredentialError,
    error::Error,
    limits::SocketSlot,
    store::SessionUser,
    websocket::socket::{Closed, Socket},
};

/// The reply to every other request before `auth`.
const AUTHENTICATE_FIRST: &str =
    "Authenticate first: send {\"type\":\"auth\",\"payload\":{\"token\":…}}.";

/// The reason to end a connection before it is authenticated.
enum Failed {
    /// The credential is not valid.
    Refused(Cow<'static, str>),
    /// The socket is closed already.
    Closed,
}

impl Gateway {
    /// Returns the session of the credential, or waits for `auth` if there is none.
    pub(super) async fn authenticate(
        &self,
        socket: &mut Socket,
        credential: Option<Result<SessionUser, CredentialError>>,
        slot: &mut SocketSlot,
    ) -> Result<SessionUser, Closed> {
        let (code, reason) = match credential {
            Some(Ok(session)) => return Ok(session),
            Some(Err(CredentialError::Invalid(reason))) => (CloseCode::Policy, reason.into()),
            Some(Err(CredentialError::Unavailable)) => {
                (CloseCode::TryAgainLater, "a part of the server is unavailable".into())
            }
            None => {
                let auth = tokio::time::timeout(AUTH_TIMEOUT, self.wait_auth(socket, slot));
                let result = tokio::select! {
                    result = auth => Some(result),
                    () = self.shutdown.begun() => None,
                };
                match result {
                    Some(Ok(Ok(session))) => return Ok(session),
                    Some(Ok(Err(Failed::Closed))) => return Err(Closed),
                    Some(Ok(Err(Failed::Refused(reason)))) => (CloseCode::Policy, reason),
                    Some(Err(_)) => (CloseCode::Policy, "authentication required".into()),
                    None => (CloseCode::Restart, RESTARTING.into()),
                }
            }
        };
        Err(socket.close(code, &reason).await)
    }

    /// Serves a connection until a valid `auth` request.
    async fn wait_auth(
        &self,
        socket: &mut Socket,
        slot: &mut SocketSlot,
    ) -> Result<SessionUser, Failed> {
        let outbox = socket.outbox().clone();
        let replies = Replies { outbox: &outbox, metrics: &self.metrics };
        loop {
            let flushed = socket.flush();
            let io = socket.wait_io(flushed, !outbox.is_full_of_replies());
            io.await.map_err(|Closed| Failed::Closed)?;
            while let Some(input) = socket.next_input() {
                let text = match control(input, &outbox) {
                    Some(Control::Text(text)) => text,
                    Some(Control::Close(intent)) => {
                        intent.apply(&outbox);
                        socket.discard();
                        continue;
                    }
                    None => continue,
                };
                let (id, token) = match decode_request(&text) {
                    Ok((Request::Auth(Auth { token }), id)) => (id, token),
                    Ok((_, id)) | Err(Rejected { request_id: id, .. }) => {
                        replies.error(id.as_deref(), Error::Unauthorized(AUTHENTICATE_FIRST));
                        continue;
                    }
                };
                let refused = match self.auth.by_token(&token).await {
                    Ok(session) => match slot.assign_user(session.user.id).await {
                        Ok(()) => {
                            let user = session.user.clone();
                            let response = Response::Auth(Authenticated { user });
                            replies.send(id.as_deref(), &response.into());
                            return Ok(session);
                        }
                        Err(too_many) => too_many,
                    },
                    Err(refused) => refused.into(),
                };
                let reason = refused.to_string();
                let may_retry = matches!(refused, Error::Unavailable(_));
                replies.error(id.as_deref(), refused);
                if !may_retry {
                    return Err(Failed::Refused(reason.into()));
                }
            }
        }
    }
}
