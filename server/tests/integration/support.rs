//! A server to test against, and the people who use it.

use std::{net::SocketAddr, path::Path, time::Duration};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Chat, Event, MessageId, Received, Request, Response, RoomName, ServerMessage, Subscribe, Subscribed, Timestamp,
    decode_server_message, encode_request,
    http::{Invite, NewInvite, Register, SignedIn, Ticket},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use server::{config::Config, state::App};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message as Frame, client::IntoClientRequest as _, http::HeaderValue},
};
use uuid::Uuid;

/// A password that is long enough.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// How long a test waits for what must come. It bounds a failure, it is no measure.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, event: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(PATIENCE, event).await else { panic!("{what} did not come") };
    value
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A running server, on a data folder of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    pub(crate) http: reqwest::Client,
    running: JoinHandle<()>,
    folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these flags of `banter serve`.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), flags).await
    }

    async fn start_in(folder: TempDir, flags: &[&str]) -> Self {
        let data = format!("--data-dir={}", folder.path().display());
        let config = Flags::parse_from(["banter", &data, "--drain=0", "--rate-limit=off"].iter().chain(flags)).config;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, arrivals) = server::open(config, &listener).unwrap();
        let app_for_run = app.clone();
        let running = tokio::task::spawn(async { server::run(app_for_run, arrivals, listener).await.unwrap() });
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { address, app, http, running, folder }
    }

    /// Ends as on SIGTERM, and starts again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let folder = self.stop().await;
        Self::start_in(folder, &[]).await
    }

    /// Ends as on SIGTERM.
    pub(crate) async fn stop(self) -> TempDir {
        self.app.shutdown.begin();
        soon("the end", self.running).await.unwrap();
        self.folder
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a page of this server sends as `Origin`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Makes the first account.
    pub(crate) async fn owner(&self, username: &str) -> Person {
        self.register(username, None).await
    }

    /// Makes an account with an invitation.
    pub(crate) async fn join(&self, username: &str, by: &Person) -> Person {
        let invite = by.invite(self).await;
        self.register(username, Some(invite)).await
    }

    async fn register(&self, username: &str, invite: Option<String>) -> Person {
        let body = Register { username: username.into(), password: PASSWORD.into(), display_name: None, invite };
        let response = self.post("/api/auth/register").json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let SignedIn { token, user } = response.json().await.unwrap();
        Person { token, user }
    }

    /// Opens a socket at `path`, with headers.
    pub(crate) async fn connect(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(StatusCode::from_u16(response.status().as_u16()).unwrap())
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) user: protocol::User,
}

impl Person {
    pub(crate) async fn invite(&self, server: &Server) -> String {
        let request = server.post("/api/invites").bearer_auth(&self.token).json(&NewInvite::default());
        request.send().await.unwrap().json::<Invite>().await.unwrap().invite
    }

    pub(crate) async fn ticket(&self, server: &Server) -> String {
        let response = server.post("/ws/ticket").bearer_auth(&self.token).send().await.unwrap();
        response.json::<Ticket>().await.unwrap().ticket
    }

    /// A socket that has been welcomed.
    pub(crate) async fn connect(&self, server: &Server) -> Socket {
        let ticket = self.ticket(server).await;
        let mut socket = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
        socket.welcome().await;
        socket
    }

    /// A socket that follows a room; what came before is read.
    pub(crate) async fn follow(&self, server: &Server, room: &str) -> Socket {
        let mut socket = self.connect(server).await;
        socket.subscribe(room, None).await;
        socket
    }
}

/// One end of a WebSocket.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
}

impl Socket {
    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.stream.send(Frame::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send(&mut self, request: &Request, id: &str) {
        self.send_text(encode_request(request, Some(id))).await;
    }

    /// The next message.
    pub(crate) async fn receive(&mut self) -> Received {
        loop {
            match soon("a message", self.stream.next()).await {
                Some(Ok(Frame::Text(text))) => return decode_server_message(&text).unwrap(),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("a message was to come, not {other:?}"),
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
        match self.ask(&Request::Subscribe(Subscribe { room: room.into(), since, epoch: None })).await {
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

    /// How the server closes it: code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon("the close", self.stream.next()).await {
                Some(Ok(Frame::Close(Some(close)))) => return (close.code.into(), close.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("a close was to come, not {other:?}"),
            }
        }
    }
}

pub(crate) fn chat(room: &str, text: &str, id: Option<Uuid>) -> Request {
    Request::Chat(Chat { room: Some(RoomName::from(room)), text: text.into(), id: id.map(MessageId) })
}

/// Seq and text of a message event.
pub(crate) fn chat_of(event: Event) -> (u64, String) {
    match event {
        Event::Chat(message) => (message.seq, message.text.unwrap()),
        other => panic!("a message was to come, not {other:?}"),
    }
}

/// Texts of messages.
pub(crate) fn texts(messages: &[protocol::Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_deref().unwrap_or("(deleted)")).collect()
}

/// The present moment.
pub(crate) fn now() -> Timestamp {
    server::store::now()
}
