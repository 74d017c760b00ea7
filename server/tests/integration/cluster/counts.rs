//! Limits that all nodes count together.

use std::time::{Duration, Instant};

use protocol::{ServerMessage, limits::FAILED_LOG_IN_RATE};
use reqwest::StatusCode;

use super::{redis::RedisServer, two_nodes};
use crate::support::{Server, Socket, wait_for};

#[tokio::test]
async fn limits_apply_across_all_nodes() {
    let (one, other, _redis) = two_nodes(&["--max-sockets-per-user=2"]).await;
    let ada = one.register_owner("ada").await;
    let (mut ada_socket, also) = (ada.connect(&one).await, ada.connect(&other).await);
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
    let mut also = wait_for("a free socket slot", async {
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

    let (mut accepted, begun) = (0, Instant::now());
    for number in 0..60 {
        let socket = if number % 2 == 0 { &mut ada_socket } else { &mut also };
        let reply = socket.request(&crate::support::chat("general", "again", None)).await;
        accepted += usize::from(matches!(reply, ServerMessage::Response(_)));
    }
    let most = 30 + 10 * (begun.elapsed().as_secs() as usize + 1);
    assert!(
        (30..=most).contains(&accepted),
        "{accepted} messages were accepted, expected 30 to {most}"
    );
}

#[tokio::test]
async fn shared_counts_return_to_zero() {
    let (one, other, redis) = two_nodes(&["--rate-limit=off", "--max-sockets-per-user=100"]).await;
    let ada = one.register_owner("ada").await;
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
        for _, name in ipairs(redis.call('SMEMBERS', key)) do table.insert(all, name) end
        end return all";
    // Counts under the name of an earlier connection of a node are ignored.
    let counted = "local n = 0 for _, key in ipairs(redis.call('KEYS', '*sockets*')) do
        for _, name in ipairs(ARGV) do n = n + redis.call('HEXISTS', key, name) end end return n";
    wait_for("empty counts", async {
        loop {
            let names: String = redis
                .servers
                .iter()
                .map(|server| server.command(&["eval", names, "0"]) + "\n")
                .collect();
            let names: Vec<_> = names.split_whitespace().collect();
            let of = |server: &RedisServer| {
                server.command(&[&["eval", counted, "0"], &names[..]].concat())
            };
            if names.len() >= 2 && redis.servers.iter().all(|server| of(server) == "0") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn nodes_share_the_sign_ins_that_are_under_way() {
    let (one, other, _redis) = two_nodes(&[]).await;
    let from = "192.0.2.1".parse().unwrap();
    let begin = async |node: &Server, kind: &str| {
        let mut begun = Vec::new();
        for number in 0..100 {
            let attempt = node.app.limits.log_in(from, &format!("{kind}{number}")).await;
            begun.extend(attempt.ok());
        }
        begun
    };
    let (first, second) = (begin(&one, "a").await, begin(&other, "b").await);
    let most = FAILED_LOG_IN_RATE.burst as usize;
    assert!(first.len() >= most && second.len() < most / 2, "{} {}", first.len(), second.len());
    for attempt in first.into_iter().chain(second) {
        attempt.end(false).await;
    }
    assert!(begin(&other, "c").await.len() >= most, "given back");
}

#[tokio::test]
async fn redis_holds_no_names_addresses_or_tokens() {
    let (one, other, redis) = two_nodes(&[]).await;
    let ada = one.register_owner("ada-lovelace").await;
    let mut socket = ada.subscriber(&other, "general").await;
    socket.chat("general", "a message").await;
    let unused = ada.ticket(&one).await;
    for username in ["ada-lovelace", "nobody-here"] {
        let body = protocol::http::Login { username: username.into(), password: "wrong".into() };
        let failed = one.post("/api/auth/login").json(&body).send().await.unwrap();
        assert_eq!(failed.status(), StatusCode::UNAUTHORIZED);
    }
    let dump = "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do
        table.insert(all, key)
        local kind = redis.call('TYPE', key).ok
        local read = {string = 'GET', hash = 'HGETALL', set = 'SMEMBERS'}
        if kind == 'zset' then
          for _, one in ipairs(redis.call('ZRANGE', key, 0, -1)) do table.insert(all, one) end
        elseif kind == 'string' then table.insert(all, redis.call('GET', key))
        else
          for _, one in ipairs(redis.call(read[kind], key)) do table.insert(all, one) end
        end
        end return all";
    let dumps = redis.servers.iter().map(|server| server.command(&["eval", dump, "0"]));
    let all = dumps.collect::<Vec<_>>().join("\n");
    for kind in ["log-ins", "sockets-of-address", "sockets-of-user", "ticket"] {
        assert!(all.contains(kind), "the test has made keys of the kind {kind}: {all}");
    }
    for told in ["ada-lovelace", "nobody-here", "127.0.0.1", &ada.token, &unused, "a message"] {
        assert!(!all.contains(told), "Redis tells {told}: {all}");
    }
}
