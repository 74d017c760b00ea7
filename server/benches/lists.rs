//! The cost of a page that returns, for a user with 100 rooms, 30 direct rooms and 50 followed
//! threads, and for one with 1,000, 300 and 500: the page as the server renders it, the lists of
//! rooms and of threads, and a `resume` of all rooms without news:
//! `cargo bench -p server --bench lists`, or on PostgreSQL
//! `bin/with-services cargo bench -p server --bench lists`. The CPU time is that of this process,
//! which is the server and the client; that of PostgreSQL is not in it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measuring"
)]

use std::{
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    ListRooms, MessageId, Request, Response, Resume, ResumeRoom, RoomId, ServerMessage, Threads,
    decode_server_message, encode_request,
};
use server::{
    config::Config,
    http::state::App,
    store::{LinkRules, NewMessage, NewStoredRoom, NewUser, SessionUser},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message as Frame},
};
use uuid::Uuid;

/// The numbers of rooms, direct rooms and followed threads.
const SIZES: [(usize, usize, usize); 2] = [(100, 30, 50), (1_000, 300, 500)];
/// The rooms that a page lists before it is connected.
const LISTED_ROOMS: usize = 500;
const ROUNDS: usize = 21;

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
        sender: author.user.id,
        session: Some(author.id),
        text: "a message as people write them, about as long as this one is".into(),
        reply_to: None,
        thread,
        in_room: false,
        files: Vec::new(),
        links: LinkRules::default(),
        previews: true,
        reminder: false,
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
            let resume =
                Request::Resume(Resume { epoch: None, rooms: asked.collect(), join: None });
            let Response::Resume(page) = self.ask(&resume).await else {
                panic!("rooms were to come")
            };
            assert!(page.rooms.iter().all(|room| room.recovered));
            resumed += page.rooms.len();
        }
        resumed
    }
}

/// Where and what to measure.
struct Place<'a> {
    address: SocketAddr,
    app: &'a App,
    ada: &'a SessionUser,
    rooms: &'a [(RoomId, u64)],
}

/// Lets PostgreSQL count its rows, as it does by itself within a minute. Until then it plans for
/// empty tables.
fn analyze() {
    if let Ok(url) = std::env::var("BANTER_TEST_DATABASE_URL") {
        let done = Command::new("psql").args(["-q", "-d", &url, "-c", "ANALYZE"]).status();
        assert!(done.unwrap().success());
    }
}

/// The CPU time that this process has used.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Measures an answer, or all pages of it. It has at least `expected` items.
async fn measure(place: &Place<'_>, what: &str, expected: usize) {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(place, what, expected).await);
    }
    let mut cpu: Vec<_> = rounds.iter().map(|(_, cpu, ..)| *cpu).collect();
    cpu.sort_unstable();
    rounds.sort_unstable();
    let (took, _, answers, bytes) = rounds[ROUNDS / 2];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "  {what:<22} {:>8.1} {:>7.1} {answers:>8} {:>7}",
        ms(took),
        ms(cpu[ROUNDS / 2]),
        bytes >> 10
    );
}

/// Returns the time, the CPU time, the number of answers and their bytes.
async fn round(
    place: &Place<'_>,
    what: &str,
    expected: usize,
) -> (Duration, Duration, usize, usize) {
    let (address, token) = (place.address, place.app.auth.token(place.ada));
    if what == "page" {
        let cookie = place.app.cookie.set(place.ada).unwrap();
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let http = reqwest::Client::new();
        let request = http.get(format!("http://{address}/rooms")).header("Cookie", cookie);
        let (begun, cpu) = (Instant::now(), cpu_time());
        let page = request.send().await.unwrap().text().await.unwrap();
        let took = (begun.elapsed(), cpu_time() - cpu);
        let links = page.matches("href=\"/rooms/").count();
        assert!(links >= expected, "{links} of {expected} rooms in {page}");
        return (took.0, took.1, 1, page.len());
    }
    let request = ClientRequestBuilder::new(format!("ws://{address}/ws").parse().unwrap())
        .with_header("Authorization", format!("Bearer {token}"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    socket.next().await.unwrap().unwrap(); // the welcome
    let mut client = Client { socket, answers: 0, bytes: 0 };
    let (begun, cpu) = (Instant::now(), cpu_time());
    let count = match what {
        "rooms" => client.rooms().await,
        "threads" => client.threads().await,
        _ => client.resume(place.rooms).await,
    };
    let took = (begun.elapsed(), cpu_time() - cpu);
    assert!(count >= expected, "{what}: {count}");
    (took.0, took.1, client.answers, client.bytes)
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
    let (mut rooms, mut direct_rooms) = (Vec::new(), 0);
    println!("{on}, medians of {ROUNDS}          ms  ms CPU  answers     KiB");
    for (room_count, direct_count, thread_count) in SIZES {
        for number in rooms.len()..room_count {
            let name = format!("Room {number}");
            let slug = format!("room-{number}").as_str().into();
            let new = NewStoredRoom { slug, name, private: number % 2 == 0, creator: ada.user.id };
            let room = app.store.create_room(new).await.unwrap().id;
            let mut seq = 0;
            if number % 2 == 0 {
                let first = write(&app, &ada, room, None).await;
                write(&app, &ada, room, Some(first)).await;
                seq = 2;
            }
            rooms.push((room, seq));
        }
        for number in direct_rooms..direct_count {
            let other = register(&app, format!("user{number}")).await.user;
            app.store.direct_room(ada.user.id, [other.id.to_string()].into()).await.unwrap();
        }
        direct_rooms = direct_count;
        analyze();
        println!("{room_count} rooms, {direct_count} direct rooms, {thread_count} threads");
        let place = Place { address, app: &app, ada: &ada, rooms: &rooms };
        for what in ["page", "rooms", "threads", "resume"] {
            let expected = match what {
                "page" => LISTED_ROOMS.min(room_count + direct_count),
                "rooms" => room_count + direct_count,
                "threads" => thread_count,
                _ => room_count,
            };
            measure(&place, what, expected).await;
        }
    }
    app.shutdown.begin();
    running.await.unwrap().unwrap();
}
