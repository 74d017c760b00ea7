//! A stranger asks for everything by random requests, and learns nothing of private and direct
//! rooms: not a word, a name, a count, nor whether they exist.
//!
//! Each request is sent twice: with ids and slugs that exist, of rooms that the stranger may not
//! see, of their messages and threads, and with others that do not. Both answers must be the same
//! once the ids are left out. The requests are random, and can be repeated with `BANTER_SEED`.

use std::{collections::BTreeMap, fmt::Write as _};

use protocol::{ServerMessage, http::UpdateRoom};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Server, Socket, TestUser, chat, rooms::room};

/// Words that stand in the hidden rooms alone.
const SECRETS: [&str; 4] = ["xylophon", "quetzal", "zeppelin", "obsidian"];
/// Requests of each run.
const REQUESTS: usize = 5_000;
/// How often something happens in the hidden rooms meanwhile.
const ROUNDS: usize = 10;

/// Deterministic random numbers from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    /// Returns a number from 0 up to but excluding `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// Returns the seed, which `BANTER_SEED` replaces.
fn seed() -> u64 {
    let given = std::env::var("BANTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(16);
    eprintln!("BANTER_SEED={seed}");
    seed
}

/// What the stranger has heard of: names of hidden things, or of things that are not there.
struct Heard {
    rooms: Vec<String>,
    messages: Vec<Uuid>,
}

/// Makes a private room, and a direct one, that the stranger may not see, with messages.
async fn hidden_rooms(server: &Server, bo: &TestUser, cy: &TestUser) -> Heard {
    let private = bo.create_room(server, "xylophon-plans", true).await;
    bo.add(server, "xylophon-plans", "cy").await;
    let update = UpdateRoom {
        slug: Some("xylophon-new".into()),
        name: Some("xylophon".into()),
        topic: Some("quetzal".into()),
        archived: None,
    };
    room(bo.update_room(server, "xylophon-plans", update).await);
    let (_, direct) = room(bo.direct(server, &[&cy.user.username]).await);
    let (_, notes) = room(bo.direct(server, &[]).await);
    let mut socket = bo.connect(server).await;
    let mut messages = Vec::new();
    for room in [&private, &direct, &notes] {
        let name = room.id.to_string();
        for text in ["zeppelin @stranger", "obsidian"] {
            let id = Uuid::new_v4();
            socket.request(&chat(&name, text, Some(id))).await;
            messages.push(id);
        }
    }
    let ids = [&private, &direct, &notes].map(|room| room.id.to_string());
    let slugs = ["xylophon-plans".to_owned(), "xylophon-new".to_owned()];
    Heard { rooms: ids.into_iter().chain(slugs).collect(), messages }
}

/// The same numbers of names and ids, of nothing.
fn nothing_like(heard: &Heard) -> Heard {
    let name = |name: &String| match Uuid::try_parse(name) {
        Ok(_) => Uuid::now_v7().to_string(),
        Err(_) => format!("nothing-{}", name.len()),
    };
    Heard {
        rooms: heard.rooms.iter().map(name).collect(),
        messages: heard.messages.iter().map(|_| Uuid::new_v4()).collect(),
    }
}

/// A random request, as text with places for names: `{room}`, `{message}` and `{fresh}`.
fn ws_request(random: &mut Random) -> Value {
    let (room, message) = ("{room}", "{message}");
    let seq = random.below(9);
    let on = random.coin();
    let (kind, payload) = match random.below(22) {
        0 => ("subscribe", json!({ "room": room })),
        1 => ("subscribe", json!({ "room": room, "since": seq })),
        2 => ("unsubscribe", json!({ "room": room })),
        3 => {
            ("resume", json!({ "rooms": [{ "room": room, "since": seq }, { "room": "general" }] }))
        }
        4 => ("chat", json!({ "room": room, "text": "hello" })),
        5 => ("chat", json!({ "room": room, "text": "hello", "reply_to": message })),
        6 => ("chat", json!({ "room": room, "text": "hello", "thread": message })),
        7 => ("chat_edit", json!({ "room": room, "id": message, "text": "mine" })),
        8 => ("chat_delete", json!({ "room": room, "id": message })),
        9 => ("chat_react", json!({ "room": room, "id": message, "emoji": "🎉", "on": on })),
        10 => ("history", json!({ "room": room, "around": seq })),
        11 => ("history", json!({ "room": room, "thread": message })),
        12 => ("members", json!({ "room": room, "after": "bo" })),
        13 => ("read", json!({ "room": room, "seq": seq, "back": on })),
        14 => ("members", json!({ "room": room })),
        15 => ("rooms", json!({ "after": room })),
        16 => ("notify", json!({ "room": room, "level": "all" })),
        17 => ("favourite", json!({ "room": room, "on": on })),
        18 => ("chat_edit", json!({ "room": "general", "id": message, "text": "mine" })),
        19 => ("chat_react", json!({ "room": "general", "id": message, "emoji": "🎉", "on": on })),
        20 => ("chat_delete", json!({ "room": "general", "id": message })),
        _ => ("read", json!({ "room": room, "seq": seq, "thread": message })),
    };
    json!({ "type": kind, "payload": payload })
}

/// A random call: method, path and body.
fn http_call(random: &mut Random) -> (Method, &'static str, Option<Value>) {
    let own = ["stranger", "bo", "cy"][random.below(3)];
    match random.below(13) {
        0 => (Method::GET, "/api/rooms/{room}", None),
        1 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "topic": "x" }))),
        2 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "archived": true }))),
        3 => (Method::PATCH, "/api/rooms/{room}", Some(json!({ "slug": "No" }))),
        4 => (Method::GET, "/api/rooms/{room}/messages?limit=5", None),
        5 => (Method::POST, "/api/rooms/{room}/members", Some(json!({ "user": own }))),
        6 => (Method::DELETE, "/api/rooms/{room}/members/stranger", None),
        7 => (Method::DELETE, "/api/rooms/{room}/members/bo", None),
        8 => (Method::DELETE, "/api/rooms/{room}/members/nobody", None),
        9 => (Method::GET, "/api/rooms?after={room}", None),
        10 => (Method::GET, "/api/messages/{message}", None),
        11 => (Method::GET, "/m/{message}", None),
        _ => (Method::GET, "/rooms/{room}", None),
    }
}

struct Stranger<'a> {
    server: &'a Server,
    user: &'a TestUser,
    socket: Socket,
    /// All events.
    overheard: String,
}

impl<'a> Stranger<'a> {
    async fn new(server: &'a Server, user: &'a TestUser) -> Self {
        Self { server, user, socket: user.connect(server).await, overheard: String::new() }
    }
}

impl Stranger<'_> {
    /// Sends a request, and returns its answer, with all that arrived before it.
    async fn ask(&mut self, request: &Value) -> String {
        let mut text = request.clone();
        text["request_id"] = "r".into();
        self.socket.send_text(text.to_string()).await;
        let mut answer = String::new();
        loop {
            let received = self.socket.receive().await;
            let last = received.request_id.is_some();
            match received.message {
                Some(ServerMessage::Event(event)) if !last => {
                    writeln!(self.overheard, "{event:?}").unwrap();
                }
                message => write!(answer, "{message:?}").unwrap(),
            }
            if last {
                return answer;
            }
        }
    }

    async fn call(&self, (method, path, body): &(Method, String, Option<Value>)) -> String {
        let mut request = self.server.request(method.clone(), path).bearer_auth(&self.user.token);
        request = request.header("cookie", format!("banter_session={}", self.user.token));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.header("origin", self.server.origin()).send().await.unwrap();
        let (status, location) = (response.status(), response.headers().get("location").cloned());
        let body = response.text().await.unwrap();
        // A page differs from itself: by its nonce, and by what the address bar shows.
        let body = if path.starts_with("/api") { body } else { String::new() };
        format!("{status} {location:?} {body}")
    }
}

fn fill(text: &str, (room, message): (&str, Uuid)) -> String {
    text.replace("{room}", room).replace("{message}", &message.to_string())
}

/// Leaves out what was named in the request: answers may repeat it.
fn without(answer: &str, (room, message): (&str, Uuid)) -> String {
    answer.replace(room, "{room}").replace(&message.to_string(), "{message}")
}

/// Compares the answers for what is hidden with those for what is not there. Returns the
/// differences, by request.
async fn differences(
    stranger: &mut Stranger<'_>,
    (hidden, nothing): (&Heard, &Heard),
    random: &mut Random,
    requests: usize,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for _ in 0..requests {
        let room = random.below(hidden.rooms.len());
        let message = random.below(hidden.messages.len());
        let places = [hidden, nothing].map(|heard| (&*heard.rooms[room], heard.messages[message]));
        let mut answers = Vec::new();
        let named;
        if random.coin() {
            let request = ws_request(random);
            named = request.to_string();
            for place in places {
                let request = serde_json::from_str(&fill(&named, place)).unwrap();
                answers.push(without(&stranger.ask(&request).await, place));
            }
        } else {
            let (method, path, body) = http_call(random);
            named = format!("{method} {path} {body:?}");
            for place in places {
                let call = (method.clone(), fill(path, place), body.clone());
                answers.push(without(&stranger.call(&call).await, place));
            }
        }
        let tells = SECRETS.iter().any(|secret| answers[0].contains(secret));
        if answers[0] != answers[1] || tells {
            found.insert(named, answers.join("\n"));
        }
    }
    found
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_hidden_rooms() {
    let server = Server::start().await;
    // The stranger is the owner: the role that may do most.
    let user = server.register_owner("stranger").await;
    let [bo, cy] = [server.join("bo", &user).await, server.join("cy", &user).await];
    let hidden = hidden_rooms(&server, &bo, &cy).await;
    let nothing = nothing_like(&hidden);
    let mut stranger = Stranger::new(&server, &user).await;
    let seed = seed();
    let mut random = Random(seed);
    let heard = (&hidden, &nothing);
    let mut bos = bo.connect(&server).await;
    for _ in 0..ROUNDS {
        // Live events of what is hidden must not arrive either.
        for room in &hidden.rooms[..3] {
            bos.chat(room, "obsidian").await;
        }
        let asked = REQUESTS / ROUNDS;
        let found = differences(&mut stranger, heard, &mut random, asked).await;
        assert!(found.is_empty(), "BANTER_SEED={seed}: {found:#?}");
    }

    // A signal is answered by an error only.
    for room in hidden.rooms.iter().chain(&nothing.rooms) {
        let typing = json!({ "type": "typing", "payload": { "room": room } });
        let refused = stranger.socket.refused(&typing.to_string()).await;
        assert_eq!(refused.detail, "There is no such room.", "{room}");
    }
    // The lists, and the search of users, name nothing of them either.
    let mut lists = format!("{:?}", stranger.socket.rooms().await) + &stranger.overheard;
    for path in ["/api/rooms", "/api/users", "/api/users/bo", "/api/room-address?name=Plans"] {
        let (_, body) = user.get(&server, path).await;
        lists += &body.to_string();
    }
    let hints = hidden.rooms.iter().map(String::as_str).chain(SECRETS);
    for hint in hints {
        assert!(!lists.contains(hint), "{hint}: {lists}");
    }
    // What was sent to the hidden rooms was stored nowhere.
    for room in bos.rooms().await {
        assert!(room.slug == "general" || room.seq == 2 + ROUNDS as u64, "{room:?}");
    }
}

#[tokio::test]
async fn a_planted_leak_is_found() {
    let server = Server::start().await;
    let user = server.register_owner("stranger").await;
    let [bo, cy] = [server.join("bo", &user).await, server.join("cy", &user).await];
    let hidden = hidden_rooms(&server, &bo, &cy).await;
    let nothing = nothing_like(&hidden);
    // As if an access check had been forgotten: one of the rooms is public, so that it is there.
    server.sql("UPDATE rooms SET private = 0 WHERE slug = 'xylophon-new'");
    let mut stranger = Stranger::new(&server, &user).await;
    let mut random = Random(seed());
    let found = differences(&mut stranger, (&hidden, &nothing), &mut random, 500).await;
    let by_socket = found.keys().filter(|request| request.contains("payload")).count();
    assert!(by_socket > 5 && found.len() - by_socket > 5, "{found:#?}");
}
