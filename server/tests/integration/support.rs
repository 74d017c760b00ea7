//! A server to test against, and the people who use it.

use std::{net::SocketAddr, path::Path, time::Duration};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Chat, Empty, ErrorPayload, Event, MessageId, Received, Request, Response, RoomName,
    ServerMessage, Subscribe, Subscribed, Timestamp, decode_server_message, encode_request,
    http::{Invite, NewInvite, Register, SignedIn, Ticket},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use server::{config::Config, http::state::App, hub::Counts};
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
    let Ok(value) = tokio::time::timeout(PATIENCE, event).await else {
        panic!("{what} did not come")
    };
    value
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Entries in all maps, and tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holdings {
    hub: Counts,
    places: (usize, usize, usize),
    tasks: usize,
}

/// A running server, on a data folder of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    pub(crate) http: reqwest::Client,
    running: JoinHandle<()>,
    folder: TempDir,
    database: Option<Database>,
}

/// A database of a test's own, where `BANTER_TEST_DATABASE_URL` names a PostgreSQL that may make some.
pub(crate) struct Database {
    admin: String,
    name: String,
}

impl Database {
    pub(crate) fn make() -> Option<Self> {
        let admin = std::env::var("BANTER_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let database = Self { admin, name: format!("banter_{}", Uuid::new_v4().simple()) };
        database.sql(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    pub(crate) fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// The one value that a query gives.
    pub(crate) fn ask(&self, query: &str) -> String {
        let told = std::process::Command::new("psql")
            .args(["-Atq", "-d", &self.url(), "-c", query])
            .output()
            .unwrap();
        String::from_utf8(told.stdout).unwrap().trim().to_owned()
    }

    fn sql(&self, statement: &str) {
        psql(&self.admin, statement);
    }
}

fn psql(url: &str, statement: &str) {
    let done = std::process::Command::new("psql").args(["-q", "-d", url, "-c", statement]).status();
    assert!(done.unwrap().success(), "{statement}");
}

impl Drop for Database {
    fn drop(&mut self) {
        self.sql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&["--rate-limit=off"]).await
    }

    /// With these flags of `banter serve`.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Database::make(), flags).await
    }

    pub(crate) async fn start_in(
        folder: TempDir,
        database: Option<Database>,
        flags: &[&str],
    ) -> Self {
        let data = format!("--data-dir={}", folder.path().display());
        let no_drain = if flags.iter().any(|flag| flag.starts_with("--drain")) {
            None
        } else {
            Some("--drain=0")
        };
        let database_flag =
            database.as_ref().map(|database| format!("--database-url={}", database.url()));
        let given =
            no_drain.into_iter().chain(database_flag.as_deref()).chain(flags.iter().copied());
        let config = Flags::parse_from(["banter", &data].into_iter().chain(given)).config;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        secrecy::watch();
        let (app, arrivals) = server::open(config, &listener).unwrap();
        Self::run((address, folder, database), app, arrivals, listener)
    }

    /// A further node on the same store.
    pub(crate) async fn beside(&self, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--data-dir={}", folder.path().display());
        let flags = ["banter", &data, "--secret=one key for all the nodes of a test"]
            .into_iter()
            .chain(flags.iter().copied());
        let config = Flags::parse_from(flags).config;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, arrivals) = server::open_on(self.app.store.clone(), config, &listener).unwrap();
        Self::run((address, folder, None), app, arrivals, listener)
    }

    fn run(
        (address, folder, database): (SocketAddr, TempDir, Option<Database>),
        app: App,
        arrivals: server::BackgroundTasks,
        listener: TcpListener,
    ) -> Self {
        let app_for_run = app.clone();
        let running = tokio::task::spawn(async {
            server::run(app_for_run, arrivals, listener).await.unwrap()
        });
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { address, app, http, running, folder, database }
    }

    /// Ends as on SIGTERM, and starts again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let mut ended = self;
        ended.end().await;
        let folder = std::mem::replace(&mut ended.folder, tempfile::tempdir().unwrap());
        let database = ended.database.take();
        drop(ended); // and with it the lock on the folder
        Self::start_in(folder, database, &["--rate-limit=off"]).await
    }

    /// Ends as on SIGTERM.
    pub(crate) async fn stop(mut self) -> TempDir {
        self.end().await;
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    async fn end(&mut self) {
        self.app.shutdown.begin();
        soon("the end", &mut self.running).await.unwrap();
    }

    /// What `GET /metrics` says of one counter or gauge; none while it has no value.
    pub(crate) async fn metric(&self, name: &str) -> Option<u64> {
        let text = self.get("/metrics").send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// How much of everything there is by now: to be the same after all have gone as it was before they came.
    pub(crate) fn holdings(&self) -> Holdings {
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        Holdings { hub: self.app.hub.counts(), places: self.app.limits.socket_counts(), tasks }
    }

    /// Waits until all is as it was.
    pub(crate) async fn settles_to(&self, before: &Holdings) {
        soon("the end of all that was opened", async {
            while self.holdings() != *before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Whether its database is on a server, and not in a file.
    pub(crate) fn is_on_postgres(&self) -> bool {
        self.database.is_some()
    }

    pub(crate) fn database_url(&self) -> String {
        self.database.as_ref().unwrap().url()
    }

    /// Writes into the database behind the server's back.
    pub(crate) fn sql(&self, statement: &str) {
        if let Some(database) = &self.database {
            return psql(&database.url(), statement);
        }
        let file = rusqlite::Connection::open(self.data().join("banter.sqlite3")).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file.execute_batch(statement).unwrap();
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
        let body = Register {
            username: username.into(),
            password: PASSWORD.into(),
            display_name: None,
            invite,
        };
        let response = self.post("/api/auth/register").json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let SignedIn { token, user } = response.json().await.unwrap();
        secrecy::keep(&token);
        Person { token, user }
    }

    /// Opens a socket at `path`, with headers.
    pub(crate) async fn connect(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
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

/// Whatever a test did, no secret of it may stand in the server's log.
impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            secrecy::check();
        }
    }
}

/// Captures the whole log, to the last detail, and looks for what must not be in it.
pub(crate) mod secrecy {
    use std::{
        io::Write,
        sync::{Mutex, Once},
    };

    use tracing_subscriber::{
        Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
    };

    /// Shorter texts would be found by chance.
    const MIN_BYTES: usize = 8;

    static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    struct Log;

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    pub(super) fn watch() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let of_the_server = ["server", "app", "axum", "tower", "hyper::server", "rusqlite"];
            let targets = of_the_server.into_iter().fold(Targets::new(), |targets, target| {
                targets.with_target(target, tracing::Level::TRACE)
            });
            let lines = fmt::layer().with_writer(|| Log).with_ansi(false).with_filter(targets);
            tracing_subscriber::registry().with(lines).init();
            keep(super::PASSWORD);
        });
    }

    /// From here on that text must stand in no log.
    pub(crate) fn keep(secret: &str) {
        if secret.len() >= MIN_BYTES {
            SECRETS.lock().unwrap().push(secret.to_owned());
        }
    }

    pub(super) fn check() {
        check_log(&LOG.lock().unwrap());
    }

    /// Looks through the log of another process.
    pub(crate) fn check_log(log: &[u8]) {
        let log = String::from_utf8_lossy(log);
        for secret in SECRETS.lock().unwrap().iter() {
            assert!(!log.contains(secret), "the log tells {secret}: {log}");
        }
    }

    #[test]
    fn the_log_is_captured() {
        watch();
        tracing::error!(target: "server", "so that what is looked for could be found");
        assert!(String::from_utf8_lossy(&LOG.lock().unwrap()).contains("could be found"));
    }
}

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) user: protocol::User,
}

impl Person {
    pub(crate) async fn invite(&self, server: &Server) -> String {
        let request =
            server.post("/api/invites").bearer_auth(&self.token).json(&NewInvite::default());
        let Invite { invite, .. } = request.send().await.unwrap().json().await.unwrap();
        secrecy::keep(&invite);
        invite
    }

    pub(crate) async fn ticket(&self, server: &Server) -> String {
        let response = server.post("/ws/ticket").bearer_auth(&self.token).send().await.unwrap();
        let Ticket { ticket, .. } = response.json().await.unwrap();
        secrecy::keep(&ticket);
        ticket
    }

    /// A socket that has been welcomed.
    pub(crate) async fn connect(&self, server: &Server) -> Socket {
        let ticket = self.ticket(server).await;
        let mut socket = server.connect(&format!("/ws?ticket={ticket}"), &[]).await.unwrap();
        socket.welcome().await;
        socket
    }

    /// The same without a ticket, as while Redis is away.
    pub(crate) async fn connect_by_header(&self, server: &Server) -> Socket {
        Socket::open(server.address, &self.token).await
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
    /// One that has been welcomed, by a token in its header.
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
            match soon("a message", self.stream.next()).await {
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
        match soon("a frame", self.stream.next()).await {
            Some(Ok(frame)) => frame,
            other => panic!("a frame was to come, not {other:?}"),
        }
    }

    /// How the server closes it: code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon("the close", self.stream.next()).await {
                Some(Ok(Frame::Close(Some(close)))) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("a close was to come, not {other:?}"),
            }
        }
    }
}

pub(crate) fn chat(room: &str, text: &str, id: Option<Uuid>) -> Request {
    secrecy::keep(text);
    Request::Chat(Chat {
        room: Some(RoomName::from(room)),
        text: text.into(),
        id: id.map(MessageId),
    })
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
    server::base::clock::now()
}
