//! Search in 1,000,000 messages while 100 a second are written: 20 kinds of queries, the size of
//! the index, and how long it takes to build: `cargo bench -p server --bench search`, or on
//! PostgreSQL `bin/with-services cargo bench -p server --bench search`. `BANTER_BENCH_MESSAGES` is
//! another number of messages.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measuring"
)]

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use protocol::{MessageId, RoomId, Search, Timestamp};
use server::{
    config::Config,
    http::state::App,
    store::{BuildRules, BuildStep, LinkRules, NewMessage, NewStoredRoom, NewUser, SessionUser},
};
use tokio::{net::TcpListener, sync::Semaphore, time::MissedTickBehavior};
use uuid::Uuid;

const ROOMS: usize = 50;
/// The rooms that the user who searches is in.
const OWN_ROOMS: usize = 40;
const WORDS: usize = 50_000;
const HAN: usize = 2_000;
/// The searches of each kind.
const ROUNDS: usize = 100;
const WRITES_PER_SECOND: u64 = 100;
/// The messages that wait for the disk while the rooms are filled.
const WAITING: usize = 2_000;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Numbers that only look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end
    }

    /// A rank of Zipf's law: the first half of all words is as frequent as the root of all ranks.
    fn rank(&mut self, end: usize) -> usize {
        let share = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((end as f64).powf(share) as usize).min(end - 1)
    }
}

/// A word of that rank: syllables that spell its number, scattered.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su",
        "ta", "ve", "wi", "xo", "zu", "an", "er", "in", "on", "un", "st", "ch", "sch", "tr", "bl",
        "gr", "th",
    ];
    let mut number = rank.wrapping_mul(0x9e37_79b1) & 0xf_ffff;
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(SYLLABLES[number % 32]);
        number /= 32;
    }
    word
}

fn han(rank: usize) -> char {
    char::from_u32(0x4e00 + rank as u32 * 7).unwrap()
}

fn text(random: &mut Random) -> String {
    let words = 4 + random.below(16);
    if random.below(20) == 0 {
        return (0..words).map(|_| han(random.rank(HAN))).collect();
    }
    let mut text: Vec<String> = (0..words).map(|_| word(random.rank(WORDS))).collect();
    match random.below(40) {
        0 | 1 => text.push(format!("https://example.com/{:x}", random.next())),
        2 | 3 => text.push(format!("{}_{}({})", text[0], text[1], random.below(1_000))),
        _ => {}
    }
    text.join(" ")
}

/// Returns a query of a kind.
fn query(kind: &str, random: &mut Random) -> String {
    let rare = |random: &mut Random| word(WORDS / 2 + random.below(WORDS / 2));
    let common = |random: &mut Random| word(1 + random.below(20));
    match kind {
        "a common word" => common(random),
        "a word" => word(200 + random.below(2_000)),
        "a rare word" => rare(random),
        "two common words" => format!("{} {}", common(random), common(random)),
        "a common and a rare one" => format!("{} {}", common(random), rare(random)),
        "two rare words" => format!("{} {}", rare(random), rare(random)),
        "the first letter" => common(random)[..1].to_owned(),
        "the first two letters" => rare(random)[..2].to_owned(),
        "three letters of a word" => rare(random)[1..4].to_owned(),
        "five letters of a word" => rare(random)[2..7].to_owned(),
        "a phrase of common words" => format!("\"{} {}\"", common(random), common(random)),
        "a phrase of rare words" => format!("\"{} {}\"", rare(random), rare(random)),
        "one Han character" => han(random.rank(HAN)).to_string(),
        "two Han characters" => format!("{}{}", han(random.rank(HAN)), han(random.rank(HAN))),
        "from" => format!("from:user{}", random.below(ROOMS)),
        "from and a word" => format!("from:user{} {}", random.below(ROOMS), common(random)),
        "in and a word" => format!("in:room-{} {}", random.below(OWN_ROOMS), rare(random)),
        "has:link and a word" => format!("has:link {}", word(random.below(500))),
        "a word without another" => format!("{} -{}", common(random), common(random)),
        _ => format!("{}xqz", rare(random)),
    }
}

const KINDS: [&str; 20] = [
    "a common word",
    "a word",
    "a rare word",
    "two common words",
    "a common and a rare one",
    "two rare words",
    "the first letter",
    "the first two letters",
    "three letters of a word",
    "five letters of a word",
    "a phrase of common words",
    "a phrase of rare words",
    "one Han character",
    "two Han characters",
    "from",
    "from and a word",
    "in and a word",
    "has:link and a word",
    "a word without another",
    "nothing",
];

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

fn new_message(author: &SessionUser, room: RoomId, text: String) -> NewMessage {
    NewMessage {
        id: MessageId(Uuid::now_v7()),
        room: room.into(),
        sender: author.user.id,
        session: Some(author.id),
        text,
        reply_to: None,
        thread: None,
        in_room: false,
        files: Vec::new(),
        links: LinkRules::default(),
        previews: true,
        reminder: false,
    }
}

/// Returns the bytes of the tables of the index, and of those of messages.
fn sizes(folder: &std::path::Path) -> (u64, u64) {
    let number = |text: &str| text.trim().parse().unwrap();
    if let Ok(url) = std::env::var("BANTER_TEST_DATABASE_URL") {
        let psql = |tables: &str| {
            let query = format!(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ({tables})"
            );
            let out = Command::new("psql").args(["-qAt", "-d", &url, "-c", &query]).output();
            number(&String::from_utf8(out.unwrap().stdout).unwrap())
        };
        let index = psql("'search_pending','search_segments','search_docs','search_grams'");
        return (index, psql("'messages'"));
    }
    let db = rusqlite::Connection::open(folder.join("banter.sqlite3")).unwrap();
    let sum = |names: &str| {
        let query = format!("SELECT sum(pgsize) FROM dbstat WHERE name {names}");
        db.query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
    };
    (sum("LIKE 'search_%'"), sum("IN ('messages', 'sqlite_autoindex_messages_2')"))
}

async fn build(app: &App, holder: Uuid) {
    let lease = (holder, Timestamp::from_millis(i64::MAX / 2));
    while app.store.build_search(lease, BuildRules::default()).await.unwrap() == BuildStep::Done {}
}

#[tokio::main]
async fn main() {
    let count: usize =
        std::env::var("BANTER_BENCH_MESSAGES").map_or(1_000_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", folder.path().display());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let database = std::env::var("BANTER_TEST_DATABASE_URL");
    let on = if database.is_ok() { "PostgreSQL" } else { "SQLite" };
    let database = database.map(|url| format!("--database-url={url}"));
    let flags = ["banter", &data, "--rate-limit=off", "--drain=0"];
    let config = Flags::parse_from(flags.into_iter().chain(database.as_deref().ok())).config;
    let (app, _arrivals) = server::open(config, &listener).unwrap();
    let (mut users, mut rooms) = (Vec::new(), Vec::new());
    for number in 0..ROOMS {
        users.push(register(&app, format!("user{number}")).await);
    }
    for number in 0..ROOMS {
        let name = format!("Room {number}");
        let slug = format!("room-{number}").as_str().into();
        let creator = users[usize::from(number >= OWN_ROOMS)].user.id;
        let new = NewStoredRoom { slug, name, private: false, creator };
        rooms.push(app.store.create_room(new).await.unwrap().id);
    }
    let mut random = Random(7);
    let places = Arc::new(Semaphore::new(WAITING));
    let begun = Instant::now();
    let mut bytes = 0;
    for number in 0..count {
        let text = text(&mut random);
        bytes += text.len();
        let author = &users[random.below(ROOMS)];
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let new = new_message(author, rooms[random.below(ROOMS)], text);
        let written = move |logged: server::store::Result<_>| {
            logged.unwrap();
            drop(place);
        };
        app.store.append(new, written).await.unwrap();
        if number % 20_000 == 0 {
            build(&app, Uuid::nil()).await;
        }
    }
    drop(places.acquire_many(WAITING as u32).await.unwrap());
    build(&app, Uuid::nil()).await;
    let took = begun.elapsed().as_secs_f64();
    let (index, messages) = sizes(folder.path());
    let each = |bytes: u64| bytes as f64 / count as f64;
    println!(
        "{on}, {count} messages of {:.0} bytes, written and indexed in {took:.0} s\nindex \
         {:.0} bytes a message, messages {:.0}",
        bytes as f64 / count as f64,
        each(index),
        each(messages)
    );
    let writing = {
        let (app, users, rooms) = (app.clone(), users.clone(), rooms.clone());
        tokio::spawn(async move {
            let mut random = Random(11);
            let mut ticks =
                tokio::time::interval(Duration::from_micros(1_000_000 / WRITES_PER_SECOND));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            loop {
                ticks.tick().await;
                let author = &users[random.below(ROOMS)];
                let new = new_message(author, rooms[random.below(ROOMS)], text(&mut random));
                app.store.append(new, |logged| drop(logged.unwrap())).await.unwrap();
            }
        })
    };
    let building = {
        let app = app.clone();
        tokio::spawn(async move {
            loop {
                build(&app, Uuid::nil()).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        })
    };
    println!("{:<28} {:>7} {:>7} {:>7} {:>8}   incomplete", "ms", "p50", "p95", "p99", "found");
    let me = users[0].user.id;
    let mut all = Vec::new();
    for kind in KINDS {
        let (mut took, mut found, mut incomplete) = (Vec::new(), 0, 0);
        for _ in 0..ROUNDS {
            let query = query(kind, &mut random);
            let begun = Instant::now();
            let search = Search { query, ..Search::default() };
            let page = app.search.search(me, search).await.unwrap();
            took.push(begun.elapsed());
            found += page.total;
            incomplete += usize::from(page.incomplete);
        }
        all.extend_from_slice(&took);
        report(kind, &mut took, &format!("{:>8} {incomplete:>12}", found / ROUNDS as u64));
    }
    report("all", &mut all, "");
    writing.abort();
    building.abort();
}

fn report(what: &str, took: &mut [Duration], rest: &str) {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!("{what:<28} {:>7.1} {:>7.1} {:>7.1} {rest}", at(50), at(95), at(99));
}
