//! A stranger asks for everything by random requests, and learns nothing of private and direct
//! rooms: not a word, a name, a count, nor whether they exist.
//!
//! Each request is sent twice: with ids and slugs that exist, of rooms that the stranger may not
//! see, of their messages and threads, and with others that do not. Both answers must be the same
//! once the ids are left out. The requests are random, and can be repeated with `BANTER_SEED`.

mod hidden;
mod random;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use protocol::{ServerMessage, decode_server_message};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;
use uuid::Uuid;

use self::{
    hidden::{Heard, HiddenRooms, SECRETS},
    random::{Random, http_call, ws_request},
};
use crate::{
    cluster::two_nodes,
    support::{Server, Socket, TestUser},
};

/// Requests to two nodes.
const REQUESTS: usize = 5_000;
/// Requests to a node alone. Two nodes answer the same ones, and have more to leak.
const REQUESTS_TO_ONE: usize = 1_000;
/// How often something happens in the hidden rooms meanwhile.
const ROUNDS: usize = 10;

/// Returns the seed, which `BANTER_SEED` replaces.
fn seed() -> u64 {
    let given = std::env::var("BANTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(16);
    eprintln!("BANTER_SEED={seed}");
    seed
}

/// The stranger, with a connection to each node.
struct Stranger<'a> {
    nodes: Vec<&'a Server>,
    user: &'a TestUser,
    sockets: Vec<Socket>,
    /// All events.
    overheard: String,
    /// The types of all requests.
    asked: BTreeSet<String>,
}

impl<'a> Stranger<'a> {
    async fn new(nodes: &[&'a Server], user: &'a TestUser) -> Self {
        let mut sockets = Vec::new();
        for node in nodes {
            sockets.push(user.subscriber(node, "general").await);
        }
        let (overheard, asked) = (String::new(), BTreeSet::new());
        Self { nodes: nodes.to_vec(), user, sockets, overheard, asked }
    }
}

impl Stranger<'_> {
    /// Connects again, and resumes all rooms that the stranger has heard of.
    async fn come_back(&mut self, heard: &Heard) {
        for node in 0..self.nodes.len() {
            self.sockets[node] = self.user.connect(self.nodes[node]).await;
            let named = heard.rooms.iter().map(|room| json!({ "room": room, "since": 1 }));
            let rooms: Vec<_> = named.chain([json!({ "room": "general", "since": 0 })]).collect();
            let resume = json!({ "type": "resume", "payload": { "rooms": rooms } });
            let answer = self.ask(node, &resume).await;
            // Refused rooms are named as in the request.
            let secret = SECRETS.iter().find(|secret| {
                let slugs = heard.rooms.iter().filter(|room| room.contains(**secret)).count();
                answer.matches(**secret).count() > slugs
            });
            assert_eq!(secret, None, "{answer}");
            assert_eq!(answer.matches("Subscribed {").count(), 1, "{answer}");
        }
    }

    /// Sends a request, and returns its answer. Keeps all that arrived before it.
    async fn ask(&mut self, node: usize, request: &Value) -> String {
        let kind = request["type"].as_str().unwrap();
        self.asked.insert(kind.to_owned());
        let socket = &mut self.sockets[node];
        let mut text = request.clone();
        text["request_id"] = "r".into();
        socket.send_text(text.to_string()).await;
        if kind == "presence" {
            return String::new(); // a notice without an answer
        }
        let is_notice = kind == "draft"; // only an error is answered
        if is_notice {
            socket.send_text(r#"{"type":"drafts","request_id":"end"}"#).await;
        }
        let mut answer = String::new();
        loop {
            let received = socket.receive().await;
            match received.message {
                Some(ServerMessage::Event(event)) if received.request_id.is_none() => {
                    writeln!(self.overheard, "{event:?}").unwrap();
                }
                _ if received.request_id.as_deref() == Some("end") => return answer,
                message => answer = format!("{message:?}"),
            }
            if !is_notice && !answer.is_empty() {
                return answer;
            }
        }
    }

    /// Receives all events that were sent until now.
    async fn listen(&mut self) {
        for node in 0..self.nodes.len() {
            self.ask(node, &json!({ "type": "ping" })).await;
        }
    }

    /// Opens `/ws/{room}`. Returns the end of the connection.
    async fn upgrade(&self, node: usize, room: &str) -> String {
        let token = format!("Bearer {}", self.user.token);
        let path = format!("/ws/{room}");
        let opened = self.nodes[node].connect(&path, &[("authorization", &token)]).await;
        let mut socket = match opened {
            Ok(socket) => socket,
            Err(status) => return status.to_string(),
        };
        let mut all = String::new();
        loop {
            match socket.frame().await {
                Frame::Text(text) => {
                    let message = decode_server_message(&text).unwrap().message;
                    let name = message.map_or("", |message| message.name());
                    if name == "welcome" {
                        return "opened".to_owned();
                    }
                    all += name;
                }
                other => return format!("{all} {other:?}"),
            }
        }
    }

    async fn call(
        &self,
        node: usize,
        (method, path, body): &(Method, String, Option<Value>),
    ) -> String {
        let node = self.nodes[node];
        let mut request = node.request(method.clone(), path).bearer_auth(&self.user.token);
        request = request.header("cookie", format!("banter_session={}", self.user.token));
        if let Some(body) = body {
            request = request.json(body);
        } else if method == Method::POST {
            request = request.form(&[("text", "hello")]);
        }
        let response = request.header("origin", node.origin()).send().await.unwrap();
        let (status, location) = (response.status(), response.headers().get("location").cloned());
        format!("{status} {location:?} {}", response.text().await.unwrap())
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
        let node = random.below(stranger.nodes.len());
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
                answers.push(without(&stranger.ask(node, &request).await, place));
            }
        } else if random.below(20) == 0 {
            named = "GET /ws/{room}".to_owned();
            for place in places {
                answers.push(without(&stranger.upgrade(node, place.0).await, place));
            }
        } else {
            let (method, path, body) = http_call(random);
            named = format!("{method} {path} {body:?}");
            for place in places {
                let call = (method.clone(), fill(path, place), body.clone());
                answers.push(without(&stranger.call(node, &call).await, place));
            }
        }
        let of_others = hidden.hints().find(|hint| answers[0].contains(hint.as_str()));
        if lasting(&answers[0]) != lasting(&answers[1]) || of_others.is_some() {
            let hint = of_others.map(|hint| format!("names {hint}"));
            found.insert(named, format!("{hint:?}\n{}", answers.join("\n")));
        }
    }
    found
}

/// Leaves out of an answer what differs from one moment to the next: the time of a list, and the
/// nonces and faces of a page.
fn lasting(answer: &str) -> String {
    let mut rest = answer.split("<!DOCTYPE").next().unwrap_or_default();
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("as_of") {
        kept += before;
        rest = after.split_once(['}', ')']).map_or("", |(_, rest)| rest);
    }
    kept + rest
}

/// The run of all requests. The stranger is the owner, the role that may do most.
async fn run(nodes: &[&Server], requests: usize) {
    let (one, other) = (nodes[0], nodes[nodes.len() - 1]);
    let user = one.register_owner("stranger").await;
    let [bo, cy] = [one.join("bo", &user).await, one.join("cy", &user).await];
    one.join("dan", &user).await;
    let mut hidden = HiddenRooms::make((one, &bo), (other, &cy), &user).await;
    let mut stranger = Stranger::new(nodes, &user).await;
    let seed = seed();
    let mut random = Random(seed);
    for round in 0..ROUNDS {
        // Live events of what is hidden must not arrive.
        hidden.happen().await;
        let nothing = hidden.heard.nothing_like();
        let before = hidden.state().await;
        let asked = requests / ROUNDS;
        let heard = (&hidden.heard, &nothing);
        let found = differences(&mut stranger, heard, &mut random, asked).await;
        assert!(found.is_empty(), "BANTER_SEED={seed}: {found:#?}");
        assert_eq!(hidden.state().await, before, "a request changed something");
        // A signal is answered by an error only.
        for room in hidden.heard.rooms.iter().chain(&nothing.rooms) {
            let typing = json!({ "type": "typing", "payload": { "room": room } });
            let refused = stranger.sockets[0].refused(&typing.to_string()).await;
            assert_eq!(refused.detail, "There is no such room.", "{room}");
        }
        if round % 2 == 0 {
            stranger.listen().await;
            stranger.come_back(&hidden.heard).await;
        }
    }
    stranger.listen().await;
    let kinds = protocol::Request::NAMES.iter().filter(|kind| {
        let is_asked = stranger.asked.contains(**kind);
        !is_asked && !["auth", "typing", "pong"].contains(*kind)
    });
    let never: Vec<_> = kinds.collect();
    assert!(never.is_empty(), "the stranger never sent {never:?}");

    // The lists, the pages and the events name nothing either.
    let mut lists = stranger.overheard.clone();
    for socket in &mut stranger.sockets {
        lists += &format!("{:?} {:?}", socket.rooms().await, socket.threads().await);
    }
    for path in [
        "/api/rooms",
        "/api/users",
        "/api/users/bo",
        "/api/room-address?name=Plans",
        "/rooms/general",
        "/browse",
        "/threads",
        "/scheduled",
        "/unread",
        "/search",
        "/people",
        "/admin",
    ] {
        lists += &stranger.call(0, &(Method::GET, path.to_owned(), None)).await;
    }
    for hint in hidden.heard.hints() {
        let place = lists.find(&hint).map(|at| &lists[at.saturating_sub(200)..at + 40]);
        assert_eq!(place, None, "{hint}");
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_hidden_rooms() {
    run(&[&Server::start().await], REQUESTS_TO_ONE).await;
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_hidden_rooms_on_two_nodes() {
    // On a busy machine, the sockets of the others may be silent for long.
    let (one, other, _redis) = two_nodes(&["--rate-limit=off", "--heartbeat=120/120"]).await;
    run(&[&one, &other], REQUESTS).await;
}

#[tokio::test]
async fn a_planted_leak_is_found() {
    let server = Server::start().await;
    let user = server.register_owner("stranger").await;
    let [bo, cy] = [server.join("bo", &user).await, server.join("cy", &user).await];
    server.join("dan", &user).await;
    let hidden = HiddenRooms::make((&server, &bo), (&server, &cy), &user).await;
    let nothing = hidden.heard.nothing_like();
    // As if an access check had been forgotten: one of the rooms is public, so that it is there.
    server.sql("UPDATE rooms SET private = 0 WHERE slug = 'xylophon-new'");
    let mut stranger = Stranger::new(&[&server], &user).await;
    let mut random = Random(seed());
    let heard = (&hidden.heard, &nothing);
    let found = differences(&mut stranger, heard, &mut random, 500).await;
    let by_socket = found.keys().filter(|request| request.contains("payload")).count();
    assert!(by_socket > 5 && found.len() - by_socket > 5, "{found:#?}");
}
