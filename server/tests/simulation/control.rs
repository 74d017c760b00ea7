//! The controls by which a plan disturbs a client, and the connections of clients.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{ReceivedMessage, Request, Response, ServerMessage, encode_request};
use tokio::{io::DuplexStream, sync::Notify};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message as Frame},
};

use crate::{
    faulty_proxy::{Addresses, FaultyProxy, ProxyOptions},
    monitor::Monitor,
    scenario::{Era, Scenario},
};

/// The controls of one client.
pub(crate) struct Control {
    pub(crate) proxy: FaultyProxy,
    /// Wakes the client after a change.
    pub(crate) wake: Notify,
    /// True while the client is suspended: it handles nothing.
    pub(crate) suspended: Cell<bool>,
    /// True if the client must close its connection, as after a heartbeat timeout.
    pub(crate) drops_connection: Cell<bool>,
    /// True if the page must be reloaded.
    pub(crate) reloads: Cell<bool>,
}

impl Control {
    pub(crate) fn new(options: ProxyOptions, scenario: &Scenario) -> Self {
        Self {
            proxy: FaultyProxy::new(options, Rc::clone(&scenario.servers)),
            wake: Notify::new(),
            suspended: Cell::default(),
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

    /// Returns whether the current connection must be closed.
    pub(crate) fn must_disconnect(&self) -> bool {
        self.drops_connection.get() || self.reloads.get()
    }

    /// Opens a connection through the proxy. Returns `None` after a pause if that fails.
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

/// A client without faults that sends one request at a time.
pub(crate) struct DirectClient {
    socket: WebSocketStream<DuplexStream>,
    /// Keeps the connection open.
    _line: FaultyProxy,
    monitor: Monitor,
    requests: u64,
}

impl DirectClient {
    pub(crate) async fn connect(scenario: &Rc<Scenario>, name: &str, user: usize) -> Option<Self> {
        Self::connect_to(scenario, Rc::clone(&scenario.servers), name, user).await
    }

    /// Connects to one of these servers.
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

    /// Returns the reply; `None` if the connection ended.
    pub(crate) async fn request(&mut self, request: &Request) -> Option<ServerMessage> {
        self.requests += 1;
        let id = self.requests.to_string();
        let text = encode_request(request, Some(&id));
        self.monitor.sent(&text);
        self.socket.send(Frame::text(text)).await.ok()?;
        loop {
            let Frame::Text(text) = self.socket.next().await?.ok()? else { continue };
            if let Some(ReceivedMessage { message, request_id: Some(reply_id), .. }) =
                self.monitor.received(&text)
                && reply_id == id
            {
                return message;
            }
        }
    }

    pub(crate) async fn rooms(&mut self) -> Option<Vec<protocol::Room>> {
        match self.request(&Request::Rooms(protocol::ListRooms::default())).await? {
            ServerMessage::Response(Response::Rooms(page)) => Some(page.rooms),
            _ => None,
        }
    }
}
