//! Nodes while Redis is down or busy.

use std::time::{Duration, Instant};

use protocol::{
    CloseCode, Request, Subscribe, Unsubscribe,
    http::{NewRoom, Readiness},
};
use reqwest::StatusCode;

use super::{members, message_seqs_until, two_nodes, wait_connected};
use crate::support::wait_for;

#[tokio::test]
async fn without_redis_a_node_reads_other_nodes_messages_from_the_store() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let bo = one.join("bo", &ada).await;
    let (mut ada_socket, mut bo_socket) =
        (ada.subscriber(&one, "general").await, bo.subscriber(&other, "general").await);
    ada_socket.chat("general", "before").await;
    assert_eq!(message_seqs_until(&mut bo_socket, 1).await, [1]);

    redis.kill();
    for node in [&one, &other] {
        wait_for("the outage to be detected", async {
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
        ada_socket.chat("general", "during the outage").await;
    }
    assert_eq!(message_seqs_until(&mut bo_socket, 5).await, [2, 3, 4, 5]);
    one.post("/api/auth/logout").bearer_auth(&bo.token).send().await.unwrap();
    assert_eq!(bo_socket.closed().await.0, CloseCode::Policy as u16);

    redis.restart_killed().await;
    for node in [&one, &other] {
        wait_connected(node).await;
    }
    let mut again = ada.subscriber(&other, "general").await;
    ada_socket.chat("general", "after").await;
    assert_eq!(message_seqs_until(&mut again, 6).await, [6]);
    wait_for("ada alone to be online", async { while members(&mut ada_socket).await.1 != 1 {} })
        .await;
}

#[tokio::test]
async fn a_quiet_room_is_served_while_redis_is_down_and_another_room_is_busy() {
    let (one, other, mut redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let room = NewRoom { name: "quiet".to_owned(), slug: None, private: false };
    one.post("/api/rooms").bearer_auth(&ada.token).json(&room).send().await.unwrap();
    let mut reader = ada.subscriber(&other, "quiet").await;
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
    ada.connect_by_header(&one).await.chat("quiet", "delivered without Redis").await;
    assert_eq!(message_seqs_until(&mut reader, 1).await, [1]);
    tasks.shutdown().await;
}

#[tokio::test]
async fn rapid_subscribing_does_not_break_the_redis_connection() {
    let (one, other, redis) = two_nodes(&["--rate-limit=off"]).await;
    let ada = one.register_owner("ada").await;
    let mut socket = ada.connect_by_header(&one).await;
    // The name of a node ends with the number of its Redis connection.
    let connections = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'banter:*:nodes')) do
        for _, node in ipairs(redis.call('SMEMBERS', key)) do n = n + node:match('%d+$') end
        end return n";
    // A machine that stalls for a second loses its connections. Such a round is repeated.
    for _ in 0..10 {
        let (before, mut longest, mut begun) =
            (redis.evaluate(connections), Duration::ZERO, Instant::now());
        for number in 0..1000_u32 {
            let subscribe =
                Subscribe { room: "general".into(), since: None, epoch: None, join: None };
            socket.send(&Request::Subscribe(subscribe), &format!("in {number}")).await;
            socket
                .send(
                    &Request::Unsubscribe(Unsubscribe { room: "general".into() }),
                    &format!("out {number}"),
                )
                .await;
            if number % 10 == 9 {
                socket.reply(&format!("out {number}")).await;
                longest = longest.max(begun.elapsed());
                begun = Instant::now();
            }
        }
        for node in [&one, &other] {
            wait_connected(node).await;
        }
        let after = redis.evaluate(connections);
        if longest.max(begun.elapsed()) < Duration::from_millis(500) {
            assert_eq!(after, before, "a node reconnected");
            return;
        }
    }
    panic!("no round without a stall");
}
