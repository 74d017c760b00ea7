//! Durable messages per second and the latency of each, compared in one run: SQLite with one commit
//! per message, SQLite with group commit only (same schema, same statements), Banter's store, and
//! Banter over WebSockets.
//!
//! `cargo bench -p server --bench durable`. Each writer waits for its response before it writes
//! again. Rounds alternate; the results are medians. Together with `bin/with-services`, PostgreSQL
//! is measured as well. The data folder is temporary, unless `BANTER_BENCH_DIR` names a disk to
//! measure.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a tool for measuring"
)]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use clap::Parser;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Chat, MessageId, Request, RoomId, SessionId, UserId, encode_request,
    http::{Register, SignedIn},
};
use rusqlite::{Connection, params};
use server::{
    config::Config,
    store::{LinkRules, NewMessage, NewUser, Store},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message as Frame},
};
use uuid::Uuid;

const ROUNDS: usize = 5;
const WRITERS: [usize; 3] = [1, 16, 256];
const FOR: Duration = Duration::from_secs(2);
const TEXT: &str = "a message as people write them, about as long as this one is";

/// The result of one round.
#[derive(Clone, Debug)]
struct Measured {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Measured {
    fn new(mut latencies: Vec<Duration>, took: Duration) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
        Self {
            per_second: latencies.len() as f64 / took.as_secs_f64(),
            p50: at(0.5),
            p99: at(0.99),
        }
    }
}

fn folder() -> TempDir {
    std::env::var_os("BANTER_BENCH_DIR")
        .map_or_else(tempfile::tempdir, tempfile::tempdir_in)
        .unwrap()
}

/// A store with one user and one room.
fn fresh(folder: &Path) -> (RoomId, UserId) {
    drop(Store::open(folder).unwrap());
    let db = Connection::open(folder.join("banter.sqlite3")).unwrap();
    let user = Uuid::now_v7();
    db.execute(
        "INSERT INTO users (id, username, role, password, created_at)
             VALUES (?, 'ada', 'owner', '', 0)",
        [user.as_bytes()],
    )
    .unwrap();
    let room: [u8; 16] = db.query_row("SELECT id FROM rooms", [], |row| row.get(0)).unwrap();
    (RoomId(Uuid::from_bytes(room)), UserId(user))
}

fn connect(folder: &Path) -> Connection {
    let db = Connection::open(folder.join("banter.sqlite3")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000;",
    )
    .unwrap();
    db
}

/// The statements that Banter's store runs for each message.
fn insert(db: &Connection, room: RoomId, user: UserId) {
    let (id, room, user) = (Uuid::now_v7(), room.0.as_bytes(), user.0.as_bytes());
    let end = "SELECT id, seq FROM rooms WHERE id = ?1 AND (private = 0 OR EXISTS
        (SELECT 1 FROM room_members WHERE room_id = rooms.id AND user_id = ?2))";
    let end: u64 =
        db.prepare_cached(end).unwrap().query_row([room, user], |row| row.get(1)).unwrap();
    let insert = "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";
    db.prepare_cached(insert)
        .unwrap()
        .execute(params![room, end + 1, id.as_bytes(), user, TEXT, 0])
        .unwrap();
    db.prepare_cached("UPDATE rooms SET seq = ? WHERE id = ?")
        .unwrap()
        .execute(params![end + 1, room])
        .unwrap();
}

/// Writes one message and waits until it is durable.
enum Writer {
    /// One commit per message, on one connection.
    Alone(Arc<Mutex<Connection>>, RoomId, UserId),
    /// All waiting messages share a commit.
    Group(mpsc::Sender<oneshot::Sender<()>>),
    /// Banter's store.
    Store(Store, RoomId, UserId),
    /// The complete server.
    Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>, RoomId),
}

impl Writer {
    async fn write(&mut self) {
        match self {
            Self::Alone(db, room, user) => {
                let (db, room, user) = (Arc::clone(db), *room, *user);
                let work = move || {
                    let db = db.lock().unwrap();
                    db.execute_batch("BEGIN IMMEDIATE").unwrap();
                    insert(&db, room, user);
                    db.execute_batch("COMMIT").unwrap();
                };
                tokio::task::spawn_blocking(work).await.unwrap();
            }
            Self::Group(orders) => {
                let (order, done) = oneshot::channel();
                orders.send(order).await.unwrap();
                done.await.unwrap();
            }
            Self::Store(store, room, user) => {
                let (answer, done) = oneshot::channel();
                let new = NewMessage {
                    id: MessageId(Uuid::now_v7()),
                    room: (*room).into(),
                    sender: *user,
                    session: Some(SessionId(Uuid::nil())), // SQLite never pends
                    text: TEXT.into(),
                    reply_to: None,
                    thread: None,
                    in_room: false,
                    files: Vec::new(),
                    links: LinkRules::default(),
                    previews: true,
                    reminder: false,
                };
                store.append(new, |logged| answer.send(logged.is_ok()).unwrap()).await.unwrap();
                assert!(done.await.unwrap());
            }
            Self::Socket(socket, room) => {
                let chat = Chat {
                    room: Some((*room).into()),
                    text: TEXT.into(),
                    id: Some(MessageId(Uuid::now_v7())),
                    ..Default::default()
                };
                socket
                    .send(Frame::text(encode_request(&Request::Chat(chat), Some("1"))))
                    .await
                    .unwrap();
                while !text(socket).await.contains("\"chat_response\"") {}
            }
        }
    }
}

async fn text(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> String {
    match socket.next().await {
        Some(Ok(Frame::Text(text))) => text.to_string(),
        other => panic!("a message was to come, not {other:?}"),
    }
}

/// Plain group commit with SQLite: one thread commits all waiting messages.
fn group_commit(db: Connection, room: RoomId, user: UserId) -> mpsc::Sender<oneshot::Sender<()>> {
    let (orders, mut waiting) = mpsc::channel::<oneshot::Sender<()>>(1024);
    std::thread::spawn(move || {
        while let Some(first) = waiting.blocking_recv() {
            let mut batch = vec![first];
            db.execute_batch("BEGIN IMMEDIATE").unwrap();
            insert(&db, room, user);
            while let Ok(next) = waiting.try_recv() {
                insert(&db, room, user);
                batch.push(next);
            }
            db.execute_batch("COMMIT").unwrap();
            batch.into_iter().for_each(|done| done.send(()).unwrap_or_default());
        }
    });
    orders
}

/// Runs the writers for a fixed time.
async fn run(writers: Vec<Writer>) -> Measured {
    let begun = Instant::now();
    let write = |mut writer: Writer| async move {
        let mut latencies = Vec::new();
        while begun.elapsed() < FOR {
            let asked = Instant::now();
            writer.write().await;
            latencies.push(asked.elapsed());
        }
        latencies
    };
    let tasks: Vec<_> = writers.into_iter().map(|writer| tokio::spawn(write(writer))).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.append(&mut task.await.unwrap());
    }
    Measured::new(latencies, begun.elapsed())
}

async fn alone(writers: usize) -> Measured {
    let folder = folder();
    let (room, user) = fresh(folder.path());
    let db = Arc::new(Mutex::new(connect(folder.path())));
    run((0..writers).map(|_| Writer::Alone(Arc::clone(&db), room, user)).collect()).await
}

async fn group(writers: usize) -> Measured {
    let folder = folder();
    let (room, user) = fresh(folder.path());
    let orders = group_commit(connect(folder.path()), room, user);
    run((0..writers).map(|_| Writer::Group(orders.clone())).collect()).await
}

async fn store(writers: usize) -> Measured {
    let folder = folder();
    let (room, user) = fresh(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let measured =
        run((0..writers).map(|_| Writer::Store(store.clone(), room, user)).collect()).await;
    store.close().await;
    measured
}

/// The store on PostgreSQL: each message takes several round trips, and all waiting messages share
/// a commit.
async fn postgres(writers: usize, url: &str) -> Measured {
    let store = Store::connect(url, None).unwrap();
    let new = NewUser {
        username: format!("u{}", &Uuid::new_v4().simple().to_string()[..12]),
        display_name: None,
        password: String::new(),
        invite: None,
        open: true,
        must_be_first: false,
        device: Default::default(),
    };
    let user = store.register(new).await.unwrap().user.id;
    let room = store.rooms(user, protocol::ListRooms::default()).await.unwrap().rooms[0].id;
    let measured =
        run((0..writers).map(|_| Writer::Store(store.clone(), room, user)).collect()).await;
    store.close().await;
    measured
}

/// The server process in its usual configuration. The clients run on the same machine.
async fn sockets(writers: usize) -> Measured {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }
    let folder = folder();
    let data = format!("--data-dir={}", folder.path().display());
    let flags = ["banter", &data, "--rate-limit=off", "--drain=0", "--max-sockets-per-user=1000"];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (app, arrivals) = server::open(Flags::parse_from(flags).config, &listener).unwrap();
    let running = tokio::spawn(server::run(app.clone(), arrivals, listener));
    let register = Register {
        username: "ada".into(),
        password: "long enough".into(),
        display_name: None,
        invite: None,
    };
    let request =
        reqwest::Client::new().post(format!("http://{address}/api/auth/register")).json(&register);
    let SignedIn { token, user, .. } = request.send().await.unwrap().json().await.unwrap();
    let room = app.store.rooms(user.id, protocol::ListRooms::default()).await.unwrap().rooms[0].id;
    let mut writers_open = Vec::new();
    for _ in 0..writers {
        let address = format!("ws://{address}/ws").parse().unwrap();
        let request = ClientRequestBuilder::new(address)
            .with_header("Authorization", format!("Bearer {token}"));
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        while !text(&mut socket).await.contains("\"welcome\"") {}
        writers_open.push(Writer::Socket(Box::new(socket), room));
    }
    let measured = run(writers_open).await;
    app.shutdown.begin();
    running.await.unwrap().unwrap();
    measured
}

fn median<T: Copy + PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let postgres_url = std::env::var("BANTER_TEST_DATABASE_URL").ok();
    let mut names = vec!["a commit each", "group commit", "Banter's store", "Banter, by sockets"];
    names.extend(postgres_url.is_some().then_some("the store on PostgreSQL"));
    for writers in WRITERS {
        let mut rounds = vec![Vec::new(); names.len()];
        for _ in 0..ROUNDS {
            rounds[0].push(alone(writers).await);
            rounds[1].push(group(writers).await);
            rounds[2].push(store(writers).await);
            rounds[3].push(sockets(writers).await);
            if let Some(url) = &postgres_url {
                rounds[4].push(postgres(writers, url).await);
            }
        }
        println!(
            "{writers} writers                  messages/s   of group commit   p50 ms   p99 ms"
        );
        for (name, measured) in names.iter().zip(&rounds) {
            let per_second = median(measured.iter().map(|measured| measured.per_second));
            let share = median(
                measured.iter().zip(&rounds[1]).map(|(one, raw)| one.per_second / raw.per_second),
            );
            let [p50, p99] =
                [|measured: &Measured| measured.p50, |measured: &Measured| measured.p99].map(
                    |figure| {
                        median(measured.iter().map(|measured| figure(measured).as_secs_f64() * 1e3))
                    },
                );
            println!("  {name:<24} {per_second:>10.0} {share:>17.2} {p50:>8.2} {p99:>8.2}");
        }
    }
}
