//! What the plan does to a client from outside, and how a client connects.

use std::{cell::Cell, rc::Rc, time::Duration};

use protocol::{Received, Request, Response, ServerMessage, encode_request};
use tokio::{io::DuplexStream, sync::Notify};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message as Frame},
};

use futures_util::{SinkExt as _, StreamExt as _};

use crate::{
    line::{Addresses, Kind, Line},
    monitor::Monitor,
    world::{Era, World},
};

/// A client's line, and what its device does.
pub(crate) struct Control {
    pub(crate) line: Line,
    /// Something changed: the client looks at it.
    pub(crate) wake: Notify,
    /// Handles nothing.
    pub(crate) asleep: Cell<bool>,
    /// Gives the connection up: nothing was heard for too long.
    pub(crate) suspects: Cell<bool>,
    /// Is to begin anew.
    pub(crate) reloads: Cell<bool>,
}

impl Control {
    pub(crate) fn new(kind: Kind, world: &World) -> Self {
        Self {
            line: Line::new(kind, Rc::clone(&world.servers)),
            wake: Notify::new(),
            asleep: Cell::default(),
            suspects: Cell::default(),
            reloads: Cell::default(),
        }
    }

    pub(crate) fn heal(&self) {
        if self.line.heal() {
            self.suspects.set(true);
        }
        self.wake.notify_one();
    }

    /// Whether the present connection is to be left.
    pub(crate) fn leaves(&self) -> bool {
        self.suspects.get() || self.reloads.get()
    }

    /// A connection over its line; none where that fails, after a pause.
    pub(crate) async fn connect(
        &self,
        token: &str,
        world: &World,
    ) -> Option<(WebSocketStream<DuplexStream>, Era)> {
        let connected = async {
            let era = world.record.borrow().era;
            let stream = self.line.open().await.ok()?;
            Some((upgrade(stream, token).await?, era))
        };
        let mut connected = std::pin::pin!(connected);
        let socket = loop {
            tokio::select! {
                socket = &mut connected => break socket,
                () = self.wake.notified() => {
                    if self.leaves() {
                        break None;
                    }
                }
            }
        };
        if socket.is_none() {
            self.suspects.set(false);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        socket
    }
}

async fn upgrade(stream: DuplexStream, token: &str) -> Option<WebSocketStream<DuplexStream>> {
    let request = ClientRequestBuilder::new("ws://localhost/ws".parse().unwrap())
        .with_header("Authorization", format!("Bearer {token}"));
    tokio_tungstenite::client_async(request, stream).await.ok().map(|(socket, _)| socket)
}

/// A client without disturbances, which asks one thing after the other.
pub(crate) struct Direct {
    socket: WebSocketStream<DuplexStream>,
    /// Without it there is no connection.
    _line: Line,
    monitor: Monitor,
    requests: u64,
}

impl Direct {
    pub(crate) async fn connect(world: &Rc<World>, name: &str, person: usize) -> Option<Self> {
        Self::connect_to(world, Rc::clone(&world.servers), name, person).await
    }

    /// To one server of those.
    pub(crate) async fn connect_to(
        world: &Rc<World>,
        servers: Rc<Addresses>,
        name: &str,
        person: usize,
    ) -> Option<Self> {
        let kind = Kind { chunk: 16 << 10, delay_ms: 0, resets: false };
        let era = world.record.borrow().era;
        let line = Line::new(kind, servers);
        let socket = upgrade(line.open().await.ok()?, &world.people[person].token).await?;
        Some(Self {
            socket,
            _line: line,
            monitor: Monitor::new(world, name, person, era),
            requests: 0,
        })
    }

    /// The answer; none where the connection ended.
    pub(crate) async fn ask(&mut self, request: &Request) -> Option<ServerMessage> {
        self.requests += 1;
        let id = self.requests.to_string();
        let text = encode_request(request, Some(&id));
        self.monitor.sent(&text);
        self.socket.send(Frame::text(text)).await.ok()?;
        loop {
            let Frame::Text(text) = self.socket.next().await?.ok()? else { continue };
            if let Some(Received { message, request_id: Some(answered), .. }) =
                self.monitor.received(&text)
                && answered == id
            {
                return message;
            }
        }
    }

    pub(crate) async fn rooms(&mut self) -> Option<Vec<protocol::Room>> {
        match self.ask(&Request::Rooms(protocol::Empty {})).await? {
            ServerMessage::Response(Response::Rooms(page)) => Some(page.rooms),
            _ => None,
        }
    }
}
