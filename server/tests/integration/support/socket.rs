//! The client end of a WebSocket.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Empty, ErrorPayload, Event, Presence, ReceivedMessage, Request, Response, ServerMessage,
    Subscribe, Subscribed, UserId, Visibility, decode_server_message, encode_request,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        Message as Frame,
        client::IntoClientRequest as _,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use uuid::Uuid;

use super::{chat, wait_for};

/// The client end of a WebSocket.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
}

impl Socket {
    /// Connects with a token in the header and reads the welcome.
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

    /// Returns the next message; `None` if the server closes the connection first.
    pub(crate) async fn receive_or_close(&mut self) -> Option<ServerMessage> {
        match self.frame().await {
            Frame::Text(text) => decode_server_message(&text).unwrap().message,
            _ => None,
        }
    }

    /// Returns the next message. Skips the heartbeat, which may arrive at any time.
    pub(crate) async fn receive(&mut self) -> ReceivedMessage {
        loop {
            let received = self.receive_any().await;
            if received.message != Some(Event::Ping(Empty {}).into()) {
                return received;
            }
        }
    }

    /// Returns the next message, including the heartbeat.
    pub(crate) async fn receive_any(&mut self) -> ReceivedMessage {
        loop {
            match wait_for("a message", self.stream.next()).await {
                Some(Ok(Frame::Text(text))) => return decode_server_message(&text).unwrap(),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// Sends a text and returns the error that replies to it.
    pub(crate) async fn refused(&mut self, text: &str) -> ErrorPayload {
        self.send_text(text).await;
        loop {
            match self.receive().await.message {
                Some(ServerMessage::Error(error)) => return error,
                Some(ServerMessage::Event(_)) => {}
                other => panic!("expected an error, got {other:?}"),
            }
        }
    }

    /// Returns the next event. Skips changes of the list of rooms, of users, of their presence
    /// and of emoji.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            match self.receive().await.message {
                Some(ServerMessage::Event(
                    Event::RoomChanged(_)
                    | Event::RoomGone(_)
                    | Event::Presence(_)
                    | Event::UserChanged(_)
                    | Event::EmojiChanged(_),
                )) => {}
                Some(ServerMessage::Event(event)) => return event,
                _ => {}
            }
        }
    }

    /// Returns the next change of the list of rooms. Skips all other messages.
    pub(crate) async fn room_event(&mut self) -> Event {
        loop {
            if let Some(ServerMessage::Event(event)) = self.receive().await.message
                && matches!(event, Event::RoomChanged(_) | Event::RoomGone(_))
            {
                return event;
            }
        }
    }

    /// Returns the next changed user. Skips all other messages.
    pub(crate) async fn changed_user(&mut self) -> protocol::User {
        loop {
            if let Some(ServerMessage::Event(Event::UserChanged(changed))) =
                self.receive().await.message
            {
                return changed.user;
            }
        }
    }

    /// Returns the next change of a user's presence. Skips all other messages.
    pub(crate) async fn presence_event(&mut self) -> (UserId, Presence) {
        loop {
            if let Some(ServerMessage::Event(Event::Presence(changed))) =
                self.receive().await.message
            {
                return (changed.user, changed.presence);
            }
        }
    }

    /// Sends the notice of a page: whether it is visible.
    pub(crate) async fn set_visible(&mut self, visible: bool) {
        let notice = Request::Presence(Visibility { visible });
        self.send_text(encode_request(&notice, None)).await;
    }

    /// Returns the reply with this request id. Skips all messages before it.
    pub(crate) async fn reply(&mut self, id: &str) -> ServerMessage {
        loop {
            let received = self.receive().await;
            if received.request_id.as_deref() == Some(id) {
                return received.message.unwrap();
            }
        }
    }

    pub(crate) async fn request(&mut self, request: &Request) -> ServerMessage {
        let id = Uuid::new_v4().to_string();
        self.send(request, &id).await;
        self.reply(&id).await
    }

    pub(crate) async fn welcome(&mut self) -> protocol::Welcome {
        match self.event().await {
            Event::Welcome(welcome) => *welcome,
            other => panic!("expected a welcome, got {other:?}"),
        }
    }

    pub(crate) async fn subscribe(&mut self, room: &str, since: Option<u64>) -> Subscribed {
        self.subscribe_as(Subscribe { room: room.into(), since, epoch: None, join: None }).await
    }

    /// Subscribes from the last event that the client has seen in this epoch.
    pub(crate) async fn subscribe_in(&mut self, room: &str, since: u64, epoch: &str) -> Subscribed {
        self.subscribe_as(Subscribe {
            room: room.into(),
            since: Some(since),
            epoch: Some(epoch.into()),
            join: None,
        })
        .await
    }

    async fn subscribe_as(&mut self, subscribe: Subscribe) -> Subscribed {
        match self.request(&Request::Subscribe(subscribe)).await {
            ServerMessage::Response(Response::Subscribe(subscribed)) => subscribed,
            other => panic!("expected a response to subscribe, got {other:?}"),
        }
    }

    /// Sends a message and waits until it is stored.
    pub(crate) async fn chat(&mut self, room: &str, text: &str) -> protocol::Sent {
        match self.request(&chat(room, text, None)).await {
            ServerMessage::Response(Response::Chat(sent)) => sent,
            other => panic!("expected a response to chat, got {other:?}"),
        }
    }

    /// Closes for good, with code 1000.
    pub(crate) async fn say_goodbye(&mut self) {
        self.close_with(CloseCode::Normal).await;
    }

    pub(crate) async fn close_with(&mut self, code: CloseCode) {
        let frame = CloseFrame { code, reason: "".into() };
        self.stream.close(Some(frame)).await.unwrap();
    }

    /// Returns the next frame of any type.
    pub(crate) async fn frame(&mut self) -> Frame {
        match wait_for("a frame", self.stream.next()).await {
            Some(Ok(frame)) => frame,
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    /// Returns code and reason of the server's close frame.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match wait_for("the close frame", self.stream.next()).await {
                Some(Ok(Frame::Close(Some(close)))) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }
}
