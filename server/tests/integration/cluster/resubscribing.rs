//! Subscriptions at Redis after an outage, with many rooms.
//!
//! A program that asks Redis blocks the thread of the nodes, so there are pauses between two.

use std::time::Duration;

use protocol::{Event, Request, Resume, ResumeRoom, Typing, http::NewRoom};

use super::{
    redis::{Redis, RedisServer},
    two_nodes_on, wait_connected,
};
use crate::support::{Server, wait_for};

/// The number of rooms that each node is subscribed to: so many that their updates arrive faster
/// than they could be handled one by one.
const MANY_ROOMS: u64 = 5_000;

#[tokio::test]
async fn a_redis_cluster_serves_all_rooms_and_recovers_from_outages() {
    let (one, other, mut redis) = two_nodes_on(Redis::cluster().await, &["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) =
        (ada.connect_by_header(&one).await, bo.connect_by_header(&other).await);
    // Enough rooms that each of the three servers has some, for any random ids.
    let rooms: Vec<_> = (0..40).map(|number| format!("room-{number}")).collect();
    for name in &rooms {
        let room = NewRoom { name: name.clone(), slug: None, private: false };
        one.post("/api/rooms").bearer_auth(&ada.token).json(&room).send().await.unwrap();
        ada_socket.subscribe(name, None).await;
        bo_socket.subscribe(name, None).await;
    }
    let channels = "return #redis.call('PUBSUB', 'SHARDCHANNELS')";
    let listeners = "local n = 0 for _, channel in ipairs(redis.call('PUBSUB', 'SHARDCHANNELS')) do
        if channel:find(':room:') then
            n = n + redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] end end return n";
    let faults: [fn(&mut RedisServer); 3] =
        [RedisServer::kill, RedisServer::kill, RedisServer::suspend];
    for round in 0..=faults.len() {
        wait_for("both nodes to subscribe", async {
            while redis.evaluate(listeners).iter().sum::<u64>() != 2 * rooms.len() as u64 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
        let channels = redis.evaluate(channels);
        assert!(
            channels.iter().sum::<u64>() >= rooms.len() as u64 + 2,
            "each room and each user has a channel: {channels:?}"
        );
        assert!(
            channels.iter().all(|count| *count > 0),
            "each server has some of them: {channels:?}"
        );
        for name in &rooms {
            // A signal is not stored, so only Redis can deliver it.
            ada_socket
                .send(
                    &Request::Typing(Typing {
                        room: Some(name.as_str().into()),
                        ..Default::default()
                    }),
                    "typing",
                )
                .await;
            wait_for("the typing signal", async {
                while !matches!(bo_socket.event().await, Event::Typing(_)) {}
            })
            .await;
            ada_socket.chat(name, "received on the other node").await;
            wait_for("the message", async {
                loop {
                    match bo_socket.event().await {
                        Event::Chat(message) if message.seq == round as u64 + 1 => break,
                        _ => {}
                    }
                }
            })
            .await;
        }
        let Some(fault) = faults.get(round) else { break };
        fault(&mut redis.servers[round]);
        for node in [&one, &other] {
            node.metric_becomes("banter_redis_up", 0).await;
        }
        redis.servers[round].resume();
        redis.restart_killed().await;
        for node in [&one, &other] {
            wait_connected(node).await;
        }
    }
}

#[tokio::test]
async fn many_rooms_are_resubscribed_at_once() {
    if Redis::uses_redis_cluster() {
        return; // a cluster recovers one server at a time
    }
    let mut redis = Redis::start().await;
    let flags = ["--rate-limit=off", &redis.flag(), "--secret=one key for all the nodes of a test"];
    let one = Server::start_with(&flags).await;
    let nodes =
        [one.start_another_node(&flags[..2]).await, one.start_another_node(&flags[..2]).await, one];
    let all_listen = async |redis: &Redis| {
        wait_for("all nodes to subscribe", async {
            // Each node subscribes to the channel of each room.
            let listeners = "local n = 0
                for _, channel in ipairs(redis.call('PUBSUB', 'SHARDCHANNELS')) do
                if channel:find(':room:') then
                n = n + redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] end end return n";
            while redis.evaluate(listeners).iter().sum::<u64>() < 3 * MANY_ROOMS {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    };
    let ada = nodes[2].register_owner("ada").await;
    let (with, id, numbers) = if nodes[2].uses_postgres() {
        (
            String::new(),
            "decode(md5(n::text), 'hex')",
            format!("generate_series(1, {MANY_ROOMS}) AS numbers (n)"),
        )
    } else {
        let numbers =
            format!("SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY_ROOMS}");
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
        let names: Vec<_> = (1..=MANY_ROOMS).map(|number| format!("many-{number}")).collect();
        for names in names.chunks(500) {
            let rooms = names
                .iter()
                .map(|name| ResumeRoom { room: name.as_str().into(), since: Some(0) })
                .collect();
            socket.request(&Request::Resume(Resume { rooms, epoch: None, join: None })).await;
        }
        sockets.push(socket);
    }
    all_listen(&redis).await;
    redis.kill();
    for node in &nodes {
        node.metric_becomes("banter_redis_up", 0).await;
    }
    redis.restart_killed().await;
    for node in &nodes {
        node.metric_becomes("banter_redis_up", 1).await;
    }
    all_listen(&redis).await;
    // The name of a node ends with the number of its Redis connection.
    let later = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'banter:*:nodes')) do
        for _, node in ipairs(redis.call('SMEMBERS', key)) do
            if not node:find('%.[234]$') then n = n + 1 end end end return n";
    assert!(
        redis.evaluate(later).iter().all(|count| *count == 0),
        "a node dropped its connection because of too many updates"
    );
}
