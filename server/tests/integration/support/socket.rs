//! The client end of a WebSocket.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Empty, ErrorPayload, Event, Received, Request, Response, ServerMessage, Subscribe, Subscribed,
    decode_server_message, encode_request,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message as Frame, client::IntoClientRequest as _},
};
use uuid::Uuid;

use super::{chat, wait_for};

/// One end of a WebSocket.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
}

impl Socket {
    /// One that has been connect_raw, by a token in its header.
    pub(crate) async fn open(address: SocketAddr, token: &str) -> Self {
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let (stream, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut socket = Self { stream };
        socket.welcome().await;
        socket
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.stream.send(Frame::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send(&mut self, request: &Request, id: &str) {
        self.send_text(encode_request(request, Some(id))).await;
    }

    /// The next message, where the server does not close it first.
    pub(crate) async fn receive_or_close(&mut self) -> Option<ServerMessage> {
        match self.frame().await {
            Frame::Text(text) => decode_server_message(&text).unwrap().message,
            _ => None,
        }
    }

    /// The next message; the heartbeat, which comes at any time, is none.
    pub(crate) async fn receive(&mut self) -> Received {
        loop {
            let received = self.receive_any().await;
            if received.message != Some(Event::Ping(Empty {}).into()) {
                return received;
            }
        }
    }

    /// The next message, be it the heartbeat.
    pub(crate) async fn receive_any(&mut self) -> Received {
        loop {
            match wait_for("a message", self.stream.next()).await {
                Some(Ok(Frame::Text(text))) => return decode_server_message(&text).unwrap(),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("a message was to come, not {other:?}"),
            }
        }
    }

    /// The error that answers that text.
    pub(crate) async fn refused(&mut self, text: &str) -> ErrorPayload {
        self.send_text(text).await;
        loop {
            match self.receive().await.message {
                Some(ServerMessage::Error(error)) => return error,
                Some(ServerMessage::Event(_)) => {}
                other => panic!("an error was to come, not {other:?}"),
            }
        }
    }

    /// The next message of this server that is an event.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            if let Some(ServerMessage::Event(event)) = self.receive().await.message {
                return event;
            }
        }
    }

    /// The answer to the request with that id; what comes before it is dropped.
    pub(crate) async fn answer(&mut self, id: &str) -> ServerMessage {
        loop {
            let received = self.receive().await;
            if received.request_id.as_deref() == Some(id) {
                return received.message.unwrap();
            }
        }
    }

    pub(crate) async fn ask(&mut self, request: &Request) -> ServerMessage {
        let id = Uuid::new_v4().to_string();
        self.send(request, &id).await;
        self.answer(&id).await
    }

    pub(crate) async fn welcome(&mut self) -> protocol::Welcome {
        match self.event().await {
            Event::Welcome(welcome) => *welcome,
            other => panic!("a welcome was to come, not {other:?}"),
        }
    }

    pub(crate) async fn subscribe(&mut self, room: &str, since: Option<u64>) -> Subscribed {
        self.subscribe_as(Subscribe { room: room.into(), since, epoch: None }).await
    }

    /// From where the client left off, in that epoch.
    pub(crate) async fn subscribe_in(&mut self, room: &str, since: u64, epoch: &str) -> Subscribed {
        self.subscribe_as(Subscribe {
            room: room.into(),
            since: Some(since),
            epoch: Some(epoch.into()),
        })
        .await
    }

    async fn subscribe_as(&mut self, subscribe: Subscribe) -> Subscribed {
        match self.ask(&Request::Subscribe(subscribe)).await {
            ServerMessage::Response(Response::Subscribe(subscribed)) => subscribed,
            other => panic!("an answer to subscribe was to come, not {other:?}"),
        }
    }

    /// Sends a message and waits until it is stored.
    pub(crate) async fn chat(&mut self, room: &str, text: &str) -> protocol::Sent {
        match self.ask(&chat(room, text, None)).await {
            ServerMessage::Response(Response::Chat(sent)) => sent,
            other => panic!("an answer to chat was to come, not {other:?}"),
        }
    }

    /// The next frame of whatever kind.
    pub(crate) async fn frame(&mut self) -> Frame {
        match wait_for("a frame", self.stream.next()).await {
            Some(Ok(frame)) => frame,
            other => panic!("a frame was to come, not {other:?}"),
        }
    }

    /// How the server closes it: code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match wait_for("the close", self.stream.next()).await {
                Some(Ok(Frame::Close(Some(close)))) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("a close was to come, not {other:?}"),
            }
        }
    }
}
