//! One WebSocket connection, from its upgrade to its close.
//!
//! A single task serves it and holds no lock across an await. After the `welcome`, its loop never
//! waits for the store: replies reach the client through the outbox, like all else.

mod authenticate;
mod closing;
mod connection;
pub mod echo;
mod intake;
pub mod pipeline;
mod request;
mod welcome;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use protocol::{ClientId, CloseCode, Heartbeat, RoomName};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    auth::{Authenticator, CredentialError},
    base::shutdown::Shutdown,
    chat::ChatService,
    hub::Hub,
    limits::{Limits, SocketSlot},
    metrics::Metrics,
    store::{SessionUser, Store},
    websocket::socket::{Closed, Socket},
};

/// Serves WebSocket connections. The fields are the parts that a connection uses.
#[derive(Debug)]
pub struct Gateway {
    /// Checks tokens.
    pub auth: Authenticator,
    /// Serves requests.
    pub chat: Arc<ChatService>,
    /// Registers connections.
    pub hub: Hub,
    /// Counts sockets and requests.
    pub limits: Limits,
    /// Counts messages and errors.
    pub metrics: Metrics,
    /// Starts the drain.
    pub shutdown: Shutdown,
    /// Looks up sessions.
    pub store: Store,
    /// Sent in `welcome`.
    pub node: NodeInfo,
    /// The time over which connections are closed when the server drains.
    pub drain: Duration,
}

/// Describes this node in `welcome`.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// Names the node.
    pub name: Arc<str>,
    /// Names the build of the page that this node serves.
    pub build: String,
    /// Tells clients when to expect a `ping`.
    pub heartbeat: Heartbeat,
}

/// An upgrade request that was accepted.
#[derive(Debug)]
pub struct UpgradedRequest {
    /// The session, or the reason why the credential is not valid. `None` without a credential.
    pub credential: Option<Result<SessionUser, CredentialError>>,
    /// The room of `/ws/{room}`.
    pub room: Option<RoomName>,
    /// Counts the socket as open.
    pub slot: SocketSlot,
}

impl Gateway {
    /// Serves a connection until it is closed.
    pub async fn serve(&self, socket: &mut Socket, upgraded: UpgradedRequest) {
        let client = ClientId(Uuid::new_v4());
        let span = tracing::info_span!("socket", %client, user = tracing::field::Empty);
        let serve = async {
            let served =
                AssertUnwindSafe(self.serve_upgraded(socket, client, upgraded)).catch_unwind();
            let Closed = match served.await {
                Ok(ended) => ended,
                Err(_) => {
                    tracing::error!("serving a socket panicked");
                    socket.close(CloseCode::Internal, "the server failed").await
                }
            };
        };
        serve.instrument(span).await;
    }

    async fn serve_upgraded(
        &self,
        socket: &mut Socket,
        client: ClientId,
        UpgradedRequest { credential, room, mut slot }: UpgradedRequest,
    ) -> Closed {
        // Boxed: what is needed only at the start does not make every connection larger.
        match Box::pin(self.authenticate(socket, credential, &mut slot)).await {
            Ok(session) => {
                tracing::Span::current().record("user", tracing::field::display(session.user.id));
                self.serve_authenticated(socket, client, session, room).await
            }
            Err(ended) => ended,
        }
    }
}
