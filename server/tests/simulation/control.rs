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
    faulty_proxy::{Addresses, FaultyProxy, ProxyOptions},
    monitor::Monitor,
    scenario::{Era, Scenario},
};

/// A client's proxy, and what its device does.
pub(crate) struct Control {
    pub(crate) proxy: FaultyProxy,
    /// Something changed: the client looks at it.
    pub(crate) wake: Notify,
    /// Handles nothing.
    pub(crate) asleep: Cell<bool>,
    /// Gives the connection up: nothing was heard for too long.
    pub(crate) drops_connection: Cell<bool>,
    /// Is to begin anew.
    pub(crate) reloads: Cell<bool>,
}

impl Control {
    pub(crate) fn new(options: ProxyOptions, scenario: &Scenario) -> Self {
        Self {
            proxy: FaultyProxy::new(options, Rc::clone(&scenario.servers)),
            wake: Notify::new(),
            asleep: Cell::default(),
            drops_connection: Cell::default(),
            reloads: Cell::default(),
        }
    }

    pub(crate) fn heal(&self) {
        if self.proxy.heal() {
            self.drops_connection.set(true);
        }
        self.wake.notify_one();
    }

    /// Whether the present connection is to be left.
    pub(crate) fn must_disconnect(&self) -> bool {
        self.drops_connection.get() || self.reloads.get()
    }

    /// A connection over its proxy; none where that fails, after a pause.
    pub(crate) async fn connect(
        &self,
        token: &str,
        scenario: &Scenario,
    ) -> Option<(WebSocketStream<DuplexStream>, Era)> {
        let connected = async {
            let era = scenario.record.borrow().era;
            let stream = self.proxy.open().await.ok()?;
            Some((upgrade(stream, token).await?, era))
        };
        let mut connected = std::pin::pin!(connected);
        let socket = loop {
            tokio::select! {
                socket = &mut connected => break socket,
                () = self.wake.notified() => {
                    if self.must_disconnect() {
                        break None;
                    }
                }
            }
        };
        if socket.is_none() {
            self.drops_connection.set(false);
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
pub(crate) struct DirectClient {
    socket: WebSocketStream<DuplexStream>,
    /// Without it there is no connection.
    _line: FaultyProxy,
    monitor: Monitor,
    requests: u64,
}

impl DirectClient {
    pub(crate) async fn connect(scenario: &Rc<Scenario>, name: &str, user: usize) -> Option<Self> {
        Self::connect_to(scenario, Rc::clone(&scenario.servers), name, user).await
    }

    /// To one server of those.
    pub(crate) async fn connect_to(
        scenario: &Rc<Scenario>,
        servers: Rc<Addresses>,
        name: &str,
        user: usize,
    ) -> Option<Self> {
        let options = ProxyOptions { chunk: 16 << 10, delay_ms: 0, resets: false };
        let era = scenario.record.borrow().era;
        let proxy = FaultyProxy::new(options, servers);
        let socket = upgrade(proxy.open().await.ok()?, &scenario.users[user].token).await?;
        Some(Self {
            socket,
            _line: proxy,
            monitor: Monitor::new(scenario, name, user, era),
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
