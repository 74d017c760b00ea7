//! Two nodes on one store, with a real Redis between them.

use std::{
    collections::BTreeSet,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use protocol::{
    CloseCode, Event, Member, Members, Read, Request, Response, Resume, ResumeRoom, ServerMessage,
    Subscribe, System, SystemEvent, Typing, Unsubscribe,
    http::{NewMember, NewRoom, Readiness},
};
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::{
    ports::free_port,
    support::{Person, Server, Socket, chat, soon},
};

/// Rooms of which each node follows all: what all of them say of these comes faster than it can be heard one by one.
const MANY: u64 = 5_000;

/// A Redis of a test's own: one server, or a cluster of three where `BANTER_TEST_REDIS` says `cluster`.
pub(crate) struct Redis {
    servers: Vec<RedisServer>,
    /// What a cluster's servers know of each other.
    folder: TempDir,
}

struct RedisServer {
    port: u16,
    /// Where it speaks TLS, if it does; by the certificate beside `BANTER_TEST_CA`.
    tls: Option<u16>,
    /// Of a cluster's server: where the others reach it.
    bus: Option<u16>,
    process: Child,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        if Self::is_to_be_a_cluster() {
            return Self::cluster().await;
        }
        let folder = TempDir::new().unwrap();
        Self { servers: vec![RedisServer::start((free_port(), None), None, &folder)], folder }
    }

    pub(crate) fn is_to_be_a_cluster() -> bool {
        std::env::var("BANTER_TEST_REDIS").is_ok_and(|kind| kind == "cluster")
    }

    async fn cluster() -> Self {
        Self::make_cluster(false).await
    }

    /// Spoken to over TLS; its servers speak it with each other as well.
    pub(crate) async fn cluster_with_tls() -> Self {
        Self::make_cluster(true).await
    }

    async fn make_cluster(with_tls: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let tls = || with_tls.then(free_port);
        let start = |_| RedisServer::start((free_port(), tls()), Some(free_port()), &folder);
        let redis = Self { servers: (0..3).map(start).collect(), folder };
        for server in &redis.servers {
            server.says("PONG", &["ping"]).await;
        }
        let addresses = redis.servers.iter().map(|server| format!("127.0.0.1:{}", server.port));
        let create = ["--cluster-yes", "--cluster", "create"]
            .map(str::to_owned)
            .into_iter()
            .chain(addresses);
        let created = Command::new("redis-cli").args(create).output().unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        redis.serves().await;
        redis
    }

    async fn serves(&self) {
        for server in self.servers.iter().filter(|server| server.bus.is_some()) {
            server.says("cluster_state:ok", &["cluster", "info"]).await;
        }
    }

    pub(crate) fn flag(&self) -> String {
        format!("--redis-url={}", self.url())
    }

    pub(crate) fn url(&self) -> String {
        let addresses = self.servers.iter().map(|server| match server.tls {
            Some(port) => format!("rediss://127.0.0.1:{port}"),
            None => format!("redis://127.0.0.1:{}", server.port),
        });
        addresses.collect::<Vec<_>>().join(",")
    }

    /// What a script gives on each server.
    fn evaluate(&self, script: &str) -> Vec<u64> {
        self.servers
            .iter()
            .map(|server| server.ask(&["eval", script, "0"]).parse().unwrap())
            .collect()
    }

    fn kill(&mut self) {
        self.servers.iter_mut().for_each(RedisServer::kill);
    }

    async fn start_again(&mut self) {
        for server in &mut self.servers {
            if server.process.try_wait().unwrap().is_some() {
                *server = RedisServer::start((server.port, server.tls), server.bus, &self.folder);
            }
        }
        self.serves().await;
    }
}

impl RedisServer {
    fn start((port, tls): (u16, Option<u16>), bus: Option<u16>, folder: &TempDir) -> Self {
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--bind",
            "127.0.0.1",
        ]);
        if let Some(bus) = bus {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &bus.to_string()]);
            command.args([
                "--cluster-config-file",
                &format!("{port}.conf"),
                "--cluster-node-timeout",
                "1000",
            ]);
        }
        if let Some(tls) = tls {
            let ca = std::path::PathBuf::from(std::env::var_os("BANTER_TEST_CA").unwrap());
            command.args([
                "--tls-port",
                &tls.to_string(),
                "--tls-cluster",
                "yes",
                "--tls-auth-clients",
                "no",
            ]);
            command.arg("--tls-cert-file").arg(ca.with_file_name("server.pem"));
            command.arg("--tls-key-file").arg(ca.with_file_name("server.key"));
            command.arg("--tls-ca-cert-file").arg(ca);
        }
        let process = command.current_dir(folder.path()).stdout(Stdio::null()).spawn();
        Self {
            port,
            tls,
            bus,
            process: process
                .expect("redis-server must be installed for this test; bin/test does so"),
        }
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let told = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(told.stdout).unwrap().trim().to_owned()
    }

    async fn says(&self, what: &str, arguments: &[&str]) {
        soon(what, async {
            while !self.ask(arguments).contains(what) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    fn stand_still(&mut self) {
        self.signal("STOP");
    }

    fn go_on(&mut self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        // It fails for a process that has ended.
        let _ = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .output();
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Two nodes that see each other, and the Redis between them.
async fn two_nodes(flags: &[&str]) -> (Server, Server, Redis) {
    two_nodes_on(Redis::start().await, flags).await
}

async fn two_nodes_on(redis: Redis, flags: &[&str]) -> (Server, Server, Redis) {
    let redis_url = redis.flag();
    let flags: Vec<_> = flags.iter().copied().chain([redis_url.as_str()]).collect();
    let with_secret: Vec<_> =
        flags.iter().copied().chain(["--secret=one key for all the nodes of a test"]).collect();
    let one = Server::start_with(&with_secret).await;
    let other = one.beside(&flags).await;
    for node in [&one, &other] {
        see_each_other(node).await;
    }
    (one, other, redis)
}

pub(crate) async fn see_each_other(node: &Server) {
    soon("the other node", async {
        while node.metric("banter_nodes").await != Some(2)
            || node.metric("banter_redis_up").await != Some(1)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// A room for members only, and some people in it beside its owner.
pub(crate) async fn secret_room(node: &Server, owner: &Person, members: &[&Person]) {
    let room = NewRoom { name: "Secret".to_owned(), slug: None, private: true };
    let made = node.post("/api/rooms").bearer_auth(&owner.token).json(&room).send().await.unwrap();
    assert!(made.status().is_success());
    for member in members {
        add_to_secret_room(node, owner, member).await;
    }
}

async fn add_to_secret_room(node: &Server, owner: &Person, person: &Person) {
    let member = NewMember { user: person.user.username.clone() };
    let added = node
        .post("/api/rooms/secret/members")
        .bearer_auth(&owner.token)
        .json(&member)
        .send()
        .await
        .unwrap();
    assert!(added.status().is_success());
}

/// The `seq`s of the next messages that a socket hears of, up to that one.
async fn seqs_until(socket: &mut Socket, last: u64) -> Vec<u64> {
    let mut seqs = Vec::new();
    while seqs.last() != Some(&last) {
        if let Event::Chat(message) = socket.event().await {
            seqs.push(message.seq);
        }
    }
    seqs
}

async fn members(socket: &mut Socket) -> (BTreeSet<String>, u64) {
    members_of(socket, "general").await
}

async fn members_of(socket: &mut Socket, room: &str) -> (BTreeSet<String>, u64) {
    let asked = Request::Members(Members { room: room.into(), after: None, limit: None });
    let ServerMessage::Response(Response::Members(page)) = socket.ask(&asked).await else {
        panic!("members were to come");
    };
    let online = page.members.iter().filter(|member| member.online);
    (online.map(|Member { user, .. }| user.username.clone()).collect(), page.total_online)
}

#[tokio::test]
async fn people_on_two_nodes_read_one_log() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut hers, mut his) =
        (ada.follow(&one, "general").await, bo.follow(&other, "general").await);
    for number in 1..=100 {
        let (mine, yours) = (format!("hers {number}"), format!("his {number}"));
        tokio::join!(hers.chat("general", &mine), his.chat("general", &yours));
    }
    // What came while an answer was awaited has been read over: both begin again from the start, on the other node.
    for (person, node) in [(&ada, &other), (&bo, &one)] {
        let mut socket = person.connect(node).await;
        let answer = socket.subscribe("general", Some(0)).await;
        assert_eq!((answer.recovered, answer.events.len(), answer.seq), (true, 200, 200));
    }
}

#[tokio::test]
async fn each_reader_on_each_node_sees_each_event_once_and_in_order() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let mut readers = vec![ada.follow(&one, "general").await, ada.follow(&other, "general").await];
    let writers = [
        ada.connect(&one).await,
        ada.connect(&other).await,
        ada.connect(&one).await,
        ada.connect(&other).await,
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for mut writer in writers {
        tasks.spawn(async move {
            for number in 0..50 {
                writer.chat("general", &number.to_string()).await;
            }
        });
    }
    for reader in &mut readers {
        assert_eq!(seqs_until(reader, 200).await, (1..=200).collect::<Vec<_>>());
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn who_is_online_who_writes_and_what_was_read_is_known_everywhere() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut hers = ada.follow(&one, "general").await;
    let mut his = bo.follow(&other, "general").await;
    let Event::System(joined) = hers.event().await else { panic!("bo was to come") };
    assert_eq!((joined.event, joined.user.username.as_str()), (SystemEvent::Joined, "bo"));
    soon("both", async {
        while members(&mut his).await != (["ada".to_owned(), "bo".to_owned()].into(), 2) {}
    })
    .await;

    let mut looking = ada.connect(&other).await;
    assert_eq!(members(&mut looking).await.1, 2, "who follows nothing sees it, too");
    his.send(&Request::Typing(Typing { room: Some("general".into()) }), "1").await;
    assert!(matches!(hers.event().await, Event::Typing(typing) if typing.user.id == bo.user.id));

    let mut phone = bo.connect(&one).await;
    his.chat("general", "hello").await;
    assert!(matches!(hers.event().await, Event::Chat(_)));
    his.ask(&Request::Read(Read { room: Some("general".into()), seq: 1 })).await;
    assert!(matches!(phone.event().await, Event::Read(position) if position.seq == 1));

    drop(his);
    let Event::System(left) = hers.event().await else { panic!("bo was to go") };
    assert_eq!((left.event, left.user.username.as_str()), (SystemEvent::Left, "bo"));
    assert_eq!(members(&mut hers).await, (["ada".to_owned()].into(), 1));
}

#[tokio::test]
async fn who_comes_right_after_an_answer_to_subscribe_comes_as_news() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut hers, mut his) = (ada.connect(&one).await, bo.connect(&other).await);
    for number in 0..tries() {
        let name = format!("room-{number}");
        let room = NewRoom { name: name.clone(), slug: None, private: false };
        assert!(
            one.post("/api/rooms")
                .bearer_auth(&ada.token)
                .json(&room)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
        hers.subscribe(&name, None).await;
        his.subscribe(&name, None).await;
        let Event::System(joined) = hers.event().await else { panic!("bo was to come") };
        assert_eq!((joined.event, joined.user.username.as_str()), (SystemEvent::Joined, "bo"));
        his.chat(&name, "once").await;
        assert_eq!(told_of_people(&mut hers).await, []);
    }
}

#[tokio::test]
async fn a_ticket_is_used_once_whoever_tries_on_whatever_node() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    for _ in 0..tries() {
        let path = format!("/ws?ticket={}", ada.ticket(&one).await);
        let (first, second) = tokio::join!(one.connect(&path, &[]), other.connect(&path, &[]));
        let (first, second) = (first.unwrap().frame().await, second.unwrap().frame().await);
        assert_eq!(
            [first.is_close(), second.is_close()].iter().filter(|closed| **closed).count(),
            1
        );
    }
}

/// How often something is tried that must never go wrong.
fn tries() -> usize {
    std::env::var("BANTER_TRIES").map_or(20, |tries| tries.parse().unwrap())
}

#[tokio::test]
async fn what_ends_on_one_node_ends_on_all() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    secret_room(&one, &ada, &[&bo]).await;
    let mut his = bo.follow(&other, "secret").await;
    one.request(reqwest::Method::DELETE, "/api/rooms/secret/members/bo")
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    assert!(
        matches!(his.event().await, Event::System(system) if system.event == SystemEvent::Removed)
    );

    let mut hers = ada.connect(&other).await;
    let banned = one
        .post(&format!("/api/users/{}/ban", bo.user.id))
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    assert_eq!(banned.status(), StatusCode::NO_CONTENT);
    assert_eq!(his.closed().await.0, CloseCode::Policy as u16);
    one.post("/api/auth/logout").bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(hers.closed().await.0, CloseCode::Policy as u16);
}

#[tokio::test]
async fn a_socket_of_a_room_ends_with_its_persons_membership_though_it_does_not_follow_the_room() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    secret_room(&one, &ada, &[]).await;
    let mut sockets = Vec::new();
    for name in ["bo", "cy"] {
        let person = one.join(name, &ada).await;
        add_to_secret_room(&one, &ada, &person).await;
        let header = format!("Bearer {}", person.token);
        let mut socket = other.connect("/ws/secret", &[("authorization", &header)]).await.unwrap();
        socket.welcome().await;
        socket.ask(&Request::Unsubscribe(Unsubscribe { room: "secret".into() })).await;
        sockets.push((name, socket));
    }
    for (name, mut socket) in sockets {
        let path = format!("/api/rooms/secret/members/{name}");
        one.request(reqwest::Method::DELETE, &path).bearer_auth(&ada.token).send().await.unwrap();
        assert_eq!(socket.closed().await.0, CloseCode::Policy as u16, "{name}");
        // The second time nobody tells the other node, which finds out.
        redis.kill();
    }
}

#[tokio::test]
async fn who_was_removed_hears_nothing_of_what_was_written_after_it_while_redis_is_away() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    secret_room(&one, &ada, &[&bo]).await;
    let (mut hers, mut his) = (ada.connect(&one).await, bo.follow(&other, "secret").await);
    redis.kill();
    let path = "/api/rooms/secret/members/bo";
    one.request(reqwest::Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    hers.chat("secret", "not for bo").await;
    loop {
        match his.receive().await.message.unwrap() {
            ServerMessage::Event(Event::System(System { event: SystemEvent::Removed, .. })) => {
                break;
            }
            message => assert_ne!(message.name(), "chat"),
        }
    }
}

/// What is told of people before the next message.
async fn told_of_people(socket: &mut Socket) -> Vec<SystemEvent> {
    let mut told = Vec::new();
    loop {
        match socket.event().await {
            Event::System(system) => told.push(system.event),
            Event::Chat(_) => return told,
            _ => {}
        }
    }
}

#[tokio::test]
async fn who_is_missing_in_a_list_while_redis_is_away_comes_with_it() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let mut his = bo.follow(&other, "general").await;
    redis.kill();
    soon("to be noticed", async { while one.metric("banter_redis_up").await != Some(0) {} }).await;
    let mut hers = ada.connect_by_header(&one).await;
    hers.subscribe("general", None).await;
    assert_eq!(members(&mut hers).await.1, 1);
    redis.start_again().await;
    assert!(
        matches!(hers.event().await, Event::System(system) if system.event == SystemEvent::Joined)
    );
    assert_eq!(members(&mut hers).await.1, 2);
    his.chat("general", "was here all the time").await;
    assert_eq!(told_of_people(&mut hers).await, []);
}

#[tokio::test]
async fn who_was_removed_while_redis_was_away_does_not_come_back_with_it() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    secret_room(&one, &ada, &[&bo]).await;
    let mut hers = ada.follow(&one, "secret").await;
    let mut his = bo.follow(&other, "secret").await;
    assert!(
        matches!(hers.event().await, Event::System(system) if system.event == SystemEvent::Joined)
    );
    redis.kill();
    soon("to be noticed", async { while one.metric("banter_redis_up").await != Some(0) {} }).await;
    let path = "/api/rooms/secret/members/bo";
    one.request(reqwest::Method::DELETE, path).bearer_auth(&ada.token).send().await.unwrap();
    redis.start_again().await;
    for node in [&one, &other] {
        see_each_other(node).await;
    }
    assert!(
        matches!(his.event().await, Event::System(system) if system.event == SystemEvent::Removed)
    );
    hers.send(&chat("secret", "without bo", None), "chat").await;
    assert_eq!(told_of_people(&mut hers).await, [SystemEvent::Removed]);
}

#[tokio::test]
async fn sockets_and_messages_are_counted_over_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--max-sockets-per-user=2"]).await;
    let ada = one.owner("ada").await;
    let (mut hers, also) = (ada.connect(&one).await, ada.connect(&other).await);
    for node in [&one, &other] {
        let too_many = node.post("/ws/ticket").bearer_auth(&ada.token).send().await.unwrap();
        assert_eq!(too_many.status(), StatusCode::TOO_MANY_REQUESTS);
        let header = format!("Bearer {}", ada.token);
        assert_eq!(
            node.connect("/ws", &[("authorization", &header)]).await.err(),
            Some(StatusCode::TOO_MANY_REQUESTS)
        );
    }
    drop(also);
    let mut also = soon("a free place", async {
        loop {
            let header = format!("Bearer {}", ada.token);
            if let Ok(socket) = one.connect("/ws", &[("authorization", &header)]).await {
                return socket;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    also.welcome().await;

    let (mut taken, begun) = (0, Instant::now());
    for number in 0..60 {
        let socket = if number % 2 == 0 { &mut hers } else { &mut also };
        let answer = socket.ask(&crate::support::chat("general", "again", None)).await;
        taken += usize::from(matches!(answer, ServerMessage::Response(_)));
    }
    let most = 30 + 10 * (begun.elapsed().as_secs() as usize + 1);
    assert!((30..=most).contains(&taken), "{taken} messages were taken, and not up to {most}");
}

#[tokio::test]
async fn without_redis_a_node_goes_on_and_reads_the_others_from_the_log() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut hers, mut his) =
        (ada.follow(&one, "general").await, bo.follow(&other, "general").await);
    hers.chat("general", "before").await;
    assert_eq!(seqs_until(&mut his, 1).await, [1]);

    redis.kill();
    for node in [&one, &other] {
        soon("to be noticed", async {
            while node.metric("banter_redis_up").await != Some(0) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let ready = node.get("/readyz").send().await.unwrap();
        assert_eq!(ready.status(), StatusCode::OK);
        let ready: Readiness = ready.json().await.unwrap();
        assert!(ready.detail.is_some_and(|detail| detail.contains("Redis")));
        let ticket = node.post("/ws/ticket").bearer_auth(&ada.token).send().await.unwrap();
        assert_eq!(ticket.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    for _ in 2..=5 {
        hers.chat("general", "meanwhile").await;
    }
    assert_eq!(seqs_until(&mut his, 5).await, [2, 3, 4, 5]);
    one.post("/api/auth/logout").bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(his.closed().await.0, CloseCode::Policy as u16);

    redis.start_again().await;
    for node in [&one, &other] {
        see_each_other(node).await;
    }
    let mut again = ada.follow(&other, "general").await;
    hers.chat("general", "after").await;
    assert_eq!(seqs_until(&mut again, 6).await, [6]);
    soon("both of ada's sockets", async { while members(&mut hers).await.1 != 1 {} }).await;
}

#[tokio::test]
async fn a_quiet_room_is_not_forgotten_while_redis_is_away_and_another_one_is_busy() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let room = NewRoom { name: "quiet".to_owned(), slug: None, private: false };
    one.post("/api/rooms").bearer_auth(&ada.token).json(&room).send().await.unwrap();
    let mut reader = ada.follow(&other, "quiet").await;
    redis.kill();
    let mut tasks = tokio::task::JoinSet::new();
    for node in [&one, &other] {
        let mut writer = ada.connect_by_header(node).await;
        writer.subscribe("general", None).await;
        tasks.spawn(async move {
            loop {
                writer.chat("general", "busy").await;
            }
        });
    }
    ada.connect_by_header(&one).await.chat("quiet", "heard all the same").await;
    assert_eq!(seqs_until(&mut reader, 1).await, [1]);
    tasks.shutdown().await;
}

#[tokio::test]
async fn what_nodes_count_together_is_nothing_when_all_are_gone() {
    let (one, other, redis) = two_nodes(&["--rate-limit=off", "--max-sockets-per-user=100"]).await;
    let ada = one.owner("ada").await;
    for _ in 0..3 {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..40 {
            let node = if number % 2 == 0 { &one } else { &other };
            let (address, token) = (node.address, ada.token.clone());
            tasks.spawn(async move { Socket::open(address, &token).await });
        }
        drop(tasks.join_all().await);
    }
    let names = "local all = {} for _, key in ipairs(redis.call('KEYS', 'banter:*:nodes')) do
        for _, name in ipairs(redis.call('SMEMBERS', key)) do table.insert(all, name) end end return all";
    // What a node has counted by the name of an earlier connection counts no more.
    let counted = "local n = 0 for _, key in ipairs(redis.call('KEYS', '*sockets*')) do
        for _, name in ipairs(ARGV) do n = n + redis.call('HEXISTS', key, name) end end return n";
    soon("nothing to be counted", async {
        loop {
            let names: String = redis
                .servers
                .iter()
                .map(|server| server.ask(&["eval", names, "0"]) + "\n")
                .collect();
            let names: Vec<_> = names.split_whitespace().collect();
            let of =
                |server: &RedisServer| server.ask(&[&["eval", counted, "0"], &names[..]].concat());
            if names.len() >= 2 && redis.servers.iter().all(|server| of(server) == "0") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_cluster_of_redis_carries_all_rooms_and_is_joined_again_when_a_part_of_it_was_away() {
    let (one, other, mut redis) = two_nodes_on(Redis::cluster().await, &["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut hers, mut his) =
        (ada.connect_by_header(&one).await, bo.connect_by_header(&other).await);
    // So many that none of the three servers is without, wherever their random ids lead.
    let rooms: Vec<_> = (0..40).map(|number| format!("room-{number}")).collect();
    for name in &rooms {
        let room = NewRoom { name: name.clone(), slug: None, private: false };
        one.post("/api/rooms").bearer_auth(&ada.token).json(&room).send().await.unwrap();
        hers.subscribe(name, None).await;
        his.subscribe(name, None).await;
    }
    let channels = "return #redis.call('PUBSUB', 'SHARDCHANNELS')";
    let listeners = "local n = 0 for _, channel in ipairs(redis.call('PUBSUB', 'SHARDCHANNELS')) do
        if channel:find(':room:') then n = n + redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] end end return n";
    let faults: [fn(&mut RedisServer); 3] =
        [RedisServer::kill, RedisServer::kill, RedisServer::stand_still];
    for round in 0..=faults.len() {
        soon("both nodes to listen", async {
            while redis.evaluate(listeners).iter().sum::<u64>() != 2 * rooms.len() as u64 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let channels = redis.evaluate(channels);
        assert!(
            channels.iter().sum::<u64>() >= rooms.len() as u64 + 2,
            "each room and each person has a channel: {channels:?}"
        );
        assert!(
            channels.iter().all(|count| *count > 0),
            "each server has some of them: {channels:?}"
        );
        for name in &rooms {
            // Which no log would bring later.
            hers.send(&Request::Typing(Typing { room: Some(name.as_str().into()) }), "typing")
                .await;
            soon("word of who writes", async {
                while !matches!(his.event().await, Event::Typing(_)) {}
            })
            .await;
            hers.chat(name, "heard on the other node").await;
            soon("the message", async {
                while !matches!(his.event().await, Event::Chat(message) if message.seq == round as u64 + 1) {}
            })
            .await;
        }
        let Some(fault) = faults.get(round) else { break };
        fault(&mut redis.servers[round]);
        for node in [&one, &other] {
            soon("to be noticed", async {
                while node.metric("banter_redis_up").await != Some(0) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await;
        }
        redis.servers[round].go_on();
        redis.start_again().await;
        for node in [&one, &other] {
            see_each_other(node).await;
        }
    }
}

#[tokio::test]
async fn who_comes_and_goes_quickly_does_not_shake_the_connection() {
    let (one, other, redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let mut socket = ada.connect_by_header(&one).await;
    // A node's name ends with the number of its connection.
    let connections = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'banter:*:nodes')) do
        for _, node in ipairs(redis.call('SMEMBERS', key)) do n = n + node:match('%d+$') end end return n";
    // A machine that stands still for a second loses its connections, which says nothing: another round.
    for _ in 0..10 {
        let (before, mut longest, mut begun) =
            (redis.evaluate(connections), Duration::ZERO, Instant::now());
        for number in 0..1000_u32 {
            let subscribe = Subscribe { room: "general".into(), since: None, epoch: None };
            socket.send(&Request::Subscribe(subscribe), &format!("in {number}")).await;
            socket
                .send(
                    &Request::Unsubscribe(Unsubscribe { room: "general".into() }),
                    &format!("out {number}"),
                )
                .await;
            if number % 10 == 9 {
                socket.answer(&format!("out {number}")).await;
                longest = longest.max(begun.elapsed());
                begun = Instant::now();
            }
        }
        for node in [&one, &other] {
            see_each_other(node).await;
        }
        let after = redis.evaluate(connections);
        if longest.max(begun.elapsed()) < Duration::from_millis(500) {
            assert_eq!(after, before, "a node connected anew");
            return;
        }
    }
    panic!("no round without a standstill");
}

#[tokio::test]
async fn those_who_come_to_a_room_at_the_same_time_see_each_other() {
    let (one, other, _redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut hers, mut his) = (ada.connect(&one).await, bo.connect(&other).await);
    for number in 0..tries() {
        let room = format!("room-{number}");
        let new = NewRoom { name: room.clone(), slug: None, private: false };
        one.post("/api/rooms").bearer_auth(&ada.token).json(&new).send().await.unwrap();
        tokio::join!(hers.subscribe(&room, None), his.subscribe(&room, None));
        for socket in [&mut hers, &mut his] {
            soon("both", async { while members_of(socket, &room).await.1 != 2 {} }).await;
        }
    }
}

#[tokio::test]
async fn many_rooms_are_listened_to_again_at_once() {
    if Redis::is_to_be_a_cluster() {
        return; // which comes back part by part
    }
    let mut redis = Redis::start().await;
    let flags = ["--rate-limit=off", &redis.flag(), "--secret=one key for all the nodes of a test"];
    let one = Server::start_with(&flags).await;
    let nodes = [one.beside(&flags[..2]).await, one.beside(&flags[..2]).await, one];
    let all_listen = async |redis: &Redis| {
        soon("all to listen", async {
            // Each of them to the room's channel.
            let listeners = "local n = 0 for _, channel in ipairs(redis.call('PUBSUB', 'SHARDCHANNELS')) do
                if channel:find(':room:') then n = n + redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] end end return n";
            while redis.evaluate(listeners).iter().sum::<u64>() < 3 * MANY {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    };
    let ada = nodes[2].owner("ada").await;
    let (with, id, numbers) = if nodes[2].is_on_postgres() {
        (
            String::new(),
            "decode(md5(n::text), 'hex')",
            format!("generate_series(1, {MANY}) AS numbers (n)"),
        )
    } else {
        let numbers = format!("SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY}");
        (
            format!("WITH RECURSIVE numbers (n) AS ({numbers})"),
            "randomblob(16)",
            "numbers".to_owned(),
        )
    };
    nodes[2].sql(&format!(
        "{with} INSERT INTO rooms (id, slug, name, private, creator_id, created_at, seq)
         SELECT {id}, 'many-' || n, 'Many', 0, (SELECT id FROM users LIMIT 1), 0, 0 FROM {numbers}"
    ));
    let mut sockets = Vec::new();
    for node in &nodes {
        let mut socket = ada.connect_by_header(node).await;
        let names: Vec<_> = (1..=MANY).map(|number| format!("many-{number}")).collect();
        for names in names.chunks(500) {
            let rooms = names
                .iter()
                .map(|name| ResumeRoom { room: name.as_str().into(), since: Some(0) })
                .collect();
            socket.ask(&Request::Resume(Resume { rooms, epoch: None })).await;
        }
        sockets.push(socket);
    }
    all_listen(&redis).await;
    redis.kill();
    for node in &nodes {
        soon("to be noticed", async { while node.metric("banter_redis_up").await != Some(0) {} })
            .await;
    }
    redis.start_again().await;
    for node in &nodes {
        soon("Redis", async { while node.metric("banter_redis_up").await != Some(1) {} }).await;
    }
    all_listen(&redis).await;
    // A node's name ends with the number of its connection.
    let later = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'banter:*:nodes')) do
        for _, node in ipairs(redis.call('SMEMBERS', key)) do if not node:find('%.[234]$') then n = n + 1 end end end return n";
    assert!(
        redis.evaluate(later).iter().all(|count| *count == 0),
        "a node gave its connection up for all that it heard"
    );
}
