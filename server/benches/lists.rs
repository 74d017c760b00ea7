//! The cost of a page that returns, for a user with 1,000 rooms, 300 direct rooms and 500 followed
//! threads: the lists of rooms and of threads, and a `resume` of 1,000 rooms without news:
//! `cargo bench -p server --bench lists`, or on PostgreSQL
//! `bin/with-services cargo bench -p server --bench lists`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measuring"
)]

use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ListRooms, MessageId, Request, Response, Resume, ResumeRoom, RoomId, ServerMessage, Threads,
    decode_server_message, encode_request,
};
use server::{
    config::Config,
    http::state::App,
    store::{NewMessage, NewStoredRoom, NewUser, SessionUser},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message as Frame},
};
use uuid::Uuid;

const ROOMS: usize = 1_000;
const DIRECT_ROOMS: usize = 300;
const THREADS: usize = 500;
const ROUNDS: usize = 9;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

async fn register(app: &App, username: String) -> SessionUser {
    let new = NewUser {
        username,
        display_name: None,
        password: "not used to sign in".into(),
        invite: None,
        open: true,
        must_be_first: false,
        device: Default::default(),
    };
    app.store.register(new).await.unwrap()
}

async fn write(
    app: &App,
    author: &SessionUser,
    room: RoomId,
    thread: Option<MessageId>,
) -> MessageId {
    let (answer, stored) = tokio::sync::oneshot::channel();
    let id = MessageId(Uuid::now_v7());
    let new = NewMessage {
        id,
        room: room.into(),
        sender: author.user.clone(),
        session: author.id,
        text: "a message as people write them, about as long as this one is".into(),
        reply_to: None,
        thread,
        in_room: false,
    };
    app.store.append(new, |logged| answer.send(logged.is_ok()).unwrap()).await.unwrap();
    assert!(stored.await.unwrap());
    id
}

struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    answers: usize,
    bytes: usize,
}

impl Client {
    async fn ask(&mut self, request: &Request) -> Response {
        self.socket.send(Frame::text(encode_request(request, Some("1")))).await.unwrap();
        loop {
            let Frame::Text(text) = self.socket.next().await.unwrap().unwrap() else {
                panic!("text was to come")
            };
            let received = decode_server_message(&text).unwrap();
            if received.request_id.is_none() {
                continue;
            }
            (self.answers, self.bytes) = (self.answers + 1, self.bytes + text.len());
            match received.message.unwrap() {
                ServerMessage::Response(response) => return response,
                other => panic!("{other:?}"),
            }
        }
    }

    async fn rooms(&mut self) -> usize {
        let (mut listed, mut after) = (0, None);
        loop {
            let list = ListRooms { after, ..ListRooms::default() };
            let Response::Rooms(page) = self.ask(&Request::Rooms(list)).await else {
                panic!("rooms were to come")
            };
            listed += page.rooms.len();
            after = page.rooms.last().map(|room| room.id.into());
            if !page.has_more {
                return listed;
            }
        }
    }

    async fn threads(&mut self) -> usize {
        let (mut listed, mut cursor) = (0, None);
        loop {
            let asked = Request::Threads(Threads { cursor, limit: None });
            let Response::Threads(page) = self.ask(&asked).await else {
                panic!("threads were to come")
            };
            listed += page.threads.len();
            cursor = page.next;
            if cursor.is_none() {
                return listed;
            }
        }
    }

    async fn resume(&mut self, rooms: &[(RoomId, u64)]) -> usize {
        let mut resumed = 0;
        while resumed < rooms.len() {
            let asked = rooms[resumed..].iter();
            let asked =
                asked.map(|(room, seq)| ResumeRoom { room: (*room).into(), since: Some(*seq) });
            let resume = Request::Resume(Resume { epoch: None, rooms: asked.collect() });
            let Response::Resume(page) = self.ask(&resume).await else {
                panic!("rooms were to come")
            };
            assert!(page.rooms.iter().all(|room| room.recovered));
            resumed += page.rooms.len();
        }
        resumed
    }
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", folder.path().display());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = std::env::var("BANTER_TEST_DATABASE_URL");
    let on = if database.is_ok() { "PostgreSQL" } else { "SQLite" };
    let database = database.map(|url| format!("--database-url={url}"));
    let flags = ["banter", &data, "--rate-limit=off", "--drain=0"];
    let config = Flags::parse_from(flags.into_iter().chain(database.as_deref().ok())).config;
    let (app, arrivals) = server::open(config, &listener).unwrap();
    let running = tokio::spawn(server::run(app.clone(), arrivals, listener));
    let ada = register(&app, "ada".into()).await;
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        let name = format!("Room {number}");
        let slug = format!("room-{number}").as_str().into();
        let new = NewStoredRoom { slug, name, private: number % 2 == 0, creator: ada.user.id };
        rooms.push((app.store.create_room(new).await.unwrap().id, 0));
    }
    for number in 0..DIRECT_ROOMS {
        let other = register(&app, format!("user{number}")).await.user;
        app.store.direct_room(ada.user.id, [other.id.to_string()].into()).await.unwrap();
    }
    for (room, seq) in rooms.iter_mut().take(THREADS) {
        let first = write(&app, &ada, *room, None).await;
        write(&app, &ada, *room, Some(first)).await;
        *seq = 2;
    }
    let token = app.auth.token(&ada);
    println!("{on}, medians of {ROUNDS}          ms   answers   KiB");
    for what in ["rooms", "threads", "resume"] {
        let mut rounds: Vec<(Duration, usize, usize)> = Vec::new();
        for _ in 0..ROUNDS {
            let url = format!("ws://{address}/ws").parse().unwrap();
            let request = ClientRequestBuilder::new(url)
                .with_header("Authorization", format!("Bearer {token}"));
            let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
            socket.next().await.unwrap().unwrap(); // the welcome
            let mut client = Client { socket, answers: 0, bytes: 0 };
            let begun = Instant::now();
            let count = match what {
                "rooms" => client.rooms().await,
                "threads" => client.threads().await,
                _ => client.resume(&rooms).await,
            };
            rounds.push((begun.elapsed(), client.answers, client.bytes));
            assert!(count >= THREADS, "{what}: {count}");
        }
        rounds.sort_unstable();
        let (took, answers, bytes) = rounds[ROUNDS / 2];
        println!("{what:<22} {:>8.1} {answers:>8} {:>6}", took.as_secs_f64() * 1e3, bytes >> 10);
    }
    app.shutdown.begin();
    running.await.unwrap().unwrap();
}
